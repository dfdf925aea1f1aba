"""Where the files of assets lie: a workspace's default datastores, a registry's own storage, and what URIs mean.

Sources: Azure ML docs, concept-data ("Datastore") and how-to-datastore; azure-ai-ml, `constants/_common.py`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from seawall.azure.fills.ml import workspace_guid
from seawall.azure.guid import guid
from seawall.local.errors import AzureError
from seawall.local.place import Place
from seawall.local.routes import parse
from seawall.local.services.machine_learning import DATASTORES as DEFAULTS
from seawall.local.store import Row, Store

if TYPE_CHECKING:  # Blob storage is imported when files are asked for: commands start faster without it.
    from seawall.local.blob import Blobs

_HOURS = timedelta(hours=8)
_DATASTORE = re.compile(
    r"azureml://subscriptions/(?P<sub>[^/]+)/resource[gG]roups/(?P<group>[^/]+)"
    r"(?:/providers/Microsoft\.MachineLearningServices)?/workspaces/(?P<workspace>[^/]+)"
    r"/datastores/(?P<datastore>[^/]+)/paths/(?P<path>.*)"
)
_SHORT = re.compile(r"azureml://datastores/(?P<datastore>[^/]+)/paths/(?P<path>.*)")
_BLOB = re.compile(
    r"https://(?P<account>[a-z0-9]+)\.blob\.core\.windows\.net(?::443)?/(?P<container>[^/?]+)/?(?P<path>[^?]*)"
)


class Files(NamedTuple):
    """A blob, or all blobs below a prefix."""

    account: str
    container: str
    path: str = ""

    def url(self, path: str = "") -> str:
        """The address as Azure gives it."""
        inner = "/".join(part for part in (self.container, self.path, path) if part)
        return f"https://{self.account}.blob.core.windows.net/{inner}"


@dataclass(frozen=True)
class Upload:
    """A place for files that are to come, and the signature to write them with."""

    files: Files
    uri: str
    """The signed address of the container."""


def workspace_files(row: Row) -> Files:
    """The container of a workspace's `workspaceblobstore`."""
    account = str((row.body.get("properties") or {}).get("storageAccount") or "").rsplit("/", 1)[-1].lower()
    if not account:
        raise AzureError("BadRequest", f"{row.id} has no storage account.", status=400)
    return Files(account, f"azureml-blobstore-{row.body['properties'].get('workspaceId') or workspace_guid(row.id)}")


def registry_files(row: Row) -> str:
    """The storage account that a registry made for itself, in its first region."""
    for region in (row.body.get("properties") or {}).get("regionDetails") or []:
        for details in region.get("storageAccountDetails") or []:
            name = (details.get("systemCreatedStorageAccount") or {}).get("storageAccountName")
            own = (details.get("userCreatedStorageAccount") or {}).get("armResourceId") or {}
            if name or own:
                return str(name or str(own.get("resourceId", "")).rsplit("/", 1)[-1]).lower()
    return f"st{guid(row.id, 'storage').replace('-', '')[:11]}"


def default_datastore(row: Row, name: str) -> dict[str, Any]:
    """The body of a default datastore of a workspace."""
    properties = row.body.get("properties") or {}
    files, parts = workspace_files(row), row.id.split("/")
    by_identity = str(properties.get("systemDatastoresAuthMode", "")).lower() == "identity"
    inside = {
        "workspaceblobstore": ("AzureBlob", "containerName", files.container),
        "workspaceartifactstore": ("AzureBlob", "containerName", "azureml"),
        "workspaceworkingdirectory": ("AzureFile", "fileShareName", f"code-{guid(row.id, 'working directory')}"),
        "workspacefilestore": ("AzureFile", "fileShareName", files.container.replace("blobstore", "filestore")),
    }
    kind, key, value = inside[name.lower()]
    return {
        "properties": {
            "datastoreType": kind,
            "accountName": files.account,
            key: value,
            "endpoint": "core.windows.net",
            "protocol": "https",
            "subscriptionId": parts[2],
            "resourceGroup": parts[4],
            "serviceDataAccessAuthIdentity": "WorkspaceSystemAssignedIdentity" if by_identity else "None",
            "credentials": {"credentialsType": "None" if by_identity else "AccountKey"},
            "isDefault": name.lower() == DEFAULTS[0],
        }
    }


