"""Telemetry, alerts and cost."""

from functools import partial

from seawall.azure.model import PART, ArmType, arm, shape

_cost = partial(arm, api_version="2024-08-01", under="{scope}", replace_on="", state=False)

_CRITERIA = shape(places={"odataType": "/odata.type"})
_DIMENSION = shape(places={"dimensionName": "DimensionName", "operator": "Operator", "values": "Values"})
_SCALE_RULE = shape(nested={"metricTrigger": shape(nested={"dimensions": _DIMENSION})})
_PROFILE = shape(nested={"rules": _SCALE_RULE})

TYPES: tuple[ArmType, ...] = (
    arm(
        "operationalinsights:Workspace",
        "Microsoft.OperationalInsights/workspaces",
        "2023-09-01",
        "workspaceName",
        inside="sku",
        soft_delete=True,
    ),
    arm(
        "operationalinsights:Table",
        "Microsoft.OperationalInsights/workspaces/tables",
        "2023-09-01",
        "workspaceName tableName",
        inside="plan",
        replace_on="",
    ),
    arm(
        "operationalinsights:SavedSearch",
        "Microsoft.OperationalInsights/workspaces/savedSearches",
        "2023-09-01",
        "workspaceName savedSearchId",
        inside="tags",
        replace_on="",
        state=False,
    ),
    arm(
        "operationalinsights:Cluster",
        "Microsoft.OperationalInsights/clusters",
        "2023-09-01",
        "clusterName",
        replace_on="location isDoubleEncryptionEnabled",
    ),
    arm(
        "applicationinsights:Component",
        "Microsoft.Insights/components",
        "2020-02-02",
        "resourceName",
        # The service writes its properties in Pascal case.
        places={
            "appId": "properties.AppId",
            "applicationId": "properties.ApplicationId",
            "applicationType": "properties.Application_Type",
            "connectionString": "properties.ConnectionString",
            "creationDate": "properties.CreationDate",
            "disableIpMasking": "properties.DisableIpMasking",
            "disableLocalAuth": "properties.DisableLocalAuth",
            "flowType": "properties.Flow_Type",
            "forceCustomerStorageForProfiler": "properties.ForceCustomerStorageForProfiler",
            "hockeyAppId": "properties.HockeyAppId",
            "hockeyAppToken": "properties.HockeyAppToken",
            "immediatePurgeDataOn30Days": "properties.ImmediatePurgeDataOn30Days",
            "ingestionMode": "properties.IngestionMode",
            "instrumentationKey": "properties.InstrumentationKey",
            "laMigrationDate": "properties.LaMigrationDate",
            "privateLinkScopedResources": "properties.PrivateLinkScopedResources",
            "requestSource": "properties.Request_Source",
            "retentionInDays": "properties.RetentionInDays",
            "samplingPercentage": "properties.SamplingPercentage",
            "tenantId": "properties.TenantId",
            "workspaceResourceId": "properties.WorkspaceResourceId",
        },
        nested={"privateLinkScopedResources": shape(places={"resourceId": "ResourceId", "scopeId": "ScopeId"})},
        no_output="properties.Name",
    ),
    arm("applicationinsights:Workbook", "Microsoft.Insights/workbooks", "2023-06-01", "resourceName", state=False),
    arm("monitor:ActionGroup", "Microsoft.Insights/actionGroups", "2024-10-01-preview", "actionGroupName", state=False),
    arm(
        "monitor:MetricAlert",
        "Microsoft.Insights/metricAlerts",
        "2018-03-01",
        "ruleName",
        nested={"criteria": _CRITERIA},
        state=False,
    ),
    arm(
        "monitor:ScheduledQueryRule",
        "Microsoft.Insights/scheduledQueryRules",
        "2025-01-01-preview",
        "ruleName",
        state=False,
    ),
    arm(
        "monitor:ActivityLogAlert",
        "Microsoft.Insights/activityLogAlerts",
        "2020-10-01",
        "activityLogAlertName",
        state=False,
    ),
    arm(
        "monitor:DiagnosticSetting",
        "Microsoft.Insights/diagnosticSettings",
        "2021-05-01-preview",
        "name",
        under="{resourceUri}",
        replace_on="",
        state=False,
    ),
    arm(
        "monitor:AutoscaleSetting",
        "Microsoft.Insights/autoscalesettings",
        "2021-05-01-preview",
        "autoscaleSettingName",
        inside="name",
        flat_outputs=False,
        nested={"profiles": _PROFILE, "properties": shape(nested={"profiles": _PROFILE})},
        state=False,
    ),
    arm(
        "monitor:PrivateLinkScope",
        "Microsoft.Insights/privateLinkScopes",
        "2023-06-01-preview",
        "scopeName",
        nested={"privateEndpointConnections": PART},
    ),
    arm(
        "monitor:PrivateLinkScopedResource",
        "Microsoft.Insights/privateLinkScopes/scopedResources",
        "2023-06-01-preview",
        "scopeName name",
        inside="kind",
        replace_on="",
    ),
    arm(
        "monitor:DataCollectionRule",
        "Microsoft.Insights/dataCollectionRules",
        "2022-06-01",
        "dataCollectionRuleName",
    ),
    arm("portal:Dashboard", "Microsoft.Portal/dashboards", "2022-12-01-preview", "dashboardName", flat=False),
    _cost("consumption:Budget", "Microsoft.Consumption/budgets", path="budgetName"),
    _cost("costmanagement:Budget", "Microsoft.CostManagement/budgets", path="budgetName"),
    _cost(
        "costmanagement:Export",
        "Microsoft.CostManagement/exports",
        path="exportName",
        nested={"runHistory": shape(nested={"value": PART})},
    ),
    _cost("costmanagement:ScheduledAction", "Microsoft.CostManagement/scheduledActions", path="name", under=""),
)
