"""What Azure keeps of the deleted, and what it refuses to change."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.azure.lifecycle import FIXED, SOFT_DELETE, fixed_changes
from seawall.azure.types import of_arm_type, types
from tests.seawall.azure.azure_sdk import Schema

WORKSPACE = "Microsoft.MachineLearningServices/workspaces"


def test_soft_delete_is_told_of_every_type_that_has_it() -> None:
    """The table's mark and the rules name the same types."""
    assert {row.arm_type for row in types() if row.soft_delete} == set(SOFT_DELETE)


def test_workspaces_keep_their_names_for_fourteen_days() -> None:
    """Their computes and endpoints are gone at once. Source: Azure ML docs, concept-soft-delete."""
    rule = SOFT_DELETE[WORKSPACE]
    assert rule.days == 14 and "forceToPurge" in rule.purge
    assert f"{WORKSPACE}/computes" in rule.lost and f"{WORKSPACE}/onlineEndpoints" in rule.lost
    assert all(of_arm_type(lost) for lost in rule.lost)


def test_protection_keeps_a_vault_from_being_purged() -> None:
    """Of all types only a vault can forbid its purge. Source: Key Vault docs, soft-delete-overview."""
    protecting = {name: rule.protected_by for name, rule in SOFT_DELETE.items() if rule.protected_by}
    assert protecting == {"Microsoft.KeyVault/vaults": "properties.enablePurgeProtection"}


@pytest.mark.parametrize("arm_type", [*FIXED, *SOFT_DELETE])
def test_paths_are_in_the_schema(arm_type: str, azure_types: Any) -> None:
    """Every path that the rules name is a property of the type's body."""
    file = next(entry["file"] for entry in azure_types.index if entry["arm_type"] == arm_type)
    schema = Schema(azure_types.folder, file)
    named = [*FIXED.get(arm_type, ())]
    if arm_type in SOFT_DELETE:
        named += filter(None, (SOFT_DELETE[arm_type].days_property, SOFT_DELETE[arm_type].protected_by))
    for path in named:
        nodes = schema.root
        for step in path.split("."):
            nodes = [
                inner
                for node in nodes
                for place in [node.get("properties", {}).get(step)]
                if place is not None
                for inner in schema.variants(place)
            ]
        assert nodes, path


def test_refused_changes_are_named() -> None:
    """A change of what is fixed is named by its path; what is left out, or only written otherwise, is no change."""
    before = {"properties": {"storageAccount": "/Subscriptions/S/a", "keyVault": "/kv", "friendlyName": "old"}}
    after = {"properties": {"storageAccount": "/subscriptions/s/A", "keyVault": "/other", "friendlyName": "new"}}
    assert fixed_changes(WORKSPACE, before, after) == ["properties.keyVault"]
    assert fixed_changes(WORKSPACE.upper(), before, {"properties": {}}) == []
    assert fixed_changes(WORKSPACE, before, {"properties": {"hbiWorkspace": False}}) == []
    assert fixed_changes(WORKSPACE, before, {"properties": {"hbiWorkspace": True}}) == ["properties.hbiWorkspace"]
    assert fixed_changes("Microsoft.Consumption/budgets", before, after) == []


def test_replacing_follows_azure_native() -> None:
    """What replaces a resource is what replaces it under azure-native, and always what its ID is made of."""
    replacing = {row.token.removeprefix("azure-native:"): row.replacing for row in types()}
    assert {"accountName", "resourceGroupName", "isHnsEnabled", "location"} == replacing["storage:StorageAccount"]
    assert {"scope", "principalId", "roleAssignmentName"} == replacing["authorization:RoleAssignment"]
    assert "subnet" in replacing["network:PrivateEndpoint"]
    assert "location" not in replacing["keyvault:Vault"] | replacing["machinelearningservices:Workspace"]
    assert "justification" in replacing["authorization:PimRoleEligibilitySchedule"]
