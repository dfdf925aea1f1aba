"""Deletion: what goes along, what forbids it, what is kept and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from arm import ACCOUNT, GROUP, NET, STORAGE_BODY, SUB, VAULT, VAULT_BODY, refusal

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError


def _lock(azure: LocalAzure, scope: str, level: str = "CanNotDelete") -> str:
    id = f"{scope}/providers/Microsoft.Authorization/locks/stay"
    azure.put(id, {"properties": {"level": level}})
    return id


# Deleting -------------------------------------------------------------------------------------------------------------


def test_a_group_takes_everything_with_it(azure: LocalAzure, group: str) -> None:
    """Children, extensions and all; meanwhile nothing can be made in it."""
    azure.put(ACCOUNT, STORAGE_BODY)
    azure.put(f"{ACCOUNT}/blobServices/default/containers/raw", {"properties": {}})
    azure.request("DELETE", group)
    assert refusal(azure, "PUT", f"{NET}/routeTables/rt", {"location": "x"}).code == "ResourceGroupBeingDeleted"
    azure.finish(group)
    assert azure.snapshot()["resources"] == {}


def test_a_subnet_in_use_can_not_be_deleted(azure: LocalAzure, group: str) -> None:
    """Nor its network, nor the group of it while the user is elsewhere; once that is gone, all can go."""
    network = f"{NET}/virtualNetworks/vnet"
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    azure.put(network, {"location": "westeurope", "properties": space})
    azure.put(f"{network}/subnets/s", {"properties": {"addressPrefix": "10.0.0.0/24"}})
    azure.put(f"{SUB}/resourceGroups/other", {"location": "westeurope"})
    endpoint = f"{SUB}/resourceGroups/other/providers/Microsoft.Network/privateEndpoints/pep"
    azure.put(endpoint, {"location": "westeurope", "properties": {"subnet": {"id": f"{network}/subnets/s"}}})
    for id in (f"{network}/subnets/s", network, group):
        assert refusal(azure, "DELETE", id).code == "InUseSubnetCannotBeDeleted"
    azure.delete(endpoint)
    azure.delete(group)
    assert azure.get(network) is None


def test_a_zone_with_links_can_not_be_deleted(azure: LocalAzure, group: str) -> None:
    """Nested resources go first."""
    network = f"{NET}/virtualNetworks/vnet"
    azure.put(network, {"location": "x", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}})
    zone = f"{NET}/privateDnsZones/privatelink.api.azureml.ms"
    azure.put(zone, {"location": "global"})
    link = f"{zone}/virtualNetworkLinks/l"
    azure.put(link, {"location": "global", "properties": {"virtualNetwork": {"id": network}}})
    assert refusal(azure, "DELETE", zone).code == "CannotDeleteResource"
    azure.delete(link)
    azure.delete(zone)


# Soft deletion --------------------------------------------------------------------------------------------------------


def test_a_deleted_vault_keeps_its_name_until_it_is_purged(azure: LocalAzure, group: str) -> None:
    """A create is refused, anywhere; recovery brings the vault back with what was in it."""
    azure.put(VAULT, {**VAULT_BODY, "tags": {"a": "b"}})
    azure.put(f"{VAULT}/keys/cmk", {"properties": {"kty": "RSA"}})
    azure.delete(VAULT)
    assert azure.get(VAULT) is None
    assert refusal(azure, "PUT", VAULT, VAULT_BODY).code == "ConflictError"
    recover = {"location": "westeurope", "properties": {**VAULT_BODY["properties"], "createMode": "recover"}}
    assert azure.put(VAULT, recover)["tags"] == {"a": "b"}
    assert azure.get(f"{VAULT}/keys/cmk") is not None


def test_a_vault_is_purged_by_its_place(azure: LocalAzure, group: str) -> None:
    """`…/deletedVaults/{name}/purge` frees the name."""
    azure.put(VAULT, VAULT_BODY)
    azure.delete(VAULT)
    deleted = f"{SUB}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-mlp"
    assert (azure.get(deleted) or {})["properties"]["vaultId"] == VAULT
    assert azure.request("POST", f"{deleted}/purge").status == 202
    assert azure.request("PUT", VAULT, "", VAULT_BODY).status == 201


def test_purge_protection_is_stronger(azure: LocalAzure, group: str) -> None:
    """Such a vault can't be purged, only recovered."""
    azure.put(VAULT, {**VAULT_BODY, "properties": {**VAULT_BODY["properties"], "enablePurgeProtection": True}})
    azure.delete(VAULT)
    with pytest.raises(AzureError, match="purge protection"):
        azure.purge(VAULT)
    assert azure.is_soft_deleted(VAULT)


