"""Groups of Entra ID and an Azure DevOps organisation, planned offline as their providers would answer."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_azure_native as azure
import pulumi_azuread as azuread
import pulumi_azuredevops as devops
import pytest

from seawall.plan.directory import KINDS
from seawall.plan.engine import plan_program
from seawall.plan.errors import PlanErrors
from seawall.plan.export import arm_template
from seawall.plan.files import from_json, to_json
from seawall.plan.graph.mermaid import mermaid
from seawall.plan.graph.picture import picture
from seawall.plan.inputs import args_class
from seawall.plan.model import Plan, Resource
from seawall.plan.values import Secret

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PERSON = "00000000-0000-0000-0000-0000000000b1"
APPROVERS = "00000000-0000-0000-0000-0000000000b2"
PROJECT = "00000000-0000-0000-0000-0000000000c1"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ORG = {"azuredevops__orgServiceUrl": "https://dev.azure.com/larkspur"}
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-one"

Program = Callable[[], Any]
Planned = Callable[..., Plan]


def group(name: str = "scientists", opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> azuread.Group:
    settings = {"display_name": "mlp data scientists", "security_enabled": True, "owners": [PERSON]}
    return azuread.Group(name, opts=opts, **{**settings, **inputs})


def only(plan: Plan, name: str) -> Resource:
    return next(resource for resource in plan.resources if resource.name == name)


def object_id(plan: Plan, name: str = "scientists") -> str:
    return only(plan, name).outputs["objectId"]


def refused(plan: Planned, program: Program, **config: str) -> tuple[str, ...]:
    with pytest.raises(PlanErrors) as caught:
        plan(program, **config)
    return caught.value.errors


# Entra ID -----------------------------------------------------------------------------------------------------------


def test_a_group_has_the_id_and_outputs_of_the_provider(plan: Planned) -> None:
    """A group's ID is `/groups/<object ID>`, and its outputs hold inputs, object ID and what Entra fills in."""
    made = only(plan(group), "scientists")
    assert re.fullmatch(f"/groups/{GUID}", made.id)
    assert made.id == f"/groups/{made.outputs['objectId']}"
    assert made.inputs["preventDuplicateNames"] is False
    assert made.outputs["owners"] == [PERSON]
    assert made.outputs["displayName"] == "mlp data scientists"
    assert made.outputs["members"] == []


def test_whoever_deploys_owns_a_group_without_owners(plan: Planned) -> None:
    """The provider makes its caller the owner, and the caller is the same for all packages."""

    def program() -> None:
        group(owners=None)
        pulumi.export("entra", azuread.get_client_config_output().object_id)
        pulumi.export("azure", azure.authorization.get_client_config_output().object_id)
        pulumi.export("tenant", azuread.get_client_config_output().tenant_id)

    planned = plan(program, azuread__tenantId="00000000-0000-0000-0000-00000000dddd")
    assert only(planned, "scientists").outputs["owners"] == [planned.outputs["entra"]]
    assert planned.outputs["tenant"] == "00000000-0000-0000-0000-00000000dddd"
    same = plan(program)
    assert same.outputs["entra"] == same.outputs["azure"]


def test_a_group_keeps_its_object_id_when_it_is_renamed(plan: Planned) -> None:
    """A display name changes in place; under another mail nickname, or logical name, it is another group."""
    before = object_id(plan(group))
    assert object_id(plan(lambda: group(display_name="mlp modellers"))) == before
    assert object_id(plan(lambda: group(mail_nickname="modellers"))) != before
    assert object_id(plan(lambda: group("modellers")), "modellers") != before


def test_a_group_under_an_alias_keeps_its_object_id(plan: Planned) -> None:
    """A program that gives a group another logical name, with an alias, doesn't lose its assignments."""
    former = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="scientists")])
    assert object_id(plan(lambda: group("modellers", former)), "modellers") == object_id(plan(group))


def test_an_imported_group_has_the_id_that_it_is_imported_by(plan: Planned) -> None:
    """What exists already has its own object ID, and the plan takes it over."""
    planned = plan(lambda: group(opts=pulumi.ResourceOptions(import_=f"/groups/{APPROVERS}")))
    assert object_id(planned) == APPROVERS


def test_a_role_assignment_takes_the_groups_object_id(plan: Planned) -> None:
    """The object ID flows into ARM resources, with the dependency."""

    def program() -> None:
        made = group()
        azure.authorization.RoleAssignment(
            "reads",
            scope=SCOPE,
            principal_id=made.object_id,
            principal_type="Group",
            role_definition_id=f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}",
            role_assignment_name=made.object_id,
        )

    planned = plan(program)
    assignment = only(planned, "reads")
    assert assignment.inputs["principalId"] == object_id(planned)
    assert assignment.property_dependencies["principalId"] == (only(planned, "scientists").urn,)


