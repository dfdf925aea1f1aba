"""The directory and the Azure DevOps organisation beside the local Azure, and the access that hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_azure_native as native
import pulumi_azuread as azuread
import pulumi_azuredevops as devops
import pytest

from seawall.local.azure import LocalAzure
from seawall.local.deploy import RunSettings, destroy, preview, refresh, up
from seawall.local.errors import AzureError, Refused
from seawall.local.events import Op, StepDone, Summary
from seawall.local.state import StackState
from seawall.plan.engine import plan_program
from seawall.plan.model import Plan

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
SUB = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{SUB}/resourceGroups/rg-mlp"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
PERSON = "00000000-0000-0000-0000-0000000000b1"
POLICY = "00000000-0000-0000-0000-0000000000d1"
CONFIG = {"azure-native:subscriptionId": SUBSCRIPTION, "azuredevops:orgServiceUrl": "https://dev.azure.com/larkspur"}

Program = Callable[[], Any]
Deploy = Callable[[Plan], Summary]


def planned(program: Program, stack: str = "test") -> Plan:
    return plan_program(program, stack=stack, config=CONFIG)


def id_of(plan: Plan, name: str) -> str:
    return next(resource.id for resource in plan.resources if resource.name == name)


def entra_group(name: str = "scientists", **inputs: Any) -> azuread.Group:
    settings = {"display_name": f"mlp {name}", "security_enabled": True, "owners": [PERSON]}
    return azuread.Group(name, **{**settings, **inputs})


def resource_group() -> native.resources.ResourceGroup:
    return native.resources.ResourceGroup("rg", resource_group_name="rg-mlp", location="westeurope")


def assignment(name: str, scope: Any, principal: Any, number: int = 1, **inputs: Any) -> Any:
    settings = {"principal_type": "Group", "role_assignment_name": f"{POLICY[:-1]}{number}"}
    role = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    settings |= {"scope": scope, "principal_id": principal, "role_definition_id": role}
    return native.authorization.RoleAssignment(name, **{**settings, **inputs})


def platform(display_name: str = "mlp scientists", duration: str = "PT4H", feed_role: str = "reader") -> Program:
    """A program with a group, its assignment, just-in-time access to it, and a project in Azure DevOps."""

    def program() -> None:
        scientists, support = entra_group(display_name=display_name), entra_group("support")
        assignment("reads", resource_group().id, scientists.object_id)
        rules = azuread.GroupRoleManagementPolicy(
            "rules",
            group_id=support.object_id,
            role_id="member",
            activation_rules={"maximum_duration": duration, "require_justification": True},
        )
        azuread.PrivilegedAccessGroupEligibilitySchedule(
            "eligible",
            group_id=support.object_id,
            principal_id=PERSON,
            assignment_type="member",
            duration="P90D",
            opts=pulumi.ResourceOptions(depends_on=[rules]),
        )
        azuread.GroupMember("member", group_object_id=scientists.object_id, member_object_id=PERSON)
        project = devops.Project("project", name="mlp")
        inside = devops.Group("inside", origin_id=scientists.object_id)
        readers = devops.get_group_output(project_id=project.id, name="Readers")
        devops.GroupMembership("reading", group=readers.descriptor, members=[inside.descriptor])
        feed = devops.Feed("feed", name="packages", project_id=project.id)
        devops.FeedPermission(
            "permission", feed_id=feed.id, project_id=project.id, role=feed_role, identity_descriptor=inside.descriptor
        )

    return program


# Deploying ----------------------------------------------------------------------------------------------------------


def test_a_platform_with_a_directory_comes_up_as_planned(azure: LocalAzure, deploy: Deploy) -> None:
    """Every object is created, and answers what the plan had said; a second run does nothing."""
    plan = planned(platform())
    assert deploy(plan).counts == {Op.CREATE: len(plan.managed)}
    owned = {record.urn: record for record in StackState(azure.store, "test", "seawall").owned()}
    for resource in plan.managed:
        assert owned[resource.urn].outputs == resource.outputs, resource.name
        assert azure.get(resource.id) is not None
    assert deploy(planned(platform())).counts == {Op.SAME: len(plan.managed)}


def test_a_renamed_group_is_updated_in_place(azure: LocalAzure, deploy: Deploy) -> None:
    """A new display name changes one object, and no assignment hangs in the air meanwhile."""
    deploy(planned(platform()))
    plan = planned(platform(display_name="mlp modellers", feed_role="contributor"))
    diff = preview(plan, azure)
    assert {(item.name, item.op) for item in diff.changing} == {("scientists", Op.UPDATE), ("permission", Op.UPDATE)}
    deploy(plan)
    live = azure.get(id_of(plan, "scientists")) or {}
    assert live["properties"]["displayName"] == "mlp modellers"


def test_what_cannot_change_in_place_is_replaced(azure: LocalAzure, deploy: Deploy) -> None:
    """A group that becomes role-assignable is made anew; under another nickname it has another object ID, too."""
    deploy(planned(entra_group))
    (change,) = preview(planned(lambda: entra_group(assignable_to_role=True)), azure).changing
    assert (change.op, change.reasons) == (Op.REPLACE, ("assignableToRole can't be changed in place",))
    plan = planned(lambda: entra_group(mail_nickname="scientists"))
    before = id_of(planned(entra_group), "scientists")
    deploy(plan)
    assert azure.get(before) is None
    assert azure.get(id_of(plan, "scientists")) is not None


def test_objects_go_with_their_stack(azure: LocalAzure, deploy: Deploy) -> None:
    """Destroy leaves nothing but the rules of memberships, and those only where their group stays."""
    deploy(planned(platform()))
    assert destroy("test", azure).succeeded
    assert azure.snapshot()["resources"] == {}
    assert azure.snapshot()["owned"] == {}


def test_an_object_left_out_is_deleted(azure: LocalAzure, deploy: Deploy) -> None:
    """What the next plan no longer has goes, and nothing else."""
    first = planned(lambda: (entra_group(), entra_group("support")))
    deploy(first)
    assert deploy(planned(entra_group)).counts == {Op.SAME: 1, Op.DELETE: 1}
    assert azure.get(id_of(first, "support")) is None


def test_a_change_behind_the_stacks_back_is_found_and_repaired(azure: LocalAzure, deploy: Deploy) -> None:
    """Refresh tells who was made an owner by hand; the next run takes it back."""
    plan = planned(platform())
    deploy(plan)
    id = id_of(plan, "scientists")
    live = azure.get(id) or {}
    azure.put(id, {**live, "properties": {**live["properties"], "owners": [POLICY]}})
    (drift,) = refresh("test", azure).drifts
    assert [change.path for change in drift.changes] == ["owners[0]"]
    deploy(plan)
    assert (azure.get(id) or {})["properties"]["owners"] == [PERSON]


def test_a_lost_answer_is_settled_by_the_next_run(azure: LocalAzure, clock: Any) -> None:
    """A group whose creation was answered by an error all the same is the stack's own."""
    plan = planned(entra_group)
    lost = AzureError("ServiceUnavailable", "gone", status=503)
    azure.fail("PUT", id_of(plan, "scientists"), lost, when="after")
    assert up(plan, azure, settings=RunSettings(clock=clock)).succeeded
    assert not preview(plan, azure).changed


