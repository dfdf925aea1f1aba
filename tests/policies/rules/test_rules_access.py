"""Rules on roles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from asking import ask
from guarded import GONE, GROUP, IDENTITY, PREPRODUCTION, PRODUCTION, SUBSCRIPTION, WORKSPACE, depending, make

from policies import Context
from policies.access import Access, Granted
from policies.rules.access import (
    privileged_via_pim,
    role_definition_no_wildcard,
    role_groups_only,
    role_no_owner,
    role_persona_matrix,
    role_scope_limit,
)
from seawall.plan.model import Resource
from seawall.plan.values import UNKNOWN

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
SCIENTISTS = "00000000-0000-0000-0000-0000000000b1"
SUPPORT = "00000000-0000-0000-0000-0000000000b2"
PIPELINE = "00000000-0000-0000-0000-0000000000b3"
OTHER = "00000000-0000-0000-0000-0000000000b4"
NAME = "00000000-0000-0000-0000-0000000000d1"


def assignment(name: str = "reads", role: str = READER, scope: str = WORKSPACE, **changes: Any) -> Resource:
    inputs = {
        "scope": scope, "principalId": SCIENTISTS, "principalType": "Group", "roleAssignmentName": NAME,
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}",
    }  # fmt: skip
    id = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{NAME}"
    return make("authorization:RoleAssignment", name, id, inputs, **changes)


def eligibility(name: str = "support", scope: str = WORKSPACE, role: str = OWNER, **changes: Any) -> Resource:
    inputs = {
        "scope": scope, "principalId": SUPPORT,
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "scheduleInfo": {"expiration": {"type": "AfterDateTime", "endDateTime": "2027-03-31T23:59:59Z"}},
    }  # fmt: skip
    id = f"{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{NAME}"
    return make("authorization:PimRoleEligibilitySchedule", name, id, inputs, **changes)


def activation_rules(scope: str = WORKSPACE) -> Resource:
    inputs = {"scope": scope, "roleManagementPolicyName": NAME, "rules": []}
    id = f"{scope}/providers/Microsoft.Authorization/roleManagementPolicies/{NAME}"
    return make("authorization:RoleManagementPolicy", "rules", id, inputs)


def entra_group(display_name: str = "mlp scientists") -> Resource:
    token = "azuread:index/group:Group"
    inputs = {"displayName": display_name, "securityEnabled": True}
    return Resource(urn=f"urn:pulumi:test::seawall::{token}::g", type=token, name="g", id="/groups/x", inputs=inputs)


def identity() -> Resource:
    inputs = {"resourceName": "id-ml", "resourceGroupName": "rg-ml", "location": "westeurope"}
    return make("managedidentity:UserAssignedIdentity", "identity", IDENTITY, inputs)


def role_definition(**changes: Any) -> Resource:
    inputs = {"scope": SUBSCRIPTION, "roleDefinitionId": NAME, "permissions": [{"actions": ["x/score/action"]}]}
    id = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{NAME}"
    return make("authorization:RoleDefinition", "role", id, inputs, **changes)


def given(*granted: Granted, context: Context = PRODUCTION) -> Context:
    return replace(context, access=Access(frozenset(granted)))


READS = Granted(WORKSPACE, SCIENTISTS, READER, holder="Data scientist", role_name="Reader")
MENDS = Granted(WORKSPACE, SUPPORT, OWNER, True, holder="Platform technical support", role_name="Owner")
RELEASES = Granted(WORKSPACE, PIPELINE, OWNER, holder="CI/CD processes", for_group=False, role_name="Owner")
BUILDS = Granted(
    SUBSCRIPTION,
    PIPELINE,
    OWNER,
    holder="Deployer",
    for_group=False,
    role_name="Owner",
    declared="deployer-subscription",
)


# role-persona-matrix ------------------------------------------------------------------------------------------------


def test_role_persona_matrix_accepts_what_is_given() -> None:
    """An assignment for each that is given, whatever the case of IDs."""
    written = replace(READS, scope=WORKSPACE.upper(), role=READER.upper())
    plan = assignment(), eligibility(), assignment("ci", OWNER, principalId=PIPELINE, principalType="ServicePrincipal")
    assert ask(role_persona_matrix, *plan, context=given(written, MENDS, RELEASES)) == []


@pytest.mark.parametrize(
    "change", [{"principalId": OTHER}, {"scope": GROUP}, {"roleDefinitionId": f"/roleDefinitions/{OTHER}"}]
)
def test_role_persona_matrix_refuses_what_nothing_gives(change: dict[str, str]) -> None:
    """Another principal, scope or role is one too many, and the one that is given is missing."""
    told = ask(role_persona_matrix, assignment(**change), context=given(READS))
    assert len(told) == 2
    assert any("neither the tables nor a declared grant give" in one for one in told)
    assert any(f"the plan lacks Reader of Data scientist at {WORKSPACE}" in one for one in told)


def test_role_persona_matrix_tells_standing_from_eligible() -> None:
    """The same role for good, where it is given just in time, is another thing."""
    standing = assignment(role=OWNER, principalId=SUPPORT)
    told = ask(role_persona_matrix, standing, context=given(MENDS))
    assert any("it is standing, and is to be eligible: eligibility for Owner" in one for one in told)


def test_role_persona_matrix_refuses_the_same_twice() -> None:
    """Azure takes an assignment once."""
    told = ask(role_persona_matrix, assignment("one"), assignment("two"), context=given(READS))
    assert len(told) == 1
    assert "gives what another one gives already" in told[0]


def test_role_persona_matrix_knows_a_group_and_an_identity_by_what_they_are() -> None:
    """A group that the plan makes goes by its name, an identity by its ARM ID, even while object IDs are unknown."""
    group, own = entra_group(), identity()
    reads = depending(assignment(principalId=UNKNOWN), principalId=group)
    runs = depending(
        assignment("runs", principalId=UNKNOWN, principalType="ServicePrincipal", scope=GROUP), principalId=own
    )
    grants = given(Granted(WORKSPACE, "MLP scientists", READER), Granted(GROUP, IDENTITY, READER, for_group=False))
    assert ask(role_persona_matrix, group, own, reads, runs, context=grants) == []
    known = depending(assignment(), principalId=group)
    assert ask(role_persona_matrix, group, own, known, runs, context=grants) == []


def test_role_persona_matrix_cannot_tell_before_deployment() -> None:
    """A principal that comes from nowhere is undecided, and so is whether anything is missing."""
    told = ask(role_persona_matrix, assignment(principalId=UNKNOWN), context=given(READS, context=PREPRODUCTION))
    assert set(told) == {
        f"unknown advisory seawall-test: unknown: the plan lacks Reader of Data scientist at {WORKSPACE}",
        "unknown advisory reads: unknown: property principalId can't be known before deployment",
    }


def test_role_persona_matrix_needs_to_be_told_what_is_given() -> None:
    """Without tables and grants no assignment passes in silence."""
    (told,) = ask(role_persona_matrix, assignment())
    assert "was not handed to the guardrails" in told
    assert ask(role_persona_matrix, identity()) == []


# role-groups-only ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["User", "user", GONE])
def test_role_groups_only_refuses_users(kind: object) -> None:
    """A user, or a principal of no type, which is then taken for one."""
    assert len(ask(role_groups_only, assignment(principalType=kind))) == 1


def test_role_groups_only_accepts_groups_and_processes() -> None:
    """Processes have principals of their own."""
    assert ask(role_groups_only, assignment(), assignment("ci", principalType="ServicePrincipal")) == []


def test_role_groups_only_accepts_an_eligibility_of_a_group() -> None:
    """It is a group of the plan, whose ID may be yet to come, or one that was granted it."""
    group = entra_group()
    assert ask(role_groups_only, group, depending(eligibility(principalId=UNKNOWN), principalId=group)) == []
    assert ask(role_groups_only, eligibility(), context=given(MENDS)) == []


def test_role_groups_only_refuses_an_eligibility_of_a_stranger() -> None:
    """Nothing says that its principal is a group: not the plan, not a grant to another, not one to a process."""
    told = ["violation mandatory support: its principal isn't known to be a group"]
    assert ask(role_groups_only, eligibility()) == told
    assert ask(role_groups_only, eligibility(principalId=OTHER), context=given(MENDS)) == told
    assert ask(role_groups_only, eligibility(), context=given(replace(MENDS, for_group=False))) == told


def test_role_groups_only_cannot_tell_before_deployment() -> None:
    """A type that is unknown may be User, and an eligible principal that comes from nowhere may be anybody."""
    (kind,) = ask(role_groups_only, assignment(principalType=UNKNOWN))
    assert kind == "unknown mandatory reads: unknown: property principalType can't be known before deployment"
    (principal,) = ask(role_groups_only, eligibility(principalId=UNKNOWN), context=given(MENDS))
    assert principal == "unknown mandatory support: unknown: property principalId can't be known before deployment"


# role-no-owner ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", [OWNER, "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "f58310d9-a9f6-439a-9e8d-f62e7b41a168", OWNER.upper()]
)
def test_role_no_owner_refuses_roles_that_assign_roles(role: str) -> None:
    """Owner, User Access Administrator and Role Based Access Control Administrator."""
    assert len(ask(role_no_owner, assignment(role=role))) == 1


def test_role_no_owner_accepts_exactly_what_its_holders_were_given() -> None:
    """CI/CD at its scope, support as an eligibility; at another scope, or for good, it isn't theirs."""
    context = given(MENDS, RELEASES)
    ci = assignment("ci", OWNER, principalId=PIPELINE, principalType="ServicePrincipal")
    assert ask(role_no_owner, assignment(), ci, eligibility(), context=context) == []
    wider = assignment("ci", OWNER, GROUP, principalId=PIPELINE, principalType="ServicePrincipal")
    standing = assignment("support", OWNER, principalId=SUPPORT)
    assert len(ask(role_no_owner, wider, standing, context=context)) == 2


