"""Rules on the network of endpoints and deployments."""

from __future__ import annotations

from asking import ask
from guarded import GONE, PREPRODUCTION, deployment, own_network_workspace, workspace
from guarded_services import managed_endpoint

from policies.rules.ml_endpoint import ml_deployment_egress_off, ml_endpoint_private
from seawall.plan.values import UNKNOWN


def test_ml_endpoint_private_refuses_an_open_endpoint() -> None:
    """An endpoint that anybody reaches is refused."""
    assert ask(ml_endpoint_private, managed_endpoint(properties__publicNetworkAccess="Enabled")) == [
        "violation mandatory fraud: properties.publicNetworkAccess is Enabled"
    ]


def test_ml_endpoint_private_refuses_silence() -> None:
    """An endpoint that says nothing is open; so is one of no kind."""
    silent = managed_endpoint(properties__publicNetworkAccess=GONE, kind=GONE)
    assert ask(ml_endpoint_private, silent, context=PREPRODUCTION) == [
        "violation advisory fraud: properties.publicNetworkAccess is not set"
    ]


def test_ml_endpoint_private_accepts_closed_endpoints_and_those_on_kubernetes() -> None:
    """An endpoint on Kubernetes has no such setting."""
    on_cluster = managed_endpoint(kind="Kubernetes", properties__publicNetworkAccess=GONE)
    assert ask(ml_endpoint_private, managed_endpoint()) == ask(ml_endpoint_private, on_cluster) == []


def test_ml_endpoint_private_cannot_tell_before_deployment() -> None:
    """An unknown access may be any."""
    assert ask(ml_endpoint_private, managed_endpoint(properties__publicNetworkAccess=UNKNOWN)) == [
        "unknown mandatory fraud: unknown: property properties.publicNetworkAccess can't be known before deployment"
    ]


def test_ml_deployment_egress_off_refuses_egress_that_is_on() -> None:
    """Under a managed network too, where it says the wrong thing."""
    on = deployment(properties__egressPublicNetworkAccess="Enabled")
    for where in (workspace(), own_network_workspace()):
        assert ask(ml_deployment_egress_off, where, on) == [
            "violation mandatory blue: properties.egressPublicNetworkAccess is Enabled"
        ]


def test_ml_deployment_egress_off_refuses_silence_without_a_managed_network() -> None:
    """Nothing else would hold its traffic back."""
    for where in (own_network_workspace(), workspace(managedNetwork=GONE)):
        assert ask(ml_deployment_egress_off, where, deployment()) == [
            "violation mandatory blue: properties.egressPublicNetworkAccess isn't set, and workspace workspace has no "
            "managed network"
        ]


def test_ml_deployment_egress_off_accepts_disabled_and_silence_under_a_managed_network() -> None:
    """Disabled will do anywhere; a deployment on Kubernetes isn't asked."""
    off = deployment(properties__egressPublicNetworkAccess="Disabled")
    assert ask(ml_deployment_egress_off, own_network_workspace(), off) == []
    assert ask(ml_deployment_egress_off, workspace(), deployment()) == []
    on_cluster = deployment(properties__endpointComputeType="Kubernetes")
    assert ask(ml_deployment_egress_off, own_network_workspace(), on_cluster) == []


def test_ml_deployment_egress_off_cannot_tell_of_a_workspace_elsewhere() -> None:
    """The network of a workspace outside of the plan is unknown, and so is a mode that comes later."""
    assert ask(ml_deployment_egress_off, deployment()) == [
        "unknown mandatory blue: unknown: the network of its workspace, which isn't in this plan"
    ]
    assert len(ask(ml_deployment_egress_off, workspace(managedNetwork=UNKNOWN), deployment())) == 1