def datastore_files(store: Store, workspace: Row, name: str) -> Files:
    """The container of a datastore. Raises AzureError where there is none, or where it isn't one of blobs."""
    own = store.resource(f"{workspace.id}/datastores/{name}")
    body = own.body if own else default_datastore(workspace, name) if name.lower() in DEFAULTS else None
    properties = (body or {}).get("properties") or {}
    container = properties.get("containerName") or properties.get("filesystem")
    if not container:
        raise AzureError("DatastoreNotFound", f"{workspace.id} has no datastore of blobs named {name}.", status=404)
    return Files(str(properties.get("accountName", "")).lower(), str(container))


def locate(store: Store, uri: str, workspace_id: str = "") -> Files:
    """What a URI of an asset means: `azureml://…/datastores/…/paths/…` or `https://….blob.core.windows.net/…`.

    `workspace_id` is whose datastores a short URI names. Raises AzureError for another form, and for what isn't there.
    """
    blob = _BLOB.match(uri)
    if blob:
        return Files(blob["account"], blob["container"], blob["path"].rstrip("/"))
    whole, short = _DATASTORE.match(uri), _SHORT.match(uri)
    found = whole or short
    if whole:
        group = f"/subscriptions/{whole['sub']}/resourceGroups/{whole['group']}"
        workspace_id = f"{group}/providers/Microsoft.MachineLearningServices/workspaces/{whole['workspace']}"
    workspace = store.resource(workspace_id) if workspace_id else None
    if not found or workspace is None:
        raise AzureError("BadRequest", f"{uri} names no files that are at hand here.", status=400)
    files = datastore_files(store, workspace, found["datastore"])
    return files._replace(path=found["path"].strip("/"))


def new_upload(store: Store, account: str, container: str = "") -> Upload:
    """A container for files that are to come, a new one where none is named, with a signature that may write."""
    name = container or secrets.token_hex(16)
    with opened(store) as blobs:
        blobs.ensure_account(account)
        blobs.ensure_container(account, name)
        query = blobs.sas(account, name, permissions="rwlac", expiry=_HOURS)
    files = Files(account, name)
    return Upload(files, f"{files.url()}?{query}")


def signature(store: Store, files: Files, permissions: str = "rl", *, hours: float = 8) -> str:
    """A signature for a container: the query of an address."""
    with opened(store) as blobs:
        blobs.ensure_account(files.account)
        blobs.ensure_container(files.account, files.container)
        return blobs.sas(files.account, files.container, permissions=permissions, expiry=timedelta(hours=hours))


def ensure_containers(store: Store, workspace: Row) -> None:
    """Have the containers of a workspace's default datastores, which its creation makes."""
    files = workspace_files(workspace)
    with opened(store) as blobs:
        blobs.ensure_account(files.account)
        for container in (files.container, "azureml"):
            blobs.ensure_container(files.account, container)


def copy(store: Store, source: Files, target: Files) -> int:
    """Copy blobs byte for byte; returns how many. Raises AzureError where there is nothing to copy."""
    from seawall.local.blob import BlobError

    with opened(store) as blobs:
        blobs.ensure_account(target.account)
        blobs.ensure_container(target.account, target.container)
        try:
            return len(blobs.copy((*source,), (*target,)))
        except BlobError as error:
            raise AzureError("BadRequest", f"{source.url()} can't be copied: {error}", status=400) from None


def opened(store: Store) -> Blobs:
    """Blob storage of the same local Azure."""
    from seawall.local.blob import Blobs

    return Blobs.open(Place(store.path))


def account_key(store: Store, account: str, number: int = 1) -> str:
    """Key 1 or 2 of a storage account."""
    from seawall.local.blob import account_key as key

    return key(store, account, number)


def workspace_of(id: str) -> str:
    """The ID of the workspace or registry that a resource belongs to."""
    while id.count("/") > 4 and parse(id).arm_type.count("/") > 1:
        id = id.rsplit("/", 2)[0]
    return id
