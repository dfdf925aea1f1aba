"""Each check finds the one thing that is broken in an otherwise sound world, and no other check is misled by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from doctored import OID, SUBSCRIPTION, TENANT, SoundMachine, World, examined, told

from seawall.doctor.case import Case
from seawall.doctor.finding import Level
from seawall.doctor.machine import Engine
from seawall.doctor.port import NO_ANSWER, Caller, CloudError
from seawall.local.azure import LocalAzure
from seawall.local.store import Deleted
from seawall.plan.model import Plan, Resource

RG = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
CONDITION = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/"
    "roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7}))"
)


def only(case: Case, check: str, *words: str, level: Level = Level.FAULT, **changes: Any) -> str:
    """The one finding that there is, of a check and with some words; its message."""
    found = told(examined(case, **changes), level)
    assert [name for name, _ in found] == [check], found
    assert all(word in found[0][1] for word in words), found
    return found[0][1]


def id_of(case: Case, arm_type: str, start: str = "") -> str:
    return next(str(one.id) for one in case.of_type(arm_type) if one.name.startswith(start))


def test_a_sound_world_has_neither_faults_nor_warnings(case: Case) -> None:
    """Where all is there, nothing is found, and nothing is left unexamined."""
    found = examined(case)
    assert told(found) + told(found, Level.WARNING) + told(found, Level.SKIPPED) == []
    assert len(found) == 18


# This machine ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (SoundMachine(python=(3, 10, 1)), ("3.10.1", "too old")),
        (SoundMachine(pulumi=None), ("no Pulumi CLI",)),
        (SoundMachine(missing=(".venv",)), (".venv",)),
        (
            SoundMachine(
                pulumi=replace(SoundMachine().engine(), plugins={}),
                environ={**SoundMachine().environ, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"},
            ),
            ("azure-native", "isn't there"),
        ),
    ],
)
def test_what_is_missing_on_this_machine_is_a_fault(case: Case, machine: Any, words: tuple[str, ...]) -> None:
    """An old Python, no Pulumi CLI, no packages, plugins that may not be fetched."""
    found = told(examined(case, machine=machine))
    assert {name for name, _ in found} == {"tools"}
    assert all(word in found[0][1] for word in words), found


def test_another_version_of_pulumi_is_a_warning(case: Case) -> None:
    """The engine is pinned; another one of the same major version may well do."""
    other = SoundMachine(pulumi=replace(SoundMachine().engine(), version="3.100.0"))
    only(case, "tools", "3.100.0", level=Level.WARNING, machine=other)
    assert told(examined(case, machine=other)) == []


def test_a_missing_git_and_missing_plugins_are_warnings(case: Case) -> None:
    """`up` goes without Git, and fetches plugins by itself."""
    bare = SoundMachine(programs=(), pulumi=Engine(SoundMachine().engine().version, "/bin/pulumi", {}))
    found = told(examined(case, machine=bare), Level.WARNING)
    assert len(found) == 4 and {name for name, _ in found} == {"tools"}


def test_a_wrong_stack_file_leaves_the_machine_and_the_login_to_examine(case: Case) -> None:
    """Every fault of the input is told; what depends on the plan isn't examined, all else is."""
    found = examined(case, plans=(), input_faults=("line 3: x", "line 9: y"))
    assert told(found) == [("stack", "line 3: x"), ("stack", "line 9: y")]
    assert {one.check.name for one in found if one.level is Level.OK} == {"tools", "connection", "clock", "login"}


