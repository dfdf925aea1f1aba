"""Hub and spoke: who builds the hub, and what a spoke must know of it."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.settings.checks.base import Fault, check, is_given
from stacks.settings.checks.network import SMALLEST_SPACE
from stacks.settings.model import Settings
from stacks.settings.subnets import AZURE_PREFIX

_BUILT_BY_SHARED = {
    "firewall_sku": "firewallSku",
    "allowed_fqdns": "allowedFqdns",
    "bastion": "bastion",
    "bastion_allowed_sources": "bastionAllowedSources",
}
_TOLD_TO_SPOKES = {"address_space": "addressSpace", "firewall_subnet": "firewallSubnet"}


@check("network.mode", "network.hub")
def hub_section_in_hub_and_spoke(settings: Settings) -> Iterator[Fault]:
    """There is a hub in hubAndSpoke mode only."""
    if settings.network.hub is not None and settings.network.mode != "hubAndSpoke":
        yield Fault(("network", "hub"), "settings of a hub", f"none: network.mode is {settings.network.mode}")


@check("environment", "network.mode", "network.hub")
def hub_keys_stand_on_their_side(settings: Settings) -> Iterator[Fault]:
    """shared builds the hub and says how; an environment only points to it."""
    if settings.is_hub:
        for name, key in _TOLD_TO_SPOKES.items():
            if is_given(settings, "network", "hub", name):
                instead = "network.addressSpace" if name == "address_space" else "network.subnets.firewall"
                yield Fault(("network", "hub", key), "a key of environments", f"none: in shared it is {instead}")
    elif settings.is_spoke:
        for name, key in _BUILT_BY_SHARED.items():
            if is_given(settings, "network", "hub", name):
                yield Fault(("network", "hub", key), "a key of shared", "none: shared builds the hub and says how")


@check("environment", "network.mode", "network.hub")
def spoke_knows_its_hub(settings: Settings) -> Iterator[Fault]:
    """A spoke computes the firewall's address from the hub's range, and checks its own against it."""
    if settings.is_spoke and (settings.network.hub is None or settings.network.hub.address_space is None):
        expected = "the hub's address space, shared's network.addressSpace"
        yield Fault(("network", "hub", "addressSpace"), "nothing", expected)


@check("environment", "network.addressSpace", "network.mode", "network.hub")
def spoke_stands_apart_from_its_hub(settings: Settings) -> Iterator[Fault]:
    """Azure peers no networks that overlap. Source: virtual-network-manage-peering, "Requirements and constraints"."""
    hub, space = settings.network.hub, settings.network.address_space
    if settings.is_spoke and hub and hub.address_space and hub.address_space.overlaps(space):
        expected = f"a range apart from the hub's, {hub.address_space}: Azure peers no networks that overlap"
        yield Fault(("network", "addressSpace"), str(space), expected)


@check("environment", "network.mode", "network.hub")
def hub_has_room_for_its_firewall(settings: Settings) -> Iterator[Fault]:
    """The firewall has a subnet of /26 or larger in the hub, from which a spoke knows its address."""
    hub = settings.network.hub
    if not settings.is_spoke or hub is None or hub.address_space is None:
        return
    if hub.address_space.prefixlen > SMALLEST_SPACE:
        expected = f"a range of /{SMALLEST_SPACE} or larger, as a hub has"
        yield Fault(("network", "hub", "addressSpace"), str(hub.address_space), expected)
    if hub.firewall_subnet is None:
        return
    place = ("network", "hub", "firewallSubnet")
    if hub.egress != "firewall":
        yield Fault(place, str(hub.firewall_subnet), f"none: network.hub.egress is {hub.egress}")
    if not hub.firewall_subnet.subnet_of(hub.address_space):
        yield Fault(place, str(hub.firewall_subnet), f"a range within network.hub.addressSpace, {hub.address_space}")
    if hub.firewall_subnet.prefixlen > AZURE_PREFIX:
        yield Fault(place, str(hub.firewall_subnet), f"a /{AZURE_PREFIX} or larger, as Azure wants it")


@check("environment", "network.mode", "network.hub", "network.subnets")
def firewall_settings_need_a_firewall(settings: Settings) -> Iterator[Fault]:
    """Where the way out is a NAT gateway there is no firewall to set up."""
    if not settings.is_hub or settings.hub.egress == "firewall":
        return
    for name in ("firewall_sku", "allowed_fqdns"):
        if is_given(settings, "network", "hub", name):
            expected = "none: network.hub.egress is nat, so there is no firewall"
            yield Fault(("network", "hub", _BUILT_BY_SHARED[name]), "a setting of the firewall", expected)
    if settings.network.subnets.firewall:
        expected = "none: network.hub.egress is nat, so there is no firewall"
        yield Fault(("network", "subnets", "firewall"), "a subnet for a firewall", expected)


@check("environment", "network.mode", "network.hub", "network.subnets")
def bastion_knows_its_users(settings: Settings) -> Iterator[Fault]:
    """A bastion has a public address: it lets in whom it is told to, and nobody without being told."""
    if not settings.is_hub:
        return
    hub, sources = settings.hub, ("network", "hub", "bastionAllowedSources")
    if hub.bastion and not hub.bastion_allowed_sources:
        yield Fault(sources, "nothing", "the public addresses that people come from, since there is a bastion")
    if hub.bastion_allowed_sources and not hub.bastion:
        yield Fault(sources, "addresses", "none, since network.hub.bastion is false")
    if settings.network.subnets.bastion and not hub.bastion:
        yield Fault(("network", "subnets", "bastion"), "a subnet for a bastion", "none: network.hub.bastion is false")
