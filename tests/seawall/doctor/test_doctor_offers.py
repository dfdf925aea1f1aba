"""What the subscription offers: each check finds the one thing that is broken, and no other is misled."""

from __future__ import annotations

from typing import Any

import pytest
from doctored import SUBSCRIPTION, World, examined, id_of, only, told

from seawall.doctor.case import Case
from seawall.doctor.finding import Level
from seawall.plan.model import Plan, Resource


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
    """A subscription holds 4,000; those of management groups don't count. 94 of dev's lie in its own subscription."""
    base = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments"
    others = [{"id": f"{base}/{number}", "properties": {}} for number in range(3950)]
    world.answer(r"/roleAssignments$", {"value": others})
    only(case, "limits", "4,044 of 4,000 role assignments")
    above = [{"id": f"/providers/Microsoft.Management/managementGroups/x/{n}", "properties": {}} for n in range(3950)]
    world.answer(r"/roleAssignments$", {"value": above})
    assert told(examined(case)) == []
