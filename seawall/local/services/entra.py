"""What Entra ID refuses: groups, their members, and who may become one for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from seawall.local.services.directory_type import DirectoryType, Entry
from seawall.local.services.service import refuse
from seawall.plan.azuread import ELIGIBILITY, GROUP, GROUP_MEMBER, GROUP_POLICY, group_id

MOST_ROLE_ASSIGNABLE = 500
"""In a tenant. Source: Entra docs, groups-concept ("A maximum of 500 role-assignable groups")."""


def check_group(entry: Entry) -> None:
    """Source: Microsoft Graph reference, group; Entra docs, groups-concept; azuread provider, preventDuplicateNames."""
    others = [row for row in entry.store.of_type(GROUP) if row.key != entry.id.lower()]
    name = entry.text("displayName").lower()
    if entry.properties.get("preventDuplicateNames"):
        same = [row.id for row in others if str(row.body["properties"].get("displayName")).lower() == name]
        if same:
            raise refuse(
                "ObjectConflict",
                f"A group with the display name '{entry.text('displayName')}' already exists: {same[0]}.",
                status=409,
            )
    for owner in _texts(entry, "owners"):
        if entry.store.exists(group_id(owner)):
            raise refuse(
                "Request_BadRequest",
                f"The reference target 'Group_{owner}' of type 'Group' is invalid for the 'owners' reference.",
            )
    own = entry.id.rpartition("/")[2]
    for member in _texts(entry, "members"):
        _check_member(entry, own, bool(entry.properties.get("assignableToRole")), member)
    assignable = sum(bool(row.body["properties"].get("assignableToRole")) for row in others)
    if entry.before is None and entry.properties.get("assignableToRole") and assignable >= MOST_ROLE_ASSIGNABLE:
        raise refuse("Directory_QuotaExceeded", f"A tenant has at most {MOST_ROLE_ASSIGNABLE} role-assignable groups.")


def _texts(entry: Entry, name: str) -> Iterator[str]:
    return (str(value) for value in entry.properties.get(name) or ())


def _check_member(entry: Entry, group: str, assignable: bool, member: str) -> None:
    if member.lower() == group.lower():
        raise refuse("Request_BadRequest", f"The group {group} can't be a member of itself.")
    if assignable and entry.store.exists(group_id(member)):
        raise refuse(
            "Request_BadRequest",
            f"The group {member} can't be a member of {group}: groups that can be assigned to roles hold no groups.",
        )


def check_member(entry: Entry) -> None:
    """Source: Microsoft Graph reference, group: add members."""
    group = entry.text("groupObjectId")
    assignable = bool(entry.of(group_id(group)).get("assignableToRole"))
    _check_member(entry, group, assignable, entry.text("memberObjectId"))


def check_eligibility(entry: Entry) -> None:
    """Source: Entra docs, PIM for groups: an eligibility ends within a year, unless the group's rules allow more."""
    if not entry.properties.get("permanentAssignment"):
        return
    rules = _rules(entry).get("eligibleAssignmentRules") or {}
    if rules.get("expirationRequired", True):
        raise refuse(
            "RoleAssignmentRequestPolicyValidationFailed",
            'The following policy rules failed: ["ExpirationRule"]: an eligibility must end at some time.',
        )


def _rules(entry: Entry) -> dict[str, Any]:
    """The rules of the memberships that an eligibility is for."""
    group, role = entry.text("groupId"), entry.text("assignmentType")
    for source in entry.store.referrers(group_id(group)):
        row = entry.store.resource(source)
        if row is not None and row.arm_type == GROUP_POLICY.lower() and row.body["properties"].get("roleId") == role:
            return row.body["properties"]
    return {}


def _groups(*names: str) -> Callable[[Entry], list[str]]:
    return lambda entry: [group_id(entry.text(name)) for name in names]


TYPES = {
    kind.token: kind
    for kind in (
        DirectoryType(
            GROUP,
            check=check_group,
            # Source: Microsoft Graph reference, group ("mailNickname … unique for Microsoft 365 groups").
            unique=lambda entry: (
                f"entra:{entry.text('mailNickname').lower()}" if entry.properties.get("mailEnabled") else ""
            ),
        ),
        DirectoryType(GROUP_MEMBER, check=check_member, goes_with=_groups("groupObjectId", "memberObjectId")),
        # It comes with the group. Source: azuread provider, group_role_management_policy (a delete does nothing).
        DirectoryType(GROUP_POLICY, stays=True, taken_up=lambda row: True, goes_with=_groups("groupId")),
        DirectoryType(ELIGIBILITY, check=check_eligibility, goes_with=_groups("groupId", "principalId")),
    )
}
