"""Subnets of an ML platform and the traffic that each lets through; everything else is refused, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Literal

import pulumi_azure_native as azure

from components.egress import ComputeEgress, Protocol, compute_service_tags

Direction = Literal["Inbound", "Outbound"]
DIRECTIONS: tuple[Direction, ...] = ("Inbound", "Outbound")

FIREWALL_SUBNET = "AzureFirewallSubnet"
BASTION_SUBNET = "AzureBastionSubnet"

UNSECURED_SUBNETS = frozenset({FIREWALL_SUBNET, "AzureFirewallManagementSubnet", "GatewaySubnet"})
"""Subnets on which Azure refuses, or advises against, a network security group.

Source: Azure docs, firewall/firewall-faq and vpn-gateway/vpn-gateway-about-vpn-gateway-settings.
"""

AZURE_SUBNETS = UNSECURED_SUBNETS | {BASTION_SUBNET}
"""Subnets that Azure names. What runs there has a public IP of its own: they are not private subnets, and a bastion's
takes no route table. Source: Azure docs, bastion/bastion-faq.
"""

FIRST_PRIORITY, PRIORITY_STEP, LAST_PRIORITY = 100, 10, 4096


@dataclass(frozen=True, kw_only=True)
class SecurityRule:
    """Traffic that is let through. `source` and `destination` are each a service tag, a CIDR block, or `*`."""

    name: str
    direction: Direction
    source: str
    destination: str
    ports: Sequence[str]
    protocol: Protocol = "Tcp"
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet: `prefix` is its CIDR block, `rules` what its security group lets through, in both directions.

    `delegation` names the service that the subnet is given to, such as Microsoft.App/environments. With
    `egress=False` the virtual network's NAT gateway or route isn't attached to it.
    """

    name: str
    prefix: str
    rules: Sequence[SecurityRule] = ()
    delegation: str = ""
    egress: bool = True

    @property
    def secured(self) -> bool:
        """Whether it takes a network security group."""
        return self.name not in UNSECURED_SUBNETS

    @property
    def private(self) -> bool:
        """Whether nothing leaves it but through the network's own way out."""
        return self.name not in AZURE_SUBNETS

    @property
    def routed(self) -> bool:
        """Whether the network's way out is attached to it."""
        return self.egress and self.private


def private_endpoints_subnet(prefix: str, name: str = "private-endpoints") -> Subnet:
    """For private endpoints: reached from this and peered networks, by HTTPS and by SMB (file shares). They never
    open a connection themselves.

    Ports 8787 and 18881 (TCP) and 5831 (UDP) lead to compute instances through the workspace's endpoint.
    Source: Azure Machine Learning docs, how-to-access-azureml-behind-firewall.
    """
    inbound = [
        _inbound("AllowServicesInbound", "VirtualNetwork", prefix, ["443", "445"]),
        _inbound("AllowComputeInstanceInbound", "VirtualNetwork", prefix, ["8787", "18881"]),
        _inbound("AllowComputeInstanceUdpInbound", "VirtualNetwork", prefix, ["5831"], "Udp"),
    ]
    return Subnet(name=name, prefix=prefix, rules=inbound, egress=False)


def training_subnet(prefix: str, egress: ComputeEgress, *, name: str = "training") -> Subnet:
    """For compute clusters and instances without public IPs: nothing comes in but their own nodes' traffic."""
    nodes: list[SecurityRule] = [
        SecurityRule(
            name=f"AllowNodes{direction}",
            direction=direction,
            source=prefix,
            destination=prefix,
            ports=["0-65535"],
            protocol="*",
            description="The nodes of a distributed job talk to each other on ports of their choice.",
        )
        for direction in DIRECTIONS
    ]
    return Subnet(name=name, prefix=prefix, rules=[*nodes, *_compute_egress(egress)])


def scoring_subnet(prefix: str, egress: ComputeEgress, *, name: str = "scoring") -> Subnet:
    """For batch scoring clusters and Kubernetes nodes: as for training, and callers within the network by HTTPS."""
    callers = [
        _inbound("AllowCallersInbound", "VirtualNetwork", prefix, ["443"]),
        _inbound("AllowLoadBalancerInbound", "AzureLoadBalancer", prefix, ["443"]),
    ]
    return Subnet(name=name, prefix=prefix, rules=[*callers, *training_subnet(prefix, egress).rules])


def runners_subnet(prefix: str, *, name: str = "runners") -> Subnet:
    """For the agents that deploy and test: a private platform can't be reached from outside. They poll their service,
    so nothing comes in; they reach private endpoints, and GitHub or Azure DevOps over HTTPS.
    """
    outbound = [
        _outbound("AllowPrivateEndpointsOutbound", "VirtualNetwork", ["443", "445"]),
        _dns(),
        _outbound("AllowHttpsOutbound", "Internet", ["443"]),
    ]
    return Subnet(name=name, prefix=prefix, rules=outbound)


