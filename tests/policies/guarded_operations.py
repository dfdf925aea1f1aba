"""Logs, alerts, deployments, AI models and clusters, as a careful plan has them: for the tests of rules on operations.

As in `guarded`: each builder gives a resource that every rule of its group accepts, and keywords change inputs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from guarded import GROUP, PREPRODUCTION, PRODUCTION, STORAGE, SUBSCRIPTION, WORKSPACE, make

from seawall.plan.model import Resource

LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-ml"
ACTIONS = f"{GROUP}/providers/Microsoft.Insights/actionGroups/ag-ml"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kvml"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-ml"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/fraud"
DEPLOYMENT = f"{ENDPOINT}/deployments/blue"
WATCHER = f"{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/nw"

TAGS = {"owner": "ml-platform@larkspur.example", "costCenter": "CC-1", "env": "prod", "dataClassification": "internal"}

LIMITED = replace(
    PRODUCTION,
    allowed_locations=frozenset({"westeurope"}),
    model_registries=frozenset({"mlr-larkspur"}),
    ai_models=frozenset({"OpenAI/gpt-4o"}),
    package_feeds=frozenset({"packages.larkspur.example"}),
)
"""Production with what the tests' stack allows."""

DEV = replace(PREPRODUCTION, allowed_locations=frozenset({"westeurope"}))


def storage(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": "stml", "location": "westeurope", "tags": dict(TAGS),
        "allowSharedKeyAccess": False, "isLocalUserEnabled": False,
    }  # fmt: skip
    return make("storage:StorageAccount", "storage", STORAGE, inputs, **changes)


def connection(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "connectionName": "lake",
        "properties": {"authType": "AAD", "category": "AzureBlob", "target": STORAGE},
    }  # fmt: skip
    id = f"{WORKSPACE}/connections/lake"
    return make("machinelearningservices:WorkspaceConnection", "lake", id, inputs, **changes)


