"""Rules on compute clusters and instances."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from asking import ask
from guarded import (
    GONE,
    NETWORK,
    PREPRODUCTION,
    PRODUCTION,
    attached,
    cluster,
    depending,
    instance,
    own_network_workspace,
    workspace,
)

from policies.rules.ml_compute import (
    duration,
    ml_compute_isolated,
    ml_compute_local_auth_off,
    ml_compute_no_public_ip,
    ml_instance_idle_shutdown,
)
from seawall.plan.values import UNKNOWN

SUBNET = {"id": f"{NETWORK}/subnets/training"}


def test_ml_compute_isolated_refuses_a_compute_without_any_network() -> None:
    """Neither a subnet nor a managed network: refused, for clusters and instances alike."""
    assert ask(ml_compute_isolated, own_network_workspace(), cluster(), instance()) == [
        "violation mandatory cluster: it has no subnet, and workspace workspace has no managed network",
        "violation mandatory instance: it has no subnet, and workspace workspace has no managed network",
    ]


def test_ml_compute_isolated_refuses_a_workspace_that_says_nothing() -> None:
    """A workspace that doesn't mention a managed network has none."""
    assert len(ask(ml_compute_isolated, workspace(managedNetwork=GONE), cluster())) == 1


def test_ml_compute_isolated_accepts_either_network() -> None:
    """A subnet satisfies, and so does either mode of a managed network: Microsoft's policy knows the first only."""
    assert ask(ml_compute_isolated, own_network_workspace(), cluster(properties__properties__subnet=SUBNET)) == []
    assert ask(ml_compute_isolated, workspace(), cluster()) == []
    assert ask(ml_compute_isolated, workspace(managedNetwork__isolationMode="AllowInternetOutbound"), cluster()) == []


def test_ml_compute_isolated_accepts_attached_computes() -> None:
    """An attached cluster stands in a network of its own service."""
    assert ask(ml_compute_isolated, own_network_workspace(), attached()) == []


def test_ml_compute_isolated_accepts_a_subnet_whose_id_is_unknown() -> None:
    """A subnet that will be there is a subnet, whatever its ID."""
    assert ask(ml_compute_isolated, own_network_workspace(), cluster(properties__properties__subnet__id=UNKNOWN)) == []


def test_ml_compute_isolated_finds_the_workspace_through_dependencies() -> None:
    """While the workspace's name is unknown, the compute's dependency tells which one it is."""
    compute = depending(cluster(workspaceName=UNKNOWN), workspaceName=own_network_workspace())
    assert len(ask(ml_compute_isolated, own_network_workspace(), compute)) == 1
    assert ask(ml_compute_isolated, workspace(), compute) == []


def test_ml_compute_isolated_cannot_tell_without_the_workspace() -> None:
    """A compute of a workspace elsewhere is unknown; so is one whose workspace nothing tells."""
    assert ask(ml_compute_isolated, cluster()) == [
        "unknown mandatory cluster: unknown: the network of its workspace, which isn't in this plan"
    ]
    assert ask(ml_compute_isolated, cluster(workspaceName=UNKNOWN), context=PREPRODUCTION) == [
        "unknown advisory cluster: unknown: property workspaceName can't be known before deployment"
    ]


def test_ml_compute_no_public_ip_refuses_public_addresses() -> None:
    """Nodes have public addresses unless it is said that they haven't."""
    for value in (True, GONE):
        assert ask(ml_compute_no_public_ip, cluster(properties__properties__enableNodePublicIp=value)) == [
            "violation mandatory cluster: its nodes have public addresses"
        ]


def test_ml_compute_no_public_ip_refuses_an_open_ssh_port() -> None:
    """An open SSH port is refused, on a cluster and on an instance."""
    opened = cluster(properties__properties__remoteLoginPortPublicAccess="Enabled")
    assert ask(ml_compute_no_public_ip, opened) == ["violation mandatory cluster: its remote login port is public"]
    opened = instance(properties__properties__sshSettings__sshPublicAccess="Enabled")
    assert ask(ml_compute_no_public_ip, opened) == ["violation mandatory instance: its SSH port is public"]


def test_ml_compute_no_public_ip_refuses_an_unsaid_login_port_outside_of_a_subnet() -> None:
    """An unspecified remote login port is closed in a subnet and open elsewhere."""
    unsaid = {"properties__properties__remoteLoginPortPublicAccess": GONE}
    assert ask(ml_compute_no_public_ip, cluster(**unsaid)) == [
        "violation mandatory cluster: its remote login port is not closed"
    ]
    assert ask(ml_compute_no_public_ip, cluster(**unsaid, properties__properties__subnet=SUBNET)) == []