def just_in_time(**activation: Any) -> None:
    made = group("support")
    rules = azuread.GroupRoleManagementPolicy(
        "rules",
        group_id=made.object_id,
        role_id="member",
        activation_rules={"maximum_duration": "PT4H", "require_justification": True, **activation},
        eligible_assignment_rules={"expiration_required": True, "expire_after": "P180D"},
    )
    azuread.PrivilegedAccessGroupEligibilitySchedule(
        "eligible",
        group_id=made.object_id,
        principal_id=PERSON,
        assignment_type="member",
        duration="P90D",
        opts=pulumi.ResourceOptions(depends_on=[rules]),
    )
    azuread.GroupMember("standing", group_object_id=made.object_id, member_object_id=PERSON)


def test_memberships_and_eligibilities_have_the_ids_of_the_provider(plan: Planned) -> None:
    """IDs of members, activation rules and eligibilities are made of the group's, as the provider makes them."""
    planned = plan(just_in_time)
    own = object_id(planned, "support")
    assert only(planned, "standing").id == f"{own}/member/{PERSON}"
    assert re.fullmatch(f"Group_{own}_{GUID}", only(planned, "rules").id)
    assert re.fullmatch(f"{own}_member_{GUID}", only(planned, "eligible").id)
    assert only(planned, "eligible").outputs["status"] == "Provisioned"
    assert "startDate" not in only(planned, "eligible").outputs


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (lambda: group(security_enabled=None), "one of securityEnabled and mailEnabled must be true"),
        (
            lambda: group(owners=["ml-platform@larkspur.example"]),
            "owners: 'ml-platform@larkspur.example' is not a GUID",
        ),
        (lambda: group(assignable_to_role="yes"), "assignableToRole is 'yes'; expected true or false"),
        (lambda: group(types=["Unfied"]), "did you mean Unified?"),
        (lambda: group(owners=[f"{PERSON[:-3]}{i:03}" for i in range(101)]), "owners: at most 100"),
        (lambda: just_in_time(maximum_duration="PT45M"), "activationRules.maximumDuration: 'PT45M' is not"),
        (lambda: just_in_time(require_approval=True), "requireApproval requires an approvalStage"),
        (
            lambda: azuread.GroupMember("m", group_object_id=f"/groups/{PERSON}", member_object_id=PERSON),
            "is not a GUID",
        ),
        (
            lambda: azuread.PrivilegedAccessGroupEligibilitySchedule(
                "e", group_id=APPROVERS, principal_id=PERSON, assignment_type="member"
            ),
            "its end is missing",
        ),
        (
            lambda: azuread.User("u", display_name="One", user_principal_name="one@larkspur.example"),
            "these are: Group,",
        ),
        (lambda: azuread.get_user(user_principal_name="one@larkspur.example"), "azuread:index/getUser:getUser"),
        (lambda: azuread.get_group(display_name="of somebody else"), "azuread:index/getGroup:getGroup"),
    ],
)
def test_what_the_provider_refuses_is_a_fault_by_name(plan: Planned, program: Program, expected: str) -> None:
    """A wrong input, a type or a function that isn't known offline: each is one message that names it."""
    assert any(expected in error for error in refused(plan, program))


def test_every_fault_of_a_group_comes_at_once(plan: Planned) -> None:
    """Two wrong inputs are two messages."""
    assert len(refused(plan, lambda: group(visibility="Secret", theme="Pink"))) == 2


def test_a_group_of_the_plan_is_found(plan: Planned) -> None:
    """`getGroup` answers for a group that the same program makes."""

    def program() -> None:
        made = group()
        pulumi.export("found", azuread.get_group_output(object_id=made.object_id).display_name)

    assert plan(program).outputs["found"] == "mlp data scientists"


# Azure DevOps -------------------------------------------------------------------------------------------------------


