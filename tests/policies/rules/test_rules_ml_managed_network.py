"""The rule on what a workspace's computes may reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from asking import ask
from guarded import (
    GONE,
    NETWORK,
    PREPRODUCTION,
    PRODUCTION,
    WORKSPACE,
    cluster,
    depending,
    network,
    outbound,
    own_network_workspace,
    route_table,
    security_group,
    subnet,
    workspace,
)

from policies.rules.ml_workspace import (
    ml_managed_network,
)
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

TRAINING = f"{NETWORK}/subnets/training"
NSG_ID = {"id": security_group().id}


def in_subnet(**inside: Any) -> tuple[Resource, Resource, Resource]:
    """A workspace of an own network, a cluster in its subnet, and the network with that subnet inside."""
    compute = cluster(properties__properties__subnet={"id": TRAINING})
    return own_network_workspace(), compute, network({"name": "training", **inside})


def test_ml_managed_network_refuses_internet_access_in_production() -> None:
    """A managed network that reaches the Internet will do in preproduction only."""
    open_network = workspace(managedNetwork__isolationMode="AllowInternetOutbound")
    assert ask(ml_managed_network, open_network) == [
        "violation mandatory workspace: managedNetwork.isolationMode is AllowInternetOutbound: "
        "computes reach the whole Internet"
    ]
    assert ask(ml_managed_network, open_network, context=PREPRODUCTION) == []


def test_ml_managed_network_refuses_no_network_at_all() -> None:
    """A workspace with neither a managed network nor a subnet is refused."""
    message = "workspace: it has neither a managed network nor a subnet of ours for its computes"
    assert ask(ml_managed_network, workspace(managedNetwork=GONE)) == [f"violation mandatory {message}"]
    assert ask(ml_managed_network, own_network_workspace(), cluster(), context=PREPRODUCTION) == [
        f"violation advisory {message}"
    ]


def test_ml_managed_network_refuses_a_subnet_with_an_open_way_out() -> None:
    """Azure lets a subnet without a rule against it out to the whole Internet."""
    message = "workspace: the subnet of cluster reaches the whole Internet: no firewall, and nothing denies it"
    assert ask(ml_managed_network, *in_subnet()) == [f"violation mandatory {message}"]


def test_ml_managed_network_refuses_internet_that_is_allowed_before_it_is_denied() -> None:
    """A rule that allows the Internet wins over a later one that denies it."""
    group = security_group(outbound("Deny", 4096), outbound("Allow", 200, destinationPortRange="443"))
    found = ask(ml_managed_network, *in_subnet(networkSecurityGroup=NSG_ID), group)
    assert [line.partition(" the")[0] for line in found] == ["violation mandatory workspace:"]


def test_ml_managed_network_refuses_a_nat_gateway_in_production() -> None:
    """A NAT gateway gives a fixed address but no filter: good enough in preproduction only."""
    resources = in_subnet(natGateway={"id": "/nat"}, defaultOutboundAccess=False)
    assert ask(ml_managed_network, *resources) == [
        "violation mandatory workspace: the subnet of cluster leaves through a NAT gateway, which filters nothing"
    ]
    assert ask(ml_managed_network, *resources, context=PREPRODUCTION) == []


def test_ml_managed_network_accepts_a_route_to_a_firewall() -> None:
    """All traffic that is routed to a virtual appliance is controlled; so is traffic that is dropped."""
    for hop in ("VirtualAppliance", "None"):
        table = route_table(hop)
        assert ask(ml_managed_network, *in_subnet(routeTable={"id": table.id}), table) == []
    table = route_table("Internet")
    assert len(ask(ml_managed_network, *in_subnet(routeTable={"id": table.id}), table)) == 1


def test_ml_managed_network_accepts_a_subnet_that_denies_the_internet() -> None:
    """A security group that denies the Internet controls what leaves, NAT gateway or not."""
    group = security_group(
        outbound("Allow", 100, destinationAddressPrefix="AzureMachineLearning"), outbound("Deny", 4096)
    )
    assert ask(ml_managed_network, *in_subnet(networkSecurityGroup=NSG_ID, natGateway={"id": "/nat"}), group) == []


@pytest.mark.parametrize(
    "narrow", [{"destinationPortRange": "80"}, {"protocol": "Tcp"}, {"sourceAddressPrefix": "10.0.0.4"}]
)
def test_ml_managed_network_refuses_a_denial_of_a_part(narrow: dict[str, str]) -> None:
    """A rule that denies one port, one protocol or one source leaves the rest open."""
    group = security_group(outbound("Deny", 4096, **narrow))
    assert len(ask(ml_managed_network, *in_subnet(networkSecurityGroup=NSG_ID), group)) == 1


def test_ml_managed_network_accepts_a_subnet_without_any_way_out() -> None:
    """A private subnet without NAT gateway or route reaches nothing outside."""
    assert ask(ml_managed_network, *in_subnet(defaultOutboundAccess=False)) == []


def test_ml_managed_network_accepts_a_managed_network_that_approves() -> None:
    """A managed network that lets out only what was approved is accepted."""
    assert ask(ml_managed_network, workspace()) == []


def test_ml_managed_network_looks_at_serverless_compute_and_at_subnets_of_their_own() -> None:
    """Serverless compute counts, and so does a subnet that is a resource of its own."""
    serverless = own_network_workspace(serverlessComputeSettings={"serverlessComputeCustomSubnet": TRAINING})
    assert len(ask(ml_managed_network, serverless, subnet())) == 1
    assert ask(ml_managed_network, serverless, subnet(defaultOutboundAccess=False)) == []


def test_ml_managed_network_cannot_tell_of_a_subnet_elsewhere() -> None:
    """A subnet outside of the plan is unknown, unless the stack declares that someone else controls it."""
    resources = own_network_workspace(), cluster(properties__properties__subnet={"id": TRAINING})
    assert ask(ml_managed_network, *resources) == [
        f"unknown mandatory workspace: unknown: the way out of subnet {TRAINING} of cluster, which isn't in this plan"
    ]
    declared = replace(PRODUCTION, controlled_subnets=frozenset({TRAINING.upper()}))
    assert ask(ml_managed_network, *resources, context=declared) == []


def test_ml_managed_network_cannot_tell_before_deployment() -> None:
    """An unknown isolation mode is refused in production."""
    assert ask(ml_managed_network, workspace(managedNetwork=UNKNOWN)) == [
        "unknown mandatory workspace: unknown: property managedNetwork can't be known before deployment"
    ]


def test_ml_managed_network_follows_a_project_to_its_hub() -> None:
    """A project has the network of its hub; without the hub in the plan it can't be judged."""
    own = workspace(kind="Project", hubResourceId=WORKSPACE, managedNetwork=GONE, workspaceName="mlw-project")
    id = f"{WORKSPACE}-project"
    project = Resource(urn=f"{own.urn}-project", type=own.type, name="project", id=id, inputs=own.inputs)
    project = depending(project, hubResourceId=workspace())
    assert ask(ml_managed_network, workspace(), project) == []
    assert ask(ml_managed_network, project) == [
        "unknown mandatory project: unknown: the network of its hub, which isn't in this plan"
    ]
