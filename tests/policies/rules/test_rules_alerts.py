"""Rules on alerts, and on Defender."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import ask
from guarded import GONE, GROUP, PREPRODUCTION, PRODUCTION, SUBSCRIPTION, depending, group, workspace
from guarded_operations import (
    ACTIONS,
    ENDPOINT,
    access_alert,
    action_group,
    activity_alert,
    deployment,
    endpoint,
    endpoint_alerts,
    health_alert,
    log_workspace,
    metric_alert,
    operation,
    pricing,
    staleness,
    status_alert,
    throttling,
)

from policies.rules.alerts import activity_log_alerts, alert_has_receiver, workspace_staleness_alert
from policies.rules.alerts import endpoint_alerts as endpoint_alerts_rule
from policies.rules.defender import PLANS, defender_plans
from seawall.plan.values import UNKNOWN

OTHERS = f"{GROUP}-other/providers/Microsoft.Insights/actionGroups/ag-other"
MISSING = "violation advisory fraud: no enabled alert tells of its "
STALE = "violation advisory workspace: no enabled metric alert tells that its active cores are 0"


@pytest.mark.parametrize(
    "alerts",
    [
        [],
        [staleness(enabled=False)],
        [staleness(scopes=[ENDPOINT])],
        [metric_alert("busy", workspace().id, "Active Cores", "GreaterThan", 0)],
        [metric_alert("idle", workspace().id, "Idle Cores", "LessThanOrEqual", 0)],
    ],
)
def test_workspace_staleness_alert_refuses_a_workspace_that_nobody_watches(alerts: list) -> None:
    """No alert, one that is off or of something else, or one on another condition; in preproduction alone."""
    assert ask(workspace_staleness_alert, workspace(), *alerts, context=PREPRODUCTION) == [STALE]
    assert ask(workspace_staleness_alert, workspace(), *alerts) == []


def test_workspace_staleness_alert_refuses_several_conditions() -> None:
    """Conditions of one alert hold together: idle and something else isn't idle."""
    two = [{"metricName": name, "operator": "LessThanOrEqual", "threshold": 0} for name in ("Active Cores", "Failed")]
    assert ask(workspace_staleness_alert, workspace(), staleness(criteria__allOf=two), context=PREPRODUCTION) == [STALE]


def test_workspace_staleness_alert_accepts_an_alert_on_no_cores() -> None:
    """Zero or less, and less than one; found by what it came from while the ID is unknown."""
    fewer = metric_alert("unused", workspace().id, "Active Cores", "LessThan", 1)
    coming = depending(staleness(scopes=[UNKNOWN]), scopes=workspace())
    for alert in (staleness(), fewer, coming):
        assert ask(workspace_staleness_alert, workspace(), alert, context=PREPRODUCTION) == []


def test_workspace_staleness_alert_cannot_tell_before_deployment() -> None:
    """An alert that may be anybody's."""
    assert ask(workspace_staleness_alert, workspace(), staleness(scopes=[UNKNOWN]), context=PREPRODUCTION) == [
        "unknown advisory workspace: unknown: property scopes can't be known before deployment "
        "(of monitor:MetricAlert unused)"
    ]


@pytest.mark.parametrize("missing", ["latency", "4xx", "5xx", "requests", "throttling delays"])
def test_endpoint_alerts_refuses_each_that_is_missing(missing: str) -> None:
    """Each of the five is needed; in production alone."""
    others = [alert for kind, alert in endpoint_alerts().items() if kind not in (missing, "CPU")]
    assert ask(endpoint_alerts_rule, endpoint(), *others) == [MISSING + missing]
    assert ask(endpoint_alerts_rule, endpoint(), *others, context=PREPRODUCTION) == []


def test_endpoint_alerts_refuses_a_deployment_whose_cpu_nobody_watches() -> None:
    """CPU is asked of deployments that the plan has."""
    alerts = [alert for kind, alert in endpoint_alerts().items() if kind != "CPU"]
    assert ask(endpoint_alerts_rule, endpoint(), deployment(), *alerts) == [
        "violation advisory blue: no enabled alert tells of its CPU"
    ]


