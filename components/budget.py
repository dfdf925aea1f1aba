"""Budgets, and whom they warn before and after the money is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, arm_id

MAX_NOTIFICATIONS = 5
MAX_THRESHOLD = 1000
"""Percent of the amount. Source for both: Azure docs, cost-management-billing/costs/tutorial-acm-create-budgets."""


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A notification once `percent` of the amount is spent (actual) or expected to be by the month's end (forecast)."""

    percent: int
    kind: Literal["Actual", "Forecasted"] = "Actual"

    @property
    def name(self) -> str:
        return f"{self.kind}_{self.percent}_Percent"


DEFAULT_THRESHOLDS = (
    Threshold(percent=50),
    Threshold(percent=80),
    Threshold(percent=100),
    Threshold(percent=100, kind="Forecasted"),
    Threshold(percent=120, kind="Forecasted"),
)


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    """A monthly amount, in whole units of the billing account's currency, for a subscription or a resource group.

    `scope` is that one's ID. `start` is the first day of a month: when the budget is made, the current one or a later;
    Azure never moves it afterwards. `emails` are mailboxes, `action_group_ids` action groups, `roles` such as Owner
    or Contributor at the scope. `resource_group_names` limits a subscription's budget to these groups.

    Raises ValueError with every fault: no positive amount, a start in mid-month, no recipient, no threshold, more than
    five, twice the same, or one outside 1 to 1000 percent.
    """

    scope: Input[str]
    resource_name: str
    amount: int
    start: date
    end: date | None = None
    emails: Sequence[str] = ()
    action_group_ids: Sequence[Input[str]] = ()
    roles: Sequence[str] = ()
    thresholds: Sequence[Threshold] = DEFAULT_THRESHOLDS
    resource_group_names: Sequence[str] = ()

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise ValueError(f"the budget {self.resource_name}: {'; '.join(faults)}")


class Budget(Component):
    """A monthly budget that warns by actual and by forecast cost. It warns: Azure stops nothing."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.consumption.Budget(
            name,
            budget_name=args.resource_name,
            scope=args.scope,
            amount=args.amount,
            category="Cost",
            time_grain="Monthly",
            time_period=azure.consumption.BudgetTimePeriodArgs(
                start_date=_midnight(args.start), end_date=_midnight(args.end) if args.end else None
            ),
            filter=_filter(args.resource_group_names),
            notifications={threshold.name: _notification(threshold, args) for threshold in args.thresholds},
            opts=self.child_opts(),
        )
        self.id = self.computed(
            lambda scope: arm_id(scope, "Microsoft.Consumption/budgets", args.resource_name), args.scope
        )
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def _notification(threshold: Threshold, args: BudgetArgs) -> azure.consumption.NotificationArgs:
    return azure.consumption.NotificationArgs(
        enabled=True,
        operator="GreaterThanOrEqualTo",
        threshold=threshold.percent,
        threshold_type=threshold.kind,
        contact_emails=list(args.emails),
        contact_groups=list(args.action_group_ids),
        contact_roles=list(args.roles),
    )


def _filter(resource_group_names: Sequence[str]) -> azure.consumption.BudgetFilterArgs | None:
    if not resource_group_names:
        return None
    return azure.consumption.BudgetFilterArgs(
        dimensions=azure.consumption.BudgetComparisonExpressionArgs(
            name="ResourceGroupName", operator="In", values=sorted(resource_group_names)
        )
    )


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _faults(args: BudgetArgs) -> list[str]:
    names = [threshold.name for threshold in args.thresholds]
    checks = {
        f"amount is to be positive, got {args.amount}": args.amount <= 0,
        f"start is to be the first of a month, got {args.start}": args.start.day != 1,
        "end is to be after start": args.end is not None and args.end <= args.start,
        "it warns nobody: give it emails, action groups or roles": not (
            args.emails or args.action_group_ids or args.roles
        ),
        f"it takes 1 to {MAX_NOTIFICATIONS} thresholds, got {len(names)}": not 1 <= len(names) <= MAX_NOTIFICATIONS,
        "a threshold stands there twice": len(set(names)) < len(names),
        f"a threshold is 1 to {MAX_THRESHOLD} percent": any(
            not 1 <= threshold.percent <= MAX_THRESHOLD for threshold in args.thresholds
        ),
    }
    return [fault for fault, broken in checks.items() if broken]
