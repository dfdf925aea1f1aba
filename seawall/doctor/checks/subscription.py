"""Whether the subscriptions that the plans need are there, in use, and in the stack's tenant."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.doctor.case import Case
from seawall.doctor.checks.login import agrees
from seawall.doctor.finding import Finding, fault, ok, warning
from seawall.doctor.port import CloudError

VERSION = "2022-12-01"
_ABOUT_TO_END = ("Warned", "PastDue")


def check(case: Case) -> Iterator[Finding]:
    """Source: REST reference, Subscriptions - Get; its states: Azure docs, subscription-states.

    A disabled subscription is read-only; one that is past due still takes changes.
    """
    for findings in case.each(lambda id: list(_one(case, id)), case.subscriptions):
        yield from findings


def _one(case: Case, id: str) -> Iterator[Finding]:
    try:
        found = case.port.get(f"/subscriptions/{id}", VERSION)
    except CloudError as error:
        if error.status != 403:
            raise
        found = None
    if found is None:
        name = case.port.caller().name
        yield fault(
            f"{name} doesn't see subscription {id}: it doesn't exist, or no role is held in it",
            "Correct `seawall:subscription` in the stack file, or have a role assigned: "
            f"`az role assignment create --role Reader --scope /subscriptions/{id} --assignee OBJECT_ID`.",
        )
        return
    state, tenant = str(found.get("state", "")), str(found.get("tenantId", ""))
    called = f"subscription {found.get('displayName') or id}"
    if not agrees(case, tenant):
        yield fault(
            f"{called} is in tenant {tenant}, not the stack's {case.tenant}",
            "Correct `seawall:tenant` or `seawall:subscription` in the stack file.",
        )
    elif state in _ABOUT_TO_END:
        yield warning(f"{called} is {state}: it will be disabled", "Settle what is owed: portal, Cost Management.")
    elif state != "Enabled":
        yield fault(f"{called} is {state}: nothing in it can be changed", "Portal, Subscriptions: enable it again.")
    else:
        yield ok(f"{called} is enabled")
