"""What is made of groups that don't exist yet, and what the components refuse."""

from __future__ import annotations

from datetime import date

import pytest

from rbac.access import AccessControl, AccessControlArgs
from rbac.assignments import Assignment, Principal
from rbac.devops import DevOpsAccessArgs
from rbac.eligibility import JustInTime
from rbac.model import Service
from rbac.roles import role_ids
from tests.rbac.environments import GROUP, written
from tests.test_platform import planned

VAULT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
PERSON = Principal("support", "Group", GROUP.format(1), GROUP.format(1))


def one(role: str = "Reader", access: str = "standing", **more: object) -> Assignment:
    values = {
        "persona": "Platform technical support",
        "resource": "Azure Key Vault",
        "role": role,
        "role_id": role_ids()[role],
        "scope": VAULT,
        "place": "kv",
        "principal": PERSON,
        "access": access,
    }
    return Assignment(**(values | more))  # type: ignore[arg-type]


def test_groups_are_made_and_assigned(tmp_path):
    """`create` makes an Entra group with its owners, whose object ID the assignments take."""
    owner = GROUP.format(9)
    access = {"groupOwners": [owner], "personas": {"Data scientist": {"create": True}}}
    plan = planned(written(tmp_path, access=access), "dev")
    (group,) = plan.of_type("azuread:index/group:Group")
    assert group.inputs["displayName"] == "larkspur-mlp-dev-mlp-data-scientist"
    assert (
        group.inputs["owners"] == [owner] and group.inputs["securityEnabled"] and group.inputs["preventDuplicateNames"]
    )
    assert group.options.ignore_changes == ("members",)
    held = [
        role
        for role in plan.of_type("azure-native:authorization:RoleAssignment")
        if role.inputs["principalId"] == group.outputs["objectId"]
    ]
    assert held and all(role.inputs["principalType"] == "Group" for role in held)
    assert all(group.urn in role.dependencies for role in held)


def test_no_entra_provider_without_need(tmp_path):
    """A stack that makes no group asks nothing of the directory."""
    plan = planned(written(tmp_path), "dev")
    assert not [one.type for one in plan.resources if "azuread" in one.type or "azuredevops" in one.type]


def test_one_policy_serves_all_who_are_eligible(plan):
    """Rules belong to a role at a scope: two groups that are eligible for it share them."""
    other = Principal("other", "Group", GROUP.format(2), GROUP.format(2))

    def program() -> None:
        AccessControl(
            "access",
            AccessControlArgs(
                assignments=[one("Owner", "eligible"), one("Owner", "eligible", principal=other)],
                principal_ids={"support": PERSON.id, "other": other.id},
                just_in_time=JustInTime(date(2027, 6, 30), 8),
            ),
        )

    made = plan(program)
    assert len(list(made.of_type("azure-native:authorization:RoleManagementPolicy"))) == 1
    assert len(list(made.of_type("azure-native:authorization:PimRoleEligibilitySchedule"))) == 2


def test_the_name_of_a_policy_may_be_azures(plan):
    """Where Azure's own name of a role's rules is given, that policy is updated."""
    own = GROUP.format(7)

    def program() -> None:
        wanted = JustInTime(date(2027, 6, 30), 8, policies={"Azure Key Vault/Owner": own})
        AccessControl(
            "access",
            AccessControlArgs(
                assignments=[one("Owner", "eligible")], principal_ids={"support": PERSON.id}, just_in_time=wanted
            ),
        )

    (policy,) = plan(program).of_type("azure-native:authorization:RoleManagementPolicy")
    assert policy.inputs["roleManagementPolicyName"] == own


@pytest.mark.parametrize(
    ("assignments", "ids", "said"),
    [
        ([one()], {}, "no principal ID for support"),
        ([one(access="eligible")], {"support": PERSON.id}, "how it is activated isn't said"),
        ([one(service=Service.DEVOPS)], {"support": PERSON.id}, "only Azure's own roles"),
    ],
)
def test_what_is_missing_is_refused(assignments, ids, said):
    """The arguments say what they lack before anything is made."""
    with pytest.raises(ValueError, match=said):
        AccessControlArgs(assignments=assignments, principal_ids=ids)


def test_devops_refuses_what_it_can_not_give():
    """No membership without the group's descriptor, no feed permission without a feed."""
    common = {"principal_ids": {"support": PERSON.id}, "project_id": "p", "feed_id": None, "prefix": "x", "owners": ()}
    with pytest.raises(ValueError, match="no group of Azure DevOps for Reader"):
        DevOpsAccessArgs(assignments=[one(service=Service.DEVOPS)], groups={}, **common)
    with pytest.raises(ValueError, match="no feed"):
        DevOpsAccessArgs(assignments=[one(service=Service.ARTIFACTS)], groups={}, **common)
