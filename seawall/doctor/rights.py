"""What the plans' caller must be allowed to do, and whether a list of permissions allows it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from seawall.azure.resource_id import BadResourceId, parse
from seawall.doctor.case import Wanted

LINKED: Mapping[str, str] = {
    "Microsoft.ManagedIdentity/userAssignedIdentities": "assign/action",
    "Microsoft.Network/virtualNetworks/subnets": "join/action",
    "Microsoft.Network/networkSecurityGroups": "join/action",
    "Microsoft.Network/routeTables": "join/action",
    "Microsoft.Network/natGateways": "join/action",
    "Microsoft.Network/publicIPAddresses": "join/action",
    "Microsoft.Network/publicIPPrefixes": "join/action",
    "Microsoft.Network/privateDnsZones": "join/action",
    "Microsoft.Network/firewallPolicies": "join/action",
}
"""What is needed on a resource that another one names, by its type.

Sources: Azure docs, resource-provider-operations (`join/action`, `assign/action`), virtual-network-manage-subnet.
"""

PEERING, PEERED = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings", "Microsoft.Network/virtualNetworks"
"""A peering needs `peer/action` on the network at its other end.
Source: Virtual Network docs, create-peering-different-subscriptions."""

NAMED_OTHERWISE: Mapping[str, str] = {
    "Microsoft.Resources/resourceGroups": "Microsoft.Resources/subscriptions/resourceGroups"
}
"""Types whose actions bear another name. Source: Azure docs, permissions/management-and-governance."""

OWNED_ROLES = (
    ("Microsoft.Authorization/policy", "Resource Policy Contributor"),
    ("Microsoft.Authorization/roleAssignments/", "Role Based Access Control Administrator"),
    ("Microsoft.Authorization/", "User Access Administrator"),
    ("", "Contributor"),
)
"""By the beginning of an action, the built-in role that gives it. Source: Azure docs, built-in-roles."""


@dataclass(frozen=True)
class Need:
    """An action that is needed at a scope: a subscription, a resource group, or a resource outside of the plans."""

    scope: str
    action: str


def needs(wanted: Iterable[Wanted]) -> tuple[Need, ...]:
    """All that is needed, each once: writing and reading what is planned, and joining what it refers to."""
    wanted = tuple(wanted)
    planned = {str(one.id).lower() for one in wanted}
    return tuple(dict.fromkeys(need for one in wanted if one.subscription for need in _needs(one, planned)))


def _needs(one: Wanted, planned: set[str]) -> Iterator[Need]:
    arm_type = NAMED_OTHERWISE.get(one.type.arm_type, one.type.arm_type)
    yield Need(one.scope, f"{arm_type}/write")
    yield Need(one.scope, f"{arm_type}/read")
    for id in _ids(dict(one.inputs)):
        target = parse(id)
        if target == one.id:
            continue
        linked = LINKED.get(target.arm_type)
        if one.type.arm_type == PEERING and target.arm_type == PEERED:
            linked = "peer/action"
        if linked:
            yield Need(_scope_of(id, planned), f"{target.arm_type}/{linked}")


def _scope_of(id: str, planned: set[str]) -> str:
    """Where to ask for it: what isn't planned may be guarded by a role on itself alone."""
    target = parse(id)
    above = id.lower().rsplit("/", 2)[0]
    if id.lower() not in planned and above not in planned:
        return id
    return f"/subscriptions/{target.subscription}/resourceGroups/{target.resource_group}"


def _ids(value: Any) -> Iterator[str]:
    """The resource IDs in a value, however deep; as the keys of a map, too."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _ids(key)
            yield from _ids(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _ids(part)
    elif isinstance(value, str) and value.lower().startswith("/subscriptions/") and "/providers/" in value.lower():
        try:
            parse(value)
        except BadResourceId:
            return
        yield value


def allowed(action: str, permissions: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of the permissions gives an action.

    Each role counts by itself: what its NotActions take away, another role may give.
    Source: Azure docs, role-definitions ("NotActions", wildcards).
    """
    return any(
        _matches(action, entry.get("actions")) and not _matches(action, entry.get("notActions"))
        for entry in permissions
    )


def _matches(action: str, patterns: Iterable[str] | None) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns or ())


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """A wildcard stands for any text, slashes included; case doesn't matter."""
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.IGNORECASE)


def roles_for(actions: Iterable[str]) -> list[str]:
    """Built-in roles that together give some actions, as few as may be."""
    found = [next(role for start, role in OWNED_ROLES if action.startswith(start)) for action in actions]
    if "User Access Administrator" in found:
        found = [role for role in found if role != "Role Based Access Control Administrator"]
    return list(dict.fromkeys(sorted(found)))