def test_role_no_owner_accepts_an_identity_before_its_id_is_known() -> None:
    """What its ID comes from in the plan tells whose the role is; another identity's isn't given by that."""
    own = identity()
    ci = depending(assignment("ci", OWNER, principalId=UNKNOWN, principalType="ServicePrincipal"), principalId=own)
    assert ask(role_no_owner, own, ci, context=given(replace(RELEASES, principal=IDENTITY))) == []
    assert len(ask(role_no_owner, own, ci, context=given(RELEASES))) == 1


def test_role_no_owner_refuses_other_personas_even_if_tables_give_it() -> None:
    """A table that makes data scientists owners is wrong itself."""
    owns = Granted(WORKSPACE, SCIENTISTS, OWNER, holder="Data scientist")
    (told,) = ask(role_no_owner, assignment(role=OWNER), context=given(owns))
    assert "Data scientist is none of CI/CD processes, Deployer, Platform technical support" in told


@pytest.mark.parametrize("path", ["roleDefinitionId", "principalId", "scope"])
def test_role_no_owner_cannot_tell_before_deployment(path: str) -> None:
    """A role that is unknown may be Owner, and whose it is, and where, decides whether it was given."""
    ci = {"principalId": PIPELINE, "principalType": "ServicePrincipal"}
    (told,) = ask(role_no_owner, assignment("ci", OWNER, **{**ci, path: UNKNOWN}), context=given(RELEASES))
    assert told == f"unknown mandatory ci: unknown: property {path} can't be known before deployment"