@pytest.mark.parametrize(
    ("environ", "changes", "words"),
    [
        ({"PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("no backend",)),
        ({"PULUMI_BACKEND_URL": "azblob://state?storage_account=gone", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("gone.",)),
        ({"PULUMI_BACKEND_URL": "azblob://state", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("which storage account",)),
        ({"PULUMI_BACKEND_URL": "file:///gone", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("/gone",)),
        ({"PULUMI_BACKEND_URL": "https://api.pulumi.com", "PULUMI_CONFIG_PASSPHRASE": ""}, {}, ("isn't logged in",)),
        ({"PULUMI_BACKEND_URL": "file:///state"}, {}, ("no passphrase",)),
        (
            {"PULUMI_BACKEND_URL": "file:///state"},
            {"secrets_provider": "azurekeyvault://gone.vault.azure.net/keys/k"},
            ("gone.vault.azure.net",),
        ),
    ],
)
def test_a_state_that_cant_be_kept_is_a_fault(
    case: Case, environ: dict[str, str], changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    """No backend, one that can't be reached, no login for it, and nothing to protect secrets with."""
    closed = ("gone.blob.core.windows.net", "gone.vault.azure.net")
    machine = SoundMachine(environ={"AZDO_USE_OIDC": "1", **environ}, closed=closed, missing=("/gone",))
    only(case, "state", *words, machine=machine, **changes)


# Connection and login ------------------------------------------------------------------------------------------------


def test_a_dead_network_is_one_fault(case: Case, world: World) -> None:
    """Whatever asks the cloud says that it wasn't examined; the connection says why."""
    world.ahead = CloudError("no route to host", code=NO_ANSWER)
    only(case, "connection", "Azure doesn't answer", "no route to host")


def test_a_network_that_dies_midway_is_one_fault(case: Case, world: World) -> None:
    """Checks that were under way are left out, and one finding tells why."""
    world.answer(r"^GET /subscriptions/[^/]+/providers/Microsoft\.", CloudError("reset by peer", code=NO_ANSWER))
    only(case, "connection", "reset by peer")


@pytest.mark.parametrize(("ahead", "level"), [(-400.0, Level.FAULT), (90.0, Level.WARNING)])
def test_a_wrong_clock_is_found(case: Case, world: World, ahead: float, level: Level) -> None:
    """From five minutes on tokens are refused; from one on it is told."""
    world.ahead = ahead
    only(case, "clock", "400 s behind" if ahead < 0 else "90 s ahead", level=level)


@pytest.mark.parametrize(
    ("message", "words"), [("no credential", "there is no login"), ("AADSTS700082: too old", "the login has expired")]
)
def test_a_failed_login_is_a_fault(case: Case, world: World, message: str, words: str) -> None:
    """No login, and one that has expired, are told apart."""
    world.who = CloudError(message, status=401)
    only(case, "login", words)


def test_a_login_in_another_tenant_is_a_fault(case: Case, world: World) -> None:
    """Whose login, and of which tenant."""
    world.who = Caller(name="ana", oid=OID, tenant="eeeeeeee-0000-0000-0000-000000000000")
    only(case, "login", "ana is signed in to tenant eeeeeeee", TENANT)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (CloudError("forbidden", status=403), ("doesn't see subscription",)),
        ({"state": "Disabled", "tenantId": TENANT}, ("is Disabled",)),
        ({"state": "Enabled", "tenantId": "eeeeeeee-0"}, ("is in tenant eeeeeeee-0",)),
    ],
)
def test_a_subscription_that_cant_be_used_is_a_fault(case: Case, world: World, answer: Any, words: Any) -> None:
    """Unseen, disabled, or of another tenant."""
    world.answer(rf"^GET /subscriptions/{SUBSCRIPTION}$", answer)
    only(case, "subscription", *words)


def test_a_subscription_that_will_end_is_a_warning(case: Case, world: World) -> None:
    """One that is past due still takes changes."""
    world.answer(rf"^GET /subscriptions/{SUBSCRIPTION}$", {"state": "PastDue", "tenantId": TENANT})
    only(case, "subscription", "PastDue", level=Level.WARNING)


# What the subscription offers -----------------------------------------------------------------------------------------


def test_an_unregistered_provider_is_a_fault(case: Case, world: World) -> None:
    """With the command that registers it."""
    world.answer("/providers/Microsoft.KeyVault$", lambda found: {**found, "registrationState": "NotRegistered"})
    only(case, "providers", "Microsoft.KeyVault isn't registered")
    mend = next(one for one in examined(case) if one.check.name == "providers").findings[0].mend
    assert f"az provider register --namespace Microsoft.KeyVault --subscription {SUBSCRIPTION}" in mend


def test_a_region_that_isnt_there_is_a_fault(case: Case, world: World) -> None:
    """Regions are those that the subscription lists."""
    world.answer(r"/locations$", {"value": [{"name": "northeurope"}]})
    only(case, "regions", "has no region westeurope")


def test_a_type_that_a_region_doesnt_offer_is_a_fault(case: Case, world: World) -> None:
    """The provider says where."""
    types = [{"resourceType": "registries", "locations": ["North Europe"]}]
    world.answer("/providers/Microsoft.ContainerRegistry$", lambda found: {**found, "resourceTypes": types})
    only(case, "regions", "Microsoft.ContainerRegistry/registries isn't offered in westeurope")


def test_zones_that_a_region_doesnt_have_are_a_fault(case: Case, world: World) -> None:
    """Named zones, and what Azure spreads over zones by itself."""
    zones = [{"logicalZone": str(number)} for number in (1, 2)]
    where = [{"name": "westeurope", "availabilityZoneMappings": zones}]
    world.answer(r"/locations$", {"value": where})
    only(case, "regions", "asks for zone 3")
    where[:] = [{"name": "westeurope"}, {"name": "northeurope", "availabilityZoneMappings": zones}]
    found = told(examined(case))
    assert [name for name, _ in found] == ["regions", "regions"]
    assert "registries" in found[0][1] and "asks for zones" in found[0][1]


def test_a_size_that_a_region_doesnt_have_is_a_fault(case: Case, world: World) -> None:
    """And one that can't be used for what it is asked for."""
    keep = lambda found: {"value": [one for one in found["value"] if "DS3" not in one["name"]]}  # noqa: E731
    world.answer("/vmSizes$", keep)
    found = told(examined(case))
    assert len(found) == 3 and all(name == "machines" and "has no Standard_DS3_v2" in text for name, text in found)
    clusters = {"supportedComputeTypes": ["AmlCompute"]}
    world.answer("/vmSizes$", lambda found: {"value": [{**size, **clusters} for size in found["value"]]})
    found = told(examined(case))
    assert len(found) == 2 and all("can't be used as ComputeInstance" in text for _, text in found)


@pytest.mark.parametrize(
    ("limit", "level", "words"),
    [(11, Level.FAULT, "need 12"), (20, Level.WARNING, "may grow to 24"), (24, Level.OK, "24 vCPUs")],
)
def test_quotas_hold_the_least_and_the_most(case: Case, world: World, limit: int, level: Level, words: str) -> None:
    """Two instances of 4 vCPUs and one node of a cluster must fit; four nodes of it should."""
    world.answer("Services/locations/westeurope/usages$", {"value": [_usage("standardDSv2Family", limit)]})
    found = next(one for one in examined(case) if one.check.name == "quotas")
    assert found.level is level and words in found.findings[0].message
    assert {name for name, _ in told(examined(case))} <= {"quotas"}


def test_what_the_environment_uses_already_isnt_asked_for_twice(case: Case, world: World) -> None:
    """The vCPUs of a running cluster are among those in use."""
    world.answer("/usages$", {"value": [_usage("standardDSv2Family", 24, used=16)]})
    only(case, "quotas", "8 of 24", "need 12")
    world.answer("/computes/cpu-", {"properties": {"properties": {"currentNodeCount": 4}}})
    assert told(examined(case)) + told(examined(case), Level.WARNING) == []


def test_managed_deployments_need_a_fifth_more(case: Case, world: World) -> None:
    """3 instances count as 4: 16 vCPUs of a size with four."""
    endpoint = id_of(case, "Microsoft.MachineLearningServices/workspaces/onlineEndpoints")
    deployment = Resource(
        urn="urn:pulumi:dev::seawall::azure-native:machinelearningservices:OnlineDeployment::blue",
        type="azure-native:machinelearningservices:OnlineDeployment", name="blue", id=f"{endpoint}/deployments/blue",
        inputs={"location": "westeurope", "sku": {"capacity": 3},
                "properties": {"instanceType": "Standard_DS3_v2", "endpointComputeType": "Managed"}},
    )  # fmt: skip
    world.answer("Services/locations/westeurope/usages$", {"value": [_usage("standardDSv2Family", 15)]})
    only(case, "quotas", "need 16", plans=(Plan(stack="dev", resources=(deployment,)),))


def _usage(name: str, limit: int, used: int = 0) -> dict[str, Any]:
    return {"name": {"value": name}, "currentValue": used, "limit": limit}


@pytest.mark.parametrize(
    ("path", "usage", "words"),
    [
        ("Microsoft.Network/locations/westeurope/usages$", _usage("PrivateEndpoints", 9), "10 of 9 PrivateEndpoints"),
        ("Microsoft.Storage/locations/westeurope/usages$", _usage("StorageAccounts", 250, 249), "251 of 250 storage"),
    ],
)
def test_a_full_subscription_is_a_fault(case: Case, world: World, path: str, usage: Any, words: str) -> None:
    """Networks' and accounts' limits hold what the plan adds."""
    world.answer(path, {"value": [usage]})
    only(case, "limits", words)


def test_role_assignments_are_counted(case: Case, world: World) -> None:
    """A subscription holds 4,000; those of management groups don't count. 92 of dev's lie in its own subscription."""
    base = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments"
    others = [{"id": f"{base}/{number}", "properties": {}} for number in range(3950)]
    world.answer(r"/roleAssignments$", {"value": others})
    only(case, "limits", "4,042 of 4,000 role assignments")
    above = [{"id": f"/providers/Microsoft.Management/managementGroups/x/{n}", "properties": {}} for n in range(3950)]
    world.answer(r"/roleAssignments$", {"value": above})
    assert told(examined(case)) == []


# Names and leftovers -------------------------------------------------------------------------------------------------


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


# Rights and rules ------------------------------------------------------------------------------------------------------

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
    world.answer(r"/roleAssignments$", {"value": [bound]})
    only(case, "permissions", "bound to a condition", level=Level.WARNING)
    owner = {"properties": {"roleDefinitionId": "/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}}
    world.answer(r"/roleAssignments$", {"value": [bound, owner]})
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


# Isolation -----------------------------------------------------------------------------------------------------------


def test_what_may_not_be_read_is_told_and_stops_nothing(case: Case, world: World) -> None:
    """A question that the cloud refuses to answer is no fault of the environment."""
    world.answer("/Microsoft.MachineLearningServices/locations", CloudError("no reader here", status=403))
    found = examined(case)
    assert {name for name, _ in told(found, Level.WARNING)} == {"machines", "quotas"}
    assert told(found) == []


def test_a_check_that_fails_itself_stops_no_other(case: Case, world: World) -> None:
    """A mistake in a check is told as that, and all others are there."""
    world.answer("/vmSizes$", {"value": [{"name": "Standard_DS3_v2", "vCPUs": "many"}]})
    only(case, "quotas", "this check itself failed", level=Level.WARNING)
