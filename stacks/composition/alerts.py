"""What somebody is told of: endpoints that fail, access that changes, Azure's own failures, workspaces out of use."""

from __future__ import annotations

from collections.abc import Mapping

import components
from components.activity_log_alert import ACCESS_OPERATIONS
from components.metric_alert import Threshold
from stacks.composition.ground import Ground
from stacks.composition.learning import Learning
from stacks.composition.monitoring import Monitoring

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
ENDPOINTS = f"{WORKSPACES}/onlineEndpoints"

ON_ENDPOINTS: Mapping[str, tuple[str, int, Threshold]] = {
    "latency": (
        "Nine of ten requests take more than two seconds.",
        2,
        Threshold(
            metric="RequestLatency_P90",
            namespace=ENDPOINTS,
            operator="GreaterThan",
            value=2000,
            aggregation="Average",
        ),
    ),
    "4xx": (
        "More than 30 requests a minute are refused: callers send what the endpoint doesn't take, or lack access.",
        3,
        Threshold(
            metric="RequestsPerMinute",
            namespace=ENDPOINTS,
            operator="GreaterThan",
            value=30,
            aggregation="Average",
            dimensions={"statusCodeClass": ["4xx"]},
        ),
    ),
    "5xx": (
        "Requests fail: the model, its container or the endpoint is broken.",
        1,
        Threshold(
            metric="RequestsPerMinute",
            namespace=ENDPOINTS,
            operator="GreaterThan",
            value=0,
            aggregation="Average",
            dimensions={"statusCodeClass": ["5xx"]},
        ),
    ),
    "requests": (
        "More than 1000 requests a minute: look at the instances, and at who asks.",
        3,
        Threshold(
            metric="RequestsPerMinute",
            namespace=ENDPOINTS,
            operator="GreaterThan",
            value=1000,
            aggregation="Average",
        ),
    ),
}
"""For each alert on an endpoint what it says, its severity and its threshold; latency is in milliseconds.

CPU is a metric of deployments: releases, which make those, make its alerts. Sources: Azure Well-Architected, MLOps
monitoring, "Usage metrics"; Azure Monitor docs, supported-metrics/microsoft-machinelearningservices-workspaces-
onlineendpoints-metrics.
"""

THROTTLED = """\
AmlOnlineEndpointTrafficLog
| where RequestThrottlingDelayMs > 0 or ResponseThrottlingDelayMs > 0
| project TimeGenerated, EndpointName, DeploymentName, RequestThrottlingDelayMs, ResponseThrottlingDelayMs"""
"""Source: Azure Monitor docs, reference/tables/amlonlineendpointtrafficlog: no metric has throttling delays."""


def alerts(ground: Ground, watched: Monitoring, made: Learning | None) -> None:
    """Make the alerts of a stack. `made` is None in `shared`, which has neither endpoints nor a workspace."""
    if ground.settings.is_production:
        _of_subscription(ground, watched)
    if made is None:
        return
    if ground.settings.is_production:
        _of_endpoints(ground, watched, made)
    else:
        _of_workspace(ground, watched, made)


def _of_subscription(ground: Ground, watched: Monitoring) -> None:
    """Whoever changes access or policy by hand leaves a trace in the activity log alone."""
    wanted = {
        "access": ("Administrative", ACCESS_OPERATIONS, "A role or a policy was assigned, or an assignment deleted."),
        "health": ("ServiceHealth", (), "Azure itself has a failure, or plans maintenance or a retirement."),
    }
    for use, (category, operations, description) in wanted.items():
        components.ActivityLogAlert(
            f"alert-{use}",
            components.ActivityLogAlertArgs(
                **_everywhere(ground, use),
                subscription_id=ground.settings.subscription,
                category=category,
                operations=operations,
                description=description,
                action_group_ids=[watched.alerts.id],
            ),
            ground.opts,
        )


def _of_endpoints(ground: Ground, watched: Monitoring, made: Learning) -> None:
    for endpoint, one in made.online.items():
        for use, (description, severity, threshold) in ON_ENDPOINTS.items():
            components.MetricAlert(
                f"alert-{endpoint}-{use}",
                components.MetricAlertArgs(
                    **_everywhere(ground, f"{endpoint}-{use}"),
                    target_id=one.id,
                    threshold=threshold,
                    description=description,
                    severity=severity,
                    action_group_ids=[watched.alerts.id],
                ),
                ground.opts,
            )
    if made.online:
        components.QueryAlert(
            "alert-throttling",
            components.QueryAlertArgs(
                **ground.placed("monitoring", "alert", "throttling"),
                log_analytics_workspace_id=watched.logs.id,
                query=THROTTLED,
                description="Requests wait because an endpoint, or its callers, send more than they may.",
                most=10,
                split_by=["EndpointName"],
                action_group_ids=[watched.alerts.id],
            ),
            ground.opts,
        )


def _of_workspace(ground: Ground, watched: Monitoring, made: Learning) -> None:
    """What nobody uses any more can go. Source: Azure Well-Architected, MLOps monitoring, "Workspace staleness"."""
    components.MetricAlert(
        "alert-unused",
        components.MetricAlertArgs(
            **_everywhere(ground, "unused"),
            target_id=made.workspace.id,
            threshold=Threshold(
                metric="Active Cores",
                namespace=WORKSPACES,
                operator="LessThanOrEqual",
                value=0,
                aggregation="Total",
            ),
            description="Nothing has run in the workspace for a day: is it still needed?",
            severity=4,
            frequency="PT1H",
            window="P1D",
            action_group_ids=[watched.alerts.id],
        ),
        ground.opts,
    )


def _everywhere(ground: Ground, use: str) -> dict[str, object]:
    return {**ground.placed("monitoring", "alert", use), "location": "global"}
