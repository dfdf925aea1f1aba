"""What a stack's plan holds is what tables and declared grants demand, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

from rbac import demanded
from rbac.access import described
from rbac.model import Service
from seawall.azure.fills.generic import principal_of
from seawall.plan.export import arm_template
from tests.rbac import reference
from tests.rbac.environments import ENVIRONMENTS, EVERY, access_to, plan_of, settings_of

ASSIGNMENT = "azure-native:authorization:RoleAssignment"
ELIGIBILITY = "azure-native:authorization:PimRoleEligibilitySchedule"
POLICY = "azure-native:authorization:RoleManagementPolicy"
KINDS = {
    "machinelearningservices:Workspace": "Machine Learning workspace",
    "keyvault:Vault": "Azure Key Vault",
    "containerregistry:Registry": "Container Registry",
    "storage:StorageAccount": "Azure Storage account",
    "operationalinsights:Workspace": "Log Analytics workspace",
    "resources:ResourceGroup": "Azure Monitor",
}


def principal(shown: str, known: str) -> str:
    """The object ID of a principal as the offline engine has it."""
    return known or principal_of(shown)


@pytest.mark.parametrize("env", EVERY)
def test_the_plan_holds_what_is_demanded_and_no_more(env):
    """Scope, principal, role and whether it is standing or eligible: one to one."""
    plan = plan_of(env)
    expected = Counter(
        (one.scope.lower(), principal(one.principal, one.principal_id), one.role_id, one.eligible)
        for one in demanded(access_to(env))
    )
    found = Counter(
        (r.inputs["scope"].lower(), r.inputs["principalId"], r.inputs["roleDefinitionId"].rsplit("/", 1)[-1], eligible)
        for token, eligible in ((ASSIGNMENT, False), (ELIGIBILITY, True))
        for r in plan.of_type(token)
    )
    assert found == expected


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_plan_equals_the_reference_cell_by_cell(env):
    """For each persona and Azure resource, the roles in the plan, taken from its resources alone, are the cell's."""
    plan, known = plan_of(env), {one.role_id: one.role for one in access_to(env).assignments if one.role_id}
    who = {principal(one.principal.shown, one.principal.id): one.persona for one in access_to(env).of_tables}
    declared = {
        (one.scope.lower(), principal(one.principal.shown, one.principal.id), one.role_id)
        for one in access_to(env).declared
    }
    found: dict[tuple[str, str], set[str]] = {}
    for resource in (*plan.of_type(ASSIGNMENT), *plan.of_type(ELIGIBILITY)):
        inputs = resource.inputs
        role = inputs["roleDefinitionId"].rsplit("/", 1)[-1]
        if (inputs["scope"].lower(), inputs["principalId"], role) in declared:
            continue
        target = plan.by_id[inputs["scope"].lower()]
        kind = KINDS[target.type.removeprefix("azure-native:")]
        found.setdefault((who[inputs["principalId"]], kind), set()).add(known[role])
    cells = reference.table(settings_of(env).tier)
    azure = {key: set(roles) for key, roles in cells.items() if roles and key[1] in KINDS.values()}
    assert found == azure


@pytest.mark.parametrize("env", EVERY)
def test_principals_are_typed_and_names_are_computed(env):
    """Each assignment has a principal type, and the name that scope, principal and role make."""
    from components.role_assignment import assignment_name

    for one in plan_of(env).of_type(ASSIGNMENT):
        role = one.inputs["roleDefinitionId"].rsplit("/", 1)[-1]
        assert one.inputs["principalType"] in ("Group", "ServicePrincipal")
        name = assignment_name(one.inputs["scope"], one.inputs["principalId"], role)
        assert one.inputs["roleAssignmentName"] == name


