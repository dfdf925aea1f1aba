"""Private DNS: which zones resolve which private endpoint in which cloud, the zones themselves, and their links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, applied, arm_id, computed, id_segment, last_segment


class Cloud(StrEnum):
    """An Azure cloud, by the name that the Azure CLI and the SDKs give it."""

    PUBLIC = "AzureCloud"
    US_GOVERNMENT = "AzureUSGovernment"
    CHINA = "AzureChinaCloud"


@dataclass(frozen=True)
class Target:
    """One private endpoint's target: an ARM type and a group ID (a "sub-resource") of it."""

    arm_type: str
    group_id: str


WORKSPACE = Target("Microsoft.MachineLearningServices/workspaces", "amlworkspace")
ML_REGISTRY = Target("Microsoft.MachineLearningServices/registries", "amlregistry")
STORAGE = {
    group: Target("Microsoft.Storage/storageAccounts", group) for group in ("blob", "file", "queue", "table", "dfs")
}
KEY_VAULT = Target("Microsoft.KeyVault/vaults", "vault")
CONTAINER_REGISTRY = Target("Microsoft.ContainerRegistry/registries", "registry")
MONITOR = Target("Microsoft.Insights/privateLinkScopes", "azuremonitor")

PLATFORM = (WORKSPACE, ML_REGISTRY, *STORAGE.values(), KEY_VAULT, CONTAINER_REGISTRY, MONITOR)
"""The targets that an ML platform has."""


def _zones(public: str, us_government: str = "", china: str = "") -> Mapping[Cloud, tuple[str, ...]]:
    listed = {Cloud.PUBLIC: public, Cloud.US_GOVERNMENT: us_government, Cloud.CHINA: china}
    return {cloud: tuple(f"privatelink.{zone}" for zone in zones.split()) for cloud, zones in listed.items() if zones}


ZONES: Mapping[Target, Mapping[Cloud, tuple[str, ...]]] = {
    WORKSPACE: _zones(
        "api.azureml.ms notebooks.azure.net",
        "api.ml.azure.us notebooks.usgovcloudapi.net",
        "api.ml.azure.cn notebooks.chinacloudapi.cn",
    ),
    ML_REGISTRY: _zones("api.azureml.ms"),
    **{
        target: _zones(f"{group}.core.windows.net", f"{group}.core.usgovcloudapi.net", f"{group}.core.chinacloudapi.cn")
        for group, target in STORAGE.items()
    },
    KEY_VAULT: _zones("vaultcore.azure.net", "vaultcore.usgovcloudapi.net", "vaultcore.azure.cn"),
    CONTAINER_REGISTRY: _zones("azurecr.io", "azurecr.us", "azurecr.cn"),
    MONITOR: _zones(
        "monitor.azure.com oms.opinsights.azure.com ods.opinsights.azure.com agentsvc.azure-automation.net "
        "blob.core.windows.net",
        "monitor.azure.us oms.opinsights.azure.us ods.opinsights.azure.us agentsvc.azure-automation.us "
        "blob.core.usgovcloudapi.net",
    ),
    Target("Microsoft.CognitiveServices/accounts", "account"): _zones(
        "cognitiveservices.azure.com openai.azure.com services.ai.azure.com", "cognitiveservices.azure.us"
    ),
    Target("Microsoft.Search/searchServices", "searchService"): _zones("search.windows.net", "search.azure.us"),
    Target("Microsoft.EventHub/namespaces", "namespace"): _zones(
        "servicebus.windows.net", "servicebus.usgovcloudapi.net", "servicebus.chinacloudapi.cn"
    ),
    Target("Microsoft.DataFactory/factories", "dataFactory"): _zones(
        "datafactory.azure.net", "datafactory.azure.us", "datafactory.azure.cn"
    ),
    Target("Microsoft.DataFactory/factories", "portal"): _zones("adf.azure.com", "adf.azure.us", "adf.azure.cn"),
    Target("Microsoft.Databricks/workspaces", "databricks_ui_api"): _zones(
        "azuredatabricks.net", "databricks.azure.us"
    ),
    Target("Microsoft.Databricks/workspaces", "browser_authentication"): _zones(
        "azuredatabricks.net", "databricks.azure.us"
    ),
    Target("Microsoft.Purview/accounts", "account"): _zones("purview.azure.com", "purview.azure.us"),
    Target("Microsoft.Purview/accounts", "portal"): _zones("purviewstudio.azure.com", "purviewstudio.azure.us"),
    Target("Microsoft.DocumentDB/databaseAccounts", "Sql"): _zones(
        "documents.azure.com", "documents.azure.us", "documents.azure.cn"
    ),
}
"""The zones by target and cloud; a cloud is missing where Microsoft lists no zone for it.

Source: Azure docs, private-link/private-endpoint-dns.
"""


@dataclass(frozen=True, kw_only=True)
class PrivateDnsZonesArgs:
    """Zones to make in one resource group, and the virtual networks that resolve through all of them.

    `virtual_network_ids` maps a name, which the link takes, to a virtual network's ID.
    """

    resource_group_id: Input[str]
    tags: Mapping[str, str]
    zone_names: Collection[str]
    virtual_network_ids: Mapping[str, Input[str]] = field(default_factory=dict)


