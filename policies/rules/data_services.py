"""Rules on the network of data services: Cosmos DB, Event Hubs, Databricks, Data Factory."""

from __future__ import annotations

from policies.facts import closed
from policies.reading import ResourceView
from policies.rule import HIGH, Found, rule

COSMOS = "cosmosdb:DatabaseAccount"
EVENT_HUBS = "eventhub:Namespace"
DATABRICKS = "databricks:Workspace"
DATA_FACTORY = "datafactory:Factory"


@rule(
    COSMOS,
    EVENT_HUBS,
    group="network",
    severity=HIGH,
    psrule="Azure.Cosmos.PublicAccess Azure.EventHub.Firewall",
    checkov="CKV_AZURE_101",
    azure_policy="797b37f7-06b8-444c-b1ad-fc62867f335a 0602787f-9896-402a-a6e1-39ee63ee435e",
    mcsb="NS-2",
    fix="Set publicNetworkAccess to Disabled.",
    remedy={"publicNetworkAccess": "Disabled"},
)
def cosmos_eventhub_network(service: ResourceView) -> Found:
    """Databases and event streams can't be reached from the Internet.

    They hold what a model is fed with, and what it answered. Whoever reaches one needs but a key.
    """
    if not closed(service):
        yield f"publicNetworkAccess is {service.get('publicNetworkAccess', 'not set')}"


@rule(
    DATABRICKS,
    group="network",
    severity=HIGH,
    psrule="Azure.Databricks.PublicAccess Azure.Databricks.SecureConnectivity",
    checkov="CKV_AZURE_158",
    azure_policy="0e7849de-b939-4c50-ab48-fc6b0f5eeba2 51c1490f-3319-459c-bbbc-7f391bbed753",
    mcsb="NS-2",
    fix="Set publicNetworkAccess to Disabled, parameters.enableNoPublicIp to true, and customVirtualNetworkId.",
)
def databricks_network(workspace: ResourceView) -> Found:
    """Databricks workspaces stand in a network of ours, without public addresses.

    Otherwise clusters run in a network that Databricks manages, each node with an address on the Internet. A
    serverless workspace has no clusters of its own: of it, only the closed door is asked.
    """
    if not closed(workspace):
        yield f"publicNetworkAccess is {workspace.get('publicNetworkAccess', 'not set')}"
    if workspace.get("computeMode") == "Serverless":
        return
    if workspace.get("parameters.enableNoPublicIp.value") is not True:
        yield "parameters.enableNoPublicIp isn't true: its nodes have public addresses"
    path = "parameters.customVirtualNetworkId.value"
    if not workspace.is_unknown(path) and not workspace.get(path):
        yield "parameters.customVirtualNetworkId isn't set: its clusters run in a network that isn't ours"


@rule(
    DATA_FACTORY,
    group="network",
    severity=HIGH,
    checkov="CKV_AZURE_104",
    azure_policy="1cf164be-6819-4a50-b8fa-4bcaa4f98fb6",
    mcsb="NS-2",
    fix="Set publicNetworkAccess to Disabled.",
    remedy={"publicNetworkAccess": "Disabled"},
)
def datafactory_network(factory: ResourceView) -> Found:
    """Data factories can't be reached from the Internet.

    A factory can read every source that it is linked to, and write it anywhere.
    """
    if not closed(factory):
        yield f"publicNetworkAccess is {factory.get('publicNetworkAccess', 'not set')}"
