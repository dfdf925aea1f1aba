"""Where a stack's logs go, who hears of alerts, and what the stack may cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pulumi import Output

import components
from components.budget import Threshold
from stacks.composition.ground import Ground


@dataclass(frozen=True)
class Monitoring:
    """Logs and alerts of a stack. `insights` is None in `shared`, which serves no requests."""

    logs: components.LogAnalyticsWorkspace
    insights: components.ApplicationInsights | None
    alerts: components.ActionGroup


def monitoring(ground: Ground) -> Monitoring:
    """Make the Log Analytics workspace, Application Insights and the action group."""
    settings = ground.settings
    public = not settings.monitoring.private_ingestion
    logs = components.LogAnalyticsWorkspace(
        "logs",
        components.LogAnalyticsWorkspaceArgs(
            **ground.placed("monitoring", "log analytics"),
            retention_days=settings.monitoring.retention_days,
            daily_cap_gb=settings.monitoring.daily_cap_gb,
            public_ingestion=public,
            public_query=public,
            delete_protection=settings.is_production,
        ),
        ground.opts,
    )
    insights = None
    if not settings.is_shared:
        insights = components.ApplicationInsights(
            "insights",
            components.ApplicationInsightsArgs(
                **ground.placed("monitoring", "application insights"),
                log_analytics_workspace_id=logs.id,
                public_ingestion=public,
                public_query=public,
            ),
            ground.opts,
        )
    return Monitoring(logs=logs, insights=insights, alerts=_alerts(ground))


def _alerts(ground: Ground) -> components.ActionGroup:
    settings = ground.settings
    webhook = settings.alert_webhook
    placed = {**ground.placed("monitoring", "action group"), "location": "global"}
    return components.ActionGroup(
        "alerts",
        components.ActionGroupArgs(
            **placed,
            short_name=ground.name("action group short name"),
            emails={address: address for address in settings.alert_receivers},
            webhooks={} if webhook is None else {"webhook": Output.secret(webhook.get_secret_value())},
        ),
        ground.opts,
    )


def private_link_scope(ground: Ground, monitoring: Monitoring, link: components.PrivateLink) -> None:
    """Let telemetry in privately: over a scope of the stack's own; in a spoke over the hub's, whose DNS it shares."""
    settings = ground.settings
    if not settings.monitoring.private_ingestion:
        return
    members = {monitoring_name: member.id for monitoring_name, member in _members(ground, monitoring).items()}
    if settings.is_spoke:
        scope = settings.shared_names.of("private link scope")
        components.PrivateLinkScopeMembers(
            "telemetry",
            components.PrivateLinkScopeMembersArgs(
                scope_id=ground.shared_id("monitoring", "Microsoft.Insights/privateLinkScopes", scope),
                resource_ids=members,
            ),
            ground.shared_opts,
        )
        return
    placed = {**ground.placed("monitoring", "private link scope"), "location": "global"}
    components.PrivateLinkScope(
        "telemetry",
        components.PrivateLinkScopeArgs(**placed, scoped_resource_ids=members, private_link=link),
        ground.opts,
    )


def _members(
    ground: Ground, monitoring: Monitoring
) -> dict[str, components.LogAnalyticsWorkspace | components.ApplicationInsights]:
    members: dict[str, components.LogAnalyticsWorkspace | components.ApplicationInsights] = {
        ground.name("log analytics"): monitoring.logs
    }
    if monitoring.insights is not None:
        members[ground.name("application insights")] = monitoring.insights
    return members


def budget(ground: Ground, monitoring: Monitoring) -> components.Budget:
    """Make the budget of the stack: all that its resource groups cost in a month."""
    settings = ground.settings
    wanted = settings.budget
    thresholds = [
        *(Threshold(percent=percent) for percent in wanted.thresholds.actual),
        *(Threshold(percent=percent, kind="Forecasted") for percent in wanted.thresholds.forecast),
    ]
    return components.Budget(
        "budget",
        components.BudgetArgs(
            scope=f"/subscriptions/{settings.subscription}",
            resource_name=ground.name("budget"),
            amount=wanted.amount,
            start=date.fromisoformat(str(wanted.start)),
            end=date.fromisoformat(str(wanted.end)) if wanted.end else None,
            emails=wanted.contacts or settings.budget_contacts,
            action_group_ids=[monitoring.alerts.id],
            thresholds=thresholds,
            # Other stacks may share the subscription.
            resource_group_names=[settings.names.of("resource group", concern) for concern in sorted(ground.groups)],
        ),
        ground.opts,
    )
