"""Rules on budgets, and on what a plan would cost."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from policies.context import Context
from policies.costs import DEPLOYMENT, Cost, estimated
from policies.facts import managed_compute
from policies.reading import ListView, ResourceView, UnknownValue, View, same
from policies.relations import PlanView
from policies.rule import HIGH, MEDIUM, Finding, Found, rule
from policies.rules.ml_workspace import COMPUTE, WORKSPACE

BUDGET = "consumption:Budget"
RESOURCE_GROUP = "resources:ResourceGroup"

_MONTHS = {"monthly": 1, "billingmonth": 1, "quarterly": 3, "billingquarter": 3, "annually": 12, "billingannual": 12}
_SCOPE = re.compile(r"/?subscriptions/(?P<subscription>[^/]+)(/resourceGroups/(?P<group>[^/]+))?(/.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Scope:
    """A subscription, or a resource group in one. An empty part isn't known, or not narrowed."""

    subscription: str
    group: str

    def covers(self, other: Scope) -> bool:
        same_subscription = self.subscription == other.subscription or not (self.subscription and other.subscription)
        return same_subscription and self.group in ("", other.group)


@rule(
    group="budget",
    severity=MEDIUM,
    fix="Add a budget whose scope is the resource group or the subscription.",
)
def budget_exists(plan: PlanView) -> Found:
    """Whatever costs by the hour stands under a budget.

    A budget is the only thing that tells somebody when a cluster keeps running. One at the subscription covers all of
    its resource groups; one with a filter covers the groups that the filter names.
    """
    budgets = [_coverage(budget, plan) for budget in plan.of_type(BUDGET)]
    for scope, spenders in sorted(_spenders(plan).items(), key=lambda item: (item[0].subscription, item[0].group)):
        if not any(covered.covers(scope) for coverage in budgets for covered in coverage):
            group = _resource_group(scope, plan)
            message = f"no budget covers resource group {scope.group}, where {_listed(spenders)} cost by the hour"
            yield Finding(message, resource=group or spenders[0])


@rule(
    BUDGET,
    group="budget",
    severity=MEDIUM,
    fix="Give it two notifications or more at different thresholds, one of type Forecasted, each with recipients.",
)
def budget_tiers(budget: ResourceView) -> Found:
    """A budget warns in steps, ahead of time, and warns somebody.

    With one threshold at the end, nobody can act before the money is spent. What Azure seldom sends, a notification
    with the operator EqualTo, doesn't count. Source: Azure Well-Architected, MLOps monitoring, "Workspace compute".
    """
    notifications = budget.get("notifications")
    enabled = []
    for name, notification in notifications.items() if isinstance(notifications, View) else ():
        if notification.get("enabled") is True and not same(notification.get("operator"), "EqualTo"):
            enabled.append(notification)
            if not any(notification.get(kind) for kind in ("contactEmails", "contactGroups", "contactRoles")):
                yield f"notification {name} goes to nobody"
    if len({notification.get("threshold") for notification in enabled}) < 2:
        yield "it has fewer than two thresholds"
    if not any(same(notification.get("thresholdType"), "Forecasted") for notification in enabled):
        yield "no notification is of type Forecasted"


@rule(
    BUDGET,
    group="budget",
    severity=HIGH,
    fix="Lower the amount to the stack's cap, and let the budget end in the future.",
)
def budget_within_cap(budget: ResourceView, context: Context, today: date) -> Found:
    """A budget allows no more than was agreed, and still runs.

    Whoever raises a budget beyond the cap has decided alone; one that has ended warns of nothing. A budget without an
    end ends ten years after its start. Source: azure-native SDK, BudgetTimePeriodArgs.
    """
    monthly = _monthly(budget)
    if monthly is None:
        yield "it has no amount, or a time grain that isn't one of Azure's"
    elif monthly > context.budget_cap:
        yield f"it allows {_money(monthly, context)} a month; the cap is {_money(context.budget_cap, context)}"
    end = budget.get("timePeriod.endDate")
    start = budget.get("timePeriod.startDate") if end is None else None
    last = _day(end) if end is not None else _ten_years_after(_day(start))
    if last is None:
        yield f"its time period has no date that can be read: {end or start}"
    elif last <= today:
        yield f"it ended on {last}"