# role-scope-limit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scope", [SUBSCRIPTION, f"{SUBSCRIPTION}/", "/providers/Microsoft.Management/managementGroups/m", "/"]
)
def test_role_scope_limit_refuses_wide_scopes(scope: str) -> None:
    """A subscription, a management group, the tenant's root."""
    assert len(ask(role_scope_limit, assignment(scope=scope), eligibility(scope=scope))) == 2


def test_role_scope_limit_accepts_resource_groups_and_what_is_in_them() -> None:
    """In any case."""
    assert ask(role_scope_limit, assignment(), assignment("group", scope=GROUP.upper())) == []


def test_role_scope_limit_accepts_a_declared_grant() -> None:
    """The deployer's is declared beside the tables; an identity of the plan has its own before its ID is known."""
    builds = assignment(role=OWNER, scope=SUBSCRIPTION, principalId=PIPELINE)
    assert ask(role_scope_limit, builds, context=given(BUILDS)) == []
    own = identity()
    runs = depending(assignment("runs", OWNER, SUBSCRIPTION, principalId=UNKNOWN), principalId=own)
    assert ask(role_scope_limit, own, runs, context=given(replace(BUILDS, principal=IDENTITY))) == []


def test_role_scope_limit_refuses_what_no_declared_grant_gives() -> None:
    """What only the tables would give is too wide, and so is what was declared for another principal."""
    builds = assignment(role=OWNER, scope=SUBSCRIPTION, principalId=PIPELINE)
    for granted in (replace(BUILDS, declared=""), replace(BUILDS, principal=OTHER)):
        (told,) = ask(role_scope_limit, builds, context=given(granted))
        assert told == f"violation mandatory reads: its scope is {SUBSCRIPTION}, wider than a resource group"


def test_role_scope_limit_cannot_tell_before_deployment() -> None:
    """A scope that is unknown may be the subscription; there, whose the role is decides whether it was declared."""
    for coming, path in (
        (assignment(scope=UNKNOWN), "scope"),
        (assignment(scope=SUBSCRIPTION, principalId=UNKNOWN), "principalId"),
    ):
        (told,) = ask(role_scope_limit, coming, context=given(BUILDS))
        assert told == f"unknown mandatory reads: unknown: property {path} can't be known before deployment"


