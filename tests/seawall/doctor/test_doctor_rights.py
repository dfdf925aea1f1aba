"""Names, leftovers, rights and rules: each check finds the one thing that is broken, and no other is misled."""

from __future__ import annotations

from typing import Any

import pytest
from doctored import OID, SUBSCRIPTION, TENANT, SoundMachine, World, examined, id_of, only, told

from seawall.doctor.case import Case
from seawall.doctor.finding import Level
from seawall.doctor.port import Caller
from seawall.local.azure import LocalAzure
from seawall.local.store import Deleted

RG = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
CONDITION = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/"
    "roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7}))"
)


@pytest.mark.parametrize("namespace", ["Storage", "KeyVault", "ContainerRegistry"])
def test_a_name_that_somebody_else_has_is_a_fault(case: Case, world: World, namespace: str) -> None:
    """Names that are unique in the world."""
    world.answer(
        rf"^POST .*/Microsoft.{namespace}/checkNameAvailability (stmlp|kv|cr)",
        {"nameAvailable": False, "reason": "AlreadyExists"},
    )
    only(case, "names", f"Microsoft.{namespace}/", "is taken by somebody else")


def test_a_name_that_the_environment_has_is_no_fault(case: Case, world: World) -> None:
    """What is there under the plan's own ID took its name itself."""
    world.answer(r"^POST .*/checkNameAvailability", {"nameAvailable": False, "reason": "AlreadyExists"})
    world.answer(r"^GET .*/(storageAccounts|vaults|registries)/[^/]+$", lambda found: {"properties": {}})
    assert told(examined(case)) == []


