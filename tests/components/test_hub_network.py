from __future__ import annotations

import pytest

from components.egress import ComputeEgress
from components.hub_network import HubBastion, HubFirewall, HubNetwork, HubNetworkArgs
from components.subnet import runners_subnet
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import LOGS, placed

FIREWALL = HubFirewall(prefix="10.10.0.0/26", sources=["10.20.0.0/16"], egress=ComputeEgress(region="westeurope"))
BASTION = HubBastion(prefix="10.10.0.64/26", allowed_sources=["203.0.113.0/24"])


def args(**more: object) -> HubNetworkArgs:
    given = {"log_analytics_workspace_id": None, "address_space": ["10.10.0.0/22"], **more}
    return HubNetworkArgs(**placed("vnet-hub", **given))


def hub(**more: object) -> HubNetwork:
    return HubNetwork("hub", args(**more))


def test_by_default_a_hub_is_closed(plan, azure_types):
    """There is the network alone: no way out, no bastion, no public IP."""
    planned = plan(hub)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("HubNetwork", "hub", ""),
        ("VirtualNetwork", "hub", "HubNetwork hub"),
        ("network:VirtualNetwork", "hub", "VirtualNetwork hub"),
    }


def test_a_hub_with_everything(plan, azure_types):
    """Firewall with policy and rules, bastion, own subnets; each logged; public IPs on firewall and bastion alone."""
    planned = plan(
        lambda: hub(
            log_analytics_workspace_id=LOGS,
            firewall=FIREWALL,
            bastion=BASTION,
            subnets=[runners_subnet("10.10.1.0/24")],
        )
    )
    judge(planned, azure_types)
    network, firewall, bastion = "VirtualNetwork hub", "Firewall hub-firewall", "Bastion hub-bastion"
    setting = "monitor:DiagnosticSetting"
    assert tree(planned) == {
        ("HubNetwork", "hub", ""),
        ("VirtualNetwork", "hub", "HubNetwork hub"),
        ("network:VirtualNetwork", "hub", network),
        (setting, "hub", network),
        ("network:NetworkSecurityGroup", "hub-runners", network),
        (setting, "hub-runners", network),
        ("network:NetworkSecurityGroup", "hub-AzureBastionSubnet", network),
        (setting, "hub-AzureBastionSubnet", network),
        ("Firewall", "hub-firewall", "HubNetwork hub"),
        ("network:FirewallPolicy", "hub-firewall", firewall),
        ("network:FirewallPolicyRuleCollectionGroup", "hub-firewall", firewall),
        ("network:PublicIPAddress", "hub-firewall", firewall),
        (setting, "hub-firewall", firewall),
        ("network:AzureFirewall", "hub-firewall", firewall),
        (setting, "hub-firewall-logs", firewall),
        ("Bastion", "hub-bastion", "HubNetwork hub"),
        ("network:PublicIPAddress", "hub-bastion", bastion),
        (setting, "hub-bastion", bastion),
        ("network:BastionHost", "hub-bastion", bastion),
        (setting, "hub-bastion-logs", bastion),
    }
    subnets = {subnet["name"]: subnet for subnet in inputs(planned, "network:VirtualNetwork")["subnets"]}
    assert "networkSecurityGroup" not in subnets["AzureFirewallSubnet"]
    assert "networkSecurityGroup" in subnets["AzureBastionSubnet"]
    assert {name for name, subnet in subnets.items() if subnet.get("defaultOutboundAccess") is False} == {"runners"}
    assert one(planned, "HubNetwork").outputs["firewall_ip"] == "10.10.0.4"
    assert one(planned, "HubNetwork").outputs["id"] == one(planned, "network:VirtualNetwork").id


def test_a_hub_can_leave_through_a_nat_gateway(plan, azure_types):
    """The gateway serves the hub's own subnets; there is no firewall address for spokes."""
    planned = plan(lambda: hub(nat_gateway=True, subnets=[runners_subnet("10.10.1.0/24")]))
    judge(planned, azure_types)
    (subnet,) = inputs(planned, "network:VirtualNetwork")["subnets"]
    assert subnet["natGateway"] == {"id": one(planned, "network:NatGateway").id}
    assert one(planned, "HubNetwork").outputs.get("firewall_ip") is None


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"firewall": FIREWALL, "nat_gateway": True}, "one way out"),
        ({"bastion": HubBastion(prefix="10.10.0.64/26", allowed_sources=["Internet"])}, "not the whole internet"),
        ({"bastion": HubBastion(prefix="10.10.0.64/26", allowed_sources=[])}, "needs the addresses of its users"),
        ({"bastion": HubBastion(prefix="10.10.0.64/27", allowed_sources=["203.0.113.1"])}, "to be a /26 or larger"),
        (
            {"firewall": HubFirewall(prefix="10.10.0.0/x", sources=[], egress=FIREWALL.egress)},
            "the firewall: '10.10.0.0/x'",
        ),
    ],
)
def test_what_azure_or_the_guardrails_refuse_is_refused_beforehand(more, message):
    """Two ways out, a bastion open to anyone, a subnet that is too small: each is an error that says so."""
    with pytest.raises(ValueError, match=message):
        args(**more)