# role-definition-no-wildcard ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["*", "Microsoft.Storage/*", "*/read"])
@pytest.mark.parametrize("kind", ["actions", "dataActions"])
def test_role_definition_no_wildcard_refuses_wildcards(kind: str, action: str) -> None:
    """Anywhere in an action, on either plane; in both tiers."""
    role = role_definition(permissions=[{kind: ["a/read", action]}])
    for context in (PRODUCTION, PREPRODUCTION):
        (told,) = ask(role_definition_no_wildcard, role, context=context)
        assert f"permissions[0].{kind} has {action}" in told


def test_role_definition_no_wildcard_refuses_each_wildcard() -> None:
    """One finding for each, whichever permission it stands in, with its place."""
    role = role_definition(permissions=[{"actions": ["a/read"]}, {"actions": ["*"], "dataActions": ["b/*", "*/c"]}])
    assert ask(role_definition_no_wildcard, role) == [
        f"violation mandatory role: permissions[1].{told}"
        for told in ("actions has *", "dataActions has */c", "dataActions has b/*")
    ]


def test_role_definition_no_wildcard_accepts_named_actions() -> None:
    """What a role may not do may well have one."""
    excluding = [{"actions": ["a/read"], "notActions": ["Microsoft.Authorization/*"]}]
    assert ask(role_definition_no_wildcard, role_definition(), role_definition(permissions=excluding)) == []


@pytest.mark.parametrize(
    "permissions", [UNKNOWN, [UNKNOWN], [{"actions": UNKNOWN}], [{"actions": ["a/read", UNKNOWN]}]]
)
def test_role_definition_no_wildcard_cannot_tell_before_deployment(permissions: object) -> None:
    """An action that is unknown may be a wildcard; as every unknown, that is advice in preproduction."""
    for context, level in ((PRODUCTION, "mandatory"), (PREPRODUCTION, "advisory")):
        (told,) = ask(role_definition_no_wildcard, role_definition(permissions=permissions), context=context)
        assert told.startswith(f"unknown {level} role: unknown: property permissions")


# privileged-via-pim -------------------------------------------------------------------------------------------------


def test_privileged_via_pim_refuses_standing_owners_but_processes() -> None:
    """A group holds no privileged role for good; a pipeline may."""
    pipeline = assignment("ci", OWNER, principalId=PIPELINE, principalType="ServicePrincipal")
    assert ask(privileged_via_pim, assignment("people", OWNER), pipeline) == [
        "violation mandatory people: it gives Owner to people for good"
    ]


def test_privileged_via_pim_refuses_for_good_what_is_given_just_in_time() -> None:
    """Whatever the role: the tables say how access lasts."""
    vault = Granted(WORKSPACE, SUPPORT, READER, True, holder="Platform technical support", role_name="Key Vault Reader")
    (told,) = ask(privileged_via_pim, assignment(principalId=SUPPORT), context=given(vault))
    assert "it is standing, and is to be an eligibility for Key Vault Reader" in told


@pytest.mark.parametrize(
    "expiration",
    [GONE, {"type": "NoExpiration"}, {"type": "AfterDateTime"}, {"type": "AfterDuration", "endDateTime": "2027-01-01"}],
)
def test_privileged_via_pim_refuses_an_eligibility_without_an_end(expiration: object) -> None:
    """No expiration, or one without its date or duration."""
    endless = eligibility(scheduleInfo__expiration=expiration)
    assert ask(privileged_via_pim, endless, activation_rules()) == ["violation mandatory support: it has no end"]


def test_privileged_via_pim_refuses_an_eligibility_without_rules_of_its_activation() -> None:
    """They are set at the scope of the eligibility, not elsewhere."""
    told = ask(privileged_via_pim, eligibility(), activation_rules(GROUP))
    assert len(told) == 1
    assert "sets no rules of its activation" in told[0]


@pytest.mark.parametrize(
    "expiration",
    [{"type": "AfterDateTime", "endDateTime": "2027-01-01"}, {"type": "AfterDuration", "duration": "P90D"}],
)
def test_privileged_via_pim_accepts_an_eligibility_with_an_end_and_rules(expiration: object) -> None:
    """The end is a day or a duration; the scope of the rules is the same in any case."""
    ending = eligibility(scheduleInfo__expiration=expiration)
    assert ask(privileged_via_pim, ending, activation_rules(WORKSPACE.upper())) == []


def test_privileged_via_pim_accepts_other_roles_of_people() -> None:
    """What can't assign roles may be held for good, unless the tables give it just in time."""
    assert ask(privileged_via_pim, assignment(), context=given(READS)) == []


def test_privileged_via_pim_cannot_tell_before_deployment() -> None:
    """An end that is unknown may be none."""
    coming = eligibility(scheduleInfo__expiration__endDateTime=UNKNOWN)
    (told,) = ask(privileged_via_pim, coming, activation_rules())
    assert told.startswith("unknown mandatory support: ")
