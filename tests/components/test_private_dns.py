from __future__ import annotations

import pulumi_azure_native as azure
import pytest
from pulumi import ResourceOptions

from components.private_dns import (
    KEY_VAULT,
    ML_REGISTRY,
    MONITOR,
    PLATFORM,
    STORAGE,
    WORKSPACE,
    ZONES,
    Cloud,
    PrivateDnsZoneLinks,
    PrivateDnsZoneLinksArgs,
    PrivateDnsZones,
    PrivateDnsZonesArgs,
    Target,
    zone_names,
    zones_among,
    zones_of,
)
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, NETWORK, SUBSCRIPTION, TAGS

# Copied from Microsoft's table, without the prefix `privatelink.`, one line for each type and group ID.
PUBLISHED = """
MachineLearningServices/workspaces amlworkspace | api.azureml.ms notebooks.azure.net | api.ml.azure.us notebooks.usgovcloudapi.net | api.ml.azure.cn notebooks.chinacloudapi.cn
MachineLearningServices/registries amlregistry | api.azureml.ms | |
Storage/storageAccounts blob | blob.core.windows.net | blob.core.usgovcloudapi.net | blob.core.chinacloudapi.cn
Storage/storageAccounts file | file.core.windows.net | file.core.usgovcloudapi.net | file.core.chinacloudapi.cn
Storage/storageAccounts queue | queue.core.windows.net | queue.core.usgovcloudapi.net | queue.core.chinacloudapi.cn
Storage/storageAccounts table | table.core.windows.net | table.core.usgovcloudapi.net | table.core.chinacloudapi.cn
Storage/storageAccounts dfs | dfs.core.windows.net | dfs.core.usgovcloudapi.net | dfs.core.chinacloudapi.cn
KeyVault/vaults vault | vaultcore.azure.net | vaultcore.usgovcloudapi.net | vaultcore.azure.cn
ContainerRegistry/registries registry | azurecr.io | azurecr.us | azurecr.cn
CognitiveServices/accounts account | cognitiveservices.azure.com openai.azure.com services.ai.azure.com | cognitiveservices.azure.us |
Search/searchServices searchService | search.windows.net | search.azure.us |
Insights/privateLinkScopes azuremonitor | monitor.azure.com oms.opinsights.azure.com ods.opinsights.azure.com agentsvc.azure-automation.net blob.core.windows.net | monitor.azure.us oms.opinsights.azure.us ods.opinsights.azure.us agentsvc.azure-automation.us blob.core.usgovcloudapi.net |
EventHub/namespaces namespace | servicebus.windows.net | servicebus.usgovcloudapi.net | servicebus.chinacloudapi.cn
DataFactory/factories dataFactory | datafactory.azure.net | datafactory.azure.us | datafactory.azure.cn
DataFactory/factories portal | adf.azure.com | adf.azure.us | adf.azure.cn
Databricks/workspaces databricks_ui_api | azuredatabricks.net | databricks.azure.us |
Databricks/workspaces browser_authentication | azuredatabricks.net | databricks.azure.us |
Purview/accounts account | purview.azure.com | purview.azure.us |
Purview/accounts portal | purviewstudio.azure.com | purviewstudio.azure.us |
DocumentDB/databaseAccounts Sql | documents.azure.com | documents.azure.us | documents.azure.cn
"""  # noqa: E501


def published() -> dict[tuple[Target, Cloud], tuple[str, ...]]:
    table = {}
    for line in PUBLISHED.strip().splitlines():
        head, *columns = (part.strip() for part in line.split("|"))
        arm_type, group_id = head.split()
        for cloud, zones in zip(Cloud, columns, strict=True):
            if zones:
                names = tuple(f"privatelink.{zone}" for zone in zones.split())
                table[Target(f"Microsoft.{arm_type}", group_id), cloud] = names
    return table


@pytest.mark.parametrize("cloud", Cloud)
def test_the_zones_of_each_cloud_are_those_that_microsoft_lists(cloud):
    """The table has every zone of the published one, in each cloud, and no other."""
    ours = {target: zones_of(target, cloud) for target in ZONES if cloud in ZONES[target]}
    assert ours == {target: zones for (target, of), zones in published().items() if of is cloud}


def test_an_unlisted_zone_is_refused():
    """Where Microsoft lists no zone, none is made up: an ML registry in China, a type nobody knows."""
    with pytest.raises(
        ValueError, match=r"no private DNS zone for Microsoft.MachineLearningServices/registries in Azu"
    ):
        zones_of(ML_REGISTRY, Cloud.CHINA)
    with pytest.raises(ValueError, match=r"no private DNS zone is known for Microsoft.Maps/accounts"):
        zones_of(Target("Microsoft.Maps/accounts", "account"))


def test_the_platforms_zones_are_named_once():
    """The workspace and the registry share a zone, as do Blob storage and Azure Monitor."""
    names = zone_names(PLATFORM)
    assert len(names) == len(set(names)) == 13
    assert set(zones_of(WORKSPACE)) | set(zones_of(MONITOR)) <= set(names)
    assert zone_names([ML_REGISTRY], Cloud.CHINA) == ()


