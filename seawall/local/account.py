"""What an account has without anybody having made it: subscriptions, tenants, regions, resource providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.fills.storage import PAIRS
from seawall.azure.guid import TENANT
from seawall.azure.types import of_arm_type, types
from seawall.local.errors import AzureError
from seawall.local.routes import RESOURCE_GROUP, Route
from seawall.local.services import service_of
from seawall.local.store import Store

NAME_CHECK = "checknameavailability"
"""The action that says whether a name, unique in the world, is still free."""

_NAMED_BY: Mapping[str, str] = {
    "microsoft.storage": "Microsoft.Storage/storageAccounts",
    "microsoft.keyvault": "Microsoft.KeyVault/vaults",
    "microsoft.containerregistry": "Microsoft.ContainerRegistry/registries",
    "microsoft.eventhub": "Microsoft.EventHub/namespaces",
    "microsoft.search": "Microsoft.Search/searchServices",
    "microsoft.documentdb": "Microsoft.DocumentDB/databaseAccounts",
}
"""The type whose names a provider checks where the request doesn't say."""


def tenant(store: Store) -> str:
    """The tenant of the subscriptions: that of their key vaults, which say it, else the one that fills them in."""
    for row in store.of_type("Microsoft.KeyVault/vaults"):
        found = (row.body.get("properties") or {}).get("tenantId")
        if isinstance(found, str) and found:
            return found.lower()
    return TENANT


def subscriptions(store: Store) -> tuple[str, ...]:
    """The subscriptions in which anything was ever made."""
    return tuple(sorted({row.key.split("/")[2] for row in store.of_type(RESOURCE_GROUP)}))


def subscription(id: str, tenant: str = TENANT) -> dict[str, Any]:
    """Any subscription that is asked for is there. Source: Subscriptions - Get, REST reference."""
    return {
        "id": f"/subscriptions/{id}",
        "subscriptionId": id,
        "tenantId": tenant,
        "displayName": f"Local subscription {id[-4:]}",
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }  # fmt: skip


def read(store: Store, route: Route) -> dict[str, Any]:
    """Answer a GET. Raises `AzureError` for a provider that isn't here."""
    match route.names:
        case ["subscriptions"]:
            return {"value": [subscription(id, tenant(store)) for id in subscriptions(store)]}
        case ["tenants"]:
            found = tenant(store)
            return {"value": [{"id": f"/tenants/{found}", "tenantId": found, "tenantCategory": "Home"}]}
        case ["subscriptions", id, "locations"]:
            return {"value": [_location(id, name) for name in sorted(PAIRS)]}
        case [*_, "providers"]:
            return {"value": [_provider(route, namespace) for namespace in _namespaces()]}
        case [*_, "providers", namespace]:
            return _provider(route, _known(namespace))
    raise AzureError("MethodNotAllowed", f"GET is not a method of {route.id}.", status=405)


def done(store: Store, route: Route, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a POST: a provider's registration, which is always there already, or the check of a name."""
    match route.names:
        case [*_, "providers", namespace, "register" | "unregister"]:
            return _provider(route, _known(namespace))
    if route.id.rsplit("/", 1)[-1].lower() == NAME_CHECK:
        return _name_check(store, route, body)
    raise AzureError("MethodNotAllowed", f"POST is not a method of {route.id}.", status=405)


def _name_check(store: Store, route: Route, body: dict[str, Any]) -> dict[str, Any]:
    """Source: Storage Accounts, Vaults, Registries - Check Name Availability, REST reference."""
    name, asked = body.get("name"), body.get("type") or _NAMED_BY.get(route.namespace)
    if not isinstance(name, str) or not name or not isinstance(asked, str):
        raise AzureError("InvalidRequestContent", "The request content must have a 'name' and a 'type'.")
    arm = _type(asked)
    named = Route(route.kind, f"{route.scope}/providers/{arm}/{name}", route.scope, arm.lower(), (name,))
    global_name = service_of(arm.lower()).name_of(named, {"name": name}, store)
    if not global_name or not store.holder_of_name(global_name):
        return {"nameAvailable": True}
    return {"nameAvailable": False, "reason": "AlreadyExists", "message": f"The name {name} is already taken."}


def _type(asked: str) -> str:
    try:
        return of_arm_type(asked).arm_type
    except LookupError:
        raise AzureError(
            "NotImplemented", f"The local Azure doesn't have the resource type {asked}.", status=501
        ) from None


def _location(subscription: str, name: str) -> dict[str, Any]:
    paired = {"name": PAIRS[name], "id": f"/subscriptions/{subscription}/locations/{PAIRS[name]}"}
    return {
        "id": f"/subscriptions/{subscription}/locations/{name}",
        "name": name,
        "type": "Region",
        "displayName": name,
        "regionalDisplayName": name,
        "metadata": {"regionType": "Physical", "regionCategory": "Recommended", "pairedRegion": [paired]},
    }


def _namespaces() -> list[str]:
    return sorted({arm.arm_type.split("/", 1)[0] for arm in types() if "/" in arm.arm_type})


def _known(namespace: str) -> str:
    for known in _namespaces():
        if known.lower() == namespace:
            return known
    raise AzureError("InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.", status=404)


def _provider(route: Route, namespace: str) -> dict[str, Any]:
    """Source: Providers - Get, REST reference. Every provider is registered."""
    own = [arm for arm in types() if arm.arm_type.lower().startswith(f"{namespace.lower()}/")]
    scope = route.scope if route.names[0] == "subscriptions" else ""
    return {
        "id": f"{scope}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": arm.arm_type.split("/", 1)[1],
                "locations": sorted(PAIRS),
                "apiVersions": [arm.api_version],
                "capabilities": "None",
            }
            for arm in own
        ],
    }