@rule(
    group="budget",
    severity=MEDIUM,
    fix="Take fewer or smaller nodes, or agree on a higher budget; give a size without a price one in prices.yaml.",
)
def estimated_cost_within_budget(plan: PlanView, context: Context) -> Found:
    """What computes would cost at full size for a month stays within their budget.

    The estimate is the worst case: every node of every cluster, every instance and every deployment, all month, at the
    price list's price. It leaves out storage, network and autoscale beyond the instances given. A size, region or
    currency without a price is reported, never guessed.
    """
    costs: list[tuple[Scope, Decimal]] = []
    for cost in estimated(plan, context):
        if cost.monthly is None:
            yield Finding(_unpriced(cost, context), resource=cost.spender, unknown=True)
        else:
            costs.append((_scope(cost.spender, plan), cost.monthly))
    for budget in plan.of_type(BUDGET):
        covered = _coverage(budget, plan)
        total = sum(cost for place, cost in costs if any(scope.covers(place) for scope in covered))
        monthly = _monthly(budget)
        if monthly is not None and total > monthly:
            spent, allowed = _money(Decimal(total), context), _money(monthly, context)
            yield Finding(f"computes would cost up to {spent} a month; the budget is {allowed}", resource=budget)


def _spenders(plan: PlanView) -> dict[Scope, list[ResourceView]]:
    """What costs by the hour, by resource group. A workspace counts: it runs serverless compute."""
    groups: dict[Scope, list[ResourceView]] = defaultdict(list)
    for spender in plan.of_type(COMPUTE, DEPLOYMENT, WORKSPACE):
        if spender.type != COMPUTE or managed_compute(spender):
            groups[_scope(spender, plan)].append(spender)
    return groups


def _scope(resource: ResourceView, plan: PlanView) -> Scope:
    found = _SCOPE.fullmatch(resource.id)
    group = found["group"] if found else None
    return Scope(plan.subscription(resource), (group or str(resource.get("resourceGroupName", ""))).lower())


def _coverage(budget: ResourceView, plan: PlanView) -> list[Scope]:
    """What a budget covers: its scope, or the resource groups that its filter leaves of it."""
    scope = _budget_scope(budget, plan)
    if scope is None:
        return []
    narrowed = budget.get("filter")
    if not isinstance(narrowed, View) or not len(narrowed):
        return [scope]
    name = str(narrowed.get("dimensions.name")).casefold()
    if name not in ("resourcegroupname", "resourcegroup") or narrowed.get("and") or narrowed.get("tags"):
        return []
    values = narrowed.get("dimensions.values")
    named = [Scope(scope.subscription, str(value).lower()) for value in values] if isinstance(values, ListView) else []
    return [group for group in named if scope.covers(group)]


def _budget_scope(budget: ResourceView, plan: PlanView) -> Scope | None:
    """The scope of a budget; while it is unknown, the resource group that it came from. None above subscriptions."""
    try:
        text = str(budget.get("scope", ""))
    except UnknownValue:
        group = plan.target(budget, "scope", RESOURCE_GROUP)
        if group is None:
            raise
        return _scope(group, plan)
    found = _SCOPE.fullmatch(text)
    return Scope(found["subscription"].lower(), (found["group"] or "").lower()) if found else None


def _resource_group(scope: Scope, plan: PlanView) -> ResourceView | None:
    groups = plan.of_type(RESOURCE_GROUP)
    return next((group for group in groups if scope.covers(_scope(group, plan))), None)


def _unpriced(cost: Cost, context: Context) -> str:
    what = f"{cost.size or 'its size'}{' at low priority' if cost.tier == 'lowPriority' else ''}"
    return f"no price of {what} in {cost.region or 'its region'} in {context.currency}: the estimate leaves it out"


def _monthly(budget: ResourceView) -> Decimal | None:
    """What a budget allows in a month."""
    amount = budget.get("amount")
    months = _MONTHS.get(str(budget.get("timeGrain", "")).casefold())
    if isinstance(amount, bool) or not isinstance(amount, int | float) or months is None:
        return None
    return Decimal(str(amount)) / months


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None


def _ten_years_after(start: date | None) -> date | None:
    """A budget starts on the first of a month, so that the day exists in every year."""
    return start.replace(year=start.year + 10, day=1) if start else None


def _money(amount: Decimal, context: Context) -> str:
    return f"{amount:,.2f} {context.currency}"


def _listed(spenders: list[ResourceView]) -> str:
    names = [spender.name for spender in spenders[:3]]
    more = len(spenders) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
