"""From cells to assignments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.role_assignment import assignment_name
from rbac import demanded, load_grants, load_tables
from rbac.model import PRIVILEGED, Service
from rbac.report import rows
from rbac.roles import role_ids
from tests.rbac import reference
from tests.rbac.environments import ENVIRONMENTS, EVERY, access_to, settings_of, small

GOLDEN = Path(__file__).parent / "effective_access.json"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_effective_access_is_the_references_table(env):
    """Where every persona is mapped, each persona has on each resource the roles of the reference's cell."""
    expected = {key: set(roles) for key, roles in reference.table(settings_of(env).tier).items()}
    found = {key: set() for key in expected}
    for one in access_to(env).of_tables:
        found[one.persona, one.resource].add(one.role)
    assert found == expected


@pytest.mark.parametrize("env", EVERY)
def test_effective_access_is_golden(env):
    """Who may do what in the project's own stacks changes only on purpose: the file is what an auditor signed."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = [row.document for row in rows(access_to(env).assignments)]
    assert [{key: row[key] for key in golden[env][0]} for row in found] == golden[env]


@pytest.mark.parametrize("env", EVERY)
def test_each_assignment_is_made_once(env):
    """No role of a principal at a scope is assigned twice, whatever asks for it."""
    keys = [one.key for one in access_to(env).assignments]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_scopes_are_the_resources_own(env):
    """A table's role in Azure is at a resource; Azure Monitor's alone is at the resource group of monitoring."""
    for one in access_to(env).of_tables:
        if one.service is Service.AZURE:
            is_group = "/providers/" not in one.scope
            assert is_group == (one.resource == "Azure Monitor"), one
            assert not is_group or one.scope.endswith("-monitoring"), one


@pytest.mark.parametrize("env", EVERY)
def test_names_are_those_that_azure_gets(env):
    """The name in the pure model is the one that the component computes."""
    for one in access_to(env).assignments:
        if one.principal.id and one.service is Service.AZURE:
            assert one.name == assignment_name(one.scope, one.principal.id, one.role_id)


@pytest.mark.parametrize("env", EVERY)
def test_roles_that_can_assign_roles_are_conditioned(env):
    """An Owner may assign what Seawall assigns, but neither Owner nor any other role that can assign roles."""
    privileged = {role_ids()[name] for name in PRIVILEGED}
    held = [one for one in access_to(env).assignments if one.role in PRIVILEGED and one.service is Service.AZURE]
    assert held
    for one in held:
        assert one.condition is not None
        assert not privileged & set(one.condition.roles)
        assert bool(one.condition.privileged) == (one.persona == "Deployer")
        text = one.condition.text(dict.fromkeys(one.condition.principals, "11111111-0000-0000-0000-000000000000"))
        assert "roleAssignments/write" in text and "roleAssignments/delete" in text
        assert role_ids()["Reader"] in text and len(text) < 8192
    assert all(one.condition is None for one in access_to(env).assignments if one.role not in PRIVILEGED)


def test_the_deployer_makes_only_the_tables_owners_owner():
    """The deployer's condition lets it assign Owner to the CI/CD processes, and to nobody else."""
    (condition,) = [
        one.condition for one in access_to("prod").assignments if one.condition and one.condition.principals
    ]
    assert condition.principals == ("identity:ci",)
    text = condition.text({"identity:ci": "11111111-0000-0000-0000-000000000000"})
    assert f"{{{role_ids()['Owner']}}} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalId]" in text


def test_a_declared_grant_has_its_reason_and_source():
    """Nothing beside the tables goes without a reason."""
    assert load_grants().grants
    for one in access_to("prod").declared:
        assert one.reason and one.source and one.grant


def test_no_declared_grant_repeats_the_tables():
    """What a table gives isn't declared a second time: the declared grants are the difference."""
    for env in ENVIRONMENTS:
        from stacks.access import estate

        places = estate(settings_of(env)).places
        assert places
        tables = {one.key for one in access_to(env).of_tables}
        assert not tables & {one.key for one in access_to(env).declared}


def test_what_nobody_is_mapped_to_is_left_out_and_said(tmp_path):
    """A stack file without access has its own identities' roles, and a line for every persona that gets none."""
    settings = small(tmp_path)
    from stacks.access import access

    found = access(settings)
    assert {one.persona for one in found.assignments} == {"CI/CD processes", "Machine Learning workspace"}
    said = "\n".join(map(str, found.left_out))
    for persona in load_tables().personas:
        if persona.name not in ("CI/CD processes", "Machine Learning workspace"):
            assert persona.name in said
    assert "no Azure DevOps organisation" in said


def test_shared_lacks_what_only_environments_have():
    """shared has no workspace: those cells are left out with the reason, and the rest is the production table."""
    said = [str(one) for one in access_to("shared").left_out]
    assert any("Machine Learning workspace" in line and "each environment" in line for line in said)
    assert {one.resource for one in access_to("shared").of_tables} >= {"Container Registry", "Azure Monitor"}


def test_a_group_is_made_for_each_project(tmp_path):
    """`create` makes one group for each project where the persona is project-specific, else one for all."""
    from stacks.access import groups_to_make

    settings = small(
        tmp_path,
        access={
            "projects": ["claims", "pricing"],
            "groupOwners": ["cccccccc-0000-0000-0000-000000000021"],
            "personas": {"Data scientist": {"create": True}, "Model end user": {"create": True}},
        },
    )
    assert [one.display_name for one in groups_to_make(settings)] == [
        "larkspur-mlp-dev-claims-data-scientist",
        "larkspur-mlp-dev-pricing-data-scientist",
        "larkspur-mlp-dev-claims-model-end-user",
        "larkspur-mlp-dev-pricing-model-end-user",
    ]


@pytest.mark.parametrize("env", EVERY)
def test_demands_are_plain_facts_for_guardrails(env):
    """What a guardrail looks for names scope, role ID and principal; eligible are platform support's alone."""
    found = demanded(access_to(env))
    assert found
    for one in found:
        assert one.scope.startswith("/subscriptions/") and len(one.role_id) == 36 and one.principal
        assert one.eligible == (one.persona == "Platform technical support")
