from __future__ import annotations

import pulumi_azure_native as azure

from components.base import last_segment
from components.resource_group import ResourceGroup, ResourceGroupArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, SUBSCRIPTION, TAGS


def group() -> ResourceGroup:
    args = ResourceGroupArgs(
        subscription_id=SUBSCRIPTION, location="westeurope", tags=TAGS, resource_name="rg-larkspur-mlp"
    )
    return ResourceGroup("data", args)


def test_a_resource_group_is_one_resource_without_a_lock(plan, azure_types):
    """There is the group alone: a lock would stop the clusters within from scaling down."""
    planned = plan(group)
    judge(planned, azure_types)
    assert tree(planned) == {("ResourceGroup", "data", ""), ("resources:ResourceGroup", "data", "ResourceGroup data")}
    assert inputs(planned, "resources:ResourceGroup") == {
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "westeurope",
        "tags": TAGS,
    }


def test_its_id_is_the_one_that_azure_gives(plan):
    """The computed ID equals the resource's, and whoever uses it waits for the group."""

    def program() -> None:
        azure.network.RouteTable(
            "user", route_table_name=last_segment(group().id), resource_group_name="x", location="westeurope"
        )

    planned = plan(program)
    assert one(planned, "resources:ResourceGroup").id == GROUP
    user = one(planned, "network:RouteTable")
    assert user.inputs["routeTableName"] == "rg-larkspur-mlp"
    assert waits_for(planned, user) == {"resources:ResourceGroup data"}
