from __future__ import annotations

from itertools import pairwise

import pytest

from components.egress import ComputeEgress, compute_service_tags
from components.private_dns import Cloud
from components.subnet import (
    DIRECTIONS,
    SecurityRule,
    Subnet,
    address_faults,
    bastion_subnet,
    private_endpoints_subnet,
    runners_subnet,
    scoring_subnet,
    security_rules,
    training_subnet,
)

PREFIX = "10.20.1.0/24"
EGRESS = ComputeEgress(region="westeurope")
PLATFORM = {
    "private-endpoints": private_endpoints_subnet(PREFIX),
    "training": training_subnet(PREFIX, EGRESS),
    "scoring": scoring_subnet(PREFIX, EGRESS),
    "runners": runners_subnet(PREFIX),
    "bastion": bastion_subnet(PREFIX, ["203.0.113.0/24", "198.51.100.7"]),
}


def allowed(subnet: Subnet, direction: str) -> set[tuple[str, str, str, tuple[str, ...]]]:
    return {
        (rule.source, rule.destination, rule.protocol, tuple(rule.ports))
        for rule in subnet.rules
        if rule.direction == direction
    }


@pytest.mark.parametrize("name", PLATFORM)
def test_every_group_ends_in_a_refusal_of_the_rest(name):
    """After the rules that let traffic through, one for each direction denies everything, before Azure's defaults."""
    rules = security_rules(PLATFORM[name].rules)
    for direction in DIRECTIONS:
        mine = [rule for rule in rules if rule.direction == direction]
        assert [rule.access for rule in mine] == ["Allow"] * (len(mine) - 1) + ["Deny"]
        assert (mine[-1].priority, mine[-1].protocol, mine[-1].destination_port_range) == (4096, "*", "*")
        assert all(first.priority < second.priority for first, second in pairwise(mine))


@pytest.mark.parametrize("name", PLATFORM)
def test_nothing_comes_in_from_anywhere(name):
    """No rule lets in traffic from the whole internet, and no two rules of a group share a name."""
    assert not {rule.source for rule in PLATFORM[name].rules if rule.direction == "Inbound"} & {"*", "Internet"}
    names = [rule.name for rule in security_rules(PLATFORM[name].rules)]
    assert len(names) == len(set(names))


def test_private_endpoints_answer_and_never_ask():
    """HTTPS, SMB and the ports of compute instances come in from the network; nothing goes out."""
    subnet = PLATFORM["private-endpoints"]
    assert allowed(subnet, "Inbound") == {
        ("VirtualNetwork", PREFIX, "Tcp", ("443", "445")),
        ("VirtualNetwork", PREFIX, "Tcp", ("8787", "18881")),
        ("VirtualNetwork", PREFIX, "Udp", ("5831",)),
    }
    assert allowed(subnet, "Outbound") == set()
    assert not subnet.routed


def test_training_reaches_what_azure_ml_documents_and_no_more():
    """Outbound: the service tags of Microsoft's table, private endpoints, DNS, and the nodes themselves."""
    assert allowed(PLATFORM["training"], "Outbound") == {
        (PREFIX, PREFIX, "*", ("0-65535",)),
        ("*", "VirtualNetwork", "Tcp", ("443", "445")),
        ("*", "VirtualNetwork", "*", ("53",)),
        ("*", "AzureActiveDirectory", "Tcp", ("80", "443")),
        ("*", "AzureMachineLearning", "Tcp", ("443", "8787", "18881")),
        ("*", "AzureMachineLearning", "Udp", ("5831",)),
        ("*", "BatchNodeManagement.westeurope", "*", ("443",)),
        ("*", "AzureResourceManager", "Tcp", ("443",)),
        ("*", "Storage.westeurope", "Tcp", ("443",)),
        ("*", "AzureFrontDoor.FrontEnd", "Tcp", ("443",)),
        ("*", "MicrosoftContainerRegistry", "Tcp", ("443",)),
        ("*", "AzureFrontDoor.FirstParty", "Tcp", ("443",)),
    }
    assert allowed(PLATFORM["training"], "Inbound") == {(PREFIX, PREFIX, "*", ("0-65535",))}


def test_scoring_adds_callers_within_the_network():
    """Scoring is reached by HTTPS from the network and by the load balancer's probes; outbound is as for training."""
    assert allowed(PLATFORM["scoring"], "Inbound") - allowed(PLATFORM["training"], "Inbound") == {
        ("VirtualNetwork", PREFIX, "Tcp", ("443",)),
        ("AzureLoadBalancer", PREFIX, "Tcp", ("443",)),
    }
    assert allowed(PLATFORM["scoring"], "Outbound") == allowed(PLATFORM["training"], "Outbound")


