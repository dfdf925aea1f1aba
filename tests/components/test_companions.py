from __future__ import annotations

import pulumi
import pytest

from components.companions import companion_names
from components.names import NameRefused
from components.role_assignment import ROLES
from components.workspace import Workspace, WorkspaceArgs
from seawall.plan.model import Plan
from tests.components.judged import azure_resources, inputs, judge, one, short, tree
from tests.components.ml_samples import IDENTITY, INSIGHTS, KEY
from tests.components.samples import GROUP, LOGS, placed, private_link


def args(**more: object) -> WorkspaceArgs:
    return WorkspaceArgs(**placed("mlw-larkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more}))


def made(plan: Plan) -> set[tuple[str, str, str]]:
    """What is made directly under the workspace, role assignments aside."""
    return {
        part
        for part in tree(plan)
        if part[2] in ("", "Workspace ml") and part[0] not in ("RoleAssignment", "Workspace")
    }


def grants(plan: Plan) -> set[tuple[str, str]]:
    """Each role and where it holds, by the type of the scope."""
    roles = {guid: role for role, guid in ROLES.items()}
    return {
        (roles[r.inputs["roleDefinitionId"].rsplit("/", 1)[-1]], r.inputs["scope"].split("/")[-2])
        for r in azure_resources(plan)
        if short(r.type) == "authorization:RoleAssignment"
    }


def test_a_workspace_alone_makes_all_that_it_stands_on(plan, azure_types):
    """Storage, vault, registry, telemetry and an identity, all logged to a Log Analytics workspace of its own."""
    planned = plan(lambda: Workspace("ml", args()))
    judge(planned, azure_types)
    assert made(planned) == {
        ("LogAnalyticsWorkspace", "ml-logs", "Workspace ml"),
        ("ApplicationInsights", "ml-insights", "Workspace ml"),
        ("StorageAccount", "ml-storage", "Workspace ml"),
        ("KeyVault", "ml-vault", "Workspace ml"),
        ("ContainerRegistry", "ml-registry", "Workspace ml"),
        ("UserAssignedIdentity", "ml-identity", "Workspace ml"),
        ("machinelearningservices:Workspace", "ml", "Workspace ml"),
        ("monitor:DiagnosticSetting", "ml", "Workspace ml"),
    }
    logs = one(planned, "operationalinsights:Workspace").id
    logged = [r for r in azure_resources(planned) if short(r.type) == "monitor:DiagnosticSetting"]
    assert {setting.inputs["workspaceId"] for setting in logged} == {logs}
    assert {setting.name for setting in logged} >= {"ml", "ml-vault", "ml-registry", "ml-storage-blob"}


def test_what_it_makes_is_closed(plan):
    """Storage, vault and registry refuse the public; telemetry takes Entra identities alone."""
    planned = plan(lambda: Workspace("ml", args()))
    assert inputs(planned, "storage:StorageAccount")["publicNetworkAccess"] == "Disabled"
    assert inputs(planned, "keyvault:Vault")["properties"]["publicNetworkAccess"] == "Disabled"
    assert inputs(planned, "containerregistry:Registry")["publicNetworkAccess"] == "Disabled"
    assert inputs(planned, "applicationinsights:Component")["disableLocalAuth"] is True
    assert inputs(planned, "operationalinsights:Workspace")["features"]["disableLocalAuth"] is True


def test_the_workspace_works_with_what_was_made(plan):
    """The IDs that the workspace names are those of the resources made for it."""
    planned = plan(lambda: Workspace("ml", args()))
    workspace = inputs(planned, "machinelearningservices:Workspace")
    assert workspace["storageAccount"] == one(planned, "storage:StorageAccount").id
    assert workspace["keyVault"] == one(planned, "keyvault:Vault").id
    assert workspace["containerRegistry"] == one(planned, "containerregistry:Registry").id
    assert workspace["applicationInsights"] == one(planned, "applicationinsights:Component").id
    identity = one(planned, "managedidentity:UserAssignedIdentity").id
    assert workspace["identity"]["userAssignedIdentities"] == [identity]
    assert workspace["primaryUserAssignedIdentity"] == identity


def test_the_identity_gets_what_the_documentation_lists(plan, azure_types):
    """Each role at one resource, never at the group; it reads the two storage endpoints that the studio uses."""
    planned = plan(lambda: Workspace("ml", args(private_link=private_link())))
    judge(planned, azure_types)
    approver = "Azure AI Enterprise Network Connection Approver"
    assert grants(planned) == {
        ("Contributor", "storageAccounts"),
        ("Storage Blob Data Contributor", "storageAccounts"),
        ("Storage File Data Privileged Contributor", "storageAccounts"),
        (approver, "storageAccounts"),
        ("Contributor", "vaults"),
        ("Key Vault Administrator", "vaults"),
        (approver, "vaults"),
        ("Contributor", "registries"),
        (approver, "registries"),
        ("Contributor", "components"),
        ("Contributor", "workspaces"),
        ("Reader", "privateEndpoints"),
    }
    readers = [r for r in azure_resources(planned) if r.name.endswith("-reader")]
    account = one(planned, "storage:StorageAccount").inputs["accountName"]
    assert {r.inputs["scope"].rsplit("/", 1)[-1] for r in readers} == {f"pep-{account}-blob", f"pep-{account}-file"}
    assert inputs(planned, "authorization:RoleAssignment", "ml-itself-contributor")["scope"] == (
        one(planned, "machinelearningservices:Workspace").id
    )


def test_each_companion_has_its_own_endpoints(plan):
    """With a private link, storage, vault, registry and workspace are all reached through it."""
    planned = plan(lambda: Workspace("ml", args(private_link=private_link())))
    endpoints = {r.name for r in azure_resources(planned) if short(r.type) == "network:PrivateEndpoint"}
    assert endpoints == {
        "ml-amlworkspace",
        "ml-vault-vault",
        "ml-registry-registry",
        *(f"ml-storage-{service}" for service in ("blob", "file", "queue", "table")),
    }


def test_a_key_encrypts_what_is_made_as_well(plan, azure_types):
    """Storage and registry made for an encrypted workspace are encrypted with the same key."""
    planned = plan(lambda: Workspace("ml", args(encryption_key=KEY)))
    judge(planned, azure_types)
    assert inputs(planned, "storage:StorageAccount")["encryption"]["keySource"] == "Microsoft.Keyvault"
    assert inputs(planned, "containerregistry:Registry")["encryption"]["status"] == "enabled"


def test_only_what_is_missing_is_made(plan, azure_types):
    """Given logs and Application Insights are used; an identity that is given gets no roles here."""
    planned = plan(
        lambda: Workspace(
            "ml",
            args(log_analytics_workspace_id=LOGS, application_insights_id=INSIGHTS, identity_ids=[IDENTITY]),
        )
    )
    judge(planned, azure_types)
    kinds = {kind for kind, _, _ in tree(planned)}
    assert not kinds & {"LogAnalyticsWorkspace", "ApplicationInsights", "UserAssignedIdentity", "RoleAssignment"}
    assert {"StorageAccount", "KeyVault", "ContainerRegistry"} <= kinds
    assert inputs(planned, "monitor:DiagnosticSetting", "ml-vault")["workspaceId"] == LOGS


def test_insights_are_made_on_given_logs(plan):
    """A given Log Analytics workspace holds the telemetry of the Application Insights made for it."""
    planned = plan(lambda: Workspace("ml", args(log_analytics_workspace_id=LOGS)))
    assert "LogAnalyticsWorkspace" not in {kind for kind, _, _ in tree(planned)}
    assert inputs(planned, "applicationinsights:Component")["workspaceResourceId"] == LOGS


def test_keys_that_the_workspace_needs_are_opened_on_its_own_storage(plan):
    """Access by account key is a setting of the workspace, which the storage made for it follows."""
    planned = plan(lambda: Workspace("ml", args(datastore_auth="AccessKey")))
    assert inputs(planned, "storage:StorageAccount")["allowSharedKeyAccess"] is True
    assert inputs(planned, "machinelearningservices:Workspace")["systemDatastoresAuthMode"] == "AccessKey"


def test_names_differ_from_group_to_group_and_stay(plan):
    """Global names end in a hash of the resource group: the same in each run, another in another group."""

    def named(group: object) -> str:
        planned = plan(lambda: Workspace("ml", args(resource_group_id=group() if callable(group) else group)))
        return one(planned, "storage:StorageAccount").inputs["accountName"]

    other = GROUP.replace("rg-larkspur-mlp", "rg-other")
    assert named(GROUP) == named(GROUP) != named(other)
    later = named(lambda: pulumi.Output.from_input(GROUP))
    assert later == named(lambda: pulumi.Output.from_input(GROUP))
    planned = plan(lambda: Workspace("ml", args(unique="abc")))
    assert one(planned, "storage:StorageAccount").inputs["accountName"] == "stmlwlarkspurabc"


def test_names_stay_within_azures_limits():
    """The longest workspace name still gives names that Azure takes."""
    names = companion_names("W" + "x_-9" * 8, "abcde")
    assert {kind: len(name) for kind, name in names.items()} == {
        "storage account": 24,
        "key vault": 24,
        "container registry": 24,
        "application insights": 38,
        "log analytics": 37,
        "identity": 36,
    }


def test_a_suffix_that_azure_refuses_is_refused():
    """Global names have letters and digits alone."""
    with pytest.raises(NameRefused, match=r"stmlwlarkspura-b.*takes lower-case letters and digits"):
        companion_names("mlw-larkspur", "a-b")
