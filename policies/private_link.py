"""Private endpoints: which a service needs, which zones resolve them, and which there are in a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policies.facts import texts, views
from policies.reading import ResourceView, UnknownValue, View
from policies.relations import PlanView

ENDPOINT = "network:PrivateEndpoint"
ZONE_GROUP = "network:PrivateDnsZoneGroup"
ZONE = "privatedns:PrivateZone"
ZONE_LINK = "privatedns:VirtualNetworkLink"

ARM_TYPES: Mapping[str, str] = {
    "machinelearningservices:Workspace": "Microsoft.MachineLearningServices/workspaces",
    "machinelearningservices:Registry": "Microsoft.MachineLearningServices/registries",
    "storage:StorageAccount": "Microsoft.Storage/storageAccounts",
    "keyvault:Vault": "Microsoft.KeyVault/vaults",
    "containerregistry:Registry": "Microsoft.ContainerRegistry/registries",
    "cognitiveservices:Account": "Microsoft.CognitiveServices/accounts",
    "search:Service": "Microsoft.Search/searchServices",
    "cosmosdb:DatabaseAccount": "Microsoft.DocumentDB/databaseAccounts",
    "eventhub:Namespace": "Microsoft.EventHub/namespaces",
    "datafactory:Factory": "Microsoft.DataFactory/factories",
    "databricks:Workspace": "Microsoft.Databricks/workspaces",
    "monitor:PrivateLinkScope": "Microsoft.Insights/privateLinkScopes",
}
"""The services that are reached by private endpoint, with their ARM types."""


def _zones(*clouds: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(f"privatelink.{zone}" for zone in zones.split()) for zones in clouds)


ZONES: Mapping[tuple[str, str], tuple[frozenset[str], ...]] = {
    ("machinelearningservices:Workspace", "amlworkspace"): _zones(
        "api.azureml.ms notebooks.azure.net",
        "api.ml.azure.us notebooks.usgovcloudapi.net",
        "api.ml.azure.cn notebooks.chinacloudapi.cn",
    ),
    ("machinelearningservices:Registry", "amlregistry"): _zones("api.azureml.ms"),
    **{
        ("storage:StorageAccount", group): _zones(
            f"{group}.core.windows.net", f"{group}.core.usgovcloudapi.net", f"{group}.core.chinacloudapi.cn"
        )
        for group in ("blob", "file", "queue", "table", "dfs")
    },
    ("keyvault:Vault", "vault"): _zones("vaultcore.azure.net", "vaultcore.usgovcloudapi.net", "vaultcore.azure.cn"),
    ("containerregistry:Registry", "registry"): _zones("azurecr.io", "azurecr.us", "azurecr.cn"),
    ("cognitiveservices:Account", "account"): _zones(
        "cognitiveservices.azure.com openai.azure.com services.ai.azure.com", "cognitiveservices.azure.us"
    ),
    ("search:Service", "searchservice"): _zones("search.windows.net", "search.azure.us"),
    ("cosmosdb:DatabaseAccount", "sql"): _zones("documents.azure.com", "documents.azure.us", "documents.azure.cn"),
    ("eventhub:Namespace", "namespace"): _zones(
        "servicebus.windows.net", "servicebus.usgovcloudapi.net", "servicebus.chinacloudapi.cn"
    ),
    ("datafactory:Factory", "datafactory"): _zones(
        "datafactory.azure.net", "datafactory.azure.us", "datafactory.azure.cn"
    ),
    ("datafactory:Factory", "portal"): _zones("adf.azure.com", "adf.azure.us", "adf.azure.cn"),
    ("databricks:Workspace", "databricks_ui_api"): _zones("azuredatabricks.net", "databricks.azure.us"),
    ("databricks:Workspace", "browser_authentication"): _zones("azuredatabricks.net", "databricks.azure.us"),
    ("monitor:PrivateLinkScope", "azuremonitor"): _zones(
        "monitor.azure.com oms.opinsights.azure.com ods.opinsights.azure.com agentsvc.azure-automation.net "
        "blob.core.windows.net",
        "monitor.azure.us oms.opinsights.azure.us ods.opinsights.azure.us agentsvc.azure-automation.us "
        "blob.core.usgovcloudapi.net",
    ),
}
"""The zones that resolve a private endpoint, by its target's type and group ID: one set for each cloud.

Source: Azure docs, private-link/private-endpoint-dns.
"""

_BY_ARM_TYPE = {arm_type.lower(): short for short, arm_type in ARM_TYPES.items()}


@dataclass(frozen=True)
class Connection:
    """What one connection of a private endpoint leads to: a resource of the plan, or the type of one elsewhere."""

    target: ResourceView | None
    type: str
    groups: tuple[str, ...]
    """Group IDs, in lower case."""


@dataclass
class Endpoints:
    """The private endpoints of a plan, by what they lead to."""

    groups: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the target's URN: its groups, in lower case, that an endpoint leads to."""
    undecided: dict[str, list[UnknownValue]] = field(default_factory=lambda: defaultdict(list))
    """By the URN of a resource that an endpoint may lead to: what would tell. Under "": of any resource."""


def endpoints(plan: PlanView) -> Endpoints:
    """The private endpoints of a plan. For `PlanView.derived`."""
    found = Endpoints()
    for endpoint in plan.of_type(ENDPOINT):
        try:
            for connection in connections(endpoint, plan):
                if connection.target:
                    found.groups[connection.target.urn].update(connection.groups)
        except UnknownValue as unknown:
            sources = endpoint.resource.property_dependencies.get(unknown.path.partition("[")[0].partition(".")[0], ())
            for urn in sources or ("",):
                found.undecided[urn].append(unknown)
    return found


def connections(endpoint: ResourceView, plan: PlanView) -> Iterator[Connection]:
    """What a private endpoint leads to. Raises `UnknownValue` where that can't be told."""
    for key in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections"):
        for connection in views(endpoint.get(key)):
            groups = tuple(group.lower() for group in texts(connection.get("groupIds")))
            target = plan.target(connection, "privateLinkServiceId", *ARM_TYPES)
            type = target.type if target else type_of(str(connection.get("privateLinkServiceId", "")))
            yield Connection(target, type, groups)


def type_of(id: str) -> str:
    """The short type of what an ARM ID names, of those in `ARM_TYPES`; else empty.

    >>> type_of("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv")
    'keyvault:Vault'
    """
    _, _, tail = id.lower().rstrip("/").rpartition("/providers/")
    return _BY_ARM_TYPE.get("/".join(tail.split("/")[:2]), "") if tail.count("/") == 2 else ""


def last_segment(id: str) -> str:
    """The name at the end of an ARM ID, in lower case."""
    return id.rstrip("/").rpartition("/")[2].lower()


def resolving(zone_names: set[str], type: str, group: str) -> bool:
    """Whether zones resolve an endpoint: all that it needs in one cloud. True for one that no table lists."""
    wanted = ZONES.get((type, group))
    return wanted is None or any(zones <= zone_names for zones in wanted)


def zone_names_of(group: View) -> Iterator[tuple[View, str]]:
    """The zones that a zone group writes to: each configuration with the ID in it."""
    for config in views(group.get("privateDnsZoneConfigs")):
        yield config, str(config.get("privateDnsZoneId", ""))
