from __future__ import annotations

import pytest

from components.egress import AZURE_DEVOPS_AGENT_HOSTS, GITHUB_RUNNER_HOSTS, ComputeEgress, compute_service_tags
from components.firewall import Firewall, FirewallArgs, private_ip
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import LOGS, NETWORK, placed

EGRESS = ComputeEgress(region="westeurope", private_monitor=False)


def firewall(**more: object) -> Firewall:
    given = {
        "log_analytics_workspace_id": None,
        "subnet_id": f"{NETWORK}/subnets/AzureFirewallSubnet",
        "subnet_prefix": "10.10.0.0/26",
        "sources": ["10.20.0.0/16", "10.30.0.0/16"],
        "egress": EGRESS,
        **more,
    }
    return Firewall("egress", FirewallArgs(**placed("afw-larkspur", **given)))


def test_by_default_only_what_azure_ml_needs_gets_out(plan, azure_types):
    """One rule for each documented service tag; no host name; known bad addresses are refused; it answers DNS."""
    planned = plan(firewall)
    judge(planned, azure_types)
    mine = "Firewall egress"
    assert tree(planned) == {
        ("Firewall", "egress", ""),
        ("network:FirewallPolicy", "egress", mine),
        ("network:FirewallPolicyRuleCollectionGroup", "egress", mine),
        ("network:PublicIPAddress", "egress", mine),
        ("network:AzureFirewall", "egress", mine),
    }
    policy = inputs(planned, "network:FirewallPolicy")
    assert (policy["sku"], policy["threatIntelMode"]) == ({"tier": "Standard"}, "Deny")
    assert policy["dnsSettings"] == {"enableProxy": True}
    assert "intrusionDetection" not in policy
    (collection,) = inputs(planned, "network:FirewallPolicyRuleCollectionGroup")["ruleCollections"]
    assert collection["action"] == {"type": "Allow"}
    rules = {rule["name"]: rule for rule in collection["rules"]}
    assert {(rule["destinationAddresses"][0], tuple(rule["destinationPorts"])) for rule in rules.values()} == {
        (service.tag, tuple(service.ports)) for service in compute_service_tags(EGRESS)
    }
    assert rules["MachineLearningUdp"]["ipProtocols"] == ["UDP"]
    assert rules["Batch"]["ipProtocols"] == ["TCP", "UDP"]
    assert all(rule["sourceAddresses"] == ["10.20.0.0/16", "10.30.0.0/16"] for rule in rules.values())


def test_premium_inspects_and_named_hosts_are_reached_over_https(plan, azure_types):
    """The Premium tier refuses intrusions; host names make a collection of their own, over HTTPS alone."""
    hosts = [*AZURE_DEVOPS_AGENT_HOSTS, *GITHUB_RUNNER_HOSTS, "dev.azure.com"]
    planned = plan(lambda: firewall(tier="Premium", allowed_hosts=hosts, zones=(), log_analytics_workspace_id=LOGS))
    judge(planned, azure_types)
    assert inputs(planned, "network:FirewallPolicy")["intrusionDetection"] == {"mode": "Deny"}
    _, named = inputs(planned, "network:FirewallPolicyRuleCollectionGroup")["ruleCollections"]
    (rule,) = named["rules"]
    assert rule["targetFqdns"] == sorted(set(hosts))
    assert rule["protocols"] == [{"protocolType": "Https", "port": 443}]
    made = inputs(planned, "network:AzureFirewall")
    assert (made["sku"], made.get("zones")) == ({"name": "AZFW_VNet", "tier": "Premium"}, None)
    settings = {name for kind, name, _ in tree(planned) if kind == "monitor:DiagnosticSetting"}
    assert settings == {"egress", "egress-logs"}


def test_the_firewall_is_built_once_its_rules_are_there(plan):
    """Azure refuses a change of a policy while a firewall is built on it: the rules come first."""
    planned = plan(firewall)
    made = one(planned, "network:AzureFirewall")
    assert "network:FirewallPolicyRuleCollectionGroup egress" in waits_for(planned, made)
    assert made.inputs["firewallPolicy"] == {"id": one(planned, "network:FirewallPolicy").id}
    assert made.inputs["ipConfigurations"][0]["publicIPAddress"] == {"id": one(planned, "network:PublicIPAddress").id}


@pytest.mark.parametrize(("prefix", "address"), [("10.10.0.0/26", "10.10.0.4"), ("172.16.8.192/26", "172.16.8.196")])
def test_its_private_address_is_the_fifth_of_its_subnet(prefix, address):
    """Azure keeps the first four addresses of a subnet; nothing else lives in the firewall's."""
    assert private_ip(prefix) == address