def devops_platform() -> None:
    made = group("leads")
    project = devops.Project("project", name="mlp")
    member = devops.Group("leads-in-devops", origin_id=made.object_id)
    administrators = devops.get_group_output(project_id=project.id, name="Project Administrators")
    devops.GroupMembership("dopa", group=administrators.descriptor, members=[member.descriptor])
    collection = devops.get_group_output(name="Project Collection Administrators")
    pipeline = devops.ServicePrincipalEntitlement("pipeline", origin_id=PERSON)
    devops.GroupMembership("dopca", group=collection.descriptor, members=[pipeline.descriptor])
    devops.Group("own", scope=project.id, display_name="Modellers")
    team = devops.Team("team", project_id=project.id, name="platform")
    devops.TeamAdministrators("admins", project_id=project.id, team_id=team.id, administrators=[member.descriptor])
    feed = devops.Feed("feed", name="packages", project_id=project.id)
    devops.FeedPermission(
        "feed-reads", feed_id=feed.id, project_id=project.id, role="reader", identity_descriptor=member.descriptor
    )
    devops.ServiceEndpointAzureRM(
        "connection",
        project_id=project.id,
        service_endpoint_name="deploys-prod",
        service_endpoint_authentication_scheme="WorkloadIdentityFederation",
        credentials={"serviceprincipalid": PERSON},
        azurerm_spn_tenantid=APPROVERS,
        azurerm_subscription_id=SUBSCRIPTION,
        azurerm_subscription_name="mlp-prod",
    )


def test_an_azure_devops_platform_is_planned_whole(plan: Planned) -> None:
    """Project, groups, memberships, team, feed and service connection have IDs in their provider's forms."""
    planned = plan(devops_platform, **ORG)
    ids = {resource.name: resource.id for resource in planned.managed}
    for name in ("project", "team", "feed", "connection", "pipeline"):
        assert re.fullmatch(GUID, ids[name]), name
    for name in ("dopa", "dopca", "admins"):
        assert re.fullmatch(r"\d+", ids[name]), name
    assert re.fullmatch(r"aadgp\.[\w-]+", ids["leads-in-devops"])
    assert re.fullmatch(r"vssgp\.[\w-]+", ids["own"])
    assert re.fullmatch(f"fp-{GUID}", ids["feed-reads"])
    assert len(set(ids.values())) == len(ids)


def test_outputs_of_azure_devops_are_what_others_match(plan: Planned) -> None:
    """Principal names, and issuer and subject of a federated connection, which a federated credential repeats."""
    planned = plan(devops_platform, **ORG)
    assert only(planned, "leads-in-devops").outputs["principalName"] == "[TEAM FOUNDATION]\\mlp data scientists"
    assert only(planned, "own").outputs["principalName"] == "[mlp]\\Modellers"
    connection = only(planned, "connection")
    assert connection.outputs["workloadIdentityFederationIssuer"].endswith(f"/{APPROVERS}/v2.0")
    subject = connection.outputs["workloadIdentityFederationSubject"]
    assert re.fullmatch(rf"/eid1/c/pub/t/[\w-]{{22}}/a/rISbSSETf0KqFyZ8ppdXmA/sc/{GUID}/{connection.id}", subject)
    assert only(planned, "project").outputs["processTemplateId"] == "adcc42ab-9882-485e-a3ed-7678f01f66bc"


def test_a_built_in_group_is_the_same_however_it_is_asked_for(plan: Planned) -> None:
    """Names compare without case; each project has groups of its own."""

    def program() -> None:
        for key, name, project in (
            ("one", "Project Administrators", PROJECT),
            ("same", "project administrators", PROJECT),
            ("other", "Project Administrators", APPROVERS),
            ("readers", "Readers", PROJECT),
        ):
            pulumi.export(key, devops.get_group_output(name=name, project_id=project).descriptor)

    found = plan(program, **ORG).outputs
    assert found["one"] == found["same"]
    assert len({found["one"], found["other"], found["readers"]}) == 3


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (lambda: devops.Project("project"), "name is missing; give it explicitly"),
        (lambda: devops.Project("project", name="mlp", visibility="secret"), "visibility: 'secret' is none of"),
        (lambda: devops.Project("project", name="ml/p"), "name: 'ml/p' has"),
        (lambda: devops.Group("g"), "one of displayName, originId and mail must be given, not none"),
        (
            lambda: devops.FeedPermission("f", feed_id=PROJECT, identity_descriptor="aadgp.x", role="owner"),
            "role: 'owner' is none of reader, contributor, administrator, collaborator",
        ),
        (
            lambda: devops.ServiceEndpointAzureRM("c", project_id=PROJECT, service_endpoint_name="c"),
            "azurermSpnTenantid is missing",
        ),
        (lambda: devops.get_group(name="Modellers", project_id=PROJECT), "azuredevops:index/getGroup:getGroup"),
        (lambda: devops.WikiPage("w", content="x", path="y", project_id=PROJECT, wiki_id="z"), "not supported offline"),
    ],
)
def test_what_azure_devops_refuses_is_a_fault_by_name(plan: Planned, program: Program, expected: str) -> None:
    """A wrong input, or a group that neither comes with the project nor is in the plan, is one message."""
    assert any(expected in error for error in refused(plan, program, **ORG))


