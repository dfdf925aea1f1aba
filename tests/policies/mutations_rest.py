"""How each rule of the groups identity, budget, monitoring, governance and model-deployment is broken, and of network
those on workspaces and computes."""

from __future__ import annotations

from dataclasses import dataclass

from guarded import outbound_rule, plan_of
from guarded_operations import (
    ai_deployment,
    autoscale,
    connection,
    content_filter,
    deployment,
    event_hubs,
    kubernetes,
    monitor,
    policy_exemption,
    search_service,
)
from mutating import Inputs, Mutation, drops, has, sets, with_resources

from seawall.plan.model import Plan, Resource

PROMOTED = "azureml://registries/mlr-larkspur-mlp-shared-weu/models/fraud/versions/7"
"""A model of the registry that the project's own stacks approve."""

COST = frozenset({"estimated-cost-within-budget"})
"""Whoever takes more, or dearer, computes may also pass the budget."""


@dataclass(frozen=True)
class Adding(Mutation):
    """Breaks by adding a resource of a type, where the type itself is what is wrong."""

    def broken(self, whole: Plan) -> Plan:
        token = f"azure-native:{self.type}"
        added = Resource(urn=f"urn:pulumi:{whole.stack}::{whole.project}::{token}::added", type=token, name="added")
        return with_resources(whole, (*whole.resources, added))


def served(plan: Plan) -> list[Resource]:
    """A deployment with what a release makes beside it."""
    return list(plan_of(deployment(properties__model=PROMOTED), autoscale(), monitor()).resources)


def leaves_one_threshold(inputs: Inputs) -> None:
    inputs["notifications"] = dict(list(inputs["notifications"].items())[:1])


COMPUTE, WORKSPACE = "machinelearningservices:Compute", "machinelearningservices:Workspace"
DEPLOYMENT, ENDPOINT = "machinelearningservices:OnlineDeployment", "machinelearningservices:OnlineEndpoint"
AI_DEPLOYMENT, LOGS, BUDGET = "cognitiveservices:Deployment", "operationalinsights:Workspace", "consumption:Budget"
AKS, VAULT, IMAGES = "containerservice:ManagedCluster", "keyvault:Vault", "containerregistry:Registry"
CREDENTIAL, SETTING = "managedidentity:FederatedIdentityCredential", "monitor:DiagnosticSetting"

AZURE_MONITOR = {"type": "ServiceTag", "destination": {"serviceTag": "AzureMonitor", "action": "Allow"}}
STORED = {"credentialsType": "AccountKey"}
NODES = "properties.properties.scaleSettings"
BRANCH = "repo:larkspur-insurance/ml-platform:ref:refs/heads/main"

NETWORK = [
    Mutation("ml-workspace-public-off", WORKSPACE, sets("publicNetworkAccess", "Enabled")),
    Mutation("ml-managed-network", WORKSPACE, sets("managedNetwork.isolationMode", "Disabled"), stack="dev",
             related=frozenset({"ml-compute-isolated", "ml-managed-pe-complete"})),
    Mutation("ml-compute-isolated", COMPUTE, drops("properties.properties.subnet")),
    Mutation("ml-compute-no-public-ip", COMPUTE, sets("properties.properties.enableNodePublicIp", True)),
    Mutation("ml-outbound-allowlist", "machinelearningservices:ManagedNetworkSettingsRule",
             sets("properties.destination.serviceTag", "Internet"),
             fixture=has(outbound_rule(properties=AZURE_MONITOR))),
]  # fmt: skip

IDENTITY = [
    Mutation("ml-user-assigned-identity", WORKSPACE, drops("primaryUserAssignedIdentity")),
    Mutation("managed-identity-required", ENDPOINT, drops("identity")),
    Mutation("ml-compute-local-auth-off", COMPUTE, sets("properties.disableLocalAuth", False)),
    Mutation("ml-endpoint-entra-auth", ENDPOINT, sets("properties.authMode", "Key")),
    Mutation("ml-datastore-identity", "machinelearningservices:Datastore", sets("properties.credentials", STORED)),
    Mutation("ml-connection-no-keys", "machinelearningservices:WorkspaceConnection",
             sets("properties.authType", "ApiKey"), fixture=has(connection())),
    Mutation("storage-shared-key-off", "storage:StorageAccount", sets("allowSharedKeyAccess", True), name="lake"),
    Mutation("ai-search-local-auth-off", "search:Service", drops("disableLocalAuth"), fixture=has(search_service())),
    Mutation("cosmos-eventhub-local-auth-off", "eventhub:Namespace", drops("disableLocalAuth"),
             fixture=has(event_hubs())),
    Mutation("acr-admin-anonymous-off", IMAGES, sets("adminUserEnabled", True)),
    Mutation("keyvault-rbac", VAULT, sets("properties.enableRbacAuthorization", False)),
    Mutation("aks-entra-only", AKS, sets("disableLocalAccounts", False), fixture=has(kubernetes())),
    Mutation("federated-credential-pinned", CREDENTIAL, sets("subject", BRANCH), name="identity-ci-fc-github"),
]  # fmt: skip

