"""The data plane of registries: discovery, places for files, and the import of a workspace's assets.

Sources: azure-ai-ml, `_utils/_registry_utils.py` (what clients send); Azure ML docs,
how-to-share-models-pipelines-across-workspaces-with-registries.
"""

from __future__ import annotations

import re
from typing import Any

from seawall.azure.guid import TENANT
from seawall.local.actions.call import missing
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.mlservices import files
from seawall.local.services.machine_learning import REGISTRY, WORKSPACE
from seawall.local.services.reading import text
from seawall.local.services.service import refuse
from seawall.local.store import Row, Store

_SOURCE = re.compile(
    r"azureml://locations/(?P<location>[^/]+)/workspaces/(?P<workspace>[^/]+)"
    r"/(?P<kind>models|environments|data|components|codes)/(?P<name>[^/]+)/versions/(?P<version>[^/]+)"
)
_ASSET = re.compile(
    r"/subscriptions/.+/registries/([^/]+)/((?:models|environments|data|components|codes)/.+)", re.IGNORECASE
)
_COPIED = {"models": "modelUri", "data": "dataUri", "codes": "codeUri"}
"""Which property of a version says where its files are."""


def named(body: Any) -> Any:
    """An answer in which a registry's assets have the IDs that its data plane gives them: `azureml://registries/…`."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("value"), list):
        return {**body, "value": [named(item) for item in body["value"]]}
    found = _ASSET.fullmatch(str(body.get("id", "")))
    return {**body, "id": f"azureml://registries/{found[1]}/{found[2]}"} if found else body


def registry(store: Store, name: str) -> Row:
    """The registry of a name, which is unique in the tenant. Raises AzureError where there is none."""
    row = store.resource(store.holder_of_name(f"{REGISTRY}:{name.lower()}") or "/")
    if row is None:
        raise AzureError("RegistryNotFound", f"Registry {name} was not found.", status=404)
    return row


def discovery(store: Store, name: str) -> dict[str, Any]:
    """Where a registry is: what a client asks first, knowing its name alone."""
    row = registry(store, name)
    parts, home = row.id.split("/"), text(row.body, "location").replace(" ", "").lower()
    regions = [text(detail, "location") for detail in (row.body["properties"].get("regionDetails") or [])] or [home]
    return {
        "registryName": row.id.rsplit("/", 1)[-1],
        "tenantId": TENANT,
        "primaryRegion": home,
        "regions": regions,
        "registryFqdns": {region: {"uri": f"https://{region}.api.azureml.ms/"} for region in regions},
        "subscriptionId": parts[2],
        "resourceGroup": parts[4],
        "workspaceName": "",
        "primaryRegionResourceProviderUri": f"https://{home}.api.azureml.ms/",
    }


def temporary_reference(azure: LocalAzure, body: dict[str, Any], row: Row) -> dict[str, Any]:
    """A container for a version's files, with a signature to write them. 409 where the version is there already."""
    named = re.match(r"azureml://registries/[^/]+/([^/]+)/([^/]+)/versions/([^/]+)", text(body, "assetId"))
    if named is None:
        raise refuse("BadRequest", f"assetId {text(body, 'assetId')!r} names no version of an asset in a registry.")
    kind, name, version = named.groups()
    if azure.store.exists(f"{row.id}/{kind}/{name}/versions/{version}"):
        raise refuse("AssetAlreadyExists", f"{kind} {name}:{version} exists already in the registry.", status=409)
    account = files.registry_files(row)
    upload = files.new_upload(azure.store, account)
    return {
        "temporaryDataReferenceType": "TemporaryBlobReference",
        "temporaryDataReferenceId": upload.files.container,
        "blobReferenceForConsumption": {
            "blobUri": upload.files.url(),
            "storageAccountArmId": account,
            "credential": {"credentialType": "SAS", "sasUri": upload.uri},
        },
    }


def imported(azure: LocalAzure, body: dict[str, Any], row: Row) -> None:
    """Copy a version of a workspace's asset into a registry: its files byte for byte, and what is said of it."""
    source = _source(azure.store, text(body, "properties", "sourceAssetId"))
    kind, name, version = source.id.split("/")[-4], source.id.split("/")[-3], source.id.rsplit("/", 1)[-1]
    name = text(body, "properties", "destinationName") or name
    version = text(body, "properties", "destinationVersion") or version
    target = f"{row.id}/{kind}/{name}/versions/{version}"
    if azure.store.exists(target):
        raise refuse("AssetAlreadyExists", f"{kind} {name}:{version} exists already in the registry.", status=409)
    properties = {key: value for key, value in source.body["properties"].items() if key != "provisioningState"}
    where = _COPIED.get(kind)
    if where and properties.get(where):
        properties[where] = _copied(azure.store, str(properties[where]), source.id, row)
    if kind == "models":
        lineage = {**(properties.get("properties") or {}), "sourceAssetId": text(body, "properties", "sourceAssetId")}
        properties["properties"] = lineage
    azure.put(target, {"properties": properties})


def _copied(store: Store, uri: str, asset_id: str, row: Row) -> str:
    """The files of an asset in a new container of a registry. Returns their address."""
    source = files.locate(store, uri, files.workspace_of(asset_id))
    container = files.new_upload(store, files.registry_files(row)).files
    target = container._replace(path=source.path.rsplit("/", 1)[-1])
    files.copy(store, source, target)
    return target.url()


def _source(store: Store, id: str) -> Row:
    """The version that an asset ID names: by its workspace's GUID, else by an ARM ID."""
    found = _SOURCE.fullmatch(id)
    if found is None:
        arm = store.resource(id.removeprefix("azureml:")) if id.removeprefix("azureml:").startswith("/") else None
        if arm is None:
            raise refuse("BadRequest", f"sourceAssetId {id!r} names no asset of a workspace.")
        return arm
    for workspace in store.of_type(WORKSPACE):
        if workspace.body["properties"].get("workspaceId") == found["workspace"]:
            target = f"{workspace.id}/{found['kind']}/{found['name']}/versions/{found['version']}"
            row = store.resource(target)
            if row is None:
                raise missing(target)
            return row
    raise refuse("BadRequest", f"No workspace has the ID {found['workspace']}.")
