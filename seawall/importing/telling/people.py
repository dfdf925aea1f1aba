"""Who deploys, who may do what, and what it may cost."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rbac import load_tables
from seawall.importing.existing import Existing
from seawall.importing.telling.ground import Workspace
from seawall.importing.telling.words import minutes, unless

_REPOSITORY = re.compile(r"repo:([^/]+)/([^:]+):environment:(.+)")
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
_ELIGIBILITIES = "Microsoft.Authorization/roleEligibilityScheduleRequests"
_POLICIES = "Microsoft.Authorization/roleManagementPolicies"


def identities(where: Workspace) -> dict[str, Any]:
    """The section `identities`: the pipelines whose tokens the identity for them trusts."""
    arm_type = "Microsoft.ManagedIdentity/userAssignedIdentities"
    ci = where.named(arm_type, "identity", "ci")
    trusted = where.inventory.of(f"{arm_type}/federatedIdentityCredentials", f"{ci.id}/") if ci else []
    said: dict[str, Any] = {}
    for one in trusted:
        found = _REPOSITORY.fullmatch(str(one.at("subject")))
        if found:
            environment = unless(where.names.environment, found[3])
            said["github"] = {"organisation": found[1], "repository": found[2], "environment": environment}
        else:
            where.unsaid.append(f"{one.name}: whom it trusts ({one.at('subject')}); see identities.azureDevOps")
    return said


def access(where: Workspace) -> dict[str, Any]:
    """The section `access`, where role assignments say in their descriptions whom they are for, as Seawall's do."""
    names = [persona.name for persona in load_tables().personas]
    own = _principals(where)
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for text, one in _described(where):
        who = text.partition(" on ")[0]
        if one.at("principalId") not in own:
            found[who].add((str(one.at("principalId")), str(one.at("principalType") or "Group")))
    personas: dict[str, Any] = {}
    for name in names:
        if len(found[name]) == 1:
            ((principal, kind),) = found[name]
            personas[name] = {"servicePrincipal" if kind == "ServicePrincipal" else "group": principal}
        elif found[name]:
            count = len(found[name])
            where.unsaid.append(f"the persona {name}: it is {count} principals; see groups in access.personas")
    deployer = {principal for principal, _ in found["Deployer"]}
    return {
        "personas": personas,
        "deployer": deployer.pop() if len(deployer) == 1 else None,
        "justInTime": _just_in_time(where),
    }


def _described(where: Workspace) -> Iterator[tuple[str, Existing]]:
    # An eligibility doesn't say the kind of its principal; a standing assignment of the same one comes first.
    for one in where.inventory.of(_ASSIGNMENTS):
        if one.subscription == where.workspace.subscription:
            yield str(one.at("description") or ""), one
    known = {one.at("principalId") for one in where.inventory.of(_ASSIGNMENTS)}
    for one in where.inventory.of(_ELIGIBILITIES):
        if one.subscription == where.workspace.subscription and one.at("principalId") not in known:
            yield str(one.at("justification") or ""), one


def _principals(where: Workspace) -> set[Any]:
    """The object IDs of the stack's own identities."""
    return {one.at("principalId") for one in where.inventory.of("Microsoft.ManagedIdentity/userAssignedIdentities")}


def _just_in_time(where: Workspace) -> dict[str, Any] | None:
    mine = [one for one in where.inventory.of(_ELIGIBILITIES) if one.subscription == where.workspace.subscription]
    ends = [str(one.at("scheduleInfo.expiration.endDateTime") or "")[:10] for one in mine]
    if not any(ends):
        return None
    rules = {
        rule.get("id"): rule
        for one in where.inventory.of(_POLICIES)
        if one.subscription == where.workspace.subscription
        for rule in one.at("rules") or []
    }
    lasts = minutes((rules.get("Expiration_EndUser_Assignment") or {}).get("maximumDuration"))
    stages = ((rules.get("Approval_EndUser_Assignment") or {}).get("setting") or {}).get("approvalStages") or []
    approvers = [one["id"] for stage in stages for one in stage.get("primaryApprovers") or []]
    return {"until": max(ends), "hours": unless(8, lasts // 60 if lasts else None), "approvers": approvers}


def budget(where: Workspace) -> dict[str, Any]:
    """The section `budget`."""
    found = where.named("Microsoft.Consumption/budgets", "budget")
    if found is None:
        return {}
    amount = float(found.at("amount") or 0)
    if not amount.is_integer():
        where.unsaid.append(f"{found.name}: a stack file says whole amounts, and this one is {amount}")
    notes = list((found.at("notifications") or {}).values())
    contacts = sorted({address for one in notes for address in one.get("contactEmails") or []})
    return {
        "amount": round(amount) or None,
        "start": str(found.at("timePeriod.startDate") or "")[:10] or None,
        "end": str(found.at("timePeriod.endDate") or "")[:10] or None,
        "thresholds": {
            "actual": unless([50, 80, 100], _percents(notes, "Actual")),
            "forecast": unless([100], _percents(notes, "Forecasted")),
        },
        "contacts": unless([where.owner], contacts),
    }


def _percents(notes: list[dict[str, Any]], kind: str) -> list[int]:
    return sorted(int(one["threshold"]) for one in notes if one.get("thresholdType", "Actual") == kind)
