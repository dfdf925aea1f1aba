"""How each rule of the groups network and data is broken."""

from __future__ import annotations

from typing import Any

from guarded_services import (
    OTHER_SUBSCRIPTION,
    ai,
    cosmos,
    data_factory,
    databricks,
    kubernetes,
    search,
)
from mutating import Inputs, Mutation, drops, has, sets

from seawall.plan.model import Plan, Resource

INSIGHTS_OF_DEV = (
    "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-larkspur-mlp-dev-weu-monitoring/providers/"
    "Microsoft.Insights/components/appi-larkspur-mlp-dev-weu"
)
WRONG_ZONE = (
    f"{OTHER_SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"
)
SIGNED = "https://stml.blob.core.windows.net/raw?sv=2024-11-04&sig=c2VhYmlyZHMgb24gdGhlIHNlYSB3YWxs"


def deployment(plan: Plan) -> list[Resource]:
    """A deployment of an endpoint in the plan's workspace: deployments belong to releases, and no stack has one."""
    of = next(plan.of_type("azure-native:machinelearningservices:OnlineEndpoint"))
    inputs = {
        **{key: of.inputs[key] for key in ("resourceGroupName", "workspaceName", "endpointName", "location", "tags")},
        "deploymentName": "blue", "sku": {"name": "Default", "capacity": 3},
        "properties": {"endpointComputeType": "Managed", "egressPublicNetworkAccess": "Disabled"},
    }  # fmt: skip
    type = "azure-native:machinelearningservices:OnlineDeployment"
    urn = f"urn:pulumi:{plan.stack}::{plan.project}::{type}::blue"
    return [Resource(urn=urn, type=type, name="blue", id=f"{of.id}/deployments/blue", inputs=inputs)]


def opens_account(inputs: Inputs) -> None:
    inputs |= {"publicNetworkAccess": "Enabled", "networkRuleSet": {"defaultAction": "Allow"}}


def opens_vault(inputs: Inputs) -> None:
    inputs["properties"] |= {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}}


def lets_everybody_in(inputs: Inputs) -> None:
    first(inputs["securityRules"], direction="Inbound", access="Allow")["sourceAddressPrefix"] = "*"


def bares_subnet(inputs: Inputs) -> None:
    del first(inputs["subnets"], name="private-endpoints")["networkSecurityGroup"]


def opens_subnet(inputs: Inputs) -> None:
    first(inputs["subnets"], name="runners")["defaultOutboundAccess"] = True


def loses_address(inputs: Inputs) -> None:
    del inputs["ipConfigurations"][0]["publicIPAddress"]


def leads_elsewhere(inputs: Inputs) -> None:
    inputs["privateLinkServiceConnections"][0]["groupIds"] = ["elsewhere"]


def resolves_elsewhere(inputs: Inputs) -> None:
    inputs["privateDnsZoneConfigs"][0]["privateDnsZoneId"] = WRONG_ZONE


def loses_rule(inputs: Inputs) -> None:
    del inputs["managedNetwork"]["outboundRules"]["lake-dfs"]


def first(parts: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    """The first of several objects with the wanted values."""
    return next(part for part in parts if all(part[key] == value for key, value in wanted.items()))


WORKSPACE, ACCOUNT, VAULT = "machinelearningservices:Workspace", "storage:StorageAccount", "keyvault:Vault"
IMAGES, NETWORK = "containerregistry:Registry", "network:VirtualNetwork"

MUTATIONS = [
    Mutation("ml-managed-pe-complete", WORKSPACE, loses_rule, stack="dev"),
    Mutation("ml-registry-private", "machinelearningservices:Registry", sets("publicNetworkAccess", "Enabled"),
             stack="shared"),
    Mutation("ml-endpoint-private", "machinelearningservices:OnlineEndpoint",
             sets("properties.publicNetworkAccess", "Enabled")),
    Mutation("ml-deployment-egress-off", "machinelearningservices:OnlineDeployment",
             sets("properties.egressPublicNetworkAccess", "Enabled"), fixture=deployment),
    Mutation("storage-network", ACCOUNT, opens_account, name="lake"),
    Mutation("keyvault-network", VAULT, opens_vault),
    Mutation("acr-network", IMAGES, sets("publicNetworkAccess", "Enabled")),
    Mutation("ai-network", "cognitiveservices:Account", sets("properties.publicNetworkAccess", "Enabled"),
             fixture=has(ai())),
    Mutation("ai-outbound-restricted", "cognitiveservices:Account",
             drops("properties.restrictOutboundNetworkAccess"), fixture=has(ai())),
    Mutation("search-network", "search:Service", sets("publicNetworkAccess", "enabled"), fixture=has(search())),
    Mutation("cosmos-eventhub-network", "cosmosdb:DatabaseAccount", sets("publicNetworkAccess", "Enabled"),
             fixture=has(cosmos())),
    Mutation("databricks-network", "databricks:Workspace", drops("parameters.enableNoPublicIp"),
             fixture=has(databricks())),
    Mutation("datafactory-network", "datafactory:Factory", drops("publicNetworkAccess"), fixture=has(data_factory())),
    Mutation("aks-private-api", "containerservice:ManagedCluster",
             sets("apiServerAccessProfile.enablePrivateCluster", False), fixture=has(kubernetes())),
    Mutation("nsg-no-any-inbound", "network:NetworkSecurityGroup", lets_everybody_in, name="network-scoring"),
    Mutation("subnet-nsg-private", NETWORK, bares_subnet),
    Mutation("subnet-nsg-private", NETWORK, opens_subnet, stack="dev"),
    Mutation("public-ip-allowlist", "network:BastionHost", loses_address, stack="shared"),
    Mutation("private-endpoint-per-paas", "network:PrivateEndpoint", leads_elsewhere, name="vault-vault"),
    Mutation("private-dns-per-endpoint", "network:PrivateDnsZoneGroup", resolves_elsewhere, name="vault-vault",
             related=frozenset({"env-isolation"})),
    Mutation("min-tls12-https", ACCOUNT, sets("minimumTlsVersion", "TLS1_0")),
    Mutation("env-isolation", WORKSPACE, sets("applicationInsights", INSIGHTS_OF_DEV)),
    Mutation("storage-no-anonymous-blob", "storage:BlobContainer", sets("publicAccess", "Blob")),
    Mutation("storage-no-anonymous-blob", ACCOUNT, drops("allowBlobPublicAccess")),
    Mutation("storage-soft-delete-versioning", "storage:BlobServiceProperties", sets("deleteRetentionPolicy.days", 1)),
    Mutation("storage-exfiltration", ACCOUNT, sets("allowCrossTenantReplication", True)),
    Mutation("storage-redundancy", ACCOUNT, sets("sku.name", "Standard_LRS")),
    Mutation("storage-lifecycle", "storage:ManagementPolicy", sets("policy.rules", []), name="lake"),
    Mutation("cmk-when-confidential", IMAGES, sets("encryption.status", "disabled")),
    Mutation("keyvault-purge-protection", VAULT, sets("properties.softDeleteRetentionInDays", 7)),
    Mutation("keyvault-item-expiry", "keyvault:Key", drops("properties.rotationPolicy")),
    Mutation("no-plaintext-secrets", ACCOUNT, sets("tags.source", SIGNED)),
    Mutation("delete-protection", "authorization:ManagementLockByScope", sets("level", "NotSpecified")),
]  # fmt: skip