def test_ml_compute_no_public_ip_accepts_private_computes() -> None:
    """Private clusters and instances are accepted, and attached computes aren't asked."""
    silent = instance(properties__properties__sshSettings=GONE)
    assert ask(ml_compute_no_public_ip, cluster(), silent, attached()) == []


def test_ml_compute_no_public_ip_cannot_tell_before_deployment() -> None:
    """An unknown address is refused in production and advice elsewhere."""
    unknown = cluster(properties__properties__enableNodePublicIp=UNKNOWN)
    message = "cluster: unknown: property properties.properties.enableNodePublicIp can't be known before deployment"
    assert ask(ml_compute_no_public_ip, unknown) == [f"unknown mandatory {message}"]
    assert ask(ml_compute_no_public_ip, unknown, context=PREPRODUCTION) == [f"unknown advisory {message}"]


def test_ml_compute_local_auth_off_refuses_local_accounts_in_every_tier() -> None:
    """Local accounts are refused in preproduction too."""
    open_cluster, open_instance = (
        cluster(properties__disableLocalAuth=False),
        instance(properties__disableLocalAuth=False),
    )
    for context in (PRODUCTION, PREPRODUCTION):
        assert ask(ml_compute_local_auth_off, open_cluster, open_instance, context=context) == [
            "violation mandatory cluster: disableLocalAuth isn't true",
            "violation mandatory instance: disableLocalAuth isn't true",
        ]


def test_ml_compute_local_auth_off_refuses_silence() -> None:
    """A compute that says nothing has local accounts."""
    assert len(ask(ml_compute_local_auth_off, cluster(properties__disableLocalAuth=GONE))) == 1


def test_ml_compute_local_auth_off_accepts_computes_without_local_accounts() -> None:
    """Managed computes without local accounts are accepted, and attached ones aren't asked."""
    assert ask(ml_compute_local_auth_off, cluster(), instance(), attached()) == []


def test_ml_compute_local_auth_off_cannot_tell_before_deployment() -> None:
    """Although the rule is mandatory everywhere, what is unknown is advice in preproduction."""
    unknown = cluster(properties__disableLocalAuth=UNKNOWN)
    message = "cluster: unknown: property properties.disableLocalAuth can't be known before deployment"
    assert ask(ml_compute_local_auth_off, unknown) == [f"unknown mandatory {message}"]
    assert ask(ml_compute_local_auth_off, unknown, context=PREPRODUCTION) == [f"unknown advisory {message}"]


def test_ml_instance_idle_shutdown_refuses_an_instance_that_never_stops() -> None:
    """Without an idle time an instance runs until somebody stops it."""
    assert ask(ml_instance_idle_shutdown, instance(properties__properties__idleTimeBeforeShutdown=GONE)) == [
        "violation mandatory instance: it never shuts down by itself"
    ]


def test_ml_instance_idle_shutdown_refuses_more_than_the_cap() -> None:
    """The stack's cap holds; an instance at the cap is within it."""
    late = instance(properties__properties__idleTimeBeforeShutdown="PT1H30M")
    assert ask(ml_instance_idle_shutdown, late) == [
        "violation mandatory instance: it shuts down after 90 idle minutes; the cap is 60"
    ]
    assert ask(ml_instance_idle_shutdown, late, context=replace(PRODUCTION, idle_cap=timedelta(minutes=90))) == []


@pytest.mark.parametrize("written", ["30", "soon", "PT", "P", "PT0M", ""])
def test_ml_instance_idle_shutdown_refuses_what_is_no_duration(written: str) -> None:
    """What Azure couldn't read as a duration is refused."""
    found = ask(ml_instance_idle_shutdown, instance(properties__properties__idleTimeBeforeShutdown=written))
    assert found == [
        f"violation mandatory instance: idleTimeBeforeShutdown is {written}, which is no duration such as PT30M"
    ]


def test_ml_instance_idle_shutdown_accepts_instances_that_stop_and_clusters() -> None:
    """An instance within the cap is accepted; a cluster scales down by other means."""
    assert ask(ml_instance_idle_shutdown, instance(), cluster(), attached()) == []


def test_ml_instance_idle_shutdown_cannot_tell_before_deployment() -> None:
    """An unknown kind of compute might be an instance."""
    assert ask(ml_instance_idle_shutdown, instance(properties__computeType=UNKNOWN)) == [
        "unknown mandatory instance: unknown: property properties.computeType can't be known before deployment"
    ]


@pytest.mark.parametrize(
    ("text", "minutes"), [("PT15M", 15), ("pt2h", 120), ("P1D", 1440), ("P1W", 10080), ("P1DT1H1M60S", 1502)]
)
def test_durations_are_read_as_iso_8601(text: str, minutes: int) -> None:
    """Weeks, days, hours, minutes and seconds add up."""
    assert duration(text) == timedelta(minutes=minutes)
