"""Rules on security groups, subnets and public addresses."""

from __future__ import annotations

import pytest
from asking import ask
from guarded import NETWORK, PREPRODUCTION, depending, make, network, security_group, subnet
from guarded_services import attached_to, inbound, public_ip, secured_subnet

from policies.rules.network import nsg_no_any_inbound, public_ip_allowlist, subnet_nsg_private
from seawall.plan.values import UNKNOWN

FIREWALL, BASTION, GATEWAY = "network:AzureFirewall", "network:BastionHost", "network:NatGateway"


@pytest.mark.parametrize("source", ["*", "Internet", "0.0.0.0/0", "Any", "::/0", "128.0.0.0/1"])
def test_nsg_no_any_inbound_refuses_everybody(source: str) -> None:
    """Everybody has several names, and all are refused in every tier."""
    assert ask(nsg_no_any_inbound, security_group(inbound(source)), context=PREPRODUCTION) == [
        f"violation mandatory nsg: rule in: it lets {source} in"
    ]


def test_nsg_no_any_inbound_refuses_everybody_in_a_list() -> None:
    """A list of sources may hide one."""
    listed = inbound("x", sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "0.0.0.0/0"])
    assert ask(nsg_no_any_inbound, security_group(listed)) == ["violation mandatory nsg: rule in: it lets 0.0.0.0/0 in"]


def test_nsg_no_any_inbound_refuses_rules_of_their_own() -> None:
    """A rule that is a resource counts as much as one inside of its group."""
    inputs = {"resourceGroupName": "rg-ml", "networkSecurityGroupName": "nsg-ml", **inbound("*")}
    own = make("network:SecurityRule", "rule", f"{security_group().id}/securityRules/in", inputs)
    assert ask(nsg_no_any_inbound, security_group(), own) == ["violation mandatory rule: it lets * in"]


def test_nsg_no_any_inbound_accepts_named_sources_denials_and_outbound_rules() -> None:
    """A service tag, a private range, a denial of everybody, and traffic that goes out."""
    group = security_group(
        inbound("VirtualNetwork"),
        inbound("10.0.0.0/8"),
        inbound("GatewayManager"),
        inbound("*", access="Deny"),
        inbound("*", direction="Outbound"),
        inbound("x", sourceAddressPrefix=None, sourceApplicationSecurityGroups=[{"id": "/asg"}]),
    )
    assert ask(nsg_no_any_inbound, group) == []


def test_nsg_no_any_inbound_cannot_tell_before_deployment() -> None:
    """An unknown source may be everybody."""
    found = ask(nsg_no_any_inbound, security_group(inbound("x", sourceAddressPrefix=UNKNOWN)))
    assert found == [
        "unknown mandatory nsg: unknown: property securityRules[0].sourceAddressPrefix can't be known before deployment"
    ]


def test_subnet_nsg_private_refuses_subnets_without_a_security_group() -> None:
    """Inside of a network and on their own."""
    assert ask(subnet_nsg_private, network(secured_subnet("training", networkSecurityGroup=None))) == [
        "violation mandatory network: subnet training: it has no security group"
    ]
    bare = subnet(defaultOutboundAccess=False)
    assert ask(subnet_nsg_private, bare) == ["violation mandatory training: it has no security group"]


def test_subnet_nsg_private_refuses_a_way_out_that_nobody_made() -> None:
    """Said or not: a subnet is open outwards unless told otherwise."""
    for access in (True, None):
        assert ask(subnet_nsg_private, network(secured_subnet("training", defaultOutboundAccess=access))) == [
            "violation mandatory network: subnet training: defaultOutboundAccess isn't false: it leaves by an address "
            "that nobody knows"
        ]


def test_subnet_nsg_private_refuses_a_bastions_subnet_without_a_security_group() -> None:
    """Azure takes one there, and it is what keeps the Internet off."""
    assert ask(subnet_nsg_private, network({"name": "AzureBastionSubnet"})) == [
        "violation mandatory network: subnet AzureBastionSubnet: it has no security group"
    ]


