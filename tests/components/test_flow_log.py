from __future__ import annotations

from components.flow_log import FlowLog, FlowLogArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.samples import GROUP, LOGS, NETWORK, STORAGE_ACCOUNT, SUBSCRIPTION, TAGS

WATCHER = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/NetworkWatcherRG"
    "/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope"
)


def flow_log(logs: str | None = None, **more: object) -> FlowLog:
    args = FlowLogArgs(
        network_watcher_id=WATCHER,
        location="westeurope",
        tags=TAGS,
        resource_name="flow-vnet-larkspur",
        virtual_network_id=NETWORK,
        storage_account_id=STORAGE_ACCOUNT,
        log_analytics_workspace_id=logs,
        **more,
    )
    return FlowLog("flows", args)


def test_by_default_flows_are_kept_for_90_days(plan, azure_types):
    """The log belongs to the region's network watcher and writes version 2 records to the storage account."""
    planned = plan(flow_log)
    judge(planned, azure_types)
    assert tree(planned) == {("FlowLog", "flows", ""), ("network:FlowLog", "flows", "FlowLog flows")}
    made = inputs(planned, "network:FlowLog")
    assert made["retentionPolicy"] == {"enabled": True, "days": 90}
    assert made["format"] == {"type": "JSON", "version": 2}
    assert (made["targetResourceId"], made["storageId"], made["enabled"]) == (NETWORK, STORAGE_ACCOUNT, True)
    assert "flowAnalyticsConfiguration" not in made
    log = f"{WATCHER}/flowLogs/flow-vnet-larkspur"
    assert one(planned, "network:FlowLog").id == one(planned, "FlowLog").outputs["id"] == log


def test_with_a_workspace_traffic_is_analysed(plan, azure_types):
    """Traffic analytics reads the logs every ten minutes; the retention is a setting."""
    planned = plan(lambda: flow_log(LOGS, retention_days=365))
    judge(planned, azure_types)
    made = inputs(planned, "network:FlowLog")
    analytics = made["flowAnalyticsConfiguration"]["networkWatcherFlowAnalyticsConfiguration"]
    assert analytics == {"enabled": True, "workspaceResourceId": LOGS, "trafficAnalyticsInterval": 10}
    assert made["retentionPolicy"]["days"] == 365


def test_an_account_without_keys_is_written_by_an_identity(plan, azure_types):
    """The flow log acts by the user-assigned identity; without one it has none."""
    identity = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-larkspur"
    planned = plan(lambda: flow_log(identity_id=identity))
    judge(planned, azure_types)
    assert inputs(planned, "network:FlowLog")["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": [identity],
    }
    assert "identity" not in inputs(plan(flow_log), "network:FlowLog")