def test_endpoint_alerts_refuses_alerts_that_are_off_or_of_another_endpoint() -> None:
    """Disabled, or scoped elsewhere."""
    for change in ({"enabled": False}, {"scopes": [f"{ENDPOINT}-other"]}):
        alerts = endpoint_alerts() | {"5xx": status_alert("5xx", **change)}
        assert ask(endpoint_alerts_rule, endpoint(), *alerts.values()) == [MISSING + "5xx"]


def test_endpoint_alerts_accepts_all_of_them() -> None:
    """One alert on both classes of errors will do, and a query scoped to the endpoint."""
    alerts = endpoint_alerts()
    del alerts["4xx"], alerts["5xx"]
    errors = status_alert("4xx", "5xx")
    scoped = alerts | {"throttling delays": throttling(scopes=[ENDPOINT])}
    for told in (alerts, scoped):
        assert ask(endpoint_alerts_rule, endpoint(), deployment(), errors, *told.values()) == []


def test_endpoint_alerts_cannot_tell_before_deployment() -> None:
    """An alert of which the metric is unknown may be the one that is missing."""
    alerts = endpoint_alerts()
    latency = metric_alert("latency", ENDPOINT, UNKNOWN, "GreaterThan", 2000)
    assert ask(endpoint_alerts_rule, endpoint(), *(alerts | {"latency": latency}).values()) == [
        "unknown advisory fraud: unknown: property criteria.allOf[0].metricName can't be known before deployment "
        "(of monitor:MetricAlert latency)"
    ]


def test_alert_has_receiver_refuses_groups_that_reach_nobody() -> None:
    """No receiver, an empty list of them, or a group that is off."""
    for receivers in (GONE, []):
        assert ask(alert_has_receiver, action_group(emailReceivers=receivers)) == [
            "violation mandatory actions: it has no receiver"
        ]
    assert ask(alert_has_receiver, action_group(enabled=False)) == ["violation mandatory actions: it is disabled"]


def test_alert_has_receiver_refuses_alerts_that_tell_nobody() -> None:
    """Each kind of alert without an action group, or switched off."""
    for alert in (staleness(actions=[]), throttling(actions=GONE), access_alert(actions__actionGroups=[])):
        assert ask(alert_has_receiver, action_group(), alert) == [
            f"violation mandatory {alert.name}: it has no action group"
        ]
    assert ask(alert_has_receiver, action_group(), throttling(enabled=False)) == [
        "violation mandatory throttling: it is disabled"
    ]


def test_alert_has_receiver_accepts_alerts_with_a_group() -> None:
    """Of the plan, declared by the stack, or unknown but from a group of the plan."""
    declared = replace(PRODUCTION, declared_resources=frozenset({OTHERS}))
    assert ask(alert_has_receiver, action_group(), staleness(), throttling(), access_alert()) == []
    assert ask(alert_has_receiver, staleness(actions=[{"actionGroupId": OTHERS}]), context=declared) == []
    coming = depending(throttling(actions__actionGroups=[UNKNOWN]), actions=action_group())
    assert ask(alert_has_receiver, action_group(), coming) == []


def test_alert_has_receiver_cannot_tell_of_a_group_elsewhere() -> None:
    """A group outside of the plan that nobody declared, and one that is unknown."""
    assert ask(alert_has_receiver, staleness(actions=[{"actionGroupId": OTHERS}])) == [
        f"unknown mandatory unused: unknown: whether action group {OTHERS}, which isn't in this plan, reaches somebody"
    ]
    assert len(ask(alert_has_receiver, throttling(actions__actionGroups=[UNKNOWN]))) == 1
    assert len(ask(alert_has_receiver, staleness(actions=[{"actionGroupId": UNKNOWN}]))) == 1


