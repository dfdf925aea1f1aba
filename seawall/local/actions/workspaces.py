"""Actions on workspaces. Source: Azure ML REST reference, Workspaces."""

from __future__ import annotations

from typing import Any

from seawall.local.actions.call import ActionCall
from seawall.local.mlservices import files
from seawall.local.mlservices.secret import derived
from seawall.local.response import Response
from seawall.local.services.machine_learning import WORKSPACE, isolation
from seawall.local.services.reading import text
from seawall.local.services.service import refuse
from seawall.local.store import Row


def list_keys(call: ActionCall) -> Response:
    """The keys of what the workspace is made with."""
    row = call.target()
    properties = row.body.get("properties") or {}
    storage, registry = text(properties, "storageAccount"), text(properties, "containerRegistry")
    name = registry.rsplit("/", 1)[-1]
    passwords = [{"name": f"password{end}", "value": derived(call.store, registry, end)} for end in ("", "2")]
    body = {
        "userStorageKey": _storage_key(call, storage),
        "userStorageArmId": storage,
        "appInsightsInstrumentationKey": derived(call.store, text(properties, "applicationInsights"), "key"),
        "containerRegistryCredentials": {
            "location": row.body.get("location"),
            "username": name,
            "passwords": passwords,
        }
        if registry
        else None,
        "notebookAccessKeys": _notebook_keys(call, row),
    }
    return Response(200, body)


def list_storage_account_keys(call: ActionCall) -> Response:
    """The key of the workspace's storage account."""
    return Response(
        200, {"userStorageKey": _storage_key(call, text(call.target().body, "properties", "storageAccount"))}
    )


def _storage_key(call: ActionCall, account: str) -> str | None:
    """Nothing where the account refuses shared keys."""
    row = call.store.resource(account) if account else None
    if row is None or (row.body.get("properties") or {}).get("allowSharedKeyAccess") is False:
        return None
    return files.account_key(call.store, row.id.rsplit("/", 1)[-1])


def list_notebook_keys(call: ActionCall) -> Response:
    """The keys of the workspace's notebooks."""
    return Response(200, _notebook_keys(call, call.target()))


def _notebook_keys(call: ActionCall, row: Row) -> dict[str, str]:
    return {f"{which}AccessKey": derived(call.store, row.id, "notebooks", which) for which in ("primary", "secondary")}


def list_notebook_access_token(call: ActionCall) -> Response:
    """A token for the workspace's notebooks."""
    row = call.target()
    notebook = (row.body.get("properties") or {}).get("notebookInfo") or {}
    return Response(
        200,
        {
            "notebookResourceId": notebook.get("resourceId"),
            "hostName": notebook.get("fqdn"),
            "publicDns": notebook.get("fqdn"),
            "accessToken": derived(call.store, row.id, "notebook token"),
            "refreshToken": derived(call.store, row.id, "notebook refresh token"),
            "tokenType": "Bearer",
            "expiresIn": 3600,
            "scope": "aznb_identity",
        },
    )


def prepare_notebook(call: ActionCall) -> Response:
    """Notebooks are there from the start."""
    return Response(200, (call.target().body.get("properties") or {}).get("notebookInfo"))


def diagnose(call: ActionCall) -> Response:
    """What is wrong with what the workspace is made with: what of it isn't there."""
    properties = call.target().body.get("properties") or {}
    parts = {
        "storageAccount": "storageAccountResults",
        "keyVault": "keyVaultResults",
        "containerRegistry": "containerRegistryResults",
        "applicationInsights": "applicationInsightsResults",
    }
    others = ("userDefinedRouteResults", "networkSecurityRuleResults", "resourceLockResults", "dnsResolutionResults")
    value: dict[str, list[Any]] = {name: [] for name in (*others, *parts.values(), "otherResults")}
    for part, results in parts.items():
        id = properties.get(part)
        if id and not call.azure.world.exists(id):
            message = f"{id} doesn't exist."
            value[results].append({"code": "ResourceNotFound", "level": "Error", "message": message})
    return Response(200, {"value": value})


def resync_keys(call: ActionCall) -> Response:
    """Keys are always those of the resources themselves."""
    call.target()
    return Response(200)


def provision_managed_network(call: ActionCall) -> Response:
    """Make the managed network now. Source: Azure ML docs, how-to-managed-network."""
    row = call.target()
    properties = row.body.get("properties") or {}
    if isolation(properties) == "Disabled":
        raise refuse("ValidationError", "The workspace has no managed network.")
    spark = bool(call.body.get("includeSpark"))
    network = {**properties["managedNetwork"], "status": {"status": "Active", "sparkReady": spark}}
    changed = {**properties, "managedNetwork": network, "provisionNetworkNow": True}
    with call.store.write():
        call.store.save(row._replace(body={**row.body, "properties": changed}))
    return Response(200, network["status"])


ACTIONS = {
    (WORKSPACE, "listkeys"): list_keys,
    (WORKSPACE, "liststorageaccountkeys"): list_storage_account_keys,
    (WORKSPACE, "listnotebookkeys"): list_notebook_keys,
    (WORKSPACE, "listnotebookaccesstoken"): list_notebook_access_token,
    (WORKSPACE, "preparenotebook"): prepare_notebook,
    (WORKSPACE, "diagnose"): diagnose,
    (WORKSPACE, "resynckeys"): resync_keys,
    (WORKSPACE, "provisionmanagednetwork"): provision_managed_network,
    (f"{WORKSPACE}/managednetworks", "provisionmanagednetwork"): provision_managed_network,
}
