"""Budgets, diagnostic settings, Defender plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from seawall.local.services.reading import items, mapping, number
from seawall.local.services.service import Put, Service, refuse
from seawall.local.store import Row

DIAGNOSTICS = "microsoft.insights/diagnosticsettings"

MOST_NOTIFICATIONS = 5
MOST_DIAGNOSTIC_SETTINGS = 5
_SINKS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId")


def check_budget(put: Put) -> None:
    """Source: Consumption REST reference, budgets/create-or-update."""
    period = mapping(put.properties, "timePeriod")
    start = _date(period.get("startDate"), "startDate")
    if start.day != 1:
        raise _invalid(f"The start date must be the first of a month, not {period.get('startDate')}.", "startDate")
    if period.get("endDate") and _date(period["endDate"], "endDate") <= start:
        raise _invalid("The end date must be after the start date.", "endDate")
    notifications = mapping(put.properties, "notifications")
    if len(notifications) > MOST_NOTIFICATIONS:
        raise _invalid(f"A budget has at most {MOST_NOTIFICATIONS} notifications, not {len(notifications)}.")
    for name, notification in notifications.items():
        threshold = number(notification, "threshold")
        if not 0 < threshold <= 1000:
            raise _invalid(f"The threshold of notification {name} must be over 0 and up to 1000, not {threshold}.")
    if number(put.properties, "amount") <= 0:
        raise _invalid("The amount of a budget must be greater than 0.", "amount")


def _date(text: Any, name: str) -> datetime:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=None)
    except ValueError:
        raise _invalid(f"{name} is no date: {text!r}.", name) from None


def _invalid(message: str, name: str = "") -> Exception:
    return refuse("400", message, target=f"properties.timePeriod.{name}" if name.endswith("Date") else name)


def check_diagnostics(put: Put) -> None:
    """Source: Azure Monitor docs, essentials/diagnostic-settings (limits; one sink takes a category once)."""
    beside = [row for row in put.store.of_type(DIAGNOSTICS, put.route.scope) if _is_beside(row, put)]
    if put.before is None and len(beside) >= MOST_DIAGNOSTIC_SETTINGS:
        raise refuse("BadRequest", f"A resource has at most {MOST_DIAGNOSTIC_SETTINGS} diagnostic settings.")
    for row in beside:
        other = row.body.get("properties", {})
        sinks = [sink for sink in _SINKS if put.properties.get(sink) and _same(put.properties, other, sink)]
        shared = _categories(put.properties) & _categories(other)
        if sinks and shared:
            raise refuse(
                "Conflict",
                f"Data sink '{put.properties[sinks[0]]}' is already used in diagnostic setting "
                f"'{row.id.rsplit('/', 1)[-1]}' for category '{min(shared)}'. Data sinks can't be reused in different "
                "settings on the same category for the same resource.",
                status=409,
            )


def _is_beside(row: Row, put: Put) -> bool:
    return row.key != put.route.key and row.key.rsplit("/providers/", 1)[0] == put.route.scope.lower()


def _same(one: dict[str, Any], other: dict[str, Any], sink: str) -> bool:
    return str(one.get(sink)).lower() == str(other.get(sink)).lower()


def _categories(properties: dict[str, Any]) -> set[str]:
    parts = [mapping(part) for part in (*items(properties, "logs"), *items(properties, "metrics"))]
    return {str(part.get("category") or part.get("categoryGroup")) for part in parts if part.get("enabled")}


SERVICES = {
    "microsoft.consumption/budgets": Service(check=check_budget),
    "microsoft.costmanagement/budgets": Service(check=check_budget),
    DIAGNOSTICS: Service(check=check_diagnostics),
    # Source: Defender for Cloud REST reference, pricings: there is a Free plan where nobody has chosen one.
    "microsoft.security/pricings": Service(exists_by_itself=lambda name: True, deletable=False),
    # Source: Defender for Cloud REST reference, securityContacts: every subscription has the one named `default`.
    "microsoft.security/securitycontacts": Service(exists_by_itself=lambda name: name.lower() == "default"),
    "microsoft.security/defenderforstoragesettings": Service(exists_by_itself=lambda name: True),
    # Tables of Azure's own are always there; those that users make end in _CL. Source: Log Analytics docs, tables.
    "microsoft.operationalinsights/workspaces/tables": Service(
        exists_by_itself=lambda name: not name.lower().endswith(("_cl", "_srch", "_rst"))
    ),
}