@pytest.mark.parametrize("env", EVERY)
def test_eligibilities_end_and_their_rules_come_first(env):
    """Each ends on the day of the settings, after rules that demand a second factor and a justification."""
    plan, wanted = plan_of(env), settings_of(env).access.just_in_time
    policies = {one.urn: one for one in plan.of_type(POLICY)}
    assert policies and all(one.options.retain_on_delete for one in policies.values())
    for one in plan.of_type(ELIGIBILITY):
        expiration = one.inputs["scheduleInfo"]["expiration"]
        assert expiration == {"type": "AfterDateTime", "endDateTime": f"{wanted.until}T23:59:59Z"}
        before = [policies[urn] for urn in one.dependencies if urn in policies]
        assert [rule.inputs["scope"] for rule in before] == [one.inputs["scope"]]
        rules = {rule["id"]: rule for rule in before[0].inputs["rules"]}
        assert rules["Expiration_EndUser_Assignment"]["maximumDuration"] == f"PT{wanted.hours}H"
        enabled = rules["Enablement_EndUser_Assignment"]["enabledRules"]
        assert enabled == ["MultiFactorAuthentication", "Justification"]
        approval = rules["Approval_EndUser_Assignment"]["setting"]
        assert approval["isApprovalRequired"] == settings_of(env).is_production


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_devops_and_artifacts_are_the_references_too(env):
    """Members of the organisation's groups and permissions on the feed are as many as the cells give."""
    plan = plan_of(env)
    of_devops = [one for one in access_to(env).of_tables if one.service is Service.DEVOPS]
    memberships = list(plan.of_type("azuredevops:index/groupMembership:GroupMembership"))
    assert sum(len(one.inputs["members"]) for one in memberships) == len(of_devops)
    assert all(one.inputs["mode"] == "add" for one in memberships)
    of_feed = [one for one in access_to(env).of_tables if one.service is Service.ARTIFACTS]
    permissions = plan.of_type("azuredevops:index/feedPermission:FeedPermission")
    as_feed = {"Reader": "reader", "Contributor": "contributor", "Owner": "administrator"}
    assert Counter(one.inputs["role"] for one in permissions) == Counter(as_feed[one.role] for one in of_feed)
    eligible = list(
        plan.of_type("azuread:index/privilegedAccessGroupEligibilitySchedule:PrivilegedAccessGroupEligibilitySchedule")
    )
    assert len(eligible) == len([one for one in (*of_devops, *of_feed) if one.access == "eligible"]) == 2


@pytest.mark.parametrize("env", EVERY)
def test_bodies_are_what_azure_takes(env, azure_types):
    """Every role, assignment, eligibility and policy is valid against Microsoft's types."""
    found = []
    for entry in arm_template(plan_of(env))["resources"]:
        if entry["type"].startswith("Microsoft.Authorization/"):
            body = {
                key: value for key, value in entry.items() if key not in ("type", "apiVersion", "dependsOn", "scope")
            }
            body["name"] = body["name"].rsplit("/", 1)[-1]
            found += azure_types.errors(entry["type"], body)
    assert found == []


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_workspace_waits_for_its_identitys_roles(env):
    """Whatever acts by an identity depends on that identity's assignments, the tables' and the declared."""
    plan = plan_of(env)
    (workspace,) = plan.of_type("azure-native:machinelearningservices:Workspace")
    identity = next(iter(workspace.inputs["identity"]["userAssignedIdentities"]))
    own = {one.urn for one in plan.of_type(ASSIGNMENT) if one.inputs["principalId"] == principal_of(identity)}
    order = [one.urn for one in plan.resources]
    assert own and all(order.index(urn) < order.index(workspace.urn) for urn in own)
    assert own <= set(workspace.dependencies)


def test_an_assignment_says_what_gives_it():
    """The portal shows who an assignment is for and which file gives it, within Azure's 1,024 characters."""
    for one in access_to("dev").assignments:
        assert one.persona in described(one) and len(described(one)) <= 1024
        assert ("grants.yaml" in described(one)) == bool(one.grant)
