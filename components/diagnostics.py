"""Diagnostic settings: what Azure Monitor can collect of each type, and the one helper that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input

from components.base import Component

LogGroup = Literal["allLogs", "audit"]


@dataclass(frozen=True)
class Collected:
    """What a diagnostic setting of a type can collect: its log category groups, and whether metrics are exportable."""

    logs: tuple[LogGroup, ...]
    metrics: bool


_BOTH: tuple[LogGroup, ...] = ("allLogs", "audit")
_ALL: tuple[LogGroup, ...] = ("allLogs",)

SUPPORTED: Mapping[str, Collected] = {
    "Microsoft.ApiManagement/service": Collected(_BOTH, True),
    "Microsoft.CognitiveServices/accounts": Collected(_BOTH, True),
    "Microsoft.ContainerRegistry/registries": Collected(_BOTH, True),
    "Microsoft.ContainerService/managedClusters": Collected(_BOTH, True),
    "Microsoft.DBforPostgreSQL/flexibleServers": Collected(_BOTH, True),
    "Microsoft.DataFactory/factories": Collected(_ALL, True),
    "Microsoft.Databricks/workspaces": Collected(_ALL, False),
    "Microsoft.DocumentDB/databaseAccounts": Collected(_BOTH, True),
    "Microsoft.EventGrid/systemTopics": Collected(_ALL, True),
    "Microsoft.EventHub/namespaces": Collected(_BOTH, True),
    "Microsoft.KeyVault/vaults": Collected(_BOTH, True),
    "Microsoft.MachineLearningServices/registries": Collected(_BOTH, False),
    "Microsoft.MachineLearningServices/workspaces": Collected(_BOTH, True),
    "Microsoft.MachineLearningServices/workspaces/onlineEndpoints": Collected(_ALL, True),
    "Microsoft.Network/applicationGateways": Collected(_ALL, True),
    "Microsoft.Network/azureFirewalls": Collected(_ALL, True),
    "Microsoft.Network/bastionHosts": Collected(_BOTH, True),
    "Microsoft.Network/networkSecurityGroups": Collected(_ALL, False),
    "Microsoft.Network/publicIPAddresses": Collected(_BOTH, True),
    "Microsoft.Network/publicIPPrefixes": Collected(_BOTH, True),
    "Microsoft.Network/virtualNetworks": Collected(_ALL, True),
    "Microsoft.OperationalInsights/workspaces": Collected(_BOTH, True),
    "Microsoft.Purview/accounts": Collected(_BOTH, True),
    "Microsoft.Search/searchServices": Collected(_BOTH, True),
    "Microsoft.Sql/servers/databases": Collected(_BOTH, True),
    "Microsoft.Storage/storageAccounts": Collected((), True),
    "Microsoft.Storage/storageAccounts/blobServices": Collected(_BOTH, True),
    "Microsoft.Storage/storageAccounts/fileServices": Collected(_BOTH, True),
    "Microsoft.Storage/storageAccounts/queueServices": Collected(_BOTH, True),
    "Microsoft.Storage/storageAccounts/tableServices": Collected(_BOTH, True),
    "Microsoft.Synapse/workspaces": Collected(_BOTH, True),
}
"""By ARM type. A type that is missing has no diagnostic setting: a private endpoint or a NAT gateway, for example, has
metrics that can't be exported this way, and workspace-based Application Insights writes to its workspace by itself.

Source: Azure Monitor docs, essentials/diagnostics-settings-policies-deployifnotexists ("Supported resources": log
category groups), storage/blobs/blob-storage-monitoring-reference for storage, and reference/metrics-index with its
column "DS Export" (metrics).
"""


def diagnostic_setting(
    parent: Component,
    name: str,
    *,
    target_id: Input[str],
    target_type: str,
    log_analytics_workspace_id: Input[str] | None,
    logs: LogGroup = "allLogs",
) -> azure.monitor.DiagnosticSetting | None:
    """Sends all that a resource can tell to a Log Analytics workspace, as a child of `parent`; None: not logged.

    `target_type` is the resource's ARM type. Raises ValueError for a type, or a log group of it, that Azure Monitor
    can't collect. `target_id` must not be the parent's own `id`, which waits for all its children.
    """
    if log_analytics_workspace_id is None:
        return None
    if target_type not in SUPPORTED:
        raise ValueError(f"{target_type} has no diagnostic settings")
    supported = SUPPORTED[target_type]
    if supported.logs and logs not in supported.logs:
        raise ValueError(f"{target_type} has no log category group {logs!r}, only {', '.join(supported.logs)}")
    return azure.monitor.DiagnosticSetting(
        name,
        name="log-analytics",
        resource_uri=target_id,
        workspace_id=log_analytics_workspace_id,
        # A table for each category instead of the shared AzureDiagnostics, whose columns overflow.
        # Source: Azure Monitor docs, essentials/resource-logs, "Resource-specific".
        log_analytics_destination_type="Dedicated",
        logs=[azure.monitor.DiagnosticsLogSettingsArgs(category_group=logs, enabled=True)] if supported.logs else None,
        metrics=[azure.monitor.DiagnosticsMetricSettingsArgs(category="AllMetrics", enabled=True)]
        if supported.metrics
        else None,
        opts=parent.child_opts(),
    )
