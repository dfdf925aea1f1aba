"""Whether the caller may do what the plans need."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok, warning
from seawall.doctor.port import CloudError
from seawall.doctor.rights import Need, allowed, needs, roles_for

VERSION = "2022-04-01"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
ASSIGN = f"{ASSIGNMENT}/write"

OPEN_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Built-in roles that may assign others. Source: Azure docs, built-in-roles."""

MOST = 8
"""So many actions a finding names; the others are counted."""

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def check(case: Case) -> Iterator[Finding]:
    """Asked at the subscription first, then at the resource groups, or the resource outside, where more may be given.

    Sources: REST reference, Permissions - List For Resource Group, List For Resource; for a subscription: Azure docs,
    resource-manager-api-authentication ("Get user permissions"). Deny assignments aren't among what it tells.
    """
    asked = needs(case.wanted)
    missing = [need for need, given in zip(asked, case.each(lambda one: _given(case, one), asked), strict=True)
               if not given]  # fmt: skip
    by_scope: dict[str, list[str]] = defaultdict(list)
    for need in missing:
        by_scope[need.scope].append(need.action)
    name, oid = case.port.caller().name, case.port.caller().oid
    for scope, actions in by_scope.items():
        told = ", ".join(actions[:MOST]) + (f" and {len(actions) - MOST} more" if len(actions) > MOST else "")
        assign = " and ".join(
            f"`az role assignment create --assignee {oid} --role '{role}' --scope {scope}`"
            for role in roles_for(actions)
        )
        yield fault(f"{name} may not do on {scope}: {told}", f"Have someone assign what gives it: {assign}.")
    yield from _delegated(case, oid) if not any(need.action == ASSIGN for need in missing) else ()
    if asked and not missing:
        yield ok(f"{name} has all {len(asked)} that the plan needs")


def _given(case: Case, need: Need) -> bool:
    parts = need.scope.split("/")
    places = ["/".join(parts[:3]), "/".join(parts[:5]), need.scope]
    return any(allowed(need.action, _permissions(case, place)) for place in dict.fromkeys(places))


def _permissions(case: Case, scope: str) -> list[dict[str, Any]]:
    """What the caller may do at a scope; nothing where that isn't there yet."""
    try:
        return case.port.listed(f"{scope}/providers/Microsoft.Authorization/permissions", VERSION)
    except CloudError as error:
        if error.status in (403, 404):
            return []
        raise


def _delegated(case: Case, oid: str) -> Iterator[Finding]:
    """A role that may assign roles under a condition assigns only those that the condition names.

    Source: Azure docs, delegate-role-assignments-overview. Role assignments of the caller, groups included: REST
    reference, Role Assignments - List For Subscription, `$filter=assignedTo()`.
    """
    for subscription in case.subscriptions:
        asked = {
            str(one.inputs.get("roleDefinitionId", "")).rsplit("/", 1)[-1].lower()
            for one in case.of_type(ASSIGNMENT)
            if one.subscription == subscription
        }
        if not asked:
            continue
        path = f"/subscriptions/{subscription}/providers/{ASSIGNMENT}"
        held = [entry.get("properties") or {} for entry in _assigned(case, path, oid)]
        bound = [one for one in held if ASSIGNMENT.lower() in str(one.get("condition") or "").lower()]
        if not bound or any(_is_open(one, subscription) for one in held):
            continue
        named = {guid.lower() for one in bound for guid in _GUID.findall(str(one["condition"]))}
        unnamed = asked - named
        if unnamed:
            yield warning(
                f"the right to assign roles in subscription {subscription} is bound to a condition that doesn't name "
                f"{len(unnamed)} of the roles that the plan assigns: {', '.join(sorted(unnamed)[:MOST])}",
                "Have the condition widened by these roles: portal, Access control (IAM), the assignment, Conditions.",
            )


def _assigned(case: Case, path: str, oid: str) -> list[dict[str, Any]]:
    return case.port.listed(path, VERSION, {"$filter": f"assignedTo('{oid}')"}) if oid else []


def _is_open(assignment: dict[str, Any], subscription: str) -> bool:
    """Whether it lets its holder assign any role in the subscription."""
    role = str(assignment.get("roleDefinitionId", "")).rsplit("/", 1)[-1].lower()
    scope = str(assignment.get("scope") or f"/subscriptions/{subscription}").lower().rstrip("/")
    covers = scope == f"/subscriptions/{subscription}".lower() or not scope.startswith("/subscriptions/")
    return role in OPEN_ROLES and covers and not assignment.get("condition")