def bastion_subnet(prefix: str, allowed_sources: Sequence[str]) -> Subnet:
    """The subnet of Azure Bastion with the rules that it refuses to work without, reached from `allowed_sources` only.

    Source: Azure docs, bastion/bastion-nsg. There, the source is the internet; addresses are allowed as well.
    """
    inbound = [
        *(
            _inbound(f"AllowHttpsInbound{index}", source, "*", ["443"])
            for index, source in enumerate(allowed_sources, start=1)
        ),
        _inbound("AllowGatewayManagerInbound", "GatewayManager", "*", ["443"]),
        _inbound("AllowAzureLoadBalancerInbound", "AzureLoadBalancer", "*", ["443"]),
        _inbound("AllowBastionHostInbound", "VirtualNetwork", "VirtualNetwork", ["8080", "5701"], "*"),
    ]
    outbound = [
        _outbound("AllowSshRdpOutbound", "VirtualNetwork", ["22", "3389"]),
        _outbound("AllowAzureCloudOutbound", "AzureCloud", ["443"]),
        SecurityRule(
            name="AllowBastionHostOutbound",
            direction="Outbound",
            source="VirtualNetwork",
            destination="VirtualNetwork",
            ports=["8080", "5701"],
            protocol="*",
        ),
        _outbound("AllowSessionInformationOutbound", "Internet", ["80"], "*"),
    ]
    return Subnet(name=BASTION_SUBNET, prefix=prefix, rules=[*inbound, *outbound])


def security_rules(rules: Iterable[SecurityRule]) -> list[azure.network.SecurityRuleArgs]:
    """Rules as Azure takes them, in the order given, and after them one for each direction that refuses the rest.

    Azure's own defaults would let through all of the virtual network, and out to the internet.
    """
    counted = dict.fromkeys(DIRECTIONS, 0)
    made = []
    for rule in rules:
        priority = FIRST_PRIORITY + PRIORITY_STEP * counted[rule.direction]
        counted[rule.direction] += 1
        made.append(_rule(rule, "Allow", priority))
    for direction in DIRECTIONS:
        rest = SecurityRule(
            name=f"DenyAll{direction}", direction=direction, source="*", destination="*", ports=["*"], protocol="*"
        )
        made.append(_rule(rest, "Deny", LAST_PRIORITY))
    return made


def address_faults(address_space: Sequence[str], subnets: Sequence[Subnet]) -> list[str]:
    """What is wrong with the addresses: bad CIDR blocks, subnets outside the space, two that overlap."""
    faults: list[str] = []
    spaces = [network for block in address_space if (network := _network(block, "address space", faults))]
    placed = [(subnet.name, network) for subnet in subnets if (network := _network(subnet.prefix, subnet.name, faults))]
    faults += [
        f"{name} ({network}) is outside the address space {', '.join(address_space)}"
        for name, network in placed
        if not any(network.subnet_of(space) for space in spaces)
    ]
    faults += [
        f"{first} ({one}) and {second} ({other}) overlap"
        for index, (first, one) in enumerate(placed)
        for second, other in placed[index + 1 :]
        if one.overlaps(other)
    ]
    return faults


def _network(block: str, what: str, faults: list[str]) -> IPv4Network | None:
    try:
        network = ip_network(block)
    except ValueError as error:
        faults.append(f"{what}: {error}")
        return None
    if not isinstance(network, IPv4Network):
        faults.append(f"{what}: {block} is not an IPv4 network")
        return None
    return network


def _compute_egress(egress: ComputeEgress) -> list[SecurityRule]:
    services = [
        _outbound(f"Allow{service.name}Outbound", service.tag, service.ports, service.protocol)
        for service in compute_service_tags(egress)
    ]
    internet = [_outbound("AllowFilteredInternetOutbound", "Internet", ["80", "443"])] if egress.internet else []
    return [_outbound("AllowPrivateEndpointsOutbound", "VirtualNetwork", ["443", "445"]), _dns(), *services, *internet]


def _dns() -> SecurityRule:
    """DNS on a server in this or a peered network, such as the hub's firewall; Azure's own needs no rule."""
    return _outbound("AllowDnsOutbound", "VirtualNetwork", ["53"], "*")


def _inbound(
    name: str, source: str, destination: str, ports: Sequence[str], protocol: Protocol = "Tcp"
) -> SecurityRule:
    return SecurityRule(
        name=name, direction="Inbound", source=source, destination=destination, ports=ports, protocol=protocol
    )


def _outbound(name: str, destination: str, ports: Sequence[str], protocol: Protocol = "Tcp") -> SecurityRule:
    return SecurityRule(
        name=name, direction="Outbound", source="*", destination=destination, ports=ports, protocol=protocol
    )


def _rule(rule: SecurityRule, access: str, priority: int) -> azure.network.SecurityRuleArgs:
    return azure.network.SecurityRuleArgs(
        name=rule.name,
        description=rule.description or None,
        direction=rule.direction,
        access=access,
        priority=priority,
        protocol=rule.protocol,
        source_address_prefix=rule.source,
        source_port_range="*",
        destination_address_prefix=rule.destination,
        destination_port_range=rule.ports[0] if len(rule.ports) == 1 else None,
        destination_port_ranges=list(rule.ports) if len(rule.ports) > 1 else None,
    )
