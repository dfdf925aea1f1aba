"""Budgets, diagnostic settings, Defender plans, management policies."""

from __future__ import annotations

from typing import Any

import pytest
from arm import GROUP, SUB, VAULT, VAULT_BODY, refusal

from seawall.local.azure import LocalAzure


def _budget(**properties: Any) -> tuple[str, dict[str, Any]]:
    period = {"startDate": "2026-01-01T00:00:00Z"}
    defaults = {"category": "Cost", "amount": 100, "timeGrain": "Monthly", "timePeriod": period}
    return f"{GROUP}/providers/Microsoft.Consumption/budgets/b", {"properties": {**defaults, **properties}}


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"timePeriod": {"startDate": "2026-01-15T00:00:00Z"}}, "first of a month"),
        ({"timePeriod": {"startDate": "soon"}}, "no date"),
        ({"timePeriod": {"startDate": "2026-02-01", "endDate": "2026-01-01"}}, "after the start"),
        ({"notifications": {str(n): {"threshold": 50} for n in range(6)}}, "at most 5"),
        ({"notifications": {"a": {"threshold": 1001}}}, "up to 1000"),
        ({"amount": 0}, "greater than 0"),
    ],
)
def test_a_budget_has_its_rules(azure: LocalAzure, group: str, properties: dict[str, Any], reason: str) -> None:
    """It starts on the first of a month and notifies at most five times."""
    azure.put(*_budget())
    assert reason in refusal(azure, "PUT", *_budget(**properties)).message


def test_one_place_takes_a_category_of_logs_once(azure: LocalAzure, group: str) -> None:
    """A second setting of the same resource may send other logs there, or the same ones elsewhere."""
    azure.put(VAULT, VAULT_BODY)
    logs = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log"
    azure.put(logs, {"location": "westeurope"})
    kept = [{"categoryGroup": "allLogs", "enabled": True}]
    setting = f"{VAULT}/providers/Microsoft.Insights/diagnosticSettings"
    azure.put(f"{setting}/one", {"properties": {"workspaceId": logs, "logs": kept}})
    again = {"properties": {"workspaceId": logs, "logs": kept}}
    assert refusal(azure, "PUT", f"{setting}/two", again).code == "Conflict"
    metrics = [{"category": "AllMetrics", "enabled": True}]
    azure.put(f"{setting}/two", {"properties": {"workspaceId": logs, "metrics": metrics}})


def test_a_defender_plan_is_changed_and_never_deleted(azure: LocalAzure) -> None:
    """It is there before anyone sets it."""
    plan = f"{SUB}/providers/Microsoft.Security/pricings/KeyVaults"
    assert azure.get(plan) is not None
    assert refusal(azure, "DELETE", plan).status == 405
    azure.put(plan, {"properties": {"pricingTier": "Standard"}})
    assert refusal(azure, "DELETE", plan).status == 405


def test_a_role_s_management_policy_is_there_and_can_be_changed(azure: LocalAzure, group: str) -> None:
    """Reset by a deletion, never gone."""
    policy = f"{GROUP}/providers/Microsoft.Authorization/roleManagementPolicies/p"
    assert azure.get(policy) is not None
    azure.put(policy, {"properties": {"rules": []}})
    azure.delete(policy)
    assert azure.get(policy) is not None
