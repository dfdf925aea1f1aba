"""What a job's processes find: input, code and model from Blob storage, and their environment variables.

The layout of models is that of online deployments: `AZUREML_MODEL_DIR` holds the model's file or folder.
Source: Azure ML docs, how-to-batch-scoring-script ("Using models that are folders").
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seawall.local.batch.settings import Invocation
from seawall.local.blob import Blobs
from seawall.local.sealing import is_sealed
from seawall.local.serving.assets import Location, Unreachable, asset, fetched, located
from seawall.local.store import Row, Store

MLFLOW_SCRIPT = Path(__file__).with_name("mlflow_scoring.py")


def input_files(store: Store, blobs: Blobs, workspace: str, wanted: Invocation, home: Path, *, flat: bool) -> list[str]:
    """Bring the input into a folder; its files in the order of their names. `flat` leaves out those in folders below.

    Raises `Unreachable`.
    """
    location = located(store, workspace, _input_uri(store, wanted))
    path = fetched(blobs, location, home)
    if path.is_file():
        if wanted.folder:
            raise Unreachable(f"the input {wanted.uri} is a file, not a folder")
        return [str(path)]
    if not wanted.folder:
        raise Unreachable(f"the input {wanted.uri} is no file")
    files = sorted(path.glob("*") if flat else path.rglob("*"))
    found = [str(each) for each in files if each.is_file()]
    if not found:
        raise Unreachable(f"the input {wanted.uri} has no files")
    return found


def _input_uri(store: Store, wanted: Invocation) -> str:
    """Where the input lies; a data asset says so itself."""
    uri = wanted.uri
    if not uri.lower().startswith(("/subscriptions/", "azureml:/subscriptions/")) and "/registries/" not in uri.lower():
        return uri
    row = asset(store, uri)
    if row is None:
        raise Unreachable(f"the data asset {uri} isn't there")
    properties = row.body.get("properties") or {}
    kind = str(properties.get("dataType", "uri_folder")).lower()
    if kind not in ("uri_file", "uri_folder"):
        raise Unreachable(f"the data asset {uri} is of type {kind}, which the local Azure doesn't read")
    return str(properties.get("dataUri", ""))


def script(store: Store, blobs: Blobs, deployment: Row, home: Path, *, mlflow: bool) -> Path:
    """The scoring script, with the rest of its code beside it. Raises `Unreachable`."""
    code = (deployment.body.get("properties") or {}).get("codeConfiguration") or {}
    name = str(code.get("scoringScript") or "")
    if not name:
        if not mlflow:
            raise Unreachable("it has neither a scoring script nor a model of type mlflow_model")
        home.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(MLFLOW_SCRIPT, home / "mlflow_scoring.py"))
    row = asset(store, str(code.get("codeId") or ""))
    if row is None:
        raise Unreachable(f"the code {code.get('codeId') or 'of the scoring script'} isn't there")
    uri = str((row.body.get("properties") or {}).get("codeUri", ""))
    found = fetched(blobs, located(store, _workspace(deployment), uri), home)
    path = (found / name).resolve()
    if not path.is_file() or not path.is_relative_to(found.resolve()):
        raise Unreachable(f"the scoring script {name} isn't in the code {uri}")
    return path


def model_row(store: Store, deployment: Row) -> Row | None:
    """The model of a deployment, if it has one. Raises `Unreachable` where it isn't there."""
    reference = (deployment.body.get("properties") or {}).get("model")
    if isinstance(reference, Mapping):  # Source: REST reference, batch-deployments, IdAssetReference
        reference = reference.get("assetId") or reference.get("path")
    if not reference:
        return None
    row = asset(store, str(reference))
    if row is None:
        raise Unreachable(f"the model {reference} isn't there")
    return row


def is_mlflow(model: Row | None) -> bool:
    properties: dict[str, Any] = (model.body.get("properties") or {}) if model else {}
    return str(properties.get("modelType", "")).lower() in ("mlflow_model", "mlflow")


def fetched_model(store: Store, blobs: Blobs, deployment: Row, model: Row, home: Path) -> Path:
    """Bring a model into a folder. Returns what `AZUREML_MODEL_DIR` is. Raises `Unreachable`."""
    parts = model.id.split("/")
    folder = home / parts[-3] / parts[-1]
    uri = str((model.body.get("properties") or {}).get("modelUri", ""))
    fetched(blobs, located(store, _workspace(deployment), uri), folder)
    return folder


def output_location(store: Store, workspace: str, job: str, wanted: Invocation) -> Location:
    """The folder for the output: the one asked for, else one of the job's own in the workspace's default datastore.

    Raises `Unreachable`. Source: Azure ML docs, how-to-use-batch-model-deployments ("Configure the output location").
    """
    return located(store, workspace, wanted.output_uri or default_output(job))


def default_output(job: str) -> str:
    return f"azureml://datastores/workspaceblobstore/paths/azureml/{job}/score/"


def variables(deployment: Row, home: Path, interpreter: Path) -> tuple[dict[str, str], list[str]]:
    """The processes' environment variables, and the names of those whose values nobody knows any more.

    Nothing of this process's own is among them: no proxy, no credentials.
    """
    properties = deployment.body.get("properties") or {}
    given = {str(name): value for name, value in (properties.get("environmentVariables") or {}).items()}
    parts = deployment.id.split("/")
    own = {
        "PATH": f"{interpreter.parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "AZUREML_WORKSPACE_NAME": parts[8],
        # Nothing here tells anybody that it was used.
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }
    known = {name: str(value) for name, value in given.items() if not is_sealed(value)}
    return own | known, sorted(name for name, value in given.items() if is_sealed(value))


def _workspace(deployment: Row) -> str:
    return deployment.id.rsplit("/", 4)[0]
