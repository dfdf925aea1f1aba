"""How each rule on roles is broken."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from mutating import Inputs, Mutation, drops, sets, with_resources

from seawall.plan.model import Plan, Resource

SUBSCRIPTION = "/subscriptions/44444444-4444-4444-4444-444444444444"
"""That of `prod`."""
STRANGER = "cccccccc-0004-0000-0000-0000000000ff"
"""A principal that nothing gives a role."""
OWNER = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

MATRIX = frozenset({"role-persona-matrix"})
"""Whoever changes scope, role or principal of an assignment makes one that nothing gives, and leaves another out."""


@dataclass(frozen=True)
class Standing(Mutation):
    """Breaks by a role assignment beside the eligibility named `name`, for the same role, scope and principal."""

    def broken(self, whole: Plan) -> Plan:
        of = next(each for each in whole.of_type(f"azure-native:{ELIGIBILITY}") if each.name == self.name)
        inputs = {key: copy.deepcopy(of.inputs[key]) for key in ("scope", "principalId", "roleDefinitionId")}
        self.breaks(inputs)
        type = f"azure-native:{self.type}"
        urn = f"urn:pulumi:{whole.stack}::{whole.project}::{type}::standing"
        added = Resource(urn=urn, type=type, name="standing", inputs=inputs)
        return with_resources(whole, (*whole.resources, added))


@dataclass(frozen=True)
class Missing(Mutation):
    """Breaks by leaving out the resource named `name`."""

    def broken(self, whole: Plan) -> Plan:
        left = tuple(each for each in whole.resources if (each.type, each.name) != (self.token, self.name))
        if len(left) == len(whole.resources):
            raise LookupError(f"no {self.type} {self.name} in {whole.stack}")
        return with_resources(whole, left)

    @property
    def token(self) -> str:
        return f"azure-native:{self.type}"


def allows_everything(inputs: Inputs) -> None:
    inputs["permissions"][0]["actions"] = ["*"]


ASSIGNMENT, DEFINITION = "authorization:RoleAssignment", "authorization:RoleDefinition"
ELIGIBILITY, ACTIVATION = "authorization:PimRoleEligibilitySchedule", "authorization:RoleManagementPolicy"

READS_IMAGES = "access-data-scientist-container-registry-reader"
GOVERNS_IMAGES = "access-data-governance-processes-container-registry-reader"
SUPPORTS_WORKSPACE = "access-platform-technical-support-machine-learning-workspace-owner"
SUPPORTS_VAULT = "access-platform-technical-support-azure-key-vault-key-vault-administrator"

MUTATIONS = [
    Mutation("role-persona-matrix", ASSIGNMENT, sets("principalId", STRANGER), name=READS_IMAGES),
    Missing("role-persona-matrix", ASSIGNMENT, drops(""), name=READS_IMAGES),
    Missing("role-persona-matrix", ELIGIBILITY, drops(""), name=SUPPORTS_VAULT),
    Mutation("role-groups-only", ASSIGNMENT, sets("principalType", "User"), name=READS_IMAGES),
    Mutation("role-groups-only", ELIGIBILITY, sets("principalId", STRANGER), name=SUPPORTS_VAULT, related=MATRIX),
    Mutation("role-no-owner", ASSIGNMENT, sets("roleDefinitionId", OWNER), name=GOVERNS_IMAGES, related=MATRIX),
    Mutation("role-no-owner", ASSIGNMENT, sets("roleDefinitionId", OWNER), name=READS_IMAGES,
             related=MATRIX | {"privileged-via-pim"}),
    Mutation("role-scope-limit", ASSIGNMENT, sets("scope", SUBSCRIPTION), name=READS_IMAGES, related=MATRIX),
    Mutation("role-scope-limit", ELIGIBILITY, sets("scope", SUBSCRIPTION), name=SUPPORTS_VAULT,
             related=MATRIX | {"role-groups-only", "privileged-via-pim"}),
    Mutation("role-definition-no-wildcard", DEFINITION, allows_everything,
             name="roles-machine-learning-model-consumer"),
    Standing("privileged-via-pim", ASSIGNMENT, sets("principalType", "Group"), name=SUPPORTS_WORKSPACE,
             related=MATRIX | {"role-no-owner"}),
    Standing("privileged-via-pim", ASSIGNMENT, sets("principalType", "Group"), name=SUPPORTS_VAULT, related=MATRIX),
    Mutation("privileged-via-pim", ELIGIBILITY, sets("scheduleInfo.expiration", {"type": "NoExpiration"}),
             name=SUPPORTS_WORKSPACE),
    Mutation("privileged-via-pim", ACTIVATION, sets("scope", SUBSCRIPTION),
             name="access-rules-machine-learning-workspace-owner"),
]  # fmt: skip
