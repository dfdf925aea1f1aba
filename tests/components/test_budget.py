from __future__ import annotations

from datetime import date

import pytest

from components.budget import Budget, BudgetArgs, Threshold
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, SUBSCRIPTION

MAILBOX = "ml-platform@larkspur.example"
ALERTS = f"{GROUP}/providers/Microsoft.Insights/actionGroups/ag-larkspur"


def args(**more: object) -> BudgetArgs:
    given = {
        "scope": GROUP,
        "resource_name": "budget-larkspur",
        "amount": 5000,
        "start": date(2026, 1, 1),
        "emails": [MAILBOX],
        **more,
    }
    return BudgetArgs(**given)


def test_by_default_it_warns_three_times_by_actual_and_twice_by_forecast_cost(plan, azure_types):
    """Azure's five notifications are used up: 50, 80, 100 percent spent, 100 and 120 percent expected."""
    planned = plan(lambda: Budget("month", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("Budget", "month", ""), ("consumption:Budget", "month", "Budget month")}
    made = inputs(planned, "consumption:Budget")
    notifications = made.pop("notifications")
    assert made == {
        "budgetName": "budget-larkspur",
        "scope": GROUP,
        "amount": 5000,
        "category": "Cost",
        "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-01-01T00:00:00Z"},
    }
    assert {(n["thresholdType"], n["threshold"]) for n in notifications.values()} == {
        ("Actual", 50),
        ("Actual", 80),
        ("Actual", 100),
        ("Forecasted", 100),
        ("Forecasted", 120),
    }
    assert all(n["enabled"] and n["contactEmails"] == [MAILBOX] for n in notifications.values())
    assert set(notifications) >= {"Actual_50_Percent", "Forecasted_120_Percent"}


def test_a_subscriptions_budget_can_be_limited_to_resource_groups(plan, azure_types):
    """Scope, end, recipients and resource groups are settings; the ID is at the subscription."""
    planned = plan(
        lambda: Budget(
            "month",
            args(
                scope=f"/subscriptions/{SUBSCRIPTION}",
                end=date(2030, 1, 1),
                emails=(),
                action_group_ids=[ALERTS],
                roles=["Owner"],
                resource_group_names=["rg-ml", "rg-data"],
                thresholds=[Threshold(percent=90, kind="Forecasted")],
            ),
        )
    )
    judge(planned, azure_types)
    made = inputs(planned, "consumption:Budget")
    assert made["filter"] == {
        "dimensions": {"name": "ResourceGroupName", "operator": "In", "values": ["rg-data", "rg-ml"]}
    }
    assert made["timePeriod"]["endDate"] == "2030-01-01T00:00:00Z"
    (notification,) = made["notifications"].values()
    assert (notification["contactGroups"], notification["contactRoles"]) == ([ALERTS], ["Owner"])
    budget = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Consumption/budgets/budget-larkspur"
    assert one(planned, "consumption:Budget").id == one(planned, "Budget").outputs["id"] == budget


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"amount": 0}, "amount is to be positive, got 0"),
        ({"start": date(2026, 1, 2)}, "start is to be the first of a month, got 2026-01-02"),
        ({"end": date(2026, 1, 1)}, "end is to be after start"),
        ({"emails": ()}, "it warns nobody"),
        ({"thresholds": ()}, "1 to 5 thresholds, got 0"),
        ({"thresholds": [Threshold(percent=p) for p in range(10, 70, 10)]}, "1 to 5 thresholds, got 6"),
        ({"thresholds": [Threshold(percent=80), Threshold(percent=80)]}, "stands there twice"),
        ({"thresholds": [Threshold(percent=1001)]}, "1 to 1000 percent"),
    ],
)
def test_what_azure_refuses_is_refused_beforehand(more, message):
    """Azure takes a positive amount from the first of a month, one to five notifications, and somebody to tell."""
    with pytest.raises(ValueError, match=message):
        args(**more)


def test_all_faults_are_told_at_once():
    """One error names every fault of a budget."""
    with pytest.raises(ValueError, match=r"the budget budget-larkspur: amount .*; start .*; it warns nobody"):
        args(amount=-1, start=date(2026, 2, 3), emails=())