class PrivateDnsZones(Component):
    """Private DNS zones with their virtual network links.

    `zone_ids` maps each zone's name to its ID, as `PrivateLink.zone_ids` takes it; whoever uses one waits for that
    zone and its links.
    """

    zone_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: PrivateDnsZonesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.zone_ids = {zone: self._zone(name, zone, args) for zone in sorted(set(args.zone_names))}
        self.register_outputs({"zone_ids": dict(self.zone_ids)})

    def _zone(self, name: str, zone_name: str, args: PrivateDnsZonesArgs) -> Output[str]:
        zone = azure.privatedns.PrivateZone(
            f"{name}-{zone_name}",
            private_zone_name=zone_name,
            resource_group_name=applied(_group_of, args.resource_group_id),
            location="global",
            tags=args.tags,
            opts=self.child_opts(),
        )
        zone_id = computed(zone, lambda group: _zone_id(group, zone_name), args.resource_group_id)
        links = [
            _link(self, f"{name}-{zone_name}-{link_name}", zone_id, network_id, link_name, args.tags)
            for link_name, network_id in args.virtual_network_ids.items()
        ]
        return computed(zone, lambda group, *_: _zone_id(group, zone_name), args.resource_group_id, *_urns(links))


@dataclass(frozen=True, kw_only=True)
class PrivateDnsZoneLinksArgs:
    """A virtual network, and zones that live elsewhere through which it is to resolve names.

    `zone_ids` maps each zone's name to its ID. A link is a child of its zone: where the zones are in another
    subscription, give the component a provider of that subscription.
    """

    zone_ids: Mapping[str, Input[str]]
    virtual_network_id: Input[str]
    link_name: str
    tags: Mapping[str, str]


class PrivateDnsZoneLinks(Component):
    """Links of one virtual network to private DNS zones that something else owns.

    `zone_ids` holds the same IDs as the arguments; whoever uses one waits for that zone's link.
    """

    zone_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: PrivateDnsZoneLinksArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        linked: dict[str, Output[str]] = {}
        for zone_name, zone_id in sorted(args.zone_ids.items()):
            link = _link(self, f"{name}-{zone_name}", zone_id, args.virtual_network_id, args.link_name, args.tags)
            linked[zone_name] = computed(link, lambda known: known, zone_id)
        self.zone_ids = linked
        self.register_outputs({"zone_ids": dict(linked)})


def zones_of(target: Target, cloud: Cloud = Cloud.PUBLIC) -> tuple[str, ...]:
    """The zones that a private endpoint of `target` needs. Raises ValueError where Microsoft lists none."""
    if target not in ZONES:
        raise ValueError(f"no private DNS zone is known for {target.arm_type} with group ID {target.group_id!r}")
    if cloud not in ZONES[target]:
        raise ValueError(f"Microsoft lists no private DNS zone for {target.arm_type} in {cloud.value}")
    return ZONES[target][cloud]


def zone_names(targets: Iterable[Target] = PLATFORM, cloud: Cloud = Cloud.PUBLIC) -> tuple[str, ...]:
    """All zones that endpoints of these targets need in a cloud, sorted; targets unlisted there are left out."""
    return tuple(sorted({zone for target in targets for zone in ZONES[target].get(cloud, ())}))


def zones_among(available: Collection[str], target: Target) -> tuple[str, ...]:
    """Those of the available zones that resolve `target`, whichever cloud they belong to.

    Raises ValueError when not all that it needs are there: a workspace with one of its two zones resolves half.
    """
    if target not in ZONES:
        raise ValueError(f"no private DNS zone is known for {target.arm_type} with group ID {target.group_id!r}")
    for zones in ZONES[target].values():
        if set(zones) <= set(available):
            return zones
    wanted = " or ".join(", ".join(zones) for zones in ZONES[target].values())
    raise ValueError(
        f"a private endpoint of {target.arm_type} ({target.group_id}) needs the private DNS zones {wanted}; "
        f"zone_ids has {', '.join(sorted(available))}"
    )


def _link(
    parent: Component, name: str, zone_id: Input[str], network_id: Input[str], link_name: str, tags: Mapping[str, str]
) -> azure.privatedns.VirtualNetworkLink:
    return azure.privatedns.VirtualNetworkLink(
        name,
        resource_group_name=applied(_group_of, zone_id),
        private_zone_name=last_segment(zone_id),
        virtual_network_link_name=link_name,
        virtual_network=azure.privatedns.SubResourceArgs(id=network_id),
        # Registration is for the names of virtual machines; a privatelink zone holds endpoints' records alone.
        registration_enabled=False,
        location="global",
        tags=tags,
        opts=parent.child_opts(),
    )


def _urns(links: list[azure.privatedns.VirtualNetworkLink]) -> list[Output[str]]:
    return [link.urn for link in links]


def _group_of(id: str) -> str:
    return id_segment(id, "resourceGroups")


def _zone_id(resource_group_id: str, zone_name: str) -> str:
    return arm_id(resource_group_id, "Microsoft.Network/privateDnsZones", zone_name)
