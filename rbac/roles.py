"""Names and IDs: of roles, of assignments, of what Azure makes for a role at a scope. Pure."""

from __future__ import annotations

import uuid
from functools import lru_cache

from rbac.permissions import load_permissions


@lru_cache(maxsize=1)
def _built_in() -> dict[str, str]:
    return {name: role.id for name, role in load_permissions().roles.items()}


def role_ids() -> dict[str, str]:
    """The GUIDs of Azure's built-in roles, by name."""
    return dict(_built_in())


def custom_role_id(subscription: str, name: str) -> str:
    """The GUID of a role of our own in a subscription."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"seawall:role:{subscription}:{name}".lower()))


def assignment_name(scope: str, principal_id: str, role: str) -> str:
    """The name of an assignment: the same GUID for the same scope, principal and role, whatever their case.

    As `components.role_assignment.assignment_name`, which needs Pulumi; a test holds the two together.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join((scope, principal_id, role)).lower()))


def policy_name(scope: str, role: str) -> str:
    """What stands for the name of the policy that Azure keeps for a role at a scope.

    Azure makes a GUID for it that nobody knows beforehand: a stack file says it (`access.justInTime.policies`) where
    the platform is built in Azure.
    """
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"seawall:policy:{scope}:{role}".lower()))


def slug(name: str) -> str:
    """A name as part of other names: lower-case letters, digits and single dashes.

    >>> slug("Project lead (Data science lead)")
    'project-lead-data-science-lead'
    """
    letters = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in letters.split("-") if part)


def arm_id(scope: str, arm_type: str, *names: str) -> str:
    """The ARM ID of a resource, one name for each segment of its type. As `components.base.arm_id`, without Pulumi."""
    provider, *types = arm_type.split("/")
    tail = "/".join(f"{kind}/{name}" for kind, name in zip(types, names, strict=True))
    return f"{scope}/providers/{provider}/{tail}"