def test_an_existing_group_is_imported(azure: LocalAzure, deploy: Deploy) -> None:
    """A group that somebody made by hand becomes the stack's under the ID that it has; without import it is refused."""
    id = f"/groups/{POLICY}"

    def taking_over() -> None:
        azuread.Group(
            "taken",
            display_name="mlp",
            security_enabled=True,
            owners=[PERSON],
            opts=pulumi.ResourceOptions(import_=id),
        )

    with pytest.raises(Refused, match="it doesn't exist"):
        up(planned(taking_over), azure)
    live = {"displayName": "mlp", "securityEnabled": True, "owners": [PERSON]}
    live |= {"preventDuplicateNames": False, "writebackEnabled": False}
    azure.put(id, {"type": "azuread:index/group:Group", "properties": live})
    assert deploy(planned(taking_over)).counts == {Op.IMPORT: 1}
    assert deploy(planned(taking_over)).counts == {Op.SAME: 1}


def test_no_secret_of_a_service_connection_reaches_the_store(azure: LocalAzure, deploy: Deploy, tmp_path: Path) -> None:
    """A key is kept as a digest, in the object and in the stack's state."""

    def program() -> None:
        devops.ServiceEndpointAzureRM(
            "connection",
            project_id=POLICY,
            service_endpoint_name="deploys",
            credentials={"serviceprincipalid": PERSON, "serviceprincipalkey": "rosebud"},
            azurerm_spn_tenantid=POLICY,
            azurerm_subscription_id=SUBSCRIPTION,
            azurerm_subscription_name="mlp",
        )

    deploy(planned(program))
    assert not any(b"rosebud" in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())


