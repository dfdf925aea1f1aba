"""Flow logs of a virtual network: who talked to whom, kept in a storage account and analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, applied, id_segment, last_segment


@dataclass(frozen=True, kw_only=True)
class FlowLogArgs:
    """`network_watcher_id` is the ID of the region's network watcher: Azure makes one with the first network there,
    `NetworkWatcher_<region>` in the resource group NetworkWatcherRG.

    `storage_account_id` is a plain account (no hierarchical namespace) in the same region, which trusts Microsoft
    services. `identity_id` is a user-assigned identity with Storage Blob Data Contributor there: an account without
    keys takes nothing else; None: the account's keys. With a Log Analytics workspace, traffic analytics reads the
    logs every ten minutes.
    Source: Azure docs, network-watcher/vnet-flow-logs-overview and vnet-flow-logs-managed-identity.
    """

    network_watcher_id: Input[str]
    location: str
    tags: Mapping[str, str]
    resource_name: str
    virtual_network_id: Input[str]
    storage_account_id: Input[str]
    log_analytics_workspace_id: Input[str] | None
    identity_id: Input[str] | None = None
    retention_days: int = 90


class FlowLog(Component):
    """A flow log of one virtual network."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: FlowLogArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.network.FlowLog(
            name,
            flow_log_name=args.resource_name,
            network_watcher_name=last_segment(args.network_watcher_id),
            resource_group_name=applied(lambda id: id_segment(id, "resourceGroups"), args.network_watcher_id),
            location=args.location,
            tags=args.tags,
            target_resource_id=args.virtual_network_id,
            storage_id=args.storage_account_id,
            identity=None
            if args.identity_id is None
            else azure.network.ManagedServiceIdentityArgs(
                type=azure.network.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[args.identity_id]
            ),
            enabled=True,
            format=azure.network.FlowLogFormatParametersArgs(type="JSON", version=2),
            retention_policy=azure.network.RetentionPolicyParametersArgs(enabled=True, days=args.retention_days),
            flow_analytics_configuration=_analytics(args.log_analytics_workspace_id),
            opts=self.child_opts(),
        )
        self.id = self.computed(lambda watcher: f"{watcher}/flowLogs/{args.resource_name}", args.network_watcher_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def _analytics(workspace_id: Input[str] | None) -> azure.network.TrafficAnalyticsPropertiesArgs | None:
    if workspace_id is None:
        return None
    return azure.network.TrafficAnalyticsPropertiesArgs(
        network_watcher_flow_analytics_configuration=azure.network.TrafficAnalyticsConfigurationPropertiesArgs(
            enabled=True, workspace_resource_id=workspace_id, traffic_analytics_interval=10
        )
    )
