"""Rules on instances, traffic and monitors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from guarded import GONE, PREPRODUCTION, PRODUCTION, depending
from guarded_operations import DEPLOYMENT, autoscale, deployment, endpoint, monitor

from policies.rules.delivery import endpoint_canary, endpoint_min_instances, model_monitor
from seawall.plan.values import UNKNOWN

TRAFFIC = "properties__traffic"


def test_endpoint_min_instances_refuses_fewer_than_three() -> None:
    """In production alone; Azure's own default is one."""
    for capacity, said in ((2, 2), (GONE, 1)):
        small = deployment(sku__capacity=capacity)
        assert ask(endpoint_min_instances, small, autoscale()) == [
            f"violation mandatory blue: it has {said} instances; 3 are the least"
        ]
        assert ask(endpoint_min_instances, small, context=PREPRODUCTION) == []


def test_endpoint_min_instances_refuses_deployments_that_do_not_scale() -> None:
    """No autoscale setting, one that is off, or of another deployment; or one that goes too low."""
    elsewhere = autoscale(target=f"{DEPLOYMENT}-other")
    for settings in ([], [autoscale(enabled=False)], [autoscale(enabled=GONE)], [elsewhere]):
        assert ask(endpoint_min_instances, deployment(), *settings) == [
            "violation mandatory blue: no enabled autoscale setting is on it"
        ]
    low = autoscale(profiles=[{"name": "night", "capacity": {"minimum": "1", "maximum": "9", "default": "3"}}])
    assert ask(endpoint_min_instances, deployment(), low) == [
        "violation mandatory blue: autoscale profile night goes down to 1 instances; 3 are the least"
    ]


def test_endpoint_min_instances_accepts_three_that_scale() -> None:
    """Found by ID or by what it came from; the stack's own least; Kubernetes isn't asked."""
    assert ask(endpoint_min_instances, deployment(), autoscale()) == []
    coming = depending(autoscale(targetResourceUri=UNKNOWN), targetResourceUri=deployment())
    assert ask(endpoint_min_instances, deployment(), coming) == []
    fewer = replace(PRODUCTION, min_instances=1)
    assert ask(endpoint_min_instances, deployment(sku__capacity=1), autoscale(), context=fewer) == []
    assert ask(endpoint_min_instances, deployment(properties__endpointComputeType="Kubernetes")) == []


def test_endpoint_min_instances_cannot_tell_before_deployment() -> None:
    """Unknown instances, or a setting that may be anybody's."""
    assert len(ask(endpoint_min_instances, deployment(sku__capacity=UNKNOWN), autoscale())) == 1
    assert ask(endpoint_min_instances, deployment(), autoscale(targetResourceUri=UNKNOWN)) == [
        "unknown mandatory blue: unknown: property targetResourceUri can't be known before deployment "
        "(of monitor:AutoscaleSetting scale)"
    ]


def test_endpoint_canary_refuses_a_first_step_that_is_too_large() -> None:
    """More than ten percent for the new one; advice in preproduction."""
    message = "fraud: the smallest share of its traffic is 11 percent; a release's first step is 10"
    bold = endpoint(**{TRAFFIC: {"blue": 89, "green": 11}})
    assert ask(endpoint_canary, bold) == [f"violation mandatory {message}"]
    assert ask(endpoint_canary, bold, context=PREPRODUCTION) == [f"violation advisory {message}"]
    assert len(ask(endpoint_canary, endpoint(), context=replace(PRODUCTION, canary_share=5))) == 1


@pytest.mark.parametrize("traffic", [{"blue": 90}, {"blue": 90, "green": 5}, {"blue": 100, "green": 10}])
def test_endpoint_canary_refuses_shares_that_do_not_make_a_hundred(traffic: dict[str, int]) -> None:
    """Neither 0 nor 100."""
    assert ask(endpoint_canary, endpoint(**{TRAFFIC: traffic})) == [
        f"violation mandatory fraud: its traffic makes {sum(traffic.values())} percent, neither 0 nor 100"
    ]


