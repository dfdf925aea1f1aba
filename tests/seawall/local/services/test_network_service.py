"""Virtual networks and subnets."""

from __future__ import annotations

import pytest
from arm import NET, refusal

from seawall.local.azure import LocalAzure


@pytest.fixture
def network(azure: LocalAzure, group: str) -> str:
    id = f"{NET}/virtualNetworks/vnet"
    azure.put(id, {"location": "x", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}})
    return id


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.1.0.0/24", "NetcfgInvalidSubnet"),
        ("10.0.0.128/25", "NetcfgSubnetRangesOverlap"),
        ("10.0.0.1/24", "InvalidAddressPrefixFormat"),
        ("", "InvalidAddressPrefix"),
    ],
)
def test_a_subnet_has_a_range_of_its_own_in_the_network(
    azure: LocalAzure, network: str, prefix: str, code: str
) -> None:
    """Within the address space, and apart from the others."""
    azure.put(f"{network}/subnets/one", {"properties": {"addressPrefix": "10.0.0.0/24"}})
    assert refusal(azure, "PUT", f"{network}/subnets/two", {"properties": {"addressPrefix": prefix}}).code == code


def test_subnets_in_a_network_s_body_are_subnets(azure: LocalAzure, group: str) -> None:
    """A list is the whole list, no list leaves them as they are; one in use can't be left out."""
    id = f"{NET}/virtualNetworks/vnet"
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    subnets = [{"name": f"s{i}", "properties": {"addressPrefix": f"10.0.{i}.0/24"}} for i in (1, 2)]
    azure.put(id, {"location": "x", "properties": {**space, "subnets": subnets}})
    azure.put(f"{NET}/privateEndpoints/p", {"location": "x", "properties": {"subnet": {"id": f"{id}/subnets/s1"}}})
    azure.put(id, {"location": "x", "properties": space})
    azure.put(id, {"location": "x", "properties": {**space, "subnets": subnets[:1]}})
    assert [item["name"] for item in (azure.get(f"{id}/subnets") or {})["value"]] == ["s1"]
    body = {"location": "x", "properties": {**space, "subnets": []}}
    assert refusal(azure, "PUT", id, body).code == "InUseSubnetCannotBeDeleted"
