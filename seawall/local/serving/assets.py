"""Where the files of code and models lie: from what an asset says to a blob's account, container and path.

Sources: REST reference, code-versions (`codeUri`) and model-versions (`modelUri`); Azure ML docs, concept-data
("supported paths": `azureml://...datastores/NAME/paths/PATH`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from seawall.local.store import Row, Store

REGISTRY = "microsoft.machinelearningservices/registries"

_DATASTORE = re.compile(
    r"azureml://(?:subscriptions/(?P<s>[^/]+)/)?(?:resourcegroups/(?P<g>[^/]+)/)?(?:workspaces/(?P<w>[^/]+)/)?"
    r"datastores/(?P<d>[^/]+)/paths/(?P<path>.*)",
    re.IGNORECASE,
)
_REGISTERED = re.compile(
    r"azureml://(?:locations/[^/]+/)?registries/([^/]+)/([a-z]+)/([^/]+)/(?:versions|labels)/([^/]+)", re.IGNORECASE
)


class Unreachable(Exception):
    """An asset's files can't be found; the message is a line for people."""


@dataclass(frozen=True)
class Location:
    """Where files lie in Blob storage."""

    account: str
    container: str
    path: str
    """A blob's name, or the prefix of all below a folder; without a slash at its end."""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


def asset(store: Store, reference: str) -> Row | None:
    """The version of an asset that a deployment names: an ARM ID, or `azureml://registries/...`."""
    plain = reference.removeprefix("azureml:") if not reference.startswith("azureml://") else reference
    registered = _REGISTERED.match(plain)
    if registered is None:
        return store.resource("/" + plain.strip("/"))
    registry, kind, name, version = registered.groups()
    ending = f"/registries/{registry}/{kind}/{name}/versions/{version}".lower()
    rows = store.of_type(f"{REGISTRY}/{kind.lower()}/versions")
    return next((row for row in rows if row.key.endswith(ending)), None)


def located(store: Store, workspace_id: str, uri: str) -> Location:
    """Where the files of an asset lie. Raises `Unreachable`."""
    if uri.lower().startswith("azureml://"):
        return _in_datastore(store, workspace_id, uri)
    parts = urlsplit(uri)
    host = (parts.hostname or "").split(".")
    container, _, path = unquote(parts.path).strip("/").partition("/")
    if parts.scheme not in ("https", "http", "wasbs", "abfss") or len(host) < 3 or host[1] not in ("blob", "dfs"):
        raise Unreachable(f"{uri or 'nothing'} is no address in Blob storage")
    if parts.username:  # wasbs://container@account.blob.core.windows.net/path
        return Location(host[0], parts.username, unquote(parts.path).strip("/"))
    return Location(host[0], container, path)


def _in_datastore(store: Store, workspace_id: str, uri: str) -> Location:
    found = _DATASTORE.match(uri)
    if found is None:
        raise Unreachable(f"{uri} is no path in a datastore")
    workspace = workspace_id
    if found["s"] and found["g"] and found["w"]:
        workspace = (
            f"/subscriptions/{found['s']}/resourceGroups/{found['g']}/providers/Microsoft.MachineLearningServices"
            f"/workspaces/{found['w']}"
        )
    account, container = _datastore(store, workspace, found["d"])
    return Location(account, container, unquote(found["path"]).strip("/"))


def _datastore(store: Store, workspace: str, name: str) -> tuple[str, str]:
    row = store.resource(f"{workspace}/datastores/{name}")
    properties: dict[str, Any] = row.body.get("properties", {}) if row else {}
    if properties.get("accountName") and properties.get("containerName"):
        return str(properties["accountName"]), str(properties["containerName"])
    home = store.resource(workspace)
    if home is not None and name.lower() == "workspaceblobstore":
        own = home.body.get("properties", {})
        account = str(own.get("storageAccount", "")).rsplit("/", 1)[-1]
        return account, f"azureml-blobstore-{own.get('workspaceId', '')}"
    raise Unreachable(f"the datastore {name} of {workspace} isn't there, or is none of Blob storage")


def fetched(blobs: Any, location: Location, folder: Path) -> Path:
    """Copy the files at a location into a folder, under the last part of its path. Returns that file or folder.

    Raises `Unreachable` where nothing is there.
    """
    from seawall.local.blob.errors import BlobError

    account, container, path = location.account, location.container, location.path
    target = folder / location.name
    try:
        single = bool(path) and path in blobs.names(account, container, path)
        blobs.download(account, container, path, folder if single else target)
    except BlobError as error:
        raise Unreachable(f"{container}/{path} of storage account {account} can't be read: {error}") from None
    return target
