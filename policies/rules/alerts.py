"""Rules on alerts: what somebody has to be told of, and that somebody is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from policies.context import Context
from policies.costs import DEPLOYMENT
from policies.facts import views
from policies.reading import ListView, ResourceView, UnknownValue, View, same
from policies.relations import PlanView
from policies.rule import HIGH, LOW, MEDIUM, Finding, Found, over, rule
from policies.rules.budget import RESOURCE_GROUP
from policies.rules.logs import ENDPOINT, TRAFFIC_LOG
from policies.rules.ml_workspace import WORKSPACE

ACTION_GROUP = "monitor:ActionGroup"
METRIC_ALERT = "monitor:MetricAlert"
QUERY_ALERT = "monitor:ScheduledQueryRule"
ACTIVITY_ALERT = "monitor:ActivityLogAlert"

RECEIVERS = (
    "armRoleReceivers",
    "automationRunbookReceivers",
    "azureAppPushReceivers",
    "azureFunctionReceivers",
    "emailReceivers",
    "eventHubReceivers",
    "incidentReceivers",
    "itsmReceivers",
    "logicAppReceivers",
    "smsReceivers",
    "voiceReceivers",
    "webhookReceivers",
)

OPERATIONS = {
    "role assignments": "microsoft.authorization/roleassignments/write",
    "policy assignments": "microsoft.authorization/policyassignments/write",
}
"""What an activity log alert watches, by what it is for."""

THROTTLING = "throttling delays"
CPU = "CPU"
OF_ENDPOINTS = ("latency", "4xx", "5xx", "requests")


@rule(
    group="budget",
    severity=LOW,
    fix="Add an enabled metric alert on the workspace: Active Cores less than or equal to 0.",
)
def workspace_staleness_alert(plan: PlanView) -> Found:
    """Somebody is told when a workspace falls out of use in preproduction.

    What nobody uses any more still costs, and is no longer looked after. Active cores of zero over a day say so.
    Source: Azure Well-Architected, MLOps monitoring, "Workspace staleness".
    """
    watched = _Watched(plan, METRIC_ALERT, WORKSPACE)

    def judge(workspace: ResourceView) -> Found:
        if not any(_tells_idleness(alert) for alert in watched.of(workspace)):
            yield "no enabled metric alert tells that its active cores are 0"

    yield from over(plan.of_type(WORKSPACE), judge)


@rule(
    group="monitoring",
    severity=MEDIUM,
    fix="Add enabled alerts on RequestLatency, on RequestsPerMinute (all, and by statusCodeClass 4xx and 5xx), on each "
    "deployment's CpuUtilizationPercentage, and on throttling delays in AmlOnlineEndpointTrafficLog.",
)
def endpoint_alerts(plan: PlanView) -> Found:
    """Somebody is told when an online endpoint is slow, fails, is throttled or overrun.

    Whoever calls an endpoint notices first; the alert is to be earlier. Conditions of one alert hold together, so that
    only one with a single condition counts. CPU is a metric of deployments, which releases make: it is asked of those
    that the plan has, and not of an endpoint. What a query filters can't be read: one on the traffic log counts for
    every endpoint, or for the one that it is scoped to.
    """
    on_endpoints, on_deployments = _Watched(plan, METRIC_ALERT, ENDPOINT), _Watched(plan, METRIC_ALERT, DEPLOYMENT)
    on_logs = _Watched(plan, QUERY_ALERT, ENDPOINT)

    @cache
    def read_for_all() -> bool:
        return any(_reads_traffic(query) for query in on_logs.of_others)

    def judge(resource: ResourceView) -> Found:
        if resource.type == DEPLOYMENT:
            told = {kind for alert in on_deployments.of(resource) for kind in _metrics_of(alert)}
            missing = [] if CPU in told else [CPU]
        else:
            told = {kind for alert in on_endpoints.of(resource) for kind in _metrics_of(alert)}
            missing = [kind for kind in OF_ENDPOINTS if kind not in told]
            if not read_for_all() and not any(_reads_traffic(query) for query in on_logs.of(resource)):
                missing.append(THROTTLING)
        if missing:
            yield f"no enabled alert tells of its {', '.join(missing)}"

    yield from over(plan.of_type(ENDPOINT, DEPLOYMENT), judge)


@rule(
    ACTION_GROUP,
    METRIC_ALERT,
    QUERY_ALERT,
    ACTIVITY_ALERT,
    group="monitoring",
    severity=HIGH,
    fix="Enable the alert and its action group, and give the group a receiver.",
)
def alert_has_receiver(resource: ResourceView, plan: PlanView, context: Context) -> Found:
    """An alert is enabled and reaches somebody, and so is an action group.

    An alert that tells nobody is worse than none: it looks as if someone watched.
    """
    if resource.get("enabled", True) is False:
        yield "it is disabled"
    if resource.type == ACTION_GROUP:
        lists = [resource.get(kind) for kind in RECEIVERS]
        if not any(isinstance(receivers, ListView) and len(receivers) for receivers in lists):
            yield "it has no receiver"
        return
    groups = list(_action_groups(resource, plan))
    if not groups:
        yield "it has no action group"
    for id, group in groups:
        if group is None and not context.declares(id):
            yield Finding(f"whether action group {id}, which isn't in this plan, reaches somebody", unknown=True)


@rule(
    group="monitoring",
    severity=MEDIUM,
    psrule="Azure.Monitor.ServiceHealth",
    azure_policy="b954148f-4c11-4c38-8221-be76711e194a c5447c04-a4d7-4ba8-a263-c9ee321a6858",
    fix="Add enabled activity log alerts at the subscription: on roleAssignments/write and policyAssignments/write of "
    "Microsoft.Authorization, and on the category ServiceHealth.",
)
def activity_log_alerts(plan: PlanView) -> Found:
    """Somebody is told of changes to access and policy, and of Azure's own failures.

    A role granted by hand, or a policy taken away, leaves no trace in any resource: the activity log alone has it.
    Asked of each subscription in which the plan has resource groups, and told of the first of these.
    """
    watched: dict[str, set[str]] = defaultdict(set)
    for alert in plan.of_type(ACTIVITY_ALERT):
        if alert.get("enabled", True) is not False:
            for scope in _scopes(alert):
                watched[str(scope).lower().strip("/")] |= set(_activities(alert))
    for subscription, group in subscriptions(plan).items():
        told = watched.get(f"subscriptions/{subscription}", set()) if subscription else set().union(*watched.values())
        missing = [kind for kind in (*OPERATIONS, "service health") if kind not in told]
        if missing:
            yield Finding(f"no enabled alert tells of {', '.join(missing)} in its subscription", resource=group)


class _Watched:
    """The enabled alerts of one kind by the resources of a type that they are scoped to."""

    def __init__(self, plan: PlanView, kind: str, target: str) -> None:
        self._by_urn: dict[str, list[ResourceView]] = defaultdict(list)
        self._undecided: list[UnknownValue] = []
        self.of_others: list[ResourceView] = []
        """Those that are scoped to something else."""
        for alert in plan.of_type(kind):
            try:
                self._add(alert, plan, target)
            except UnknownValue as unknown:
                self._undecided.append(unknown)

    def of(self, resource: ResourceView) -> list[ResourceView]:
        """The alerts of a resource. Raises `UnknownValue` where it has none and one of the undecided may be its."""
        found = self._by_urn.get(resource.urn, [])
        if not found and self._undecided:
            raise self._undecided[0]
        return found

    def _add(self, alert: ResourceView, plan: PlanView, target: str) -> None:
        if alert.get("enabled", True) is False:
            return
        scopes = _scopes(alert)
        found = [_scoped(alert, scopes, position, plan, target) for position in range(len(scopes))]
        for resource in found:
            if resource:
                self._by_urn[resource.urn].append(alert)
        if not any(found):
            self.of_others.append(alert)


def _scopes(alert: ResourceView) -> ListView | tuple[()]:
    scopes = alert.get("scopes")
    return scopes if isinstance(scopes, ListView) else ()


def _scoped(
    alert: ResourceView, scopes: ListView | tuple[()], position: int, plan: PlanView, target: str
) -> ResourceView | None:
    """The resource of a type that one scope of an alert names."""
    try:
        return plan.resolve(alert, "scopes", str(scopes[position]), target)
    except UnknownValue:
        return _only_source(alert, "scopes", plan, target)


def _criteria(alert: ResourceView) -> list[View]:
    """The one condition of a metric alert; none where it has several, which hold together only."""
    criteria = list(views(alert.get("criteria.allOf")))
    return criteria if len(criteria) == 1 else []


def _tells_idleness(alert: ResourceView) -> bool:
    for criterion in _criteria(alert):
        threshold, operator = criterion.get("threshold"), criterion.get("operator")
        zero = (threshold == 0 and (same(operator, "LessThanOrEqual") or same(operator, "Equals"))) or (
            threshold == 1 and same(operator, "LessThan")
        )
        if same(criterion.get("metricName"), "Active Cores") and zero:
            return True
    return False


def _metrics_of(alert: ResourceView) -> Iterator[str]:
    """What a metric alert tells of an endpoint or a deployment."""
    for criterion in _criteria(alert):
        metric = str(criterion.get("metricName", "")).casefold()
        if metric.startswith("requestlatency"):
            yield "latency"
        elif metric == "cpuutilizationpercentage":
            yield CPU
        elif metric == "requestsperminute":
            classes = [one for one in views(criterion.get("dimensions")) if same(one.get("name"), "statusCodeClass")]
            yield from (str(value).lower() for one in classes for value in one.get("values", ()))
            if not classes:
                yield "requests"


def _reads_traffic(query: ResourceView) -> bool:
    texts = [str(criterion.get("query", "")) for criterion in views(query.get("criteria.allOf"))]
    return any(TRAFFIC_LOG.casefold() in text.casefold() for text in texts)


def _action_groups(alert: ResourceView, plan: PlanView) -> Iterator[tuple[str, ResourceView | None]]:
    """The action groups of an alert: their IDs, and those that are in the plan."""
    actions = alert.get("actions")
    listed = actions.get("actionGroups") if isinstance(actions, View) else actions
    for position in range(len(listed)) if isinstance(listed, ListView) else ():
        try:
            entry = listed[position]
        except UnknownValue:
            yield "[unknown]", _only_source(alert, "actions", plan, ACTION_GROUP)
            continue
        if isinstance(entry, View):
            group = plan.target(entry, "actionGroupId", ACTION_GROUP)
            yield ("" if group else str(entry.get("actionGroupId", ""))), group
        else:
            yield str(entry), plan.resolve(alert, "actions", str(entry), ACTION_GROUP)


def _only_source(alert: ResourceView, name: str, plan: PlanView, type: str) -> ResourceView:
    """The one resource of a type that an input came from. Raises `UnknownValue` where that doesn't tell."""
    urns = alert.resource.property_dependencies.get(name, ())
    sources = [source for source in plan.of_type(type) if source.urn in urns]
    if len(sources) != 1:
        raise UnknownValue(name, alert)
    return sources[0]


def _activities(alert: ResourceView) -> Iterator[str]:
    """What an activity log alert tells of."""
    leaves = [
        leaf
        for condition in views(alert.get("condition.allOf"))
        for leaf in (condition, *views(condition.get("anyOf")))
    ]
    for leaf in leaves:
        among = leaf.get("containsAny", ())
        values = {str(value).casefold() for value in (leaf.get("equals"), *among) if value}
        if same(leaf.get("field"), "category") and "servicehealth" in values:
            yield "service health"
        if same(leaf.get("field"), "operationName"):
            yield from (kind for kind, operation in OPERATIONS.items() if operation in values)


def subscriptions(plan: PlanView) -> dict[str, ResourceView]:
    """The subscriptions in which the plan has resource groups, each with the first of these."""
    found: dict[str, ResourceView] = {}
    for group in plan.of_type(RESOURCE_GROUP):
        found.setdefault(plan.subscription(group), group)
    return dict(sorted(found.items()))