def test_activity_log_alerts_refuses_subscriptions_that_nobody_watches() -> None:
    """Told of the first resource group; in production alone."""
    message = "no enabled alert tells of role assignments, policy assignments, service health in its subscription"
    assert ask(activity_log_alerts, group()) == [f"violation advisory rg-ml: {message}"]
    assert ask(activity_log_alerts, group(), context=PREPRODUCTION) == []


def test_activity_log_alerts_refuses_what_is_left_out() -> None:
    """Another subscription, a disabled alert, or one operation alone."""
    elsewhere = health_alert(scopes=[SUBSCRIPTION[:-1] + "2"])
    for health in (elsewhere, health_alert(enabled=False)):
        found = ask(activity_log_alerts, group(), access_alert(), health)
        assert found == ["violation advisory rg-ml: no enabled alert tells of service health in its subscription"]
    roles = activity_alert("roles", operation("roleAssignments/write"))
    assert ask(activity_log_alerts, group(), roles, health_alert()) == [
        "violation advisory rg-ml: no enabled alert tells of policy assignments in its subscription"
    ]


def test_activity_log_alerts_accepts_all_three() -> None:
    """In one alert or in several, in any case, as a list of values too; without resource groups none is asked for."""
    several = [
        activity_alert("roles", operation("roleAssignments/WRITE")),
        activity_alert(
            "policies",
            {"field": "operationName", "containsAny": ["Microsoft.Authorization/policyAssignments/write"]},
        ),
    ]
    assert ask(activity_log_alerts, group(), access_alert(), health_alert()) == []
    assert ask(activity_log_alerts, group(), *several, health_alert(scopes=[SUBSCRIPTION.upper() + "/"])) == []
    assert ask(activity_log_alerts, workspace()) == []


def test_activity_log_alerts_cannot_tell_before_deployment() -> None:
    """Unknown conditions."""
    assert ask(activity_log_alerts, group(), access_alert(), health_alert(condition=UNKNOWN)) == [
        "unknown advisory health: unknown: property condition can't be known before deployment"
    ]


def plans(**changes: object) -> list:
    return [pricing(plan, **changes) for plan in PLANS]


def test_defender_plans_refuses_a_subscription_without_them() -> None:
    """In production alone, and each that is missing by name."""
    assert ask(defender_plans, group()) == [
        "violation mandatory rg-ml: Defender plans AI, Api, Arm, Containers, KeyVaults, StorageAccounts of its "
        "subscription aren't Standard"
    ]
    assert ask(defender_plans, group(), *plans()[1:]) == [
        "violation mandatory rg-ml: Defender plans AI of its subscription aren't Standard"
    ]
    assert ask(defender_plans, group(), context=PREPRODUCTION) == []


def test_defender_plans_refuses_the_free_tier_and_other_subscriptions() -> None:
    """Free plans, and those of another subscription."""
    for change in ({"pricingTier": "Free"}, {"scopeId": SUBSCRIPTION[:-1] + "2"}):
        assert len(ask(defender_plans, group(), *plans(**change))) == 1


def test_defender_plans_accepts_all_of_them() -> None:
    """All six; or another stack of the subscription that owns them; nothing is asked where nothing stands."""
    assert ask(defender_plans, group(), *plans()) == []
    assert ask(defender_plans, group(), context=replace(PRODUCTION, defender_owner="shared")) == []
    assert ask(defender_plans, log_workspace()) == []


def test_defender_plans_cannot_tell_before_deployment() -> None:
    """An unknown tier."""
    assert ask(defender_plans, group(), *plans()[1:], pricing("AI", pricingTier=UNKNOWN)) == [
        "unknown mandatory AI: unknown: property pricingTier can't be known before deployment"
    ]


def test_actions_are_found_by_their_id() -> None:
    """The fixtures' alerts name the fixtures' group: otherwise the tests above would prove little."""
    assert action_group().id == ACTIONS