# What the directory refuses -----------------------------------------------------------------------------------------


def failures(program: Program, azure: LocalAzure, stack: str = "test") -> list[str]:
    return [failure.error.code for failure in up(planned(program, stack), azure).failures]


def test_a_name_may_be_taken_twice_unless_that_is_prevented(azure: LocalAzure) -> None:
    """Entra ID takes a display name again; `preventDuplicateNames` asks it not to."""
    assert failures(entra_group, azure) == []
    assert failures(lambda: entra_group("again", display_name="mlp scientists"), azure, "other") == []
    once = lambda: entra_group("once", display_name="MLP scientists", prevent_duplicate_names=True)  # noqa: E731
    assert failures(once, azure, "third") == ["ObjectConflict"]


def test_a_mail_nickname_of_a_microsoft_365_group_is_unique(azure: LocalAzure) -> None:
    """The nickname is an address; a security group's is none."""
    unified: dict[str, Any] = {"mail_enabled": True, "mail_nickname": "mlp", "types": ["Unified"]}
    assert failures(lambda: entra_group(**unified), azure) == []
    assert failures(lambda: entra_group(mail_nickname="mlp"), azure, "other") == []
    assert failures(lambda: entra_group(**unified), azure, "third") == ["ObjectConflict"]


def test_a_group_neither_owns_a_group_nor_joins_a_role_assignable_one(azure: LocalAzure) -> None:
    """Owners are users and service principals; what roles are assigned to holds no groups, and none holds itself."""
    inner = planned(entra_group)
    assert up(inner, azure).succeeded
    object_id = id_of(inner, "scientists").rpartition("/")[2]
    assert failures(lambda: entra_group("owned", owners=[object_id]), azure, "one") == ["Request_BadRequest"]
    roles = lambda: entra_group("roles", assignable_to_role=True, members=[object_id])  # noqa: E731
    assert failures(roles, azure, "two") == ["Request_BadRequest"]

    def joining() -> None:
        outer = entra_group("roles", assignable_to_role=True)
        azuread.GroupMember("nested", group_object_id=outer.object_id, member_object_id=object_id)

    assert failures(joining, azure, "three") == ["Request_BadRequest"]
    itself = lambda: azuread.GroupMember("self", group_object_id=object_id, member_object_id=object_id)  # noqa: E731
    assert failures(itself, azure, "four") == ["Request_BadRequest"]


def permanent(rules: bool) -> Program:
    def program() -> None:
        support = entra_group("support")
        made = []
        if rules:
            made += [
                azuread.GroupRoleManagementPolicy(
                    "rules",
                    group_id=support.object_id,
                    role_id="member",
                    eligible_assignment_rules={"expiration_required": False},
                )
            ]
        azuread.PrivilegedAccessGroupEligibilitySchedule(
            "eligible",
            group_id=support.object_id,
            principal_id=PERSON,
            assignment_type="member",
            permanent_assignment=True,
            opts=pulumi.ResourceOptions(depends_on=made),
        )

    return program


