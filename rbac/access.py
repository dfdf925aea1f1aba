"""Makes what the pure part works out: roles of our own, role assignments and eligibilities in Azure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, computed
from components.role_assignment import assignment_name, role_definition_id
from rbac.assignments import Assignment
from rbac.conditions import VERSION, Condition
from rbac.eligibility import JustInTime, activation_policy, eligibility
from rbac.grants import CustomRole
from rbac.model import ENDPOINTS, STORAGE, Service
from rbac.roles import custom_role_id, policy_name, slug


@dataclass(frozen=True, kw_only=True)
class CustomRolesArgs:
    """Roles of our own in a subscription. `suffix` sets their names apart from those of the tenant's other stacks."""

    subscription: str
    roles: Sequence[CustomRole]
    suffix: str


class CustomRoles(Component):
    """Roles of our own: in Azure a name may be used once in a tenant, so it carries the stack's."""

    def __init__(self, name: str, args: CustomRolesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        scope = f"/subscriptions/{args.subscription}"
        self.made = {
            role.name: azure.authorization.RoleDefinition(
                f"{name}-{slug(role.name)}",
                scope=scope,
                role_definition_id=custom_role_id(args.subscription, f"{role.name} {args.suffix}"),
                role_name=f"{role.name} ({args.suffix})",
                role_type="CustomRole",
                description=role.does,
                assignable_scopes=[scope],
                permissions=[
                    azure.authorization.PermissionArgs(
                        actions=list(role.actions),
                        not_actions=[],
                        data_actions=list(role.data_actions),
                        not_data_actions=[],
                    )
                ],
                opts=self.child_opts(),
            )
            for role in args.roles
        }
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class AccessControlArgs:
    """Which assignments to make, and the Outputs behind their plain values.

    `scopes` maps a planned scope, in lower case, to the ID that waits for its resource; a scope that isn't there is
    taken as it is. `principal_ids` gives object IDs by the principals' keys. `just_in_time` is needed where one of the
    assignments is eligible. Raises ValueError where it, or a principal, is missing.
    """

    assignments: Sequence[Assignment]
    scopes: Mapping[str, Input[str]] = field(default_factory=dict)
    principal_ids: Mapping[str, Input[str]]
    custom_roles: CustomRoles | None = None
    just_in_time: JustInTime | None = None

    def __post_init__(self) -> None:
        keys = {one.principal.key for one in self.assignments}
        keys |= {key for one in self.assignments if one.condition for key in one.condition.principals}
        missing = sorted(keys - self.principal_ids.keys())
        if missing:
            raise ValueError(f"no principal ID for {', '.join(missing)}")
        if self.just_in_time is None and any(one.access == "eligible" for one in self.assignments):
            raise ValueError("an assignment is just-in-time, and how it is activated isn't said")
        if any(one.service is not Service.AZURE for one in self.assignments):
            raise ValueError("only Azure's own roles are assigned here")


class AccessControl(Component):
    """Role assignments, and eligibilities with the rules of their activation.

    `ids` are of all that was made, by principal key: whoever acts by a principal waits for them.
    """

    ids: Mapping[str, Sequence[Output[str]]]

    def __init__(self, name: str, args: AccessControlArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.rules: dict[tuple[str, str], azure.authorization.RoleManagementPolicy] = {}
        made: dict[str, list[Output[str]]] = {}
        for one in args.assignments:
            resource = self._eligible(name, one) if one.access == "eligible" else self._standing(name, one)
            made.setdefault(one.principal.key, []).append(resource.urn)
        self.ids = made
        self.register_outputs({})

    def _standing(self, name: str, one: Assignment) -> azure.authorization.RoleAssignment:
        scope, principal_id = self._scope(one), Output.from_input(self.args.principal_ids[one.principal.key])
        return azure.authorization.RoleAssignment(
            f"{name}-{logical_name(one)}",
            scope=scope,
            principal_id=principal_id,
            principal_type=one.principal.type,
            role_definition_id=scope.apply(lambda known: role_definition_id(known, one.role_id)),
            role_assignment_name=Output.all(scope, principal_id).apply(
                lambda known: assignment_name(known[0], known[1], one.role_id)
            ),
            description=described(one),
            condition=self._condition(one.condition),
            condition_version=VERSION if one.condition else None,
            opts=self.child_opts(),
        )

    def _eligible(self, name: str, one: Assignment) -> azure.authorization.PimRoleEligibilitySchedule:
        wanted = self.args.just_in_time
        assert wanted is not None  # checked with the arguments
        scope, logical = self._scope(one), f"{name}-{logical_name(one)}"
        key = (one.scope.lower(), one.role)
        if key not in self.rules:
            policy = wanted.policies.get(f"{one.resource}/{one.role}") or policy_name(one.scope, one.role_id)
            rules_name = f"{name}-rules-{slug(one.resource)}-{_place(one)}{slug(one.role)}"
            self.rules[key] = activation_policy(self, rules_name, scope, policy, wanted)
        return eligibility(
            self,
            logical,
            scope=scope,
            principal_id=self.args.principal_ids[one.principal.key],
            role_definition_id=scope.apply(lambda known: role_definition_id(known, one.role_id)),
            condition=self._condition(one.condition),
            justification=described(one),
            wanted=wanted,
            rules=self.rules[key],
        )

    def _scope(self, one: Assignment) -> Output[str]:
        """The scope, once its resource and, for a role of our own, that role are there."""
        scope = self.args.scopes.get(one.scope.lower(), one.scope)
        own = self.args.custom_roles.made.get(one.role) if self.args.custom_roles else None
        if own is None:
            return Output.from_input(scope)
        return computed(own, lambda known: known, scope)

    def _condition(self, condition: Condition | None) -> Output[str] | None:
        if condition is None:
            return None
        keys = condition.principals
        return Output.all(*(self.args.principal_ids[key] for key in keys)).apply(
            lambda ids: condition.text(dict(zip(keys, ids, strict=True)))
        )


def described(one: Assignment) -> str:
    """What an assignment says of itself in the portal: who it is for and what gives it."""
    given = f"declared in rbac/grants.yaml as {one.grant}: {one.reason}" if one.grant else "in rbac/personas.yaml"
    return f"{one.persona} on {one.resource}, {given}"[:1024]


def logical_name(one: Assignment) -> str:
    """The name of an assignment in the program: what it is to, on what, and the role."""
    return f"{slug(one.principal.key)}-{slug(one.resource)}-{_place(one)}{slug(one.role)}"


def _place(one: Assignment) -> str:
    """The place where a resource of the tables may have several."""
    return f"{slug(one.place)}-" if one.resource in (STORAGE, ENDPOINTS) else ""
