"""Parents that must exist, references that must lead somewhere, names that only one may have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from arm import ACCOUNT, GROUP, NET, STORAGE_BODY, SUB, VAULT_BODY, refusal

from seawall.local.azure import LocalAzure


def test_the_resource_group_must_exist(azure: LocalAzure) -> None:
    """ResourceGroupNotFound, 404."""
    error = refusal(azure, "PUT", ACCOUNT, STORAGE_BODY)
    assert (error.code, error.status) == ("ResourceGroupNotFound", 404)


def test_the_parent_must_exist(azure: LocalAzure, group: str) -> None:
    """ParentResourceNotFound, 404."""
    subnet = {"properties": {"addressPrefix": "10.0.0.0/24"}}
    error = refusal(azure, "PUT", f"{NET}/virtualNetworks/none/subnets/s", subnet)
    assert (error.code, error.status) == ("ParentResourceNotFound", 404)


def test_an_extension_s_scope_must_exist(azure: LocalAzure, group: str) -> None:
    """A lock needs something to lock."""
    id = f"{ACCOUNT}/providers/Microsoft.Authorization/locks/l"
    assert refusal(azure, "PUT", id, {"properties": {"level": "CanNotDelete"}}).code == "ResourceNotFound"


def test_a_storage_account_always_has_its_services(azure: LocalAzure, group: str) -> None:
    """The blob service answers before anyone has made it, and can be logged and changed."""
    azure.put(ACCOUNT, STORAGE_BODY)
    blobs = f"{ACCOUNT}/blobServices/default"
    assert (azure.get(blobs) or {})["type"] == "Microsoft.Storage/storageAccounts/blobServices"
    azure.put(f"{blobs}/containers/raw", {"properties": {}})
    azure.put(blobs, {"properties": {"isVersioningEnabled": True}})
    azure.delete(blobs)
    assert azure.get(blobs) is not None


def test_what_a_body_names_must_exist(azure: LocalAzure, group: str) -> None:
    """As value or as key; but not in another subscription that was never seen, nor in tags."""
    missing = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    identity = {"type": "UserAssigned", "userAssignedIdentities": {missing: {}}}
    assert refusal(azure, "PUT", ACCOUNT, {**STORAGE_BODY, "identity": identity}).code == "LinkedResourceNotFound"
    elsewhere = missing.replace("000001", "000099")
    azure.put(ACCOUNT, {**STORAGE_BODY, "identity": {**identity, "userAssignedIdentities": {elsewhere: {}}}})
    azure.put(ACCOUNT, {**STORAGE_BODY, "tags": {"hidden-link": missing}})


def test_what_is_declared_external_counts_as_existing(tmp_path: Path) -> None:
    """A central hub that nobody makes here can be referred to."""
    hub = f"{SUB}/resourceGroups/rg-hub"
    with LocalAzure.open(tmp_path / "a.db", externals=[hub]) as azure:
        azure.put(GROUP, {"location": "westeurope"})
        subnet = f"{hub}/providers/Microsoft.Network/virtualNetworks/hub/subnets/s"
        azure.put(f"{NET}/privateEndpoints/p", {"location": "westeurope", "properties": {"subnet": {"id": subnet}}})


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("Microsoft.Storage/storageAccounts/taken1", STORAGE_BODY, "StorageAccountAlreadyTaken"),
        ("Microsoft.KeyVault/vaults/taken1", VAULT_BODY, "VaultAlreadyExists"),
        ("Microsoft.ContainerRegistry/registries/taken1", {"location": "x", "sku": {"name": "Basic"}}, "AlreadyInUse"),
        ("Microsoft.MachineLearningServices/registries/taken1", {"location": "x"}, "RegistryNameUnavailable"),
    ],
)
def test_some_names_are_unique_in_the_world(
    azure: LocalAzure, group: str, kind: str, body: dict[str, Any], code: str
) -> None:
    """In another group, and in capitals, the name is still taken."""
    azure.put(f"{SUB}/resourceGroups/other", {"location": "westeurope"})
    azure.put(f"{GROUP}/providers/{kind}", body)
    error = refusal(azure, "PUT", f"{SUB}/resourceGroups/other/providers/{kind}", body)
    assert (error.code, error.status) == (code, 409)


def test_a_resource_does_not_move_to_another_region(azure: LocalAzure, group: str) -> None:
    """InvalidResourceLocation; another way to write the same region is fine."""
    azure.put(ACCOUNT, STORAGE_BODY)
    assert refusal(azure, "PUT", ACCOUNT, {**STORAGE_BODY, "location": "northeurope"}).code == "InvalidResourceLocation"
    azure.put(ACCOUNT, {**STORAGE_BODY, "location": "West Europe"})


def test_a_region_has_its_network_watcher(azure: LocalAzure, group: str) -> None:
    """Azure makes NetworkWatcherRG and a watcher in it by itself: flow logs can be put there; nothing else is made."""
    watchers = f"{SUB}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers"
    azure.put(ACCOUNT, STORAGE_BODY)
    azure.put(f"{NET}/virtualNetworks/v", {"properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}})
    body = {"properties": {"targetResourceId": f"{NET}/virtualNetworks/v", "storageId": ACCOUNT}}
    azure.put(f"{watchers}/NetworkWatcher_westeurope/flowLogs/flows", body)
    assert refusal(azure, "PUT", f"{watchers}/other/flowLogs/flows", body).code == "ParentResourceNotFound"
    elsewhere = f"{SUB}/resourceGroups/rg-none/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope"
    assert refusal(azure, "PUT", f"{elsewhere}/flowLogs/flows", body).code == "ResourceGroupNotFound"
