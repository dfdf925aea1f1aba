"""What is on disk: streaming, death in the middle, a full disk, several processes, and cleaning up."""

from __future__ import annotations

import http.client
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psutil
import pytest
from azure.core.exceptions import AzureError as ClientError
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient
from blob_server import BlobServer
from blob_world import ACCOUNT, Connect, WallClock, storage_account

from seawall.local.azure import LocalAzure
from seawall.local.blob import BlobError, Blobs
from seawall.local.place import Place

MEGABYTE = 1 << 20
ROOT = Path(__file__).parents[4]


class Bytes(IO[bytes]):
    """A long stream in which no two megabytes are the same."""

    def __init__(self, size: int) -> None:
        self._left, self._number = size, 0

    def read(self, size: int = -1) -> bytes:
        wanted = min(self._left, size if size >= 0 else self._left)
        self._left -= wanted
        parts = []
        while wanted > 0:
            self._number += 1
            parts.append(self._number.to_bytes(8, "big") * (min(wanted, MEGABYTE) // 8))
            wanted -= MEGABYTE
        return b"".join(parts)


def kill_once_written(pid: int, folder: Path, size: int) -> None:
    """End a process when so many bytes have come to lie in a folder."""
    until = time.monotonic() + 120
    while sum(size_of(path) for path in folder.rglob("*")) < size:
        assert time.monotonic() < until
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # moved into place meanwhile
        return 0


Process = tuple[subprocess.Popen[str], str, str]
"""A server in a process of its own, with its proxy and the certificate to trust."""


@contextmanager
def started(place: Place, *limits: int) -> Iterator[Process]:
    line = [sys.executable, str(Path(__file__).with_name("blob_server.py")), str(place.store), *map(str, limits)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert server.stdout
        proxy, trusted = server.stdout.readline().split()
        yield server, proxy, trusted
    finally:
        server.kill()
        server.communicate()


@pytest.fixture
def process(place: Place) -> Iterator[Process]:
    with started(place) as process:
        yield process


def client_of(process: Process, key: str, **options: Any) -> BlobServiceClient:
    return BlobServiceClient(
        f"https://{ACCOUNT}.blob.core.windows.net", credential=key, proxies={"https": process[1]},
        connection_verify=process[2], retry_total=0, **options,
    )  # fmt: skip


@pytest.mark.parametrize("in_blocks", [False, True])
def test_a_kill_in_the_middle_leaves_the_earlier_blob(
    process: Process, place: Place, key: str, in_blocks: bool
) -> None:
    """SIGKILL while a blob is being replaced: the next start has the earlier one, whole, and nothing half."""
    size = MEGABYTE if in_blocks else 1 << 30
    client = client_of(process, key, max_single_put_size=size, max_block_size=MEGABYTE)
    container = client.create_container("models")
    container.upload_blob("model", b"first version")
    killer = threading.Thread(target=kill_once_written, args=(process[0].pid, place.blobs, 20 * MEGABYTE))
    killer.start()
    with pytest.raises(ClientError):
        container.upload_blob("model", Bytes(256 * MEGABYTE), length=256 * MEGABYTE, overwrite=True)
    killer.join()
    assert process[0].wait() == -signal.SIGKILL
    with Blobs.open(place) as blobs:
        blobs.store.sweep()
        assert blobs.read(ACCOUNT, "models", "model") == b"first version"
        assert blobs.names(ACCOUNT, "models") == ["model"]
        blobs.put(ACCOUNT, "models", "model", b"second version")
        assert blobs.read(ACCOUNT, "models", "model") == b"second version"


def test_a_large_model_is_never_in_memory(process: Process, key: str) -> None:
    """A quarter of a gigabyte goes up in one request and comes down; the server grows by a fraction of it."""
    size = 256 * MEGABYTE
    client = client_of(process, key, max_single_put_size=1 << 30)
    container = client.create_container("models")
    container.upload_blob("warm", b"1")
    server = psutil.Process(process[0].pid)
    before = server.memory_info().rss
    blob = container.upload_blob("large", Bytes(size), length=size)
    seen = sum(len(chunk) for chunk in blob.download_blob().chunks())
    assert seen == size
    assert server.memory_info().rss - before < size // 3


def test_a_full_disk_is_told_and_harms_nothing(place: Place, key: str) -> None:
    """No room left: 507 in Azure's form, the earlier blob stays, and smaller uploads still work."""
    with started(place, 8 * MEGABYTE) as process:
        client = client_of(process, key, max_single_put_size=1 << 30)
        container = client.create_container("data")
        container.upload_blob("b", b"before")
        with pytest.raises(HttpResponseError) as caught:
            container.upload_blob("b", b"x" * 9 * MEGABYTE, overwrite=True)
        assert (caught.value.status_code, caught.value.error_code) == (507, "InsufficientStorage")
        assert container.download_blob("b").readall() == b"before"
        assert list((place.blobs / "drafts").iterdir()) == []
        container.upload_blob("b", b"after", overwrite=True)
        assert container.download_blob("b").readall() == b"after"


def test_processes_see_each_others_blobs(client: BlobServiceClient, blobs: Blobs, place: Place) -> None:
    """What another process puts is there at once for clients, and what clients put for others."""
    blobs.ensure_container(ACCOUNT, "shared")
    code = (
        "import sys; from pathlib import Path\n"
        "from seawall.local.blob import Blobs; from seawall.local.place import Place\n"
        "with Blobs.open(Place(Path(sys.argv[1]))) as blobs:\n"
        f"    for i in range(20): blobs.append('{ACCOUNT}', 'shared', 'log', sys.argv[2].encode())\n"
    )
    line = [sys.executable, "-c", code, str(place.store)]
    running = [subprocess.Popen([*line, letter], cwd=ROOT) for letter in "ab"]
    assert [process.wait() for process in running] == [0, 0]
    assert sorted(client.get_blob_client("shared", "log").download_blob().readall()) == sorted(b"a" * 20 + b"b" * 20)


def test_readers_keep_what_they_have_begun_to_read(blobs: Blobs, now: WallClock) -> None:
    """A blob that is replaced while somebody reads it comes to its end as it began; its bytes go later."""
    blobs.ensure_container(ACCOUNT, "data")
    old = os.urandom(3 * MEGABYTE)
    blobs.put(ACCOUNT, "data", "b", old)
    reading = blobs.chunks(ACCOUNT, "data", "b")
    begun = next(reading)
    blobs.put(ACCOUNT, "data", "b", b"new")
    blobs.store.sweep()
    assert begun + b"".join(reading) == old
    now.time += 3600
    blobs.store.sweep()
    assert [path for path in files(blobs) if path.stat().st_size == len(old)] == []
    assert blobs.read(ACCOUNT, "data", "b") == b"new"


def test_bytes_that_come_back_into_use_stay(blobs: Blobs, now: WallClock) -> None:
    """Content that was let go and then uploaded again survives the next cleaning up."""
    blobs.ensure_container(ACCOUNT, "data")
    blobs.put(ACCOUNT, "data", "one", b"same")
    blobs.delete(ACCOUNT, "data", "one")
    blobs.put(ACCOUNT, "data", "two", b"same")
    now.time += 3600
    blobs.store.sweep()
    assert blobs.read(ACCOUNT, "data", "two") == b"same"
    blobs.delete(ACCOUNT, "data", "two")
    now.time += 3600
    blobs.store.sweep()
    assert files(blobs) == []


def test_staged_blocks_go_after_a_week(client: BlobServiceClient, blobs: Blobs, now: WallClock) -> None:
    """Blocks that nobody commits don't stay forever."""
    client.create_container("data").get_blob_client("b").stage_block("a", b"block")
    blobs.store.sweep()
    assert len(files(blobs)) == 1
    now.time += 8 * 24 * 3600
    blobs.store.sweep()
    now.time += 3600
    blobs.store.sweep()
    assert files(blobs) == []


def test_an_accounts_contents_go_with_it(blobs: Blobs, place: Place) -> None:
    """When an account is deleted and made again, it starts empty."""
    blobs.ensure_container(ACCOUNT, "data")
    blobs.put(ACCOUNT, "data", "b", b"1")
    id = storage_account(ACCOUNT)
    with LocalAzure.open(place.store) as azure:
        azure.request("DELETE", id, "")
        with pytest.raises(BlobError) as caught:
            blobs.read(ACCOUNT, "data", "b")
        assert caught.value.code == "AccountNotFound"
        blobs.store.sweep()
        body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        azure.put(id, body | {"properties": {}})
    assert blobs.names(ACCOUNT, "data") == []


def test_many_threads_write_and_read(connect: Connect, key: str) -> None:
    """Concurrent uploads of different blobs all arrive whole."""
    client = connect(key)
    container = client.create_container("many")
    bodies = {f"b{number}": os.urandom(50_000) for number in range(24)}

    def write(names: list[str]) -> None:
        for name in names:
            container.upload_blob(name, bodies[name])

    threads = [threading.Thread(target=write, args=(list(bodies)[part::6],)) for part in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {blob.name: container.download_blob(blob.name).readall() for blob in container.list_blobs()} == bodies


def test_an_upload_that_is_given_up_leaves_nothing(server: BlobServer, client: BlobServiceClient, blobs: Blobs) -> None:
    """A client that goes away in the middle of its body changes nothing, and no part of it stays."""
    container = client.create_container("data")
    address = urlsplit(blobs.url(ACCOUNT, "data", "half"))
    query = blobs.sas(ACCOUNT, "data", permissions="w", expiry=timedelta(minutes=5))
    context = ssl.create_default_context(cafile=str(server.trusted))
    proxy = urlsplit(server.proxy)
    connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port, context=context)
    connection.set_tunnel(address.hostname or "", 443)
    connection.putrequest("PUT", f"{address.path}?{query}")
    headers = {"x-ms-version": "2023-11-03", "x-ms-blob-type": "BlockBlob", "Content-Length": "4000000"}
    for header, value in headers.items():
        connection.putheader(header, value)
    connection.endheaders(b"x" * 2_000_000)
    drafts = place_of(blobs) / "drafts"
    wait(lambda: any(drafts.iterdir()))
    connection.close()
    wait(lambda: not any(drafts.iterdir()))
    assert not container.get_blob_client("half").exists()


def test_what_a_dead_writer_left_is_removed(blobs: Blobs) -> None:
    """Drafts and contents that nobody refers to go once they are a day old; what is referred to stays."""
    blobs.ensure_container(ACCOUNT, "data")
    blobs.put(ACCOUNT, "data", "b", b"kept")
    folder, long_ago = place_of(blobs), time.time() - 2 * 24 * 3600
    (folder / "ab").mkdir()
    orphan, draft = folder / "ab" / ("ab" * 32), folder / "drafts" / "x.part"
    for path in (orphan, draft):
        path.write_bytes(b"left")
    for path in (orphan, draft, *files(blobs)):
        os.utime(path, (long_ago, long_ago))
    blobs.store.sweep_orphans()
    blobs.store.sweep()
    assert not orphan.exists() and not draft.exists()
    assert blobs.read(ACCOUNT, "data", "b") == b"kept"


def place_of(blobs: Blobs) -> Path:
    """Where the contents are."""
    return blobs.store.contents.folder


def wait(until: Callable[[], bool]) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def files(blobs: Blobs) -> list[Path]:
    """The contents on disk."""
    return [path for path in blobs.store.contents.folder.glob("??/*") if path.is_file()]