def test_the_available_zones_decide_the_cloud():
    """Given the zones of a government cloud, an endpoint takes that cloud's zones, all that it needs and no more."""
    assert zones_among(zone_names(PLATFORM, Cloud.US_GOVERNMENT), KEY_VAULT) == (
        "privatelink.vaultcore.usgovcloudapi.net",
    )
    assert zones_among(zone_names(), STORAGE["blob"]) == ("privatelink.blob.core.windows.net",)


def test_half_of_a_workspaces_zones_is_an_error():
    """A workspace's endpoint needs both of its zones; with one, the error names what is missing."""
    with pytest.raises(ValueError, match=r"privatelink.notebooks.azure.net .*zone_ids has privatelink.api.azureml.ms"):
        zones_among(["privatelink.api.azureml.ms"], WORKSPACE)
    with pytest.raises(ValueError, match="no private DNS zone is known"):
        zones_among(zone_names(), Target("Microsoft.Maps/accounts", "account"))


def zones_program(**links: str) -> PrivateDnsZones:
    names = ["privatelink.azurecr.io", "privatelink.vaultcore.azure.net"]
    return PrivateDnsZones(
        "dns",
        PrivateDnsZonesArgs(resource_group_id=GROUP, tags=TAGS, zone_names=names, virtual_network_ids=links),
    )


def test_zones_without_networks_have_no_links(plan, azure_types):
    """By default there are the zones alone, global and tagged."""
    planned = plan(zones_program)
    judge(planned, azure_types)
    assert tree(planned) == {
        ("PrivateDnsZones", "dns", ""),
        ("privatedns:PrivateZone", "dns-privatelink.azurecr.io", "PrivateDnsZones dns"),
        ("privatedns:PrivateZone", "dns-privatelink.vaultcore.azure.net", "PrivateDnsZones dns"),
    }
    assert inputs(planned, "privatedns:PrivateZone", "dns-privatelink.azurecr.io") == {
        "privateZoneName": "privatelink.azurecr.io",
        "resourceGroupName": "rg-larkspur-mlp",
        "location": "global",
        "tags": TAGS,
    }


def test_each_zone_is_linked_to_each_network(plan, azure_types):
    """Every network resolves through every zone, and no virtual machine registers itself in one."""
    planned = plan(lambda: zones_program(spoke=NETWORK, hub=f"{NETWORK}-hub"))
    judge(planned, azure_types)
    links = {name for kind, name, _ in tree(planned) if kind == "privatedns:VirtualNetworkLink"}
    assert links == {
        f"dns-privatelink.{zone}-{network}"
        for zone in ("azurecr.io", "vaultcore.azure.net")
        for network in ("spoke", "hub")
    }
    link = inputs(planned, "privatedns:VirtualNetworkLink", "dns-privatelink.azurecr.io-hub")
    assert link["virtualNetwork"] == {"id": f"{NETWORK}-hub"}
    assert link["virtualNetworkLinkName"] == "hub"
    assert link["registrationEnabled"] is False


def test_whoever_uses_a_zone_waits_for_its_links(plan):
    """A zone's ID depends on that zone and its own links, not on the other zones."""

    def program() -> None:
        zones = zones_program(spoke=NETWORK)
        azure.network.PrivateDnsZoneGroup(
            "user",
            private_endpoint_name="pep",
            private_dns_zone_group_name="default",
            resource_group_name="rg-larkspur-mlp",
            private_dns_zone_configs=[
                azure.network.PrivateDnsZoneConfigArgs(
                    name="registry", private_dns_zone_id=zones.zone_ids["privatelink.azurecr.io"]
                )
            ],
        )

    planned = plan(program)
    user = one(planned, "network:PrivateDnsZoneGroup")
    zone = "dns-privatelink.azurecr.io"
    expected = {f"privatedns:PrivateZone {zone}", f"privatedns:VirtualNetworkLink {zone}-spoke"}
    assert waits_for(planned, user) == expected
    assert (
        user.inputs["privateDnsZoneConfigs"][0]["privateDnsZoneId"]
        == planned.by_urn[next(urn for urn in user.dependencies if urn.endswith(zone))].id
    )


def test_zones_elsewhere_are_linked_through_the_providers_subscription(plan, azure_types):
    """A link is a child of its zone: it is made in the zone's subscription and resource group."""
    central = SUBSCRIPTION.replace("1", "9")
    group = f"/subscriptions/{central}/resourceGroups/rg-central-dns"
    zone = "privatelink.azurecr.io"

    def program() -> None:
        provider = azure.Provider("central", subscription_id=central)
        PrivateDnsZoneLinks(
            "spoke-dns",
            PrivateDnsZoneLinksArgs(
                zone_ids={zone: f"{group}/providers/Microsoft.Network/privateDnsZones/{zone}"},
                virtual_network_id=NETWORK,
                link_name="spoke",
                tags=TAGS,
            ),
            ResourceOptions(provider=provider),
        )

    planned = plan(program)
    judge(planned, azure_types)
    link = one(planned, "privatedns:VirtualNetworkLink")
    assert link.id == f"{group}/providers/Microsoft.Network/privateDnsZones/{zone}/virtualNetworkLinks/spoke"
    assert link.inputs["virtualNetwork"] == {"id": NETWORK}
    assert tree(planned) == {
        ("PrivateDnsZoneLinks", "spoke-dns", ""),
        ("privatedns:VirtualNetworkLink", f"spoke-dns-{zone}", "PrivateDnsZoneLinks spoke-dns"),
    }