@pytest.mark.parametrize("mirror", [{"green": 51}, {"green": 10, "red": 10}, {"blue": 10}])
def test_endpoint_canary_refuses_mirroring_that_azure_refuses(mirror: dict[str, int]) -> None:
    """Half of it at most, to one deployment, which takes no live traffic."""
    mirrored = endpoint(**{TRAFFIC: {"blue": 100}, "properties__mirrorTraffic": mirror})
    assert len(ask(endpoint_canary, mirrored)) == 1


def test_endpoint_canary_refuses_traffic_to_nobody() -> None:
    """Where the plan has deployments of the endpoint, traffic goes to these."""
    assert ask(endpoint_canary, endpoint(), deployment("blue")) == [
        "violation mandatory fraud: its traffic goes to green, which is no deployment of it"
    ]


@pytest.mark.parametrize(
    "traffic", [{"blue": 90, "green": 10}, {"blue": 100, "green": 0}, {"blue": 0}, {"blue": 80, "a": 10, "b": 10}, GONE]
)
def test_endpoint_canary_accepts_small_first_steps(traffic: object) -> None:
    """Ten percent, all or nothing, and an endpoint without deployments."""
    assert ask(endpoint_canary, endpoint(**{TRAFFIC: traffic})) == []


def test_endpoint_canary_accepts_later_steps() -> None:
    """An endpoint whose tag says that the first step is over; a first one that is tagged is still the first."""
    half = {TRAFFIC: {"blue": 50, "green": 50}}
    step = "tags__seawall-release-step"
    assert ask(endpoint_canary, endpoint(**half, **{step: "2"}), deployment(), deployment("green")) == []
    assert len(ask(endpoint_canary, endpoint(**half, **{step: "1"}))) == 1


def test_endpoint_canary_cannot_tell_before_deployment() -> None:
    """An unknown share."""
    assert len(ask(endpoint_canary, endpoint(properties__traffic__green=UNKNOWN))) == 1


def test_model_monitor_refuses_a_deployment_that_collects_nothing() -> None:
    """No collector, or one that is off; advice in production alone."""
    for collector in (GONE, {"collections": {"model_inputs": {"dataCollectionMode": "Disabled"}}}):
        silent = deployment(properties__dataCollector=collector)
        assert ask(model_monitor, silent, monitor()) == [
            "violation advisory blue: its dataCollector collects nothing"
        ]
        assert ask(model_monitor, silent, context=PREPRODUCTION) == []


@pytest.mark.parametrize(
    "change",
    [
        {"properties__isEnabled": False},
        {"properties__action__monitorDefinition__signals": {"quality": {"signalType": "DataQuality"}}},
        {"properties__action__monitorDefinition__monitoringTarget__deploymentId": f"{DEPLOYMENT}-other"},
        {"properties__action": {"actionType": "CreateJob"}},
    ],
)
def test_model_monitor_refuses_schedules_that_look_for_no_drift_of_it(change: dict[str, object]) -> None:
    """Off, for something else, of another deployment, or no monitor at all."""
    assert ask(model_monitor, deployment(), monitor(**change)) == [
        "violation advisory blue: no enabled schedule monitors drift of it"
    ]


def test_model_monitor_accepts_a_schedule_for_drift() -> None:
    """Of data or of predictions."""
    signals = "properties__action__monitorDefinition__signals"
    assert ask(model_monitor, deployment(), monitor()) == []
    predictions = monitor(**{signals: {"p": {"signalType": "PredictionDrift"}}})
    assert ask(model_monitor, deployment(), predictions) == []


def test_model_monitor_cannot_tell_before_deployment() -> None:
    """Unknown collections are advice, as the rule is."""
    assert ask(model_monitor, deployment(properties__dataCollector=UNKNOWN), monitor()) == [
        "unknown advisory blue: unknown: property properties.dataCollector can't be known before deployment"
    ]
