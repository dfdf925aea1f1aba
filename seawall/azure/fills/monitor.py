"""Log Analytics, Application Insights, alerts and budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.fills.base import Filling, Put, fills, merged, properties
from seawall.azure.guid import guid

_RECEIVERS = (
    "armRoleReceivers",
    "automationRunbookReceivers",
    "azureAppPushReceivers",
    "azureFunctionReceivers",
    "emailReceivers",
    "eventHubReceivers",
    "incidentReceivers",
    "itsmReceivers",
    "logicAppReceivers",
    "smsReceivers",
    "voiceReceivers",
    "webhookReceivers",
)


@fills("Microsoft.OperationalInsights/workspaces")
def log_analytics_workspace(put: Put) -> Filling:
    """Its customer ID is what agents and queries name it by. Source: Workspaces - Create, REST reference."""
    return properties(
        defaults={
            "features": {"enableLogAccessUsingOnlyResourcePermissions": True},
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
            "retentionInDays": 30,
            "sku": {"name": "PerGB2018"},
            "workspaceCapping": {"dailyQuotaGb": -1},
        },
        customerId=guid(str(put.id), "customer"),
        workspaceCapping={"dataIngestionStatus": "RespectQuota"},
    )


@fills("Microsoft.Insights/components")
def application_insights(put: Put) -> Filling:
    """Keys and connection string. Source: Azure Monitor docs, connection-strings."""
    key, app, home = guid(str(put.id), "instrumentation"), guid(str(put.id), "app"), put.region
    connection = ";".join(
        (
            f"InstrumentationKey={key}",
            f"IngestionEndpoint=https://{home}-0.in.applicationinsights.azure.com/",
            f"LiveEndpoint=https://{home}.livediagnostics.monitor.azure.com/",
            f"ApplicationId={app}",
        )
    )
    of_workspace = put.said("properties", "WorkspaceResourceId") is not None
    return properties(
        defaults={
            "Application_Type": "web",
            "DisableIpMasking": False,
            "DisableLocalAuth": False,
            "IngestionMode": "LogAnalytics" if of_workspace else "ApplicationInsights",
            "RetentionInDays": 90,
            "publicNetworkAccessForIngestion": "Enabled",
            "publicNetworkAccessForQuery": "Enabled",
        },
        AppId=app,
        ApplicationId=put.id.name,
        ConnectionString=connection,
        InstrumentationKey=key,
        TenantId=put.tenant,
    )


@fills("Microsoft.Insights/actionGroups")
def action_group(put: Put) -> Filling:
    emails = [merged({"status": "Enabled"}, each) for each in put.items("properties", "emailReceivers")]
    texts = [merged({"status": "Enabled"}, each) for each in put.items("properties", "smsReceivers")]
    facts: dict[str, Any] = {"emailReceivers": emails, "smsReceivers": texts}
    return properties(defaults={"enabled": True, **{kind: [] for kind in _RECEIVERS}}, **facts)


@fills("Microsoft.Insights/privateLinkScopes")
def private_link_scope(put: Put) -> Filling:
    return properties(privateEndpointConnections=[])


@fills("Microsoft.Insights/metricAlerts")
def metric_alert(put: Put) -> Filling:
    return properties(defaults={"autoMitigate": True}, isMigrated=False)


@fills("Microsoft.Insights/activityLogAlerts")
def activity_log_alert(put: Put) -> Filling:
    return properties(defaults={"enabled": True})


@fills("Microsoft.Insights/scheduledQueryRules")
def scheduled_query_rule(put: Put) -> Filling:
    return Filling(
        {"kind": "LogAlert", "properties": {"enabled": True}},
        {
            "properties": {
                "createdWithApiVersion": "2025-01-01-preview",
                "isLegacyLogAnalyticsRule": False,
                "isWorkspaceAlertsStorageConfigured": False,
            }
        },
    )


@fills("Microsoft.Insights/autoscalesettings")
def autoscale_setting(put: Put) -> Filling:
    """An autoscale setting is off unless told otherwise. Source: Autoscale Settings, REST reference."""
    return properties(defaults={"enabled": False, "name": put.id.name, "notifications": []})


@fills("Microsoft.Insights/dataCollectionRules")
def data_collection_rule(put: Put) -> Filling:
    return properties(immutableId="dcr-" + guid(str(put.id), "immutable").replace("-", ""))


@fills("Microsoft.Consumption/budgets", "Microsoft.CostManagement/budgets")
def budget(put: Put) -> Filling:
    """A threshold is of actual cost unless told otherwise. What is spent so far isn't simulated."""
    notifications = put.said("properties", "notifications")
    known = notifications if isinstance(notifications, Mapping) else {}
    return properties(defaults={"notifications": {name: {"thresholdType": "Actual"} for name in known}})


@fills("Microsoft.OperationalInsights/clusters")
def log_analytics_cluster(put: Put) -> Filling:
    return properties(clusterId=guid(str(put.id), "cluster"))
