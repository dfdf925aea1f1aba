"""Azure's own policies on resource groups: what bypasses Pulumi is refused, or reported, all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, arm_id, child_id
from components.builtin_policies import BuiltinPolicy, Effect, builtin_policies

_SET = "Microsoft.Authorization/policySetDefinitions"
_ASSIGNMENT = "Microsoft.Authorization/policyAssignments"


@dataclass(frozen=True, kw_only=True)
class AssignedPolicy:
    """A built-in policy as it is assigned.

    `reference` tells it from the initiative's others, `definition` is a GUID of `builtin_policies.yaml`. With `effect`
    Deny it refuses where it can, and reports where it can't. `message` is what Azure tells whoever it refuses, `group`
    the heading under which compliance is shown. Raises ValueError, with every fault of the parameters.
    """

    reference: str
    definition: str
    effect: Effect
    group: str
    message: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.definition not in builtin_policies():
            raise ValueError(f"{self.reference}: builtin_policies.yaml has no policy {self.definition}")
        self.policy.effect(self.effect)
        faults = self.policy.faults(self.parameters)
        if faults:
            raise ValueError(f"{self.reference}: the policy {self.policy.name!r}: {'; '.join(faults)}")

    @property
    def policy(self) -> BuiltinPolicy:
        return builtin_policies()[self.definition]


@dataclass(frozen=True, kw_only=True)
class PolicyWaiver:
    """An exemption from some of the policies in some of the scopes, until the end of the day `expires` (UTC).

    `references` are those of the policies, `scopes` keys of `PolicyAssignmentsArgs.scopes`. `metadata` says who answers
    for it, and where it was approved.
    """

    resource_name: str
    title: str
    reason: str
    references: Sequence[str]
    scopes: Sequence[str]
    expires: date
    metadata: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PolicyAssignmentsArgs:
    """`scopes` are IDs of resource groups, each under a short name; `subscription_id` is the GUID of theirs.

    `resource_name` is the name of the initiative and of its assignments. Raises ValueError where a reference stands
    there twice, or an exemption names a policy or a scope that there isn't.
    """

    subscription_id: str
    resource_name: str
    title: str
    scopes: Mapping[str, Input[str]]
    policies: Sequence[AssignedPolicy]
    waivers: Sequence[PolicyWaiver] = ()

    def __post_init__(self) -> None:
        references = [policy.reference for policy in self.policies]
        faults = [f"{one} stands there twice" for one in sorted(set(references)) if references.count(one) > 1]
        for waiver in self.waivers:
            faults += [f"{waiver.resource_name}: no policy {one}" for one in waiver.references if one not in references]
            faults += [f"{waiver.resource_name}: no scope {one}" for one in waiver.scopes if one not in self.scopes]
        if faults:
            raise ValueError(f"the policies {self.resource_name}: {'; '.join(faults)}")


class PolicyAssignments(Component):
    """An initiative of built-in policies, assigned to each of some resource groups, with the exemptions from it.

    One initiative in place of single assignments: Azure takes 200 assignments a scope, and shows the compliance of an
    initiative as one. It makes no change to a resource and needs no identity. An assignment takes up to half an hour
    to take effect, and so does an exemption.
    Source: Azure docs, governance/policy/overview ("Maximum count of Azure Policy objects").
    """

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: PolicyAssignmentsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        subscription = f"/subscriptions/{args.subscription_id}"
        initiative = self._initiative(name, args)
        initiative_id = child_id(initiative, subscription, _SET, args.resource_name)
        for key, scope in args.scopes.items():
            assignment = self._assignment(f"{name}-{key}", args, scope, initiative_id)
            assignment_id = child_id(assignment, scope, _ASSIGNMENT, args.resource_name)
            for waiver in args.waivers:
                if key in waiver.scopes:
                    self._exemption(f"{name}-{key}-{waiver.resource_name}", waiver, scope, assignment_id)
        self.id = self.computed(lambda: arm_id(subscription, _SET, args.resource_name))
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})

    def _initiative(self, name: str, args: PolicyAssignmentsArgs) -> azure.authorization.PolicySetDefinition:
        groups = sorted({policy.group for policy in args.policies})
        return azure.authorization.PolicySetDefinition(
            name,
            policy_set_definition_name=args.resource_name,
            policy_type="Custom",
            display_name=args.title,
            description="Built-in policies that demand what the guardrails of the platform demand.",
            metadata={"category": "Machine Learning"},
            policy_definition_groups=[azure.authorization.PolicyDefinitionGroupArgs(name=group) for group in groups],
            policy_definitions=[_reference(policy) for policy in args.policies],
            opts=self.child_opts(),
        )

    def _assignment(
        self, name: str, args: PolicyAssignmentsArgs, scope: Input[str], initiative_id: Input[str]
    ) -> azure.authorization.PolicyAssignment:
        return azure.authorization.PolicyAssignment(
            name,
            policy_assignment_name=args.resource_name,
            scope=scope,
            policy_definition_id=initiative_id,
            display_name=args.title,
            description="What bypasses Pulumi is held to the same guardrails.",
            enforcement_mode="Default",
            non_compliance_messages=[
                azure.authorization.NonComplianceMessageArgs(
                    policy_definition_reference_id=policy.reference, message=policy.message
                )
                for policy in args.policies
            ],
            overrides=_overrides(args.policies),
            opts=self.child_opts(),
        )

    def _exemption(self, name: str, waiver: PolicyWaiver, scope: Input[str], assignment_id: Input[str]) -> None:
        azure.authorization.PolicyExemption(
            name,
            policy_exemption_name=waiver.resource_name,
            scope=scope,
            policy_assignment_id=assignment_id,
            policy_definition_reference_ids=list(waiver.references),
            exemption_category="Waiver",
            display_name=waiver.title,
            description=waiver.reason,
            expires_on=f"{waiver.expires.isoformat()}T23:59:59Z",
            metadata=dict(waiver.metadata),
            opts=self.child_opts(),
        )


def _reference(assigned: AssignedPolicy) -> azure.authorization.PolicyDefinitionReferenceArgs:
    policy = assigned.policy
    values = dict(assigned.parameters)
    if policy.effect_parameter:
        values[policy.effect_parameter] = policy.effect(assigned.effect)
    return azure.authorization.PolicyDefinitionReferenceArgs(
        policy_definition_id=policy.definition_id,
        definition_version=policy.versions,
        policy_definition_reference_id=assigned.reference,
        group_names=[assigned.group],
        parameters={
            key: azure.authorization.ParameterValuesValueArgs(value=value) for key, value in sorted(values.items())
        },
    )


def _overrides(policies: Sequence[AssignedPolicy]) -> list[azure.authorization.OverrideArgs] | None:
    """Reports in place of refusals, for policies that have no parameter for it.

    Source: Azure docs, governance/policy/concepts/assignment-structure, "Overrides".
    """
    fixed = [one for one in policies if not one.policy.effect_parameter]
    reported = [one.reference for one in fixed if one.policy.effect(one.effect) not in one.policy.effects]
    if not reported:
        return None
    selector = azure.authorization.SelectorArgs(kind="policyDefinitionReferenceId", in_=reported)
    return [azure.authorization.OverrideArgs(kind="policyEffect", value="Audit", selectors=[selector])]
