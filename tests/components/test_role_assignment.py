from __future__ import annotations

import uuid

import pulumi_azure_native as azure
import pytest
from pulumi import Output

from components.base import arm_id
from components.role_assignment import (
    ROLES,
    RoleAssignment,
    RoleAssignmentArgs,
    assignment_name,
    role_definition_id,
    role_id,
)
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, STORAGE_ACCOUNT, SUBSCRIPTION

PRINCIPAL = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
KIND = "authorization:RoleAssignment"


def assignment(**more: object) -> RoleAssignment:
    given = {
        "scope": STORAGE_ACCOUNT,
        "principal_id": PRINCIPAL,
        "principal_type": "Group",
        "role": "Storage Blob Data Reader",
        **more,
    }
    return RoleAssignment("readers", RoleAssignmentArgs(**given))


def test_an_assignment_has_a_name_of_its_own_making(plan, azure_types):
    """The name comes from scope, principal and role; the principal's type is told, so that a new one resolves."""
    planned = plan(assignment)
    judge(planned, azure_types)
    assert tree(planned) == {("RoleAssignment", "readers", ""), (KIND, "readers", "RoleAssignment readers")}
    role = ROLES["Storage Blob Data Reader"]
    name = assignment_name(STORAGE_ACCOUNT, PRINCIPAL, role)
    assert inputs(planned, KIND) == {
        "scope": STORAGE_ACCOUNT,
        "principalId": PRINCIPAL,
        "principalType": "Group",
        "roleDefinitionId": (f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "roleAssignmentName": name,
    }
    assert one(planned, "RoleAssignment").outputs == {
        "id": f"{STORAGE_ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
    }
    assert one(planned, KIND).id == one(planned, "RoleAssignment").outputs["id"]


def test_a_condition_brings_its_version(plan, azure_types):
    """Conditions are written in version 2.0 of their language."""
    planned = plan(lambda: assignment(condition="@Resource[x] StringEquals 'y'", description="Reads the gold zone."))
    judge(planned, azure_types)
    made = inputs(planned, KIND)
    assert (made["conditionVersion"], made["description"]) == ("2.0", "Reads the gold zone.")


def test_a_principal_that_is_made_in_the_same_program_is_waited_for(plan, azure_types):
    """The name of an assignment to an identity that doesn't exist yet comes from the identity's principal ID."""

    def program() -> None:
        identity = azure.managedidentity.UserAssignedIdentity(
            "new", resource_name_="id-new", resource_group_name="rg-larkspur-mlp", location="westeurope"
        )
        assignment(
            principal_id=identity.principal_id, principal_type="ServicePrincipal", scope=Output.from_input(GROUP)
        )

    planned = plan(program)
    judge(planned, azure_types)
    made = one(planned, KIND)
    principal = made.inputs["principalId"]
    assert made.inputs["roleAssignmentName"] == assignment_name(GROUP, principal, ROLES["Storage Blob Data Reader"])
    assert one(planned, "managedidentity:UserAssignedIdentity").urn in made.dependencies


def test_case_makes_no_other_assignment():
    """Azure compares IDs without regard to case, and so does the name; another role is another name."""
    name = assignment_name(STORAGE_ACCOUNT, PRINCIPAL, ROLES["Reader"])
    assert name == assignment_name(STORAGE_ACCOUNT.upper(), PRINCIPAL.upper(), ROLES["Reader"])
    assert name != assignment_name(STORAGE_ACCOUNT, PRINCIPAL, ROLES["Owner"])
    assert uuid.UUID(name).version == 5


def test_roles_are_named_or_given_by_guid():
    """A custom role's GUID is taken as it is; a mistyped name is an error that lists the names."""
    custom = "12345678-1234-1234-1234-123456789abc"
    assert role_id("Reader") == ROLES["Reader"]
    assert role_id(custom.upper()) == custom
    with pytest.raises(ValueError, match=r"'Readr' is no role of the table.*AcrPull"):
        role_id("Readr")


def test_roles_at_a_management_group_are_the_tenants():
    """Above subscriptions, a role definition is referred to without one."""
    scope = arm_id("", "Microsoft.Management/managementGroups", "larkspur")
    assert role_definition_id(scope, ROLES["Reader"]) == (
        f"/providers/Microsoft.Authorization/roleDefinitions/{ROLES['Reader']}"
    )


def test_every_role_of_the_table_is_a_guid_of_its_own():
    """No two names share a GUID, and each is well-formed."""
    assert len({uuid.UUID(guid) for guid in ROLES.values()}) == len(ROLES) == 27
