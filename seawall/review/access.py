"""Who would get or lose which access: the role assignments, eligibilities and memberships in which two plans differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.plan.model import Plan, Resource
from seawall.plan.values import plain

GRANTS = {
    "azure-native:authorization:RoleAssignment": "always",
    "azure-native:authorization:PimRoleEligibilitySchedule": "on request",
    "azuread:index/groupMember:GroupMember": "member",
    "azuredevops:index/groupMembership:GroupMembership": "member",
    "azuredevops:index/feedPermission:FeedPermission": "always",
}
"""The types that give access, and how lasting it is."""


@dataclass(frozen=True, order=True)
class Grant:
    """One thing that somebody may do somewhere."""

    who: str
    role: str
    where: str
    lasting: str


@dataclass(frozen=True)
class AccessChange:
    """What is given and what is taken away."""

    given: tuple[Grant, ...]
    taken: tuple[Grant, ...]

    def __bool__(self) -> bool:
        return bool(self.given or self.taken)


def compared(before: Plan, after: Plan, role_names: Mapping[str, str]) -> AccessChange:
    """The grants of the one plan that the other lacks, both ways. `role_names` has built-in roles' names by GUID."""
    old, new = set(_grants(before, role_names)), set(_grants(after, role_names))
    return AccessChange(given=tuple(sorted(new - old)), taken=tuple(sorted(old - new)))


def _grants(plan: Plan, role_names: Mapping[str, str]) -> Iterator[Grant]:
    names = {**role_names, **_custom_roles(plan)}
    for resource in plan.managed:
        if resource.type in GRANTS:
            inputs = plain(resource.inputs)
            role = str(inputs.get("roleDefinitionId", "")).rsplit("/", 1)[-1].lower()
            yield Grant(
                who=_who(resource, inputs),
                role=names.get(role, role) or str(inputs.get("role") or "member"),
                where=_where(inputs),
                lasting=GRANTS[resource.type],
            )


def _who(resource: Resource, inputs: Mapping[str, Any]) -> str:
    """In words where the program has some: an object ID says nothing to a reviewer."""
    told = inputs.get("description") or inputs.get("justification")
    principal = inputs.get("principalId") or inputs.get("memberObjectId") or inputs.get("identityDescriptor")
    return f"{told or resource.name}{f' ({principal})' if principal else ''}"


def _where(inputs: Mapping[str, Any]) -> str:
    for name in ("scope", "groupObjectId", "group", "feedId"):
        if inputs.get(name):
            return str(inputs[name])
    return ""


def _custom_roles(plan: Plan) -> dict[str, str]:
    """By GUID, the names of roles that a plan defines."""
    return {
        resource.id.rsplit("/", 1)[-1].lower(): str(plain(resource.inputs).get("roleName", resource.name))
        for resource in plan.managed
        if resource.type == "azure-native:authorization:RoleDefinition"
    }
