"""The hub of a hub-and-spoke network: the way out, and DNS, for all the spokes peered with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs
from components.bastion import Bastion, BastionArgs
from components.egress import ComputeEgress
from components.firewall import Firewall, FirewallArgs
from components.public_ip import ZONES
from components.subnet import BASTION_SUBNET, FIREWALL_SUBNET, Subnet, bastion_subnet
from components.virtual_network import VirtualNetwork, VirtualNetworkArgs

SMALLEST_PREFIX = 26
"""Of the subnets of a firewall and a bastion.

Source: Azure docs, firewall/firewall-faq and bastion/configuration-settings.
"""


@dataclass(frozen=True, kw_only=True)
class HubFirewall:
    """The hub's firewall: `prefix` is its subnet's CIDR block; the rest is as in `components.firewall`."""

    prefix: str
    sources: Sequence[str]
    egress: ComputeEgress
    allowed_hosts: Sequence[str] = ()
    tier: Literal["Standard", "Premium"] = "Standard"


@dataclass(frozen=True, kw_only=True)
class HubBastion:
    """The hub's bastion: `prefix` is its subnet's CIDR block, `allowed_sources` the public addresses of its users."""

    prefix: str
    allowed_sources: Sequence[str]
    tunnelling: bool = False


@dataclass(frozen=True, kw_only=True)
class HubNetworkArgs(ResourceArgs):
    """A hub with a firewall, or with a NAT gateway, or closed.

    A NAT gateway serves the hub's own `subnets` alone: Azure doesn't let peered networks use it, so that each spoke
    then needs one of its own. Source: Azure docs, nat-gateway/nat-overview ("can't span multiple virtual networks").

    Raises ValueError for both ways out at once, a bastion open to anyone, or a subnet smaller than Azure allows.
    """

    log_analytics_workspace_id: Input[str] | None
    address_space: Sequence[str]
    subnets: Sequence[Subnet] = ()
    firewall: HubFirewall | None = None
    nat_gateway: bool = False
    bastion: HubBastion | None = None
    zones: Sequence[str] = ZONES

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise ValueError(f"the hub {self.resource_name}: {'; '.join(faults)}")


class HubNetwork(Component):
    """A hub network. `firewall_ip` is the address that spokes route to and ask for names; None without a firewall."""

    id: Output[str]
    name: Output[str]
    subnet_ids: Mapping[str, Output[str]]
    firewall_ip: Output[str] | None

    def __init__(self, name: str, args: HubNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        network = VirtualNetwork(
            name,
            VirtualNetworkArgs(
                resource_group_id=args.resource_group_id,
                location=args.location,
                tags=args.tags,
                resource_name=args.resource_name,
                log_analytics_workspace_id=args.log_analytics_workspace_id,
                address_space=args.address_space,
                subnets=_subnets(args),
                nat_gateway=args.nat_gateway,
                zones=args.zones,
            ),
            self.child_opts(),
        )
        self.firewall_ip = self._firewall(name, args, args.firewall, network) if args.firewall else None
        if args.bastion:
            self._bastion(name, args, args.bastion, network)
        self.id = network.id
        self.name = network.name
        self.subnet_ids = network.subnet_ids
        self.register_outputs(
            {
                "id": self.id,
                "name": self.name,
                "subnet_ids": dict(self.subnet_ids),
                "firewall_ip": self.firewall_ip,
            }
        )

    def _firewall(self, name: str, args: HubNetworkArgs, firewall: HubFirewall, network: VirtualNetwork) -> Output[str]:
        made = Firewall(
            f"{name}-firewall",
            FirewallArgs(
                resource_group_id=args.resource_group_id,
                location=args.location,
                tags=args.tags,
                resource_name=f"afw-{args.resource_name}",
                log_analytics_workspace_id=args.log_analytics_workspace_id,
                subnet_id=network.subnet_ids[FIREWALL_SUBNET],
                subnet_prefix=firewall.prefix,
                sources=firewall.sources,
                egress=firewall.egress,
                allowed_hosts=firewall.allowed_hosts,
                tier=firewall.tier,
                zones=args.zones,
            ),
            self.child_opts(),
        )
        return made.private_ip

    def _bastion(self, name: str, args: HubNetworkArgs, bastion: HubBastion, network: VirtualNetwork) -> None:
        Bastion(
            f"{name}-bastion",
            BastionArgs(
                resource_group_id=args.resource_group_id,
                location=args.location,
                tags=args.tags,
                resource_name=f"bas-{args.resource_name}",
                log_analytics_workspace_id=args.log_analytics_workspace_id,
                subnet_id=network.subnet_ids[BASTION_SUBNET],
                tunnelling=bastion.tunnelling,
                zones=args.zones,
            ),
            self.child_opts(),
        )


def _subnets(args: HubNetworkArgs) -> list[Subnet]:
    subnets = list(args.subnets)
    if args.firewall:
        subnets.append(Subnet(name=FIREWALL_SUBNET, prefix=args.firewall.prefix))
    if args.bastion:
        subnets.append(bastion_subnet(args.bastion.prefix, args.bastion.allowed_sources))
    return subnets


def _faults(args: HubNetworkArgs) -> list[str]:
    faults = []
    if args.firewall and args.nat_gateway:
        faults.append("it has one way out: a NAT gateway or a firewall, not both")
    if args.firewall:
        faults += _size_faults("the firewall", args.firewall.prefix)
    if args.bastion:
        faults += _size_faults("the bastion", args.bastion.prefix)
        open_to_all = {"*", "Internet", "0.0.0.0/0", "::/0"} & set(args.bastion.allowed_sources)
        if open_to_all or not args.bastion.allowed_sources:
            faults.append("the bastion needs the addresses of its users, not the whole internet")
    return faults


def _size_faults(what: str, prefix: str) -> list[str]:
    try:
        small = ip_network(prefix).prefixlen > SMALLEST_PREFIX
    except ValueError as error:
        return [f"{what}: {error}"]
    return [f"the subnet of {what} is to be a /{SMALLEST_PREFIX} or larger, got {prefix}"] if small else []