def test_an_eligibility_for_a_group_ends_unless_its_rules_say_otherwise(azure: LocalAzure) -> None:
    """PIM for Groups refuses a permanent eligibility by default."""
    assert failures(permanent(rules=False), azure) == ["RoleAssignmentRequestPolicyValidationFailed"]
    assert failures(permanent(rules=True), azure) == []


def test_the_rules_of_a_membership_are_changed_and_let_go(azure: LocalAzure, deploy: Deploy) -> None:
    """They come with the group: a stack that drops them leaves them as they are, says so, and may take them again."""
    with_rules = planned(permanent(rules=True))
    deploy(with_rules)
    notes: list[str] = []
    summary = up(
        planned(lambda: entra_group("support")),
        azure,
        listen=lambda event: notes.append(event.note) if isinstance(event, StepDone) else None,
    )
    assert summary.succeeded
    assert "left as it is: it can't be deleted" in notes
    left = azure.get(id_of(with_rules, "rules")) or {}
    assert left["properties"]["eligibleAssignmentRules"] == {"expirationRequired": False}
    assert deploy(with_rules).counts == {Op.SAME: 1, Op.CREATE: 2}


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda name: devops.Project(name, name="MLP"), "ProjectAlreadyExists"),
        (lambda name: devops.Feed(name, name="packages", project_id=POLICY), "FeedNameAlreadyInUse"),
        (lambda name: devops.Team(name, name="platform", project_id=POLICY), "TeamAlreadyExists"),
        (lambda name: devops.Group(name, display_name="modellers", scope=POLICY), "GroupNameAlreadyInUse"),
    ],
)
def test_a_name_in_azure_devops_is_taken_once(azure: LocalAzure, make: Callable[[str], Any], code: str) -> None:
    """Projects in the organisation, feeds, teams and groups in their project: a second one of a name is refused."""
    assert failures(lambda: make("one"), azure, "one") == []
    if code == "FeedNameAlreadyInUse":  # a feed is known by its name, so the preview sees it already
        with pytest.raises(Refused, match="belongs to stack"):
            up(planned(lambda: make("two"), "two"), azure)
    else:
        assert failures(lambda: make("two"), azure, "two") == [code]


# Access in Azure ------------------------------------------------------------------------------------------------------


def test_a_principal_without_a_type_must_be_known(azure: LocalAzure, deploy: Deploy) -> None:
    """A group of the directory is found; a stranger is PrincipalNotFound."""
    plan = planned(lambda: (entra_group(), resource_group()))
    deploy(plan)
    id = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{POLICY}"
    role = f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    with pytest.raises(AzureError) as caught:
        azure.put(id, {"properties": {"principalId": PERSON, "roleDefinitionId": role}})
    assert caught.value.code == "PrincipalNotFound"
    known = id_of(plan, "scientists").rpartition("/")[2]
    azure.put(id, {"properties": {"principalId": known, "roleDefinitionId": role}})


@pytest.mark.parametrize("given", ["ServicePrincipal", None])
def test_a_group_is_no_other_principal(azure: LocalAzure, given: str | None) -> None:
    """Azure compares the type with what it finds; where a program gives none, the SDK says `User`."""

    def program() -> None:
        assignment("reads", resource_group().id, entra_group().object_id, principal_type=given)

    assert failures(program, azure) == ["UnmatchedPrincipalType"]


def test_an_identity_is_no_user(azure: LocalAzure) -> None:
    """A managed identity is a service principal."""

    def program(kind: str | None) -> Program:
        def made() -> None:
            rg = resource_group()
            identity = native.managedidentity.UserAssignedIdentity(
                "identity", resource_name_="id-mlp", resource_group_name=rg.name, location="westeurope"
            )
            assignment("reads", rg.id, identity.principal_id, principal_type=kind)

        return made

    assert failures(program(None), azure) == ["UnmatchedPrincipalType"]
    assert failures(program("ServicePrincipal"), azure) == []


