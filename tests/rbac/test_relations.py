"""What must hold whoever edits the files: relations between personas, roles and environments."""

from __future__ import annotations

import pytest

from rbac import load_grants, load_tables
from rbac.assignments import permissions_with
from rbac.model import PRIVILEGED, RESOURCES, Kind
from rbac.report import who_says_so
from tests.rbac.environments import ENVIRONMENTS, EVERY, access_to

ASSIGN = "Microsoft.Authorization/roleAssignments/write"
SCORE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"
PERSONAS = {one.name: one for one in load_tables().personas}


def may(env: str, persona: str, action: str, resource: str) -> list[str]:
    """The access by which a persona may do something; empty: it may not."""
    return [one.assignment.access for one in who_says_so(access_to(env), load_grants(), persona, action, resource)]


@pytest.mark.parametrize("env", EVERY)
def test_nobody_but_platform_support_and_ci_assigns_roles(env):
    """No other persona can assign a role on any resource."""
    resources = {one.resource for one in access_to(env).assignments}
    can = {persona for persona in PERSONAS for on in resources if may(env, persona, ASSIGN, on)}
    assert can <= {"Platform technical support", "CI/CD processes"}


@pytest.mark.parametrize("env", EVERY)
def test_no_person_has_a_standing_privileged_role(env):
    """A person who may assign roles has to activate it first."""
    for one in access_to(env).assignments:
        if one.persona in PERSONAS and PERSONAS[one.persona].kind is not Kind.PROCESS and one.role in PRIVILEGED:
            assert one.access == "eligible", one


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_model_end_user_has_nothing_but_scoring(env):
    """One role, of one action, at each online endpoint."""
    held = [one for one in access_to(env).assignments if one.persona == "Model end user"]
    assert {one.role for one in held} == {"Machine Learning Model Consumer"}
    assert all("/onlineEndpoints/" in one.scope for one in held)
    permissions = permissions_with(load_grants())["Machine Learning Model Consumer"]
    assert permissions.actions == (SCORE,) and not permissions.data_actions
    assert may(env, "Model end user", SCORE, "Online endpoints") == ["standing"] * len(held)
    assert not may(env, "Model end user", "Microsoft.MachineLearningServices/workspaces/read", "Online endpoints")


@pytest.mark.parametrize("env", EVERY)
def test_platform_support_has_nothing_standing(env):
    """Its access is just-in-time everywhere, in Azure DevOps too."""
    held = [one.access for one in access_to(env).assignments if one.persona == "Platform technical support"]
    assert held and set(held) == {"eligible"}


@pytest.mark.parametrize("env", EVERY)
def test_people_get_roles_by_groups(env):
    """No person is named: a persona of persons is a group, one of processes a service principal."""
    for one in access_to(env).assignments:
        persona = PERSONAS.get(one.persona)
        if persona is not None and persona.kind is Kind.PERSON:
            assert one.principal.type == "Group"
        elif persona is None or persona.kind is Kind.PROCESS:
            assert one.principal.type == "ServicePrincipal"


@pytest.mark.parametrize("env", ["test", "prod"])
def test_data_scientists_change_nothing_in_production(env):
    """In production a data scientist reads, and neither writes data nor deploys."""
    for action, on in [
        ("Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write", "Machine Learning workspace"),
        ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write", "Azure Storage account"),
        ("Microsoft.KeyVault/vaults/secrets/getSecret/action", "Azure Key Vault"),
        ("Microsoft.ContainerRegistry/registries/push/write", "Container Registry"),
    ]:
        assert not may(env, "Data scientist", action, on)
        assert on == "Azure Key Vault" or not may(env, "Data analyst", action, on)


def test_a_role_at_a_resource_group_holds_for_what_is_in_it():
    """Monitoring Reader on the group of monitoring reads the Log Analytics workspace in it as well."""
    read = "Microsoft.OperationalInsights/workspaces/read"
    assert may("prod", "Business stakeholders", read, "Log Analytics workspace") == ["standing"]
    assert not may("prod", "Business stakeholders", read, "Azure Key Vault")


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_what_is_excluded_from_a_role_stays_excluded(env):
    """Contributor writes a workspace but no lock on it; a data scientist runs jobs but makes no computes."""
    lead = "Project lead (Data science lead)"
    write = "Microsoft.MachineLearningServices/workspaces/write"
    assert bool(may(env, lead, write, "Machine Learning workspace")) == (env == "dev")
    assert not may(env, lead, "Microsoft.Authorization/locks/write", "Machine Learning workspace")
    computes = "Microsoft.MachineLearningServices/workspaces/computes/write"
    if env == "dev":
        jobs = "Microsoft.MachineLearningServices/workspaces/jobs/write"
        assert may(env, "Data scientist", jobs, "Machine Learning workspace")
        assert not may(env, "Data scientist", f"{computes.rsplit('/', 1)[0]}/a/write", "Machine Learning workspace")


def test_every_role_of_the_tables_has_known_permissions():
    """`--can` knows what each role in Azure permits."""
    known = permissions_with(load_grants())
    for env in EVERY:
        for one in access_to(env).assignments:
            assert one.role in known or RESOURCES.get(one.resource, "") != "Azure", one.role
