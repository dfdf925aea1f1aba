"""The Log Analytics workspace that everything else logs to."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, child_id, resource_group_name
from components.diagnostics import diagnostic_setting
from components.lock import delete_lock

ARM_TYPE = "Microsoft.OperationalInsights/workspaces"


@dataclass(frozen=True, kw_only=True)
class LogAnalyticsWorkspaceArgs(ResourceArgs):
    """`retention_days` is 30 to 730. `daily_cap_gb` limits what is ingested a day, in whole gigabytes; None: no
    limit.

    Logs come in and are queried over an Azure Monitor Private Link Scope alone, unless `public_ingestion` or
    `public_query` opens either. Diagnostic settings of Azure resources reach a closed workspace all the same.
    """

    retention_days: int = 90
    daily_cap_gb: int | None = None
    public_ingestion: bool = False
    public_query: bool = False
    delete_protection: bool = False


class LogAnalyticsWorkspace(Component):
    """A workspace without keys, closed to the public, that audits the queries run on it.

    `customer_id` is the GUID under which agents and SDKs know it.
    """

    id: Output[str]
    name: Output[str]
    customer_id: Output[str]

    def __init__(self, name: str, args: LogAnalyticsWorkspaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        workspace = azure.operationalinsights.Workspace(
            name,
            workspace_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            sku=azure.operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            retention_in_days=args.retention_days,
            workspace_capping=None
            if args.daily_cap_gb is None
            else azure.operationalinsights.WorkspaceCappingArgs(daily_quota_gb=args.daily_cap_gb),
            features=azure.operationalinsights.WorkspaceFeaturesArgs(
                disable_local_auth=True,
                # Whoever may read a resource may read its logs, and no more.
                enable_log_access_using_only_resource_permissions=True,
            ),
            public_network_access_for_ingestion=_access(args.public_ingestion),
            public_network_access_for_query=_access(args.public_query),
            opts=self.child_opts(protect=args.delete_protection),
        )
        workspace_id = child_id(workspace, args.resource_group_id, ARM_TYPE, args.resource_name)
        audit = diagnostic_setting(
            self, name, target_id=workspace_id, target_type=ARM_TYPE, log_analytics_workspace_id=workspace_id
        )
        if args.delete_protection:
            delete_lock(self, name, target_id=workspace_id, target_type=ARM_TYPE, after=[audit] if audit else [])
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.customer_id = workspace.customer_id
        self.register_outputs({"id": self.id, "name": self.name, "customer_id": self.customer_id})


def _access(public: bool) -> str:
    return "Enabled" if public else "Disabled"
