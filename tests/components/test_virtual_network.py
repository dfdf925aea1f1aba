from __future__ import annotations

import pulumi_azure_native as azure
import pytest

from components.egress import ComputeEgress
from components.subnet import (
    Subnet,
    private_endpoints_subnet,
    runners_subnet,
    scoring_subnet,
    training_subnet,
)
from components.virtual_network import VirtualNetwork, VirtualNetworkArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, LOGS, NETWORK, TAGS, placed

EGRESS = ComputeEgress(region="westeurope")
FOUR = (
    private_endpoints_subnet("10.20.0.0/24"),
    training_subnet("10.20.1.0/24", EGRESS),
    scoring_subnet("10.20.2.0/24", EGRESS),
    runners_subnet("10.20.3.0/24"),
)
PLAIN = (Subnet(name="runners", prefix="10.20.3.0/24"),)


def network(**more: object) -> VirtualNetwork:
    given = {"log_analytics_workspace_id": None, "address_space": ["10.20.0.0/16"], "subnets": PLAIN, **more}
    return VirtualNetwork("net", VirtualNetworkArgs(**placed("vnet-larkspur", **given)))


def security_group_id(subnet: str) -> str:
    return f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-vnet-larkspur-{subnet}"


def test_by_default_nothing_gets_in_or_out(plan, azure_types):
    """A subnet has a security group that denies all, no default outbound access, no NAT gateway and no route."""
    planned = plan(network)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("VirtualNetwork", "net", ""),
        ("network:NetworkSecurityGroup", "net-runners", "VirtualNetwork net"),
        ("network:VirtualNetwork", "net", "VirtualNetwork net"),
    }
    made = inputs(planned, "network:VirtualNetwork")
    (subnet,) = made.pop("subnets")
    assert subnet == {
        "name": "runners",
        "addressPrefix": "10.20.3.0/24",
        "defaultOutboundAccess": False,
        "privateEndpointNetworkPolicies": "NetworkSecurityGroupEnabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
        "networkSecurityGroup": {"id": security_group_id("runners")},
    }
    assert made == {
        "virtualNetworkName": "vnet-larkspur",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "westeurope",
        "tags": TAGS,
        "addressSpace": {"addressPrefixes": ["10.20.0.0/16"]},
        "enableDdosProtection": False,
        "enableVmProtection": False,
    }
    rules = inputs(planned, "network:NetworkSecurityGroup")["securityRules"]
    assert [(rule["access"], rule["direction"]) for rule in rules] == [("Deny", "Inbound"), ("Deny", "Outbound")]


def test_an_ml_network_with_a_nat_gateway(plan, azure_types):
    """Four subnets, each with a group of its own; all but the private endpoints' leave through the gateway; all of
    it is logged.
    """
    planned = plan(lambda: network(subnets=FOUR, nat_gateway=True, log_analytics_workspace_id=LOGS))
    judge(planned, azure_types)
    mine = "VirtualNetwork net"
    names = [subnet.name for subnet in FOUR]
    assert tree(planned) == {
        ("VirtualNetwork", "net", ""),
        ("network:VirtualNetwork", "net", mine),
        ("monitor:DiagnosticSetting", "net", mine),
        *(("network:NetworkSecurityGroup", f"net-{name}", mine) for name in names),
        *(("monitor:DiagnosticSetting", f"net-{name}", mine) for name in names),
        ("network:PublicIPAddress", "net-nat-gateway", mine),
        ("monitor:DiagnosticSetting", "net-nat-gateway", mine),
        ("network:NatGateway", "net-nat-gateway", mine),
    }
    subnets = {subnet["name"]: subnet for subnet in inputs(planned, "network:VirtualNetwork")["subnets"]}
    gateway = one(planned, "network:NatGateway")
    assert {name: subnet.get("natGateway") for name, subnet in subnets.items()} == {
        "private-endpoints": None,
        **{key: {"id": gateway.id} for key in ("training", "scoring", "runners")},
    }
    address = one(planned, "network:PublicIPAddress")
    assert gateway.inputs["publicIpAddresses"] == [{"id": address.id}]
    assert (address.inputs["sku"]["name"], address.inputs["publicIPAllocationMethod"]) == ("Standard", "Static")
    assert address.inputs["zones"] == ["1", "2", "3"]


def test_a_spoke_routes_all_to_the_firewall_and_asks_it_for_names(plan, azure_types):
    """The default route leads to the firewall, learned routes don't lead around it, and it answers DNS."""
    planned = plan(lambda: network(subnets=FOUR, firewall_ip="10.10.0.4", dns_servers=["10.10.0.4"]))
    judge(planned, azure_types)
    table = one(planned, "network:RouteTable")
    assert table.inputs["routes"] == [
        {
            "name": "firewall",
            "addressPrefix": "0.0.0.0/0",
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": "10.10.0.4",
        }
    ]
    assert table.inputs["disableBgpRoutePropagation"] is True
    made = inputs(planned, "network:VirtualNetwork")
    assert made["dhcpOptions"] == {"dnsServers": ["10.10.0.4"]}
    routed = {subnet["name"] for subnet in made["subnets"] if subnet.get("routeTable") == {"id": table.id}}
    assert routed == {"training", "scoring", "runners"}


def test_subnets_are_delegated_and_protected_on_demand(plan, azure_types):
    """A delegation gives a subnet to one service; a DDoS protection plan covers the network."""
    ddos = f"{GROUP}/providers/Microsoft.Network/ddosProtectionPlans/ddos-larkspur"
    apps = Subnet(name="apps", prefix="10.20.4.0/23", delegation="Microsoft.App/environments")
    planned = plan(lambda: network(subnets=[apps], ddos_protection_plan_id=ddos, nat_gateway=True, zones=()))
    judge(planned, azure_types)
    made = inputs(planned, "network:VirtualNetwork")
    (delegation,) = made["subnets"][0]["delegations"]
    assert delegation["serviceName"] == "Microsoft.App/environments"
    assert (made["enableDdosProtection"], made["ddosProtectionPlan"]) == (True, {"id": ddos})
    assert "zones" not in inputs(planned, "network:PublicIPAddress")


def test_a_subnets_id_is_known_and_waits_for_the_network(plan):
    """A subnet's ID is computed; whoever uses it waits for the network, not for its logging."""

    def program() -> None:
        made = network(log_analytics_workspace_id=LOGS)
        azure.network.PrivateEndpoint(
            "user",
            private_endpoint_name="pep",
            resource_group_name="rg-larkspur-mlp",
            subnet=azure.network.SubnetArgs(id=made.subnet_ids["runners"]),
        )

    planned = plan(program)
    user = one(planned, "network:PrivateEndpoint")
    assert user.inputs["subnet"]["id"] == f"{NETWORK}/subnets/runners"
    assert waits_for(planned, user) == {"network:VirtualNetwork net"}
    assert one(planned, "VirtualNetwork").outputs["id"] == one(planned, "network:VirtualNetwork").id == NETWORK


def test_all_faults_of_a_network_are_told_at_once():
    """Overlap, a name given twice and two ways out: one error names them all."""
    twice = [Subnet(name="a", prefix="10.20.0.0/24"), Subnet(name="a", prefix="10.20.0.0/25")]
    with pytest.raises(ValueError, match=r"vnet-larkspur: .* overlap; two subnets are named a; it has one way out"):
        VirtualNetworkArgs(
            **placed(
                "vnet-larkspur",
                log_analytics_workspace_id=None,
                address_space=["10.20.0.0/16"],
                subnets=twice,
                nat_gateway=True,
                firewall_ip="10.10.0.4",
            )
        )
