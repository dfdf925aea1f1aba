"""Blob storage through the whole server: only what `seawall local env` prints leads a client there."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
from pathlib import Path

from seawall.local.azure import LocalAzure
from seawall.local.blob import Blobs
from tests.served import Served

ACCOUNT = "stblobserved"
_PROGRAM = """
import json, sys
from azure.identity import EnvironmentCredential
from azure.storage.blob import BlobServiceClient
from azure.ai.ml._artifacts._blob_storage_helper import BlobStorageClient

url, query, folder = sys.argv[1:]
with BlobServiceClient(url, credential=EnvironmentCredential()) as client:
    container = client.create_container("data", metadata={"made": "here"})
    container.upload_blob("large", b"0123456789" * 3_000_000, max_concurrency=2)
    size = len(container.download_blob("large", max_concurrency=2).readall())
    properties = container.get_container_properties().metadata
ml = BlobStorageClient(query, url, "assets")
uploaded = ml.upload(folder, "code", "1", asset_hash="0f", show_progress=False)
again = BlobStorageClient(query, url, "assets").upload(folder, "code", "1", asset_hash="0f", show_progress=False)
ml.download(uploaded["remote path"], folder + "-down")
print(json.dumps([size, properties, uploaded, again, ml.list("LocalUpload")]))
"""


def test_clients_need_only_the_surroundings(served: Served, tmp_path: Path) -> None:
    """With the environment alone, an Entra credential and azure-ai-ml's own uploader work on the account's address."""
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-served"
    with LocalAzure.open(served.place.store) as azure:
        body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        azure.put(
            f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}",
            body | {"properties": {"allowSharedKeyAccess": False}},
        )
    folder = tmp_path / "source"
    (folder / "inner").mkdir(parents=True)
    (folder / "score.py").write_text("def run(data): return data\n")
    (folder / "inner" / "rows.csv").write_text("a,b\n1,2\n")
    with Blobs.open(served.place) as blobs:
        blobs.ensure_container(ACCOUNT, "assets")
        query = blobs.sas(ACCOUNT, "assets", permissions="racwdl", expiry=datetime.timedelta(hours=1))
        line = [sys.executable, "-c", _PROGRAM, f"https://{ACCOUNT}.blob.core.windows.net", query, str(folder)]
        done = subprocess.run(line, env=served.process_env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        size, metadata, uploaded, again, listed = json.loads(done.stdout.splitlines()[-1])
        assert (size, metadata) == (30_000_000, {"made": "here"})
        assert uploaded["remote path"] == again["remote path"] == "LocalUpload/0f/source"
        assert listed == ["LocalUpload/0f/source/inner/rows.csv", "LocalUpload/0f/source/score.py"]
        assert blobs.read(ACCOUNT, "assets", "LocalUpload/0f/source/inner/rows.csv") == b"a,b\n1,2\n"
    assert (tmp_path / "source-down" / "inner" / "rows.csv").read_text() == "a,b\n1,2\n"