@pytest.mark.parametrize("url", ["", "dev.azure.com/larkspur", "https://dev.azure.com/"])
def test_azure_devops_needs_its_organisation(plan: Planned, url: str) -> None:
    """Without a proper `orgServiceUrl` the fault says what is expected."""
    errors = refused(plan, lambda: devops.Project("project", name="mlp"), azuredevops__orgServiceUrl=url)
    assert any("https://dev.azure.com/<organisation>" in error for error in errors)


def test_an_explicit_provider_names_the_organisation(plan: Planned) -> None:
    """A provider's own settings come before the stack's configuration."""

    def program() -> None:
        provider = devops.Provider("elsewhere", org_service_url="https://dev.azure.com/larkspur-labs")
        devops.Group("own", display_name="Modellers", opts=pulumi.ResourceOptions(provider=provider))

    assert only(plan(program, **ORG), "own").outputs["principalName"] == "[larkspur-labs]\\Modellers"


def test_a_key_of_a_service_connection_is_a_secret(plan: Planned) -> None:
    """A key given in clear is sealed all the same, in the inputs and in the outputs."""

    def program() -> None:
        devops.ServiceEndpointAzureRM(
            "connection",
            project_id=PROJECT,
            service_endpoint_name="deploys",
            credentials={"serviceprincipalid": PERSON, "serviceprincipalkey": "rosebud"},
            azurerm_spn_tenantid=APPROVERS,
            azurerm_subscription_id=SUBSCRIPTION,
            azurerm_subscription_name="mlp-prod",
        )

    planned = plan(program, **ORG)
    assert only(planned, "connection").inputs["credentials"]["serviceprincipalkey"] == Secret("rosebud")
    assert b"rosebud" not in to_json(planned)


# Both ---------------------------------------------------------------------------------------------------------------


def test_a_plan_is_the_same_twice_and_another_stack_has_its_own(plan: Planned) -> None:
    """IDs don't change from run to run; two stacks of one tenant make different groups."""
    assert plan(devops_platform, **ORG) == plan(devops_platform, **ORG)
    other = plan_program(group, stack="other", config={"azure-native:subscriptionId": SUBSCRIPTION})
    assert object_id(other) != object_id(plan(group))


def test_only_azure_resources_are_in_the_arm_template(plan: Planned) -> None:
    """An ARM template holds what Resource Manager knows, and depends on nothing else."""

    def program() -> None:
        made = group()
        tags = {"owners": made.object_id}
        azure.resources.ResourceGroup("rg", resource_group_name="rg-one", location="westeurope", tags=tags)

    entries = arm_template(plan(program))["resources"]
    assert [entry["type"] for entry in entries] == ["Microsoft.Resources/resourceGroups"]
    assert "dependsOn" not in entries[0]


def test_every_consumer_takes_a_plan_with_a_directory(plan: Planned) -> None:
    """Such a plan is written, read back and drawn, groups under the names that people gave them."""
    planned = plan(devops_platform, **ORG)
    assert len(from_json(to_json(planned), "a test").managed) == len(planned.managed) == 12
    drawn = mermaid(picture(planned))
    assert "mlp data scientists" in drawn
    assert object_id(planned, "leads") not in drawn


@pytest.mark.parametrize("token", sorted(KINDS))
def test_a_table_names_only_what_the_sdk_has(token: str) -> None:
    """Each type is one of its SDK, and each input that its table names is an input of that type."""
    args = args_class(token)
    assert args is not None
    from pulumi import _types

    names = set(_types.input_type_types(args))
    kind = KINDS[token]
    named = {*kind.defaults, *kind.replace_on, *kind.required, *kind.guids, *kind.choices}
    assert named | {path.split(".")[0] for path in kind.sensitive} <= names


def test_a_plan_without_a_directory_imports_neither_sdk() -> None:
    """The two SDKs take most of a second to import, which only who uses them pays."""
    code = (
        "from seawall.plan.engine import plan_program\n"
        "import sys, pulumi_azure_native as azure\n"
        "plan_program(lambda: azure.resources.ResourceGroup('rg', resource_group_name='rg', location='westeurope'),"
        " stack='test', config={'azure-native:subscriptionId': 'x'})\n"
        "print(sorted(name for name in sys.modules if name in ('pulumi_azuread', 'pulumi_azuredevops')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
