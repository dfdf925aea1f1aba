from __future__ import annotations

import pulumi
import pytest

from components.compute_cluster import ComputeCluster, ComputeClusterArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import IDENTITY, WORKSPACE, of_workspace
from tests.components.samples import SUBNET

COMPUTE = "machinelearningservices:Compute"


def args(**more: object) -> ComputeClusterArgs:
    settings = {"location": "westeurope", "size": "Standard_DS3_v2", "max_nodes": 4, **more}
    return ComputeClusterArgs(**of_workspace("cpu-test", **settings))


def test_a_cluster_scales_to_zero_and_is_closed_by_default(plan, azure_types):
    """No node idles for more than 15 minutes; no public IP, no remote login, no local accounts."""
    planned = plan(lambda: ComputeCluster("cpu", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("ComputeCluster", "cpu", ""), (COMPUTE, "cpu", "ComputeCluster cpu")}
    assert inputs(planned, COMPUTE) == {
        **{"computeName": "cpu-test", "workspaceName": "mlw-larkspur", "resourceGroupName": "rg-larkspur-mlp"},
        **{"location": "westeurope", "tags": {"env": "test"}, "identity": {"type": "SystemAssigned"}},
        "properties": {
            **{"computeType": "AmlCompute", "computeLocation": "westeurope", "disableLocalAuth": True},
            "properties": {
                **{"osType": "Linux", "vmSize": "Standard_DS3_v2", "vmPriority": "Dedicated"},
                "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT15M"},
                **{"enableNodePublicIp": False, "remoteLoginPortPublicAccess": "Disabled"},
            },
        },
    }


def test_a_cluster_takes_all_settings(plan, azure_types):
    """Low priority, a subnet of one's own, user-assigned identities and nodes that stay."""
    planned = plan(
        lambda: ComputeCluster(
            "cpu",
            args(
                min_nodes=1,
                idle_minutes=30,
                low_priority=True,
                subnet_id=SUBNET,
                identity_ids=[IDENTITY],
                description="Trains claims models.",
            ),
        )
    )
    judge(planned, azure_types)
    compute = inputs(planned, COMPUTE)
    assert compute["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    assert compute["properties"]["description"] == "Trains claims models."
    properties = compute["properties"]["properties"]
    assert (properties["vmPriority"], properties["subnet"]) == ("LowPriority", {"id": SUBNET})
    assert properties["scaleSettings"] == {
        "minNodeCount": 1,
        "maxNodeCount": 4,
        "nodeIdleTimeBeforeScaleDown": "PT30M",
    }


def test_what_azure_cannot_change_replaces_the_cluster(plan):
    """Size, priority and subnet are fixed, and the name is taken until the old cluster is gone."""
    options = one(plan(lambda: ComputeCluster("cpu", args())), COMPUTE).options
    assert "properties.properties.vmSize" in options.replace_on_changes
    assert "properties.properties.scaleSettings" not in options.replace_on_changes
    assert options.delete_before_replace is True


def test_id_name_and_principal_are_known(plan):
    """Roles can be granted to the cluster before it exists."""

    def program() -> None:
        cluster = ComputeCluster("cpu", args())
        pulumi.export("all", [cluster.id, cluster.name])
        pulumi.export("principal", cluster.principal_id)

    planned = plan(program)
    compute = one(planned, COMPUTE)
    assert planned.outputs["all"] == [f"{WORKSPACE}/computes/cpu-test", "cpu-test"]
    assert compute.id == f"{WORKSPACE}/computes/cpu-test"
    assert planned.outputs["principal"] == compute.outputs["identity"]["principalId"]


@pytest.mark.parametrize("wrong", [{"min_nodes": 5}, {"min_nodes": -1}, {"max_nodes": 0}, {"idle_minutes": 0}])
def test_counts_that_make_no_sense_are_refused(wrong):
    """Fewer than none, or more at least than at most."""
    with pytest.raises(ValueError, match="takes"):
        args(**wrong)