def test_subnet_nsg_private_accepts_azures_own_subnets_and_delegated_ones() -> None:
    """Each is spared as far as Azure refuses it, and no further."""
    delegated = secured_subnet("apps", defaultOutboundAccess=None, delegations=[{"name": "Microsoft.App/environments"}])
    bastion = secured_subnet("AzureBastionSubnet", defaultOutboundAccess=None)
    reserved = ({"name": name} for name in ("AzureFirewallSubnet", "gatewaysubnet", "RouteServerSubnet"))
    assert ask(subnet_nsg_private, network(secured_subnet("training"), delegated, bastion, *reserved)) == []
    own = subnet(networkSecurityGroup={"id": security_group().id}, defaultOutboundAccess=False)
    assert ask(subnet_nsg_private, own) == []


def test_subnet_nsg_private_accepts_a_security_group_whose_id_is_unknown() -> None:
    """That there is one is enough."""
    assert ask(subnet_nsg_private, network(secured_subnet("training", networkSecurityGroup={"id": UNKNOWN}))) == []


def test_subnet_nsg_private_cannot_tell_before_deployment() -> None:
    """An unknown subnet, or an unknown access."""
    assert ask(subnet_nsg_private, network(secured_subnet("training", defaultOutboundAccess=UNKNOWN))) == [
        "unknown mandatory network: unknown: property subnets[0].defaultOutboundAccess can't be known before deployment"
    ]


@pytest.mark.parametrize(
    "type", ["network:ApplicationGateway", "network:NetworkInterface", "network:LoadBalancer", "compute:VirtualMachine"]
)
def test_public_ip_allowlist_refuses_what_may_not_be_public(type: str) -> None:
    """A gateway, a machine, a load balancer: the attachment stands on the other resource."""
    assert ask(public_ip_allowlist, public_ip(), attached_to(type)) == [
        f"violation mandatory address: it is attached to {type} holder"
    ]


def test_public_ip_allowlist_refuses_an_address_that_waits() -> None:
    """One that nothing has could be attached to anything; that it is logged doesn't make it used."""
    log = make("monitor:DiagnosticSetting", "logs", f"{public_ip().id}/logs", {"resourceUri": public_ip().id})
    assert ask(public_ip_allowlist, public_ip(), log) == [
        "violation mandatory address: nothing in the plan has it: it waits to be attached to anything"
    ]


def test_public_ip_allowlist_refuses_a_second_holder() -> None:
    """That a firewall has it too helps nothing."""
    found = ask(
        public_ip_allowlist, public_ip(), attached_to(FIREWALL), attached_to("network:LoadBalancer", name="second")
    )
    assert found == ["violation mandatory address: it is attached to network:LoadBalancer second"]


def test_public_ip_allowlist_accepts_firewalls_bastions_and_gateways() -> None:
    """Each of the three, known by its ID or, while that is unknown, by where it came from."""
    for type, key in ((FIREWALL, "ipConfigurations"), (BASTION, "ipConfigurations"), (GATEWAY, "publicIpAddresses")):
        assert ask(public_ip_allowlist, public_ip(), attached_to(type, key=key)) == []
    coming = make(GATEWAY, "gateway", f"{NETWORK}/x", {"publicIpAddresses": [{"id": UNKNOWN}]})
    assert ask(public_ip_allowlist, public_ip(), depending(coming, publicIpAddresses=public_ip())) == []


def test_public_ip_allowlist_cannot_tell_before_deployment_and_goes_by_dependencies() -> None:
    """While the ID in a holder is unknown, what it depends on says which address it has."""
    coming = make("network:LoadBalancer", "balancer", f"{NETWORK}/x", {"frontendIPConfigurations": UNKNOWN})
    held = depending(coming, frontendIPConfigurations=public_ip())
    assert ask(public_ip_allowlist, public_ip(), held) == [
        "violation mandatory address: it is attached to network:LoadBalancer balancer"
    ]
    assert ask(public_ip_allowlist, public_ip(publicIpAddressName=UNKNOWN), attached_to(GATEWAY)) == []
