from __future__ import annotations

import pulumi
import pytest

from components.compute_instance import ComputeInstance, ComputeInstanceArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import IDENTITY, PERSON, TENANT, WORKSPACE, of_workspace
from tests.components.samples import SUBNET

COMPUTE = "machinelearningservices:Compute"


def args(**more: object) -> ComputeInstanceArgs:
    settings = {"location": "westeurope", "size": "Standard_DS3_v2", "assigned_to": PERSON, **more}
    return ComputeInstanceArgs(**of_workspace("ada-test", **settings))


def test_an_instance_is_one_persons_and_shuts_down_when_idle(plan, azure_types):
    """Personal, no public IP, no SSH, no local accounts; an hour of idleness stops it."""
    planned = plan(lambda: ComputeInstance("ada", args(tenant_id=TENANT)))
    judge(planned, azure_types)
    assert tree(planned) == {("ComputeInstance", "ada", ""), (COMPUTE, "ada", "ComputeInstance ada")}
    compute = inputs(planned, COMPUTE)
    assert {name: compute[name] for name in ("computeName", "workspaceName", "resourceGroupName")} == {
        "computeName": "ada-test",
        "workspaceName": "mlw-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
    }
    assert compute["properties"] == {
        **{"computeType": "ComputeInstance", "computeLocation": "westeurope", "disableLocalAuth": True},
        "properties": {
            **{"vmSize": "Standard_DS3_v2", "applicationSharingPolicy": "Personal", "enableSSO": True},
            "computeInstanceAuthorizationType": "personal",
            "personalComputeInstanceSettings": {"assignedUser": {"objectId": PERSON, "tenantId": TENANT}},
            "idleTimeBeforeShutdown": "PT60M",
            "enableNodePublicIp": False,
            "sshSettings": {"sshPublicAccess": "Disabled"},
        },
    }


def test_an_instance_takes_all_settings(plan, azure_types):
    """A subnet of one's own, user-assigned identities, another idle time, the tenant of whoever deploys."""
    planned = plan(
        lambda: ComputeInstance("ada", args(subnet_id=SUBNET, identity_ids=[IDENTITY], idle_minutes=15)),
        **{"azure-native:tenantId": TENANT},
    )
    judge(planned, azure_types)
    compute = inputs(planned, COMPUTE)
    properties = compute["properties"]["properties"]
    assert compute["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    assert (properties["subnet"], properties["idleTimeBeforeShutdown"]) == ({"id": SUBNET}, "PT15M")
    assert properties["personalComputeInstanceSettings"]["assignedUser"]["tenantId"] == TENANT


def test_a_changed_instance_is_a_new_one(plan):
    """Azure changes no property of an instance in place."""
    options = one(plan(lambda: ComputeInstance("ada", args())), COMPUTE).options
    assert options.replace_on_changes == ("properties",)
    assert options.delete_before_replace is True


def test_id_name_and_principal_are_known(plan):
    """Roles can be granted to the instance before it exists."""

    def program() -> None:
        instance = ComputeInstance("ada", args())
        pulumi.export("all", [instance.id, instance.name])
        pulumi.export("principal", instance.principal_id)

    planned = plan(program)
    assert planned.outputs["all"] == [f"{WORKSPACE}/computes/ada-test", "ada-test"]
    assert planned.outputs["principal"] == one(planned, COMPUTE).outputs["identity"]["principalId"]


@pytest.mark.parametrize("minutes", [14, 4321])
def test_minutes_out_of_range_are_refused(minutes):
    """Idle shutdown takes a quarter of an hour to three days."""
    with pytest.raises(ValueError, match="takes 15 to 4320"):
        args(idle_minutes=minutes)
