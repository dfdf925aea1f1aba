"""The network of a stack, in its three modes: where private endpoints stand, how names resolve, how it reaches out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import Input, Output

import components
from components.egress import ComputeEgress
from components.hub_network import HubBastion, HubFirewall
from components.private_dns import zone_names
from components.public_ip import ZONES
from components.subnet import Subnet, private_endpoints_subnet, runners_subnet, scoring_subnet, training_subnet
from stacks.composition.ground import Ground
from stacks.settings import Settings
from stacks.settings.regions import WITHOUT_ZONES

VIRTUAL_NETWORKS = "Microsoft.Network/virtualNetworks"
DNS_ZONES = "Microsoft.Network/privateDnsZones"

PRIVATE_ADDRESSES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Whom the hub's firewall serves: any private address, since only peered networks can route to it. RFC 1918."""


@dataclass(frozen=True)
class Network:
    """A stack's network: its subnets by name, and the way in that its private endpoints take."""

    id: Output[str]
    subnet_ids: Mapping[str, Output[str]]
    private_link: components.PrivateLink


def network(ground: Ground, log_analytics_workspace_id: Input[str]) -> Network:
    """Make the network that the settings ask for: a hub in `shared`, a spoke of it, or one that stands alone."""
    settings = ground.settings
    made: components.HubNetwork | components.VirtualNetwork
    if settings.is_hub:
        made = _hub(ground, log_analytics_workspace_id)
    else:
        made = _virtual_network(ground, log_analytics_workspace_id)
    if settings.is_spoke:
        _peer(ground, made.id)
    zones = _shared_zones(ground, made.id) if settings.is_spoke else _own_zones(ground, made.id)
    link = components.PrivateLink(
        resource_group_id=ground.groups["network"].id,
        location=settings.location,
        subnet_id=made.subnet_ids["private-endpoints"],
        zone_ids=zones,
    )
    return Network(id=made.id, subnet_ids=made.subnet_ids, private_link=link)


def _subnets(settings: Settings) -> list[Subnet]:
    planned = settings.subnets
    egress = _egress(settings)
    subnets = [private_endpoints_subnet(str(planned.private_endpoints)), runners_subnet(str(planned.runners))]
    if planned.training is not None:
        subnets.append(training_subnet(str(planned.training), egress))
    if planned.scoring is not None:
        subnets.append(scoring_subnet(str(planned.scoring), egress))
    return subnets


def _zones(settings: Settings) -> Sequence[str]:
    """The availability zones that public addresses and firewalls stand in: all, or none in a region without them."""
    return () if settings.location in WITHOUT_ZONES else ZONES


def _egress(settings: Settings) -> ComputeEgress:
    return ComputeEgress(
        region=settings.location,
        private_monitor=settings.monitoring.private_ingestion,
        internet=settings.egress == "firewall",
    )


def _virtual_network(ground: Ground, log_analytics_workspace_id: Input[str]) -> components.VirtualNetwork:
    settings = ground.settings
    firewall = settings.firewall_ip if settings.is_spoke else None
    return components.VirtualNetwork(
        "network",
        components.VirtualNetworkArgs(
            **ground.placed("network", "virtual network"),
            log_analytics_workspace_id=log_analytics_workspace_id,
            address_space=[str(settings.network.address_space)],
            subnets=_subnets(settings),
            nat_gateway=firewall is None,
            firewall_ip=str(firewall) if firewall else None,
            # The hub's firewall answers DNS for its spokes, from the zones that are linked to the hub.
            dns_servers=[str(firewall)] if firewall else [],
            zones=_zones(settings),
        ),
        ground.opts,
    )


def _hub(ground: Ground, log_analytics_workspace_id: Input[str]) -> components.HubNetwork:
    settings = ground.settings
    hub, planned = settings.network.hub, settings.subnets
    assert hub is not None  # held by the settings of a hub
    firewall = bastion = None
    if planned.firewall is not None:
        firewall = HubFirewall(
            prefix=str(planned.firewall),
            sources=PRIVATE_ADDRESSES,
            egress=_egress(settings),
            allowed_hosts=hub.allowed_fqdns,
            tier=hub.firewall_sku,
        )
    if planned.bastion is not None:
        bastion = HubBastion(prefix=str(planned.bastion), allowed_sources=[str(s) for s in hub.bastion_allowed_sources])
    return components.HubNetwork(
        "network",
        components.HubNetworkArgs(
            **ground.placed("network", "virtual network"),
            log_analytics_workspace_id=log_analytics_workspace_id,
            address_space=[str(settings.network.address_space)],
            subnets=_subnets(settings),
            firewall=firewall,
            nat_gateway=firewall is None,
            bastion=bastion,
            zones=_zones(settings),
        ),
        ground.opts,
    )


def _peer(ground: Ground, network_id: Output[str]) -> None:
    settings = ground.settings
    hub_name = settings.shared_names.of("virtual network")
    providers = ground.shared_opts.providers
    assert isinstance(providers, list)
    components.Peering(
        "peering",
        components.PeeringArgs(
            spoke_id=network_id,
            hub_id=ground.shared_id("network", VIRTUAL_NETWORKS, hub_name),
            spoke_peering_name=ground.name("peering", "hub"),
            hub_peering_name=ground.name("peering", "spoke"),
            hub_provider=providers[0],
        ),
        ground.opts,
    )


def _own_zones(ground: Ground, network_id: Output[str]) -> Mapping[str, Output[str]]:
    made = components.PrivateDnsZones(
        "dns",
        components.PrivateDnsZonesArgs(
            resource_group_id=ground.groups["network"].id,
            tags=ground.tags,
            zone_names=zone_names(),
            virtual_network_ids={ground.name("private dns link"): network_id},
        ),
        ground.opts,
    )
    return made.zone_ids


def _shared_zones(ground: Ground, network_id: Output[str]) -> Mapping[str, Input[str]]:
    """The hub's zones. Where no firewall answers DNS for its spokes, each links its own network to them."""
    zones = {zone: ground.shared_id("network", DNS_ZONES, zone) for zone in zone_names()}
    if ground.settings.firewall_ip is not None:
        return zones
    linked = components.PrivateDnsZoneLinks(
        "dns",
        components.PrivateDnsZoneLinksArgs(
            zone_ids=zones,
            virtual_network_id=network_id,
            link_name=ground.name("private dns link"),
            tags=ground.tags,
        ),
        ground.shared_opts,
    )
    return linked.zone_ids