def test_an_endpoint_of_another_workspace_keeps_its_name_in_the_region(case: Case, world: World) -> None:
    """An endpoint's name is unique in its region, across workspaces."""
    endpoint = id_of(case, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints").rsplit("/", 1)[-1]
    other = f"{RG}/rg-x/providers/Microsoft.MachineLearningServices/workspaces/other"
    world.answer(r"MachineLearningServices/workspaces$", {"value": [{"id": other, "location": "West Europe"}]})
    world.answer("/other/onlineEndpoints$", {"value": [{"id": f"{other}/onlineEndpoints/{endpoint}"}]})
    world.answer("/other/batchEndpoints$", {"value": []})
    only(case, "names", endpoint, "is taken by", "/other/")


def test_a_soft_deleted_vault_is_in_the_way(case: Case, azure: LocalAzure) -> None:
    """On Azure it must be recovered or purged; the local `up` brings it back by itself."""
    vault = id_of(case, "Microsoft.KeyVault/vaults")
    azure.put("/".join(vault.split("/")[:5]), {"location": "westeurope"})
    sku = {"family": "A", "name": "standard"}
    azure.put(vault, {"location": "westeurope", "properties": {"tenantId": TENANT, "sku": sku, "accessPolicies": []}})
    azure.delete(vault)
    only(case, "deleted", "is soft-deleted")
    only(case, "deleted", "brings it back", level=Level.WARNING, local=True)
    mend = next(one for one in examined(case) if one.check.name == "deleted").findings[0].mend
    assert "az keyvault recover" in mend and "az keyvault purge" in mend


def test_a_soft_deleted_workspace_is_in_the_way(case: Case, azure: LocalAzure) -> None:
    """The activity log tells of its deletion, for no API lists it."""
    workspace = id_of(case, "Microsoft.MachineLearningServices/workspaces")
    arm_type = "microsoft.machinelearningservices/workspaces"
    with azure.store.write():
        azure.store.save_deleted(Deleted(workspace, arm_type, None, True, {}, []))
    only(case, "deleted", "was deleted and is kept until")
    found = [finding for one in examined(case) if one.check.name == "deleted" for finding in one.findings]
    assert "forceToPurge=true" in found[0].mend


def test_log_analytics_comes_back_with_its_old_data(case: Case, world: World) -> None:
    """That is told, and is in nobody's way."""
    logs = id_of(case, "Microsoft.OperationalInsights/workspaces")
    world.answer(r"OperationalInsights/deletedWorkspaces", {"value": [{"id": logs}]})
    only(case, "deleted", "with its old data", level=Level.WARNING)
    assert told(examined(case)) == []


CONTRIBUTOR = {
    "actions": ["*"],
    "notActions": ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"],
}
USER_ACCESS = {"actions": ["*/read", "Microsoft.Authorization/*"], "notActions": []}
SUBSCRIPTIONS_OWN = rf"^GET /subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/permissions$"


def test_a_contributor_may_not_assign_roles(case: Case, world: World) -> None:
    """Each missing action is told where it is missing, with the role that gives it."""
    world.answer("/permissions$", {"value": [CONTRIBUTOR]})
    found = next(one for one in examined(case) if one.check.name == "permissions")
    assert found.level is Level.FAULT
    assert any("Microsoft.Authorization/roleAssignments/write" in finding.message for finding in found.findings)
    assert not any("Microsoft.Storage" in finding.message for finding in found.findings)
    assert any("User Access Administrator" in finding.mend for finding in found.findings)
    assert {name for name, _ in told(examined(case))} == {"permissions"}


def test_what_one_role_takes_away_another_gives(case: Case, world: World) -> None:
    """NotActions count within their own role alone."""
    world.answer("/permissions$", {"value": [CONTRIBUTOR, USER_ACCESS]})
    assert told(examined(case)) == []


def test_rights_in_a_resource_group_count_there(case: Case, world: World) -> None:
    """A reader of the subscription who owns the resource groups lacks what lies in the subscription itself."""
    world.answer("/permissions$", {"value": [{"actions": ["*"]}]})
    world.answer(SUBSCRIPTIONS_OWN, {"value": [{"actions": ["*/read"]}]})
    message = only(case, "permissions", f"on /subscriptions/{SUBSCRIPTION}:", "resourceGroups/write")
    assert "Microsoft.KeyVault" not in message


def test_a_bound_right_to_assign_roles_is_a_warning(case: Case, world: World) -> None:
    """A condition that names fewer roles than the plan assigns refuses the others; an open role beside it helps."""
    bound = {"properties": {"roleDefinitionId": "/x/f58310d9-a9f6-439a-9e8d-f62e7b41a168", "condition": CONDITION}}
    own = rf"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments$"
    world.answer(own, {"value": [bound]})
    only(case, "permissions", "bound to a condition", level=Level.WARNING)
    owner = {"properties": {"roleDefinitionId": "/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}}
    world.answer(own, {"value": [bound, owner]})
    assert told(examined(case), Level.WARNING) == []


def test_rights_in_the_directory_that_nothing_tells_of_are_a_warning(case: Case, world: World) -> None:
    """Groups in Entra need a right that a token may tell of; Azure DevOps needs a login."""
    world.who = Caller(name="ana", oid=OID, tenant=TENANT)
    only(case, "directory", "groups in Entra", level=Level.WARNING)
    world.who = Caller(name="ana", oid=OID, tenant=TENANT, directory=frozenset(("Group.Create",)))
    bare = {name: value for name, value in SoundMachine().environ.items() if not name.startswith("AZDO")}
    only(case, "directory", "Azure DevOps", level=Level.WARNING, machine=SoundMachine(environ=bare))


def test_a_policy_that_would_deny_is_a_fault(case: Case, world: World) -> None:
    """The assignment and the resource are named; the environment's own policies aren't in its way."""
    above = "/providers/Microsoft.Management/managementGroups/x"
    denied = f"{above}/providers/Microsoft.Authorization/policyAssignments/no-ip"
    evaluation = {"evaluationResult": "NonCompliant", "policyInfo": {"policyAssignmentId": denied}}
    address = id_of(case, "Microsoft.Network/publicIPAddresses").rsplit("/", 1)[-1]

    class Asking(World):
        def post(self, path: str, version: str, body: Any) -> dict[str, Any]:
            content = (body.get("resourceDetails") or {}).get("resourceContent") or {}
            if content.get("name") == address:
                return {"contentEvaluationResult": {"policyEvaluations": [evaluation]}}
            return super().post(path, version, body)

    only(case, "policies", address, "no-ip", port=Asking(world.azure))
    own = id_of(case, "Microsoft.Authorization/policyAssignments")
    evaluation["policyInfo"] = {"policyAssignmentId": own}
    assert told(examined(case, port=Asking(world.azure))) == []


def test_a_machine_outside_of_the_network_is_told_so(case: Case, world: World) -> None:
    """Private resources that exist resolve to public addresses from there."""
    world.answer(r"^GET .*/(storageAccounts|vaults|registries)/[^/]+$", lambda found: {"properties": {}})
    outside = SoundMachine(address="20.50.1.1")
    only(case, "private", "outside of the network", "4 of 4", level=Level.WARNING, machine=outside)
    assert told(examined(case), Level.WARNING) == []