def test_the_same_role_twice_is_refused_under_another_name(azure: LocalAzure) -> None:
    """Role, principal and scope make an assignment; its name doesn't."""

    def program() -> None:
        group, rg = entra_group(), resource_group()
        first = assignment("one", rg.id, group.object_id, 1)
        wait = pulumi.ResourceOptions(depends_on=[first])
        assignment("two", rg.id, group.object_id, 2, opts=wait)

    assert failures(program, azure) == ["RoleAssignmentExists"]


def eligibility(hours: int = 4, **expiration: str) -> Program:
    def program() -> None:
        group, rg = entra_group("support"), resource_group()
        rule = native.authorization.RoleManagementPolicyExpirationRuleArgs(
            id="Expiration_EndUser_Assignment",
            is_expiration_required=True,
            maximum_duration=f"PT{hours}H",
            rule_type="RoleManagementPolicyExpirationRule",
        )
        rules = native.authorization.RoleManagementPolicy(
            "rules", scope=rg.id, role_management_policy_name=POLICY, rules=[rule]
        )
        native.authorization.PimRoleEligibilitySchedule(
            "eligible",
            scope=rg.id,
            principal_id=group.object_id,
            role_definition_id=f"{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}",
            schedule_info={"expiration": {"type": "AfterDuration", "duration": "P180D", **expiration}},
            opts=pulumi.ResourceOptions(depends_on=[rules]),
        )

    return program


def test_just_in_time_access_is_deployed_changed_and_taken_away(azure: LocalAzure, deploy: Deploy) -> None:
    """The activation rules that every role has are changed; without the stack they are Azure's own again."""
    plan = planned(eligibility())
    deploy(plan)
    id = id_of(plan, "rules")
    assert (azure.get(id) or {})["properties"]["rules"][0]["maximumDuration"] == "PT4H"
    assert {(item.name, item.op) for item in preview(planned(eligibility(8)), azure).changing} == {("rules", Op.UPDATE)}
    deploy(planned(eligibility(8)))
    assert destroy("test", azure).succeeded
    assert azure.snapshot()["resources"] == {}


def test_an_eligibility_is_never_changed_in_place(azure: LocalAzure, deploy: Deploy) -> None:
    """A new end is a new request: the old one goes first."""
    deploy(planned(eligibility()))
    (change,) = preview(planned(eligibility(duration="P90D")), azure).changing
    assert (change.name, change.op, change.delete_first) == ("eligible", Op.REPLACE, True)
    deploy(planned(eligibility(duration="P90D")))


def test_an_eligibility_without_an_end_is_refused(azure: LocalAzure) -> None:
    """PIM asks for an expiry."""
    assert failures(eligibility(type="NoExpiration"), azure) == ["RoleAssignmentRequestPolicyValidationFailed"]


@pytest.mark.parametrize("method", ["PATCH", "POST"])
def test_an_object_is_only_read_written_and_deleted(azure: LocalAzure, deploy: Deploy, method: str) -> None:
    """Other methods are refused, and so is what isn't there."""
    deploy(planned(entra_group))
    with pytest.raises(AzureError) as caught:
        azure.request(method, id_of(planned(entra_group), "scientists"))
    assert caught.value.code == "MethodNotAllowed"
    with pytest.raises(AzureError) as caught:
        azure.request("GET", f"/groups/{POLICY}")
    assert caught.value.status == 404


def test_whom_azure_devops_knows_already_is_taken_up(azure: LocalAzure, deploy: Deploy) -> None:
    """A stack that leaves a group of Entra ID, or an identity, in the organisation finds it there the next time."""
    retained = pulumi.ResourceOptions(retain_on_delete=True)

    def program() -> None:
        devops.Group("inside", origin_id=POLICY, opts=retained)
        devops.ServicePrincipalEntitlement("pipeline", origin_id=PERSON, opts=retained)

    plan = planned(program)
    deploy(plan)
    assert destroy("test", azure).counts == {Op.FORGET: 2}
    assert azure.get(id_of(plan, "inside")) is not None
    assert deploy(plan).counts == {Op.CREATE: 2}