def ai_account(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": "aiml", "location": "westeurope",
        "identity": {"type": "SystemAssigned"}, "properties": {"disableLocalAuth": True},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/aiml"
    return make("cognitiveservices:Account", "ai", id, inputs, **changes)


def search_service(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "searchServiceName": "srch-ml", "disableLocalAuth": True}
    return make(
        "search:Service", "search", f"{GROUP}/providers/Microsoft.Search/searchServices/srch-ml", inputs, **changes
    )


def cosmos(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": "cosmos-ml", "location": "westeurope", "disableLocalAuth": True,
        "disableKeyBasedMetadataWriteAccess": True, "locations": [{"locationName": "West Europe"}],
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.DocumentDB/databaseAccounts/cosmos-ml"
    return make("cosmosdb:DatabaseAccount", "cosmos", id, inputs, **changes)


def event_hubs(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "namespaceName": "evhns-ml", "disableLocalAuth": True}
    id = f"{GROUP}/providers/Microsoft.EventHub/namespaces/evhns-ml"
    return make("eventhub:Namespace", "events", id, inputs, **changes)


def sas_rule() -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "namespaceName": "evhns-ml", "authorizationRuleName": "send"}
    return make("eventhub:NamespaceAuthorizationRule", "send", "", inputs)


def container_registry(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "registryName": "crlarkspur", "location": "westeurope", "tags": dict(TAGS),
        "adminUserEnabled": False, "zoneRedundancy": "Enabled",
        "policies": {
            "quarantinePolicy": {"status": "enabled"}, "retentionPolicy": {"status": "enabled", "days": 30},
            "exportPolicy": {"status": "disabled"},
        },
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crlarkspur"
    return make("containerregistry:Registry", "images", id, inputs, **changes)


def vault(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "vaultName": "kvml", "location": "westeurope", "tags": dict(TAGS),
        "properties": {"enableRbacAuthorization": True},
    }  # fmt: skip
    return make("keyvault:Vault", "vault", VAULT, inputs, **changes)


def kubernetes(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "resourceName": "aks-ml", "location": "westeurope", "disableLocalAccounts": True,
        "aadProfile": {"managed": True, "enableAzureRBAC": True}, "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {
            "workloadIdentity": {"enabled": True}, "defender": {"securityMonitoring": {"enabled": True}},
        },
        "addonProfiles": {"azurepolicy": {"enabled": True}}, "autoUpgradeProfile": {"upgradeChannel": "stable"},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-ml"
    return make("containerservice:ManagedCluster", "kubernetes", id, inputs, **changes)


def federated(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "resourceName": "id-ml", "federatedIdentityCredentialResourceName": "fc-github",
        "issuer": "https://token.actions.githubusercontent.com", "audiences": ["api://AzureADTokenExchange"],
        "subject": "repo:larkspur-insurance/ml-platform:environment:prod",
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml/federatedIdentityCredentials/fc"
    return make("managedidentity:FederatedIdentityCredential", "github", id, inputs, **changes)


def log_workspace(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "log-ml", "location": "westeurope", "tags": dict(TAGS),
        "retentionInDays": 90, "publicNetworkAccessForIngestion": "Disabled", "publicNetworkAccessForQuery": "Disabled",
        "workspaceCapping": {"dailyQuotaGb": 5},
    }  # fmt: skip
    return make("operationalinsights:Workspace", "logs", LOGS, inputs, **changes)


def insights(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "resourceName": "appi-ml", "location": "westeurope", "tags": dict(TAGS),
        "workspaceResourceId": LOGS, "ingestionMode": "LogAnalytics", "disableLocalAuth": True,
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Insights/components/appi-ml"
    return make("applicationinsights:Component", "insights", id, inputs, **changes)


def logged(target: str, name: str = "setting", **changes: Any) -> Resource:
    """The diagnostic setting of a resource, given by its ID."""
    inputs = {
        "resourceUri": target, "name": "log-analytics", "workspaceId": LOGS,
        "logs": [{"categoryGroup": "allLogs", "enabled": True}],
        "metrics": [{"category": "AllMetrics", "enabled": True}],
    }  # fmt: skip
    id = f"{target}/providers/Microsoft.Insights/diagnosticSettings/log-analytics"
    return make("monitor:DiagnosticSetting", name, id, inputs, **changes)


def network(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "virtualNetworkName": "vnet-ml", "location": "westeurope"}
    return make("network:VirtualNetwork", "network", NETWORK, {**inputs, "tags": dict(TAGS)}, **changes)


def flow_log(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "NetworkWatcherRG", "networkWatcherName": "nw", "flowLogName": "flow-ml",
        "targetResourceId": NETWORK, "storageId": STORAGE, "enabled": True,
    }  # fmt: skip
    return make("network:FlowLog", "flows", f"{WATCHER}/flowLogs/flow-ml", inputs, **changes)


def action_group(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "actionGroupName": "ag-ml", "location": "global", "enabled": True,
        "emailReceivers": [{"name": "platform", "emailAddress": "ml-platform@larkspur.example"}],
    }  # fmt: skip
    return make("monitor:ActionGroup", "actions", ACTIONS, inputs, **changes)


def metric_alert(name: str, target: str, metric: str, operator: str, threshold: int, **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "ruleName": f"alert-{name}", "location": "global", "enabled": True,
        "scopes": [target], "actions": [{"actionGroupId": ACTIONS}],
        "criteria": {"allOf": [{"metricName": metric, "operator": operator, "threshold": threshold}]},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Insights/metricAlerts/alert-{name}"
    return make("monitor:MetricAlert", name, id, inputs, **changes)


def staleness(**changes: Any) -> Resource:
    return metric_alert("unused", WORKSPACE, "Active Cores", "LessThanOrEqual", 0, **changes)


def status_alert(*classes: str, **changes: Any) -> Resource:
    dimensions = [{"name": "statusCodeClass", "operator": "Include", "values": list(classes)}]
    criterion = {
        "metricName": "RequestsPerMinute", "operator": "GreaterThan", "threshold": 0, "dimensions": dimensions
    }  # fmt: skip
    return metric_alert(
        f"status-{'-'.join(classes)}", ENDPOINT, "", "", 0, **{"criteria": {"allOf": [criterion]}, **changes}
    )


def throttling(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "ruleName": "alert-throttling", "location": "westeurope", "enabled": True,
        "scopes": [LOGS], "actions": {"actionGroups": [ACTIONS]},
        "criteria": {"allOf": [{"query": "AmlOnlineEndpointTrafficLog | where RequestThrottlingDelayMs > 0"}]},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Insights/scheduledQueryRules/alert-throttling"
    return make("monitor:ScheduledQueryRule", "throttling", id, inputs, **changes)


def endpoint_alerts() -> dict[str, Resource]:
    """Every alert that an endpoint and its deployment are to have, by what it tells of."""
    return {
        "latency": metric_alert("latency", ENDPOINT, "RequestLatency_P90", "GreaterThan", 2000),
        "4xx": status_alert("4xx"),
        "5xx": status_alert("5xx"),
        "requests": metric_alert("requests", ENDPOINT, "RequestsPerMinute", "GreaterThan", 1000),
        "throttling delays": throttling(),
        "CPU": metric_alert("cpu", DEPLOYMENT, "CpuUtilizationPercentage", "GreaterThan", 80),
    }


def activity_alert(name: str, *conditions: dict[str, Any], **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "activityLogAlertName": f"alert-{name}", "location": "global", "enabled": True,
        "scopes": [SUBSCRIPTION], "condition": {"allOf": list(conditions)},
        "actions": {"actionGroups": [{"actionGroupId": ACTIONS}]},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Insights/activityLogAlerts/alert-{name}"
    return make("monitor:ActivityLogAlert", name, id, inputs, **changes)


def operation(name: str) -> dict[str, str]:
    return {"field": "operationName", "equals": f"Microsoft.Authorization/{name}"}


def access_alert(**changes: Any) -> Resource:
    either = {"anyOf": [operation("roleAssignments/write"), operation("policyAssignments/write")]}
    return activity_alert("access", {"field": "category", "equals": "Administrative"}, either, **changes)


def health_alert(**changes: Any) -> Resource:
    return activity_alert("health", {"field": "category", "equals": "ServiceHealth"}, **changes)


def pricing(plan: str, **changes: Any) -> Resource:
    inputs = {"pricingName": plan, "scopeId": SUBSCRIPTION.lstrip("/"), "pricingTier": "Standard"}
    return make(
        "security:Pricing", plan, f"{SUBSCRIPTION}/providers/Microsoft.Security/pricings/{plan}", inputs, **changes
    )


def environment(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "name": "scoring", "version": "3",
        "properties": {"image": "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20250602.v1"},
    }  # fmt: skip
    id = f"{WORKSPACE}/environments/scoring/versions/3"
    return make("machinelearningservices:EnvironmentVersion", "scoring", id, inputs, **changes)


def endpoint(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "endpointName": "fraud", "location": "westeurope",
        "identity": {"type": "SystemAssigned"}, "tags": dict(TAGS),
        "properties": {"authMode": "AADToken", "traffic": {"blue": 90, "green": 10}},
    }  # fmt: skip
    return make("machinelearningservices:OnlineEndpoint", "fraud", ENDPOINT, inputs, **changes)


def deployment(name: str = "blue", **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "endpointName": "fraud", "deploymentName": name,
        "location": "westeurope", "sku": {"name": "Default", "capacity": 3}, "tags": dict(TAGS),
        "properties": {
            "endpointComputeType": "Managed", "instanceType": "Standard_F4s_v2",
            "model": "azureml://registries/mlr-larkspur/models/fraud/versions/7",
            "environmentId": "azureml://registries/mlr-larkspur/environments/scoring/versions/3",
            "dataCollector": {"collections": {"model_inputs": {"dataCollectionMode": "Enabled"}}},
        },
    }  # fmt: skip
    id = f"{ENDPOINT}/deployments/{name}"
    return make("machinelearningservices:OnlineDeployment", name, id, inputs, **changes)


def autoscale(target: str = DEPLOYMENT, **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "autoscaleSettingName": "scale", "location": "westeurope", "enabled": True,
        "targetResourceUri": target,
        "profiles": [{"name": "load", "capacity": {"minimum": "3", "maximum": "9", "default": "3"}, "rules": []}],
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Insights/autoscaleSettings/scale"
    return make("monitor:AutoscaleSetting", "scale", id, inputs, **changes)


def monitor(target: str = DEPLOYMENT, **changes: Any) -> Resource:
    definition = {
        "monitoringTarget": {"deploymentId": target, "taskType": "Classification"},
        "signals": {"drift": {"signalType": "DataDrift"}},
    }  # fmt: skip
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "name": "drift",
        "properties": {"isEnabled": True, "action": {"actionType": "CreateMonitor", "monitorDefinition": definition}},
    }  # fmt: skip
    return make("machinelearningservices:Schedule", "drift", f"{WORKSPACE}/schedules/drift", inputs, **changes)


def serverless(**changes: Any) -> Resource:
    model = "azureml://registries/mlr-larkspur/models/claims/versions/2"
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "name": "claims", "location": "westeurope",
        "properties": {"authMode": "Key", "modelSettings": {"modelId": model}},
    }  # fmt: skip
    id = f"{WORKSPACE}/serverlessEndpoints/claims"
    return make("machinelearningservices:ServerlessEndpoint", "claims", id, inputs, **changes)


def ai_deployment(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": "aiml", "deploymentName": "gpt",
        "sku": {"name": "Standard", "capacity": 50},
        "properties": {
            "model": {"format": "OpenAI", "name": "gpt-4o", "version": "2024-11-20"},
            "versionUpgradeOption": "NoAutoUpgrade", "raiPolicyName": "strict",
        },
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/aiml/deployments/gpt"
    return make("cognitiveservices:Deployment", "gpt", id, inputs, **changes)


def content_filter(**changes: Any) -> Resource:
    filters = [
        {"name": harm, "source": source, "enabled": True, "blocking": True, "severityThreshold": "Medium"}
        for harm in ("Hate", "Sexual", "Violence", "Selfharm")
        for source in ("Prompt", "Completion")
    ]
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": "aiml", "raiPolicyName": "strict",
        "properties": {"mode": "Blocking", "basePolicyName": "Microsoft.DefaultV2", "contentFilters": filters},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/aiml/raiPolicies/strict"
    return make("cognitiveservices:RaiPolicy", "strict", id, inputs, **changes)


def policy_exemption(**changes: Any) -> Resource:
    inputs = {
        "scope": GROUP, "policyExemptionName": "licence", "exemptionCategory": "Waiver",
        "policyAssignmentId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/allowed",
        "expiresOn": "2027-01-31T00:00:00Z", "description": "The vendor's server moves in January.",
        "metadata": {"owner": "ml-platform@larkspur.example"},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Authorization/policyExemptions/licence"
    return make("authorization:PolicyExemption", "licence", id, inputs, **changes)