BUDGETS = [
    Mutation("budget-exists", BUDGET, sets("filter.dimensions.values", [])),
    Mutation("budget-tiers", BUDGET, leaves_one_threshold),
    Mutation("budget-within-cap", BUDGET, sets("amount", 100_000)),
    Mutation("estimated-cost-within-budget", BUDGET, sets("amount", 1)),
    Mutation("ml-instance-idle-shutdown", COMPUTE, drops("properties.properties.idleTimeBeforeShutdown"),
             stack="dev", name="instance-ana"),
    Mutation("ml-cluster-scale-to-zero", COMPUTE, sets(f"{NODES}.minNodeCount", 1)),
    Mutation("ml-cluster-max-nodes", COMPUTE, sets(f"{NODES}.maxNodeCount", 500), related=COST),
    Mutation("compute-sku-allowlist", COMPUTE, sets("properties.properties.vmSize", "Standard_NC6s_v3"), related=COST),
    Mutation("ai-capacity-cap", AI_DEPLOYMENT, sets("sku.capacity", 1000),
             fixture=has(ai_deployment(), content_filter())),
    Mutation("log-daily-cap", LOGS, drops("workspaceCapping"), stack="dev"),
    Mutation("workspace-staleness-alert", "monitor:MetricAlert", sets("scopes", []), stack="dev", name="alert-unused"),
]  # fmt: skip

MONITORING = [
    Mutation("diagnostics-per-resource", SETTING, sets("logs", []), name="vault"),
    Mutation("diagnostics-per-resource", SETTING, sets("logs", []), name="lake-blob"),
    Mutation("endpoint-traffic-logs", SETTING, sets("logs", []), name="online-fraud-online"),
    Mutation("log-retention", LOGS, sets("retentionInDays", 30)),
    Mutation("appinsights-entra", "applicationinsights:Component", sets("disableLocalAuth", False)),
    Mutation("endpoint-alerts", "monitor:MetricAlert", sets("scopes", []), name="alert-fraud-online-5xx"),
    Mutation("endpoint-alerts", "monitor:ScheduledQueryRule", sets("criteria.allOf", [{"query": "Heartbeat"}])),
    Mutation("alert-has-receiver", "monitor:ActionGroup", sets("emailReceivers", [])),
    Mutation("activity-log-alerts", "monitor:ActivityLogAlert", sets("scopes", []), name="alert-health"),
    Mutation("defender-plans", "security:Pricing", sets("pricingTier", "Free")),
    Mutation("vnet-flow-logs", "network:FlowLog", sets("enabled", False)),
    Mutation("model-monitor", DEPLOYMENT, drops("properties.dataCollector"), fixture=served),
]  # fmt: skip

GOVERNANCE = [
    Mutation("required-tags", VAULT, drops("tags.owner")),
    Mutation("required-tags", VAULT, sets("tags.expiry", "2026-11-20"), stack="dev"),
    Mutation("allowed-locations", VAULT, sets("location", "eastus")),
    Mutation("allowed-locations", "machinelearningservices:Registry",
             sets("regionDetails", [{"location": "eastus"}]), stack="shared"),
    Mutation("naming-convention", "monitor:ActionGroup", sets("actionGroupName", "everybody")),
    Adding("allowed-resource-types", "batch:Pool", drops("")),
    Mutation("exemption-expiry", "authorization:PolicyExemption", drops("expiresOn"), fixture=has(policy_exemption())),
    Mutation("package-quarantine", "machinelearningservices:EnvironmentVersion",
             sets("properties.image", "evil.example/base:1")),
    Mutation("acr-hygiene", IMAGES, sets("policies.retentionPolicy.status", "disabled")),
    Mutation("aks-hardening", AKS, drops("autoUpgradeProfile"), fixture=has(kubernetes())),
]  # fmt: skip

MODEL_DEPLOYMENT = [
    Mutation("model-approved-source", DEPLOYMENT,
             sets("properties.model", PROMOTED.replace("mlr-larkspur-mlp-shared-weu", "elsewhere")), fixture=served),
    Mutation("model-pinned-version", DEPLOYMENT,
             sets("properties.model", PROMOTED.replace("versions/7", "labels/latest")), fixture=served),
    Mutation("ai-model-approved", AI_DEPLOYMENT, drops("properties.versionUpgradeOption"),
             fixture=has(ai_deployment(), content_filter())),
    Mutation("ai-content-filter", AI_DEPLOYMENT, drops("properties.raiPolicyName"),
             fixture=has(ai_deployment(), content_filter())),
    Mutation("ai-content-filter", "cognitiveservices:RaiPolicy", sets("properties.contentFilters", []),
             fixture=has(ai_deployment(), content_filter())),
    Mutation("endpoint-min-instances", DEPLOYMENT, sets("sku.capacity", 1), fixture=served),
    Mutation("endpoint-canary", ENDPOINT, sets("properties.traffic", {"blue": 50, "green": 50})),
]  # fmt: skip

MUTATIONS = [*NETWORK, *IDENTITY, *BUDGETS, *MONITORING, *GOVERNANCE, *MODEL_DEPLOYMENT]
