from __future__ import annotations

import pytest

from components.base import Component
from components.private_dns import STORAGE, WORKSPACE
from components.private_endpoint import PrivateEndpoint, PrivateEndpointArgs, private_endpoints
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, STORAGE_ACCOUNT, SUBNET, TAGS, ZONES, placed, private_link

WORKSPACE_ID = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-larkspur"


def endpoint(**more: object) -> PrivateEndpoint:
    args = {"subnet_id": SUBNET, "target_id": WORKSPACE_ID, "target": WORKSPACE, **more}
    return PrivateEndpoint("way-in", PrivateEndpointArgs(**placed("pep-mlw-larkspur", **args)))


def test_without_zones_there_is_the_endpoint_alone(plan, azure_types):
    """DNS is left to whoever runs it centrally: no zone group."""
    planned = plan(endpoint)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("PrivateEndpoint", "way-in", ""),
        ("network:PrivateEndpoint", "way-in", "PrivateEndpoint way-in"),
    }
    made = inputs(planned, "network:PrivateEndpoint")
    assert made.pop("subnet")["id"] == SUBNET
    assert made == {
        "privateEndpointName": "pep-mlw-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "westeurope",
        "tags": TAGS,
        "customNetworkInterfaceName": "nic-pep-mlw-larkspur",
        "privateLinkServiceConnections": [
            {"name": "pep-mlw-larkspur", "privateLinkServiceId": WORKSPACE_ID, "groupIds": ["amlworkspace"]}
        ],
    }


def test_a_workspaces_endpoint_gets_both_of_its_zones(plan, azure_types):
    """Of all the platform's zones, the zone group holds the two that a workspace needs, and follows its endpoint."""
    planned = plan(lambda: endpoint(zone_ids=private_link().zone_ids))
    judge(planned, azure_types)
    group = one(planned, "network:PrivateDnsZoneGroup")
    assert group.inputs == {
        "privateDnsZoneGroupName": "default",
        "privateEndpointName": "pep-mlw-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "privateDnsZoneConfigs": [
            {"name": f"privatelink-{zone.replace('.', '-')}", "privateDnsZoneId": f"{ZONES}/privatelink.{zone}"}
            for zone in ("api.azureml.ms", "notebooks.azure.net")
        ],
    }
    assert waits_for(planned, group) == {"network:PrivateEndpoint way-in"}
    assert group.property_dependencies["privateEndpointName"] == (one(planned, "network:PrivateEndpoint").urn,)


def test_an_endpoint_that_moves_is_replaced(plan):
    """Azure can't move an endpoint to another subnet or target: both replace it, the old one going first."""
    options = one(plan(endpoint), "network:PrivateEndpoint").options
    assert options.replace_on_changes == ("subnet", "privateLinkServiceConnections")
    assert options.delete_before_replace is True


def test_an_endpoint_with_half_its_zones_is_refused():
    """A zone that the target needs and that isn't there is an error before anything is made."""
    zones = private_link(("privatelink.api.azureml.ms",)).zone_ids
    with pytest.raises(ValueError, match="needs the private DNS zones"):
        PrivateEndpointArgs(**placed("pep", subnet_id=SUBNET, target_id=WORKSPACE_ID, target=WORKSPACE, zone_ids=zones))


def test_endpoints_of_one_resource_are_made_one_after_the_other(plan, azure_types):
    """A storage account takes one endpoint at a time: each waits for the one before it."""

    def program() -> None:
        parent = Component("store")
        private_endpoints(
            parent,
            "store",
            private_link(),
            target_id=STORAGE_ACCOUNT,
            targets=[STORAGE["blob"], STORAGE["file"], STORAGE["dfs"]],
            target_name="stlarkspur",
            tags=TAGS,
        )

    planned = plan(program)
    judge(planned, azure_types)
    assert {entry for entry in tree(planned) if entry[0] == "PrivateEndpoint"} == {
        ("PrivateEndpoint", f"store-{group}", "Component store") for group in ("blob", "file", "dfs")
    }
    last = one(planned, "network:PrivateEndpoint", "store-dfs")
    assert last.inputs["privateEndpointName"] == "pep-stlarkspur-dfs"
    assert waits_for(planned, one(planned, "network:PrivateEndpoint", "store-blob")) == set()
    assert waits_for(planned, one(planned, "network:PrivateEndpoint", "store-file")) == {
        "network:PrivateEndpoint store-blob",
        "network:PrivateDnsZoneGroup store-blob",
    }
    assert "network:PrivateEndpoint store-file" in waits_for(planned, last)


def test_no_link_means_no_endpoint(plan):
    """With `private_link=None` nothing is made: something else brings its own."""

    def program() -> None:
        parent = Component("store")
        made = private_endpoints(
            parent, "store", None, target_id=STORAGE_ACCOUNT, targets=[STORAGE["blob"]], target_name="st", tags={}
        )
        assert made == []

    assert tree(plan(program)) == {("Component", "store", "")}