@pytest.mark.parametrize(
    ("kind", "body", "flag", "code"),
    [
        (
            "Microsoft.CognitiveServices/accounts/ai",
            {"location": "x", "kind": "AIServices", "sku": {"name": "S0"}, "properties": {}},
            {"restore": True},
            "FlagMustBeSetForRestore",
        ),
        (
            "Microsoft.ApiManagement/service/apim",
            {"location": "x", "sku": {"name": "Premium", "capacity": 1}, "properties": {}},
            {"restore": True},
            "ServiceAlreadyExistsInSoftDeletedState",
        ),
        (
            "Microsoft.MachineLearningServices/workspaces/mlw",
            {"location": "x", "identity": {"type": "SystemAssigned"}, "properties": {}},
            {"allowRecoverSoftDeletedWorkspace": True},
            "Conflict",
        ),
    ],
)
def test_other_services_soft_delete_too(
    azure: LocalAzure, group: str, kind: str, body: dict[str, Any], flag: dict[str, Any], code: str
) -> None:
    """A create under the name is refused until the deleted one is restored or purged."""
    id = f"{GROUP}/providers/{kind}"
    azure.put(id, body)
    azure.delete(id)
    assert refusal(azure, "PUT", id, body).code == code
    azure.put(id, {**body, "properties": {**body["properties"], **flag}})
    azure.delete(id)
    azure.purge(id)
    azure.put(id, body)


def test_a_workspace_is_purged_with_a_flag(azure: LocalAzure, group: str) -> None:
    """`forceToPurge=true` deletes for good at once, or gives up what was soft-deleted before."""
    id = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"
    body = {"location": "x", "identity": {"type": "SystemAssigned"}, "properties": {}}
    azure.put(id, body)
    azure.request("DELETE", id, query={"forceToPurge": "true"})
    azure.finish(id)
    assert not azure.is_soft_deleted(id)
    azure.put(id, body)
    azure.delete(id)
    azure.request("DELETE", id, query={"forceToPurge": "true"})
    assert not azure.is_soft_deleted(id)


def test_a_recovered_workspace_comes_without_computes_and_endpoints(azure: LocalAzure, group: str) -> None:
    """Its assets come back, its endpoints and role assignments don't."""
    id = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw"
    body = {"location": "x", "identity": {"type": "SystemAssigned"}, "properties": {}}
    azure.put(id, body)
    azure.put(f"{id}/models/fraud/versions/1", {"properties": {"modelUri": "azureml://x"}})
    azure.put(f"{id}/onlineEndpoints/fraud", {"location": "x", "properties": {"authMode": "Key"}})
    azure.delete(id)
    azure.put(id, {**body, "properties": {"allowRecoverSoftDeletedWorkspace": True}})
    assert azure.get(f"{id}/models/fraud/versions/1") is not None
    assert azure.get(f"{id}/onlineEndpoints/fraud") is None


def test_an_agent_s_subnet_is_in_use_until_the_account_is_purged(azure: LocalAzure, group: str) -> None:
    """Deleting the account isn't enough."""
    network = f"{NET}/virtualNetworks/vnet"
    azure.put(network, {"location": "x", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}})
    subnet = f"{network}/subnets/agents"
    azure.put(subnet, {"properties": {"addressPrefix": "10.0.0.0/24"}})
    id = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai"
    properties = {"networkInjections": [{"scenario": "agent", "subnetArmId": subnet}]}
    body = {"location": "x", "kind": "AIServices", "sku": {"name": "S0"}, "properties": properties}
    azure.put(id, body)
    azure.delete(id)
    assert refusal(azure, "DELETE", subnet).code == "InUseSubnetCannotBeDeleted"
    azure.purge(id)
    azure.delete(subnet)


# Locks ----------------------------------------------------------------------------------------------------------------


def test_a_lock_blocks_deletion_at_its_scope_and_below(azure: LocalAzure, group: str) -> None:
    """The resource, its children, its role assignments, and the group around it; changes go on."""
    azure.put(ACCOUNT, STORAGE_BODY)
    container = f"{ACCOUNT}/blobServices/default/containers/raw"
    azure.put(container, {"properties": {}})
    lock = _lock(azure, ACCOUNT)
    for id in (ACCOUNT, container, group):
        error = refusal(azure, "DELETE", id)
        assert (error.code, error.status) == ("ScopeLocked", 409)
        assert ACCOUNT in error.message
    azure.put(ACCOUNT, {**STORAGE_BODY, "tags": {"a": "b"}})
    azure.delete(lock)
    azure.delete(group)


def test_a_read_only_lock_blocks_changes_too(azure: LocalAzure, group: str) -> None:
    """Nothing below its scope can be made or changed."""
    azure.put(ACCOUNT, STORAGE_BODY)
    lock = _lock(azure, group, "ReadOnly")
    assert refusal(azure, "PUT", ACCOUNT, STORAGE_BODY).code == "ScopeLocked"
    assert refusal(azure, "PUT", f"{NET}/routeTables/rt", {"location": "x"}).code == "ScopeLocked"
    azure.delete(lock)
    azure.put(ACCOUNT, STORAGE_BODY)