def test_runners_poll_and_are_not_reached():
    """Nothing comes in; private endpoints, DNS and HTTPS go out."""
    assert allowed(PLATFORM["runners"], "Inbound") == set()
    assert allowed(PLATFORM["runners"], "Outbound") == {
        ("*", "VirtualNetwork", "Tcp", ("443", "445")),
        ("*", "VirtualNetwork", "*", ("53",)),
        ("*", "Internet", "Tcp", ("443",)),
    }


def test_a_bastion_has_the_rules_it_refuses_to_work_without():
    """The documented rules, with the users' addresses in place of the internet."""
    assert allowed(PLATFORM["bastion"], "Inbound") == {
        ("203.0.113.0/24", "*", "Tcp", ("443",)),
        ("198.51.100.7", "*", "Tcp", ("443",)),
        ("GatewayManager", "*", "Tcp", ("443",)),
        ("AzureLoadBalancer", "*", "Tcp", ("443",)),
        ("VirtualNetwork", "VirtualNetwork", "*", ("8080", "5701")),
    }
    assert allowed(PLATFORM["bastion"], "Outbound") == {
        ("*", "VirtualNetwork", "Tcp", ("22", "3389")),
        ("*", "AzureCloud", "Tcp", ("443",)),
        ("VirtualNetwork", "VirtualNetwork", "*", ("8080", "5701")),
        ("*", "Internet", "*", ("80",)),
    }
    assert not PLATFORM["bastion"].routed and not PLATFORM["bastion"].private and PLATFORM["bastion"].secured


@pytest.mark.parametrize(
    ("egress", "tag", "there"),
    [
        (EGRESS, "AzureMonitor", False),
        (ComputeEgress(region="westeurope", private_monitor=False), "AzureMonitor", True),
        (EGRESS, "AzureFrontDoor.FrontEnd", True),
        (ComputeEgress(region="chinaeast2", cloud=Cloud.CHINA), "AzureFrontDoor.FrontEnd", False),
    ],
)
def test_a_tag_is_opened_only_where_it_is_needed(egress, tag, there):
    """Azure Monitor without a private link scope, Front Door outside China."""
    assert (tag in {service.tag for service in compute_service_tags(egress)}) is there


def test_the_internet_is_open_to_computes_only_where_a_firewall_decides():
    """With `internet`, HTTP and HTTPS leave the subnet, for the firewall to judge by host name."""
    filtered = training_subnet(PREFIX, ComputeEgress(region="westeurope", internet=True))
    extra = allowed(filtered, "Outbound") - allowed(PLATFORM["training"], "Outbound")
    assert extra == {("*", "Internet", "Tcp", ("80", "443"))}


def test_one_port_and_several_are_sent_differently():
    """Azure takes a single port as a range, several as a list of ranges, never both."""
    one_port = SecurityRule(name="a", direction="Inbound", source="x", destination="*", ports=["443"])
    several = SecurityRule(name="b", direction="Inbound", source="x", destination="*", ports=["80", "443"])
    first, second, *_ = security_rules([one_port, several])
    assert (first.destination_port_range, first.destination_port_ranges) == ("443", None)
    assert (second.destination_port_range, second.destination_port_ranges) == (None, ["80", "443"])


@pytest.mark.parametrize(
    ("space", "prefixes", "fault"),
    [
        (["10.0.0.0/16"], ["10.1.0.0/24"], "s0 (10.1.0.0/24) is outside the address space 10.0.0.0/16"),
        (["10.0.0.0/16"], ["10.0.0.0/24", "10.0.0.128/25"], "s0 (10.0.0.0/24) and s1 (10.0.0.128/25) overlap"),
        (["10.0.0.0/16"], ["10.0.0.1/24"], "s0: 10.0.0.1/24 has host bits set"),
        (["10.0.0.0/33"], [], "address space: '10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"),
        (["fd00::/48"], [], "address space: fd00::/48 is not an IPv4 network"),
    ],
)
def test_addresses_that_azure_refuses_are_told(space, prefixes, fault):
    """Bad CIDR blocks, subnets outside the space and overlaps are named."""
    subnets = [Subnet(name=f"s{index}", prefix=prefix) for index, prefix in enumerate(prefixes)]
    assert fault in address_faults(space, subnets)


def test_adjacent_subnets_are_fine():
    """Two halves of a space have no fault."""
    halves = [Subnet(name="a", prefix="10.0.0.0/25"), Subnet(name="b", prefix="10.0.0.128/25")]
    assert address_faults(["10.0.0.0/24"], halves) == []
