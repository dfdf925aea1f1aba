"""Roles in Azure DevOps and Azure Artifacts: memberships of its groups, and permissions on a feed.

Just-in-time access goes by a group that nobody is a member of until he activates his eligibility (PIM for Groups).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_azuread as azuread
import pulumi_azuredevops as devops
from pulumi import Input, Output, ResourceOptions

from components.base import Component
from rbac.assignments import Assignment
from rbac.eligibility import JustInTime
from rbac.groups import Group, security_group
from rbac.model import COLLECTION_ADMINISTRATORS, PROJECT_ADMINISTRATORS, Service
from rbac.roles import slug

FEED_ROLES: Mapping[str, str] = {"Reader": "reader", "Contributor": "contributor", "Owner": "administrator"}
"""Feed roles by the tables' names. Source: Azure DevOps docs, artifacts/feeds/feed-permissions."""


@dataclass(frozen=True, kw_only=True)
class DevOpsAccessArgs:
    """`groups` gives the descriptors of the organisation's own groups by role. `principal_ids` are by principal key.

    `prefix` starts the display names of groups that are made for just-in-time access; `owners` own them. Raises
    ValueError where a descriptor, a feed or the rules of an activation are missing.
    """

    assignments: Sequence[Assignment]
    principal_ids: Mapping[str, Input[str]]
    project_id: str
    feed_id: str | None
    groups: Mapping[str, str]
    prefix: str
    owners: Sequence[str]
    just_in_time: JustInTime | None = None

    def __post_init__(self) -> None:
        for one in self.assignments:
            if one.service is Service.DEVOPS and one.role not in self.groups:
                raise ValueError(f"no group of Azure DevOps for {one.role}")
            if one.service is Service.ARTIFACTS and self.feed_id is None:
                raise ValueError("roles on a feed, and no feed")
            if one.access == "eligible" and (self.just_in_time is None or not self.owners):
                raise ValueError("just-in-time access, and no rules for it or no owners of its group")


class DevOpsAccess(Component):
    """Memberships and feed permissions; whoever isn't known in the organisation yet is added to it."""

    def __init__(self, name: str, args: DevOpsAccessArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.name, self.args = name, args
        self.known: dict[str, Output[str]] = {}
        members: dict[str, list[Output[str]]] = {}
        for one in args.assignments:
            descriptor = self._descriptor(one)
            if one.service is Service.ARTIFACTS:
                self._feed(one, descriptor)
            else:
                members.setdefault(one.role, []).append(descriptor)
        for role, descriptors in members.items():
            devops.GroupMembership(
                f"{name}-{slug(role)}",
                group=args.groups[role],
                members=descriptors,
                mode="add",  # others may be members too
                opts=self.child_opts(),
            )
        self.register_outputs({})

    def _feed(self, one: Assignment, descriptor: Output[str]) -> None:
        assert self.args.feed_id is not None  # checked with the arguments
        devops.FeedPermission(
            f"{self.name}-{slug(one.principal.key)}-feed",
            feed_id=self.args.feed_id,
            project_id=self.args.project_id,
            identity_descriptor=descriptor,
            role=FEED_ROLES[one.role],
            opts=self.child_opts(),
        )

    def _descriptor(self, one: Assignment) -> Output[str]:
        """What Azure DevOps calls the principal, or the group that he gets in to just in time."""
        key = one.principal.key if one.access == "standing" else f"{one.principal.key}-{one.resource}-{one.role}"
        if key in self.known:
            return self.known[key]
        name, principal_id = f"{self.name}-{slug(key)}", self.args.principal_ids[one.principal.key]
        if one.access == "eligible":
            principal_id = self._just_in_time(name, one, principal_id)
        # Other stacks bring the same principal into the organisation, so it stays when this one goes.
        shared = self.child_opts(retain_on_delete=True)
        if one.access == "standing" and one.principal.type == "ServicePrincipal":
            known = devops.ServicePrincipalEntitlement(
                name, origin_id=principal_id, origin="aad", account_license_type="express", opts=shared
            ).descriptor
        else:
            known = devops.Group(name, origin_id=principal_id, opts=shared).descriptor
        self.known[key] = known
        return known

    def _just_in_time(self, name: str, one: Assignment, principal_id: Input[str]) -> Output[str]:
        """The object ID of a group that the principal is eligible to be a member of, with the rules set before."""
        wanted = self.args.just_in_time
        assert wanted is not None  # checked with the arguments
        display = f"{self.args.prefix}-{slug(one.persona)}-{slug(one.resource)}-{slug(one.role)}"
        what = f"Just-in-time access of {one.persona} to {one.resource}: {one.role}. Members come and go by PIM."
        group = security_group(self, f"{name}-group", Group(one.principal.key, display, what), self.args.owners)
        rules = azuread.GroupRoleManagementPolicy(
            f"{name}-rules",
            group_id=group.object_id,
            role_id="member",
            activation_rules=_activation(wanted),
            eligible_assignment_rules=azuread.GroupRoleManagementPolicyEligibleAssignmentRulesArgs(
                expiration_required=True
            ),
            opts=self.child_opts(retain_on_delete=True),
        )
        azuread.PrivilegedAccessGroupEligibilitySchedule(
            f"{name}-eligibility",
            group_id=group.object_id,
            principal_id=principal_id,
            assignment_type="member",
            expiration_date=wanted.end,
            justification=what,
            opts=self.child_opts(depends_on=[rules]),
        )
        return group.object_id


def _activation(wanted: JustInTime) -> azuread.GroupRoleManagementPolicyActivationRulesArgs:
    stage = azuread.GroupRoleManagementPolicyActivationRulesApprovalStageArgs(
        primary_approvers=[
            azuread.GroupRoleManagementPolicyActivationRulesApprovalStagePrimaryApproverArgs(
                object_id=id, type="groupMembers"
            )
            for id in wanted.approvers
        ]
    )
    return azuread.GroupRoleManagementPolicyActivationRulesArgs(
        maximum_duration="P1D" if wanted.hours == 24 else wanted.duration,  # Entra takes a day only in this form
        require_justification=True,
        require_multifactor_authentication=True,
        require_approval=bool(wanted.approvers),
        approval_stage=stage if wanted.approvers else None,
    )


DEVOPS_GROUPS: Mapping[str, str] = {
    "Reader": "readers",
    "Contributor": "contributors",
    "Owner": "project_administrators",
    PROJECT_ADMINISTRATORS: "project_administrators",
    COLLECTION_ADMINISTRATORS: "collection_administrators",
}
"""The group of Azure DevOps behind each role, as settings call it."""
