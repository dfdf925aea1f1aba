"""Just-in-time access: who may activate a role, until when, and what an activation asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pulumi_azure_native as azure
from pulumi import Input, Output

from components.base import Component, computed

_ALL = "All"


@dataclass(frozen=True)
class JustInTime:
    """How an activation goes. `until` is the last day of the eligibilities, `hours` how long one activation lasts.

    `approvers` are object IDs of groups; none: nobody has to approve. `policies` gives the names that Azure has for
    its rules, by `<resource>/<role>`.
    """

    until: date
    hours: int
    approvers: tuple[str, ...] = ()
    policies: Mapping[str, str] = field(default_factory=dict)

    @property
    def end(self) -> str:
        """The moment after which nobody is eligible any more, in UTC."""
        return f"{self.until.isoformat()}T23:59:59Z"

    @property
    def duration(self) -> str:
        """The longest activation as an ISO 8601 duration."""
        return f"PT{self.hours}H"


def activation_policy(
    parent: Component, name: str, scope: Input[str], policy: str, wanted: JustInTime
) -> azure.authorization.RoleManagementPolicy:
    """The rules of activating one role at one scope.

    Azure keeps a policy for every role at every scope: this one is updated and never made or deleted, so it stays when
    the stack goes. Source: Azure docs, rest/api/authorization/privileged-role-policy-rest-sample.
    """
    return azure.authorization.RoleManagementPolicy(
        name,
        scope=scope,
        role_management_policy_name=policy,
        rules=activation_rules(wanted),
        opts=parent.child_opts(retain_on_delete=True),
    )


def activation_rules(wanted: JustInTime) -> list[Any]:
    """What an activation asks for, and how long it and the eligibility last, in Azure's rules."""
    auth = azure.authorization
    return [
        auth.RoleManagementPolicyExpirationRuleArgs(
            rule_type="RoleManagementPolicyExpirationRule",
            id="Expiration_Admin_Eligibility",
            is_expiration_required=True,
            maximum_duration="P365D",
            target=_target("Admin", "Eligibility"),
        ),
        auth.RoleManagementPolicyExpirationRuleArgs(
            rule_type="RoleManagementPolicyExpirationRule",
            id="Expiration_EndUser_Assignment",
            is_expiration_required=True,
            maximum_duration=wanted.duration,
            target=_target("EndUser", "Assignment"),
        ),
        auth.RoleManagementPolicyEnablementRuleArgs(
            rule_type="RoleManagementPolicyEnablementRule",
            id="Enablement_EndUser_Assignment",
            enabled_rules=["MultiFactorAuthentication", "Justification"],
            target=_target("EndUser", "Assignment"),
        ),
        auth.RoleManagementPolicyApprovalRuleArgs(
            rule_type="RoleManagementPolicyApprovalRule",
            id="Approval_EndUser_Assignment",
            setting=_approval(wanted),
            target=_target("EndUser", "Assignment"),
        ),
    ]


def _approval(wanted: JustInTime) -> azure.authorization.ApprovalSettingsArgs:
    auth = azure.authorization
    if not wanted.approvers:
        return auth.ApprovalSettingsArgs(is_approval_required=False, approval_mode="NoApproval")
    stage = auth.ApprovalStageArgs(
        approval_stage_time_out_in_days=1,
        is_approver_justification_required=True,
        is_escalation_enabled=False,
        primary_approvers=[auth.UserSetArgs(id=id, user_type="Group", is_backup=False) for id in wanted.approvers],
    )
    return auth.ApprovalSettingsArgs(
        is_approval_required=True,
        is_approval_required_for_extension=False,
        is_requestor_justification_required=True,
        approval_mode="SingleStage",
        approval_stages=[stage],
    )


def _target(caller: str, level: str) -> azure.authorization.RoleManagementPolicyRuleTargetArgs:
    return azure.authorization.RoleManagementPolicyRuleTargetArgs(caller=caller, level=level, operations=[_ALL])


def eligibility(
    parent: Component,
    name: str,
    *,
    scope: Input[str],
    principal_id: Input[str],
    role_definition_id: Input[str],
    condition: Input[str] | None,
    justification: str,
    wanted: JustInTime,
    rules: azure.authorization.RoleManagementPolicy,
) -> azure.authorization.PimRoleEligibilitySchedule:
    """Makes someone eligible for a role until a day, once the rules of its activation are set."""
    auth = azure.authorization
    # Through the rules' URN: a plain depends_on would do for the order, but this is known at a preview as well.
    after_rules: Output[str] = computed(rules, lambda known: known, scope)
    return auth.PimRoleEligibilitySchedule(
        name,
        scope=after_rules,
        principal_id=principal_id,
        role_definition_id=role_definition_id,
        condition=condition,
        condition_version="2.0" if condition is not None else None,
        justification=justification,
        schedule_info=auth.RoleEligibilityScheduleRequestPropertiesScheduleInfoArgs(
            expiration=auth.RoleEligibilityScheduleRequestPropertiesExpirationArgs(
                type="AfterDateTime", end_date_time=wanted.end
            )
        ),
        opts=parent.child_opts(depends_on=[rules]),
    )
