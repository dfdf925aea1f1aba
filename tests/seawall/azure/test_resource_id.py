"""Resource IDs: made as Azure writes them, and read back."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.azure.resource_id import BadResourceId, UnnamedResource, parse, resource_id
from seawall.azure.types import ArmType, UnknownType, types
from tests.seawall.azure.azure_sdk import args_class, inputs_of

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-mlp"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmlp"
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-._", min_size=1, max_size=24)

CASES = {
    "resources:ResourceGroup": ({}, GROUP),
    "storage:StorageAccount": ({"accountName": "stmlp"}, ACCOUNT),
    "storage:BlobContainer": (
        {"accountName": "stmlp", "containerName": "raw"},
        f"{ACCOUNT}/blobServices/default/containers/raw",
    ),
    "storage:BlobServiceProperties": (
        {"accountName": "stmlp", "blobServicesName": "default"},
        f"{ACCOUNT}/blobServices/default",
    ),
    "network:Subnet": (
        {"virtualNetworkName": "vnet", "subnetName": "snet"},
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/snet",
    ),
    "machinelearningservices:OnlineDeployment": (
        {"workspaceName": "mlw", "endpointName": "fraud", "deploymentName": "blue"},
        f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw/onlineEndpoints/fraud/deployments/blue",
    ),
    "authorization:RoleAssignment": (
        {"scope": ACCOUNT, "roleAssignmentName": "r"},
        f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/r",
    ),
    "authorization:ManagementLockByScope": (
        {"scope": ACCOUNT.strip("/"), "lockName": "keep"},
        f"{ACCOUNT}/providers/Microsoft.Authorization/locks/keep",
    ),
    "monitor:DiagnosticSetting": (
        {"resourceUri": ACCOUNT + "/", "name": "all"},
        f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/all",
    ),
    "consumption:Budget": (
        {"scope": f"/subscriptions/{SUBSCRIPTION}", "budgetName": "b"},
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Consumption/budgets/b",
    ),
    "authorization:PolicyDefinition": (
        {"policyDefinitionName": "p"},
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyDefinitions/p",
    ),
    "security:Pricing": (
        {"scopeId": f"subscriptions/{SUBSCRIPTION}", "pricingName": "Arm"},
        f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Security/pricings/Arm",
    ),
    "costmanagement:ScheduledAction": (
        {"name": "weekly"},
        "/providers/Microsoft.CostManagement/scheduledActions/weekly",
    ),
    "security:APICollectionByAzureApiManagementService": (
        {"serviceName": "apim", "apiId": "score"},
        f"{GROUP}/providers/Microsoft.ApiManagement/service/apim/providers/Microsoft.Security/apiCollections/score",
    ),
    "kubernetesconfiguration:Extension": (
        {
            "clusterRp": "Microsoft.ContainerService",
            "clusterResourceName": "managedClusters",
            "clusterName": "aks",
            "extensionName": "azureml",
        },
        f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks"
        "/providers/Microsoft.KubernetesConfiguration/extensions/azureml",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_ids_are_azures(name: str) -> None:
    """IDs of every scope are written as Azure writes them."""
    inputs, expected = CASES[name]
    assert resource_id(f"azure-native:{name}", {"resourceGroupName": "rg-mlp", **inputs}, SUBSCRIPTION) == expected


def example(row: ArmType) -> dict[str, Any]:
    names = {name: name.lower() for name in inputs_of(args_class(row.token))}
    return names | {
        name: GROUP for name in ("scope", "scopeId", "resourceUri", "resourceId") if name in row.path_inputs
    }


@pytest.mark.parametrize("row", types(), ids=lambda row: row.token.removeprefix("azure-native:"))
def test_every_id_reads_back(row: ArmType) -> None:
    """The ID of every type, read back, names the type, the names in order, and what the resource is in."""
    text = resource_id(row.token, example(row), SUBSCRIPTION)
    parsed = parse(text)
    assert str(parsed) == text
    assert parsed.arm_type == row.arm_type
    assert parsed.name == text.rsplit("/", 1)[1]
    assert text.lower().startswith(parsed.parent.lower())
    assert bool(parsed.scope) == ("{scope" in row.under or row.scope == "extension")
    if row.scope in ("resourceGroup", "subscription"):
        assert parsed.subscription == SUBSCRIPTION


def test_a_missing_name_is_an_error_that_names_it() -> None:
    """Names are explicit: an absent, empty or unknown one is an error with the type and the input."""
    token = "azure-native:storage:StorageAccount"
    with pytest.raises(UnnamedResource, match=r"azure-native:storage:StorageAccount: accountName is missing"):
        resource_id(token, {"resourceGroupName": "rg"}, SUBSCRIPTION)
    with pytest.raises(UnnamedResource, match="resourceGroupName"):
        resource_id(token, {"accountName": "st", "resourceGroupName": ""}, SUBSCRIPTION)
    with pytest.raises(UnnamedResource, match="not a name"):
        resource_id(token, {"accountName": object(), "resourceGroupName": "rg"}, SUBSCRIPTION)
    with pytest.raises(UnknownType):
        resource_id("azure-native:batch:Pool", {}, SUBSCRIPTION)


def test_an_eligibility_is_named_by_what_it_grants() -> None:
    """A PIM eligibility takes no name; the same scope, principal and role always have the same one."""
    token = "azure-native:authorization:PimRoleEligibilitySchedule"
    inputs = {"scope": GROUP, "principalId": "p", "roleDefinitionId": "r"}
    one = resource_id(token, inputs, SUBSCRIPTION)
    assert one == resource_id(token, {**inputs, "justification": "x"}, SUBSCRIPTION)
    assert one != resource_id(token, {**inputs, "principalId": "q"}, SUBSCRIPTION)


def test_the_parts_of_an_id() -> None:
    """Groups, subscriptions, children, extensions and extensions of extensions come apart."""
    child = parse(f"{ACCOUNT}/blobServices/default")
    assert (child.provider, child.types, child.names) == (
        "Microsoft.Storage",
        ("storageAccounts", "blobServices"),
        ("stmlp", "default"),
    )
    assert child.parent == ACCOUNT and child.scope == ""
    lock = parse(f"{GROUP}/providers/Microsoft.Authorization/locks/keep")
    assert lock.scope == lock.parent == GROUP
    nested = parse(f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/all/providers/Microsoft.X/y/z")
    assert nested.arm_type == "Microsoft.X/y"
    assert nested.scope == f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/all"
    assert parse(GROUP).arm_type == "Microsoft.Resources/resourceGroups"
    assert parse(GROUP).parent == f"/subscriptions/{SUBSCRIPTION}"
    assert parse(f"/subscriptions/{SUBSCRIPTION}").arm_type == "Microsoft.Resources/subscriptions"
    assert parse("/").arm_type == ""
    group = parse("/providers/Microsoft.Management/managementGroups/root")
    assert (group.subscription, group.arm_type) == ("", "Microsoft.Management/managementGroups")


def test_ids_compare_without_case() -> None:
    """Two spellings of one ID are equal, and one in a set."""
    assert parse(ACCOUNT) == parse(ACCOUNT.upper())
    assert len({parse(ACCOUNT), parse(ACCOUNT.lower())}) == 1
    assert parse(ACCOUNT) != parse(GROUP)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        f"{GROUP}/Microsoft.Storage/storageAccounts/st",
        f"{GROUP}/providers/Microsoft.Storage",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts",
        f"{ACCOUNT}/blobServices",
        "/subscriptions//resourceGroups/rg",
        f"{GROUP}/providers",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """A text that isn't an ID is an error that shows it."""
    with pytest.raises(BadResourceId, match="not a resource ID"):
        parse(text)


@given(group=NAMES, network=NAMES, subnet=NAMES)
def test_names_survive(group: str, network: str, subnet: str) -> None:
    """Whatever the names, they come back from the ID."""
    inputs = {"resourceGroupName": group, "virtualNetworkName": network, "subnetName": subnet}
    parsed = parse(resource_id("azure-native:network:Subnet", inputs, SUBSCRIPTION))
    assert (parsed.resource_group, parsed.names) == (group, (network, subnet))


def test_knowing_azure_needs_no_sdk() -> None:
    """Importing the whole package imports neither Pulumi nor its Azure SDK."""
    code = (
        "import sys, seawall.azure.bodies, seawall.azure.fills, seawall.azure.lifecycle;"
        "print(sorted(name for name in sys.modules if name.startswith('pulumi')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
