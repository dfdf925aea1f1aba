"""Virtual networks: subnets that refuse what they don't need, and one declared way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, child_id, computed, resource_group_name
from components.diagnostics import diagnostic_setting
from components.public_ip import ZONES, public_ip
from components.subnet import Subnet, address_faults, security_rules

ARM_TYPE = "Microsoft.Network/virtualNetworks"


@dataclass(frozen=True, kw_only=True)
class VirtualNetworkArgs(ResourceArgs):
    """A network and its subnets, with at most one way out to the internet.

    `nat_gateway` makes a NAT gateway with a public IP of its own; `firewall_ip` is the private address of a firewall,
    usually in a peered hub, that all traffic out is routed to. With neither, nothing leaves: default outbound access
    is off. `dns_servers` are the addresses of DNS servers; none: Azure's own. `zones` are the availability zones of
    the NAT gateway's public IP; empty in a region that has none.

    Raises ValueError with every fault: bad or overlapping CIDR blocks, two subnets of one name, two ways out.
    """

    log_analytics_workspace_id: Input[str] | None
    address_space: Sequence[str]
    subnets: Sequence[Subnet]
    nat_gateway: bool = False
    firewall_ip: Input[str] | None = None
    dns_servers: Sequence[Input[str]] = ()
    zones: Sequence[str] = ZONES
    ddos_protection_plan_id: Input[str] | None = None

    def __post_init__(self) -> None:
        faults = address_faults(self.address_space, self.subnets)
        names = [subnet.name for subnet in self.subnets]
        faults += [f"two subnets are named {name}" for name in sorted({n for n in names if names.count(n) > 1})]
        if self.nat_gateway and self.firewall_ip is not None:
            faults.append("it has one way out: a NAT gateway or a firewall, not both")
        if faults:
            raise ValueError(f"the virtual network {self.resource_name}: {'; '.join(faults)}")


class VirtualNetwork(Component):
    """A virtual network with a security group for each subnet. `subnet_ids` maps a subnet's name to its ID.

    The subnets stand inside the network's own resource. As resources of their own they would have to be made one
    after the other (409 AnotherOperationInProgress: pulumi-azure-native issue 1024), and each PUT of the network
    without them deletes them. The price: whoever adds a subnet to this network elsewhere loses it at the next change.
    """

    id: Output[str]
    name: Output[str]
    subnet_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: VirtualNetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        nat_id = self._nat_gateway(name, args) if args.nat_gateway else None
        route_table_id = self._route_table(name, args) if args.firewall_ip is not None else None
        network = azure.network.VirtualNetwork(
            name,
            virtual_network_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            address_space=azure.network.AddressSpaceArgs(address_prefixes=list(args.address_space)),
            subnets=[self._subnet(name, args, subnet, nat_id, route_table_id) for subnet in args.subnets],
            dhcp_options=azure.network.DhcpOptionsArgs(dns_servers=list(args.dns_servers))
            if args.dns_servers
            else None,
            enable_ddos_protection=args.ddos_protection_plan_id is not None,
            ddos_protection_plan=azure.network.SubResourceArgs(id=args.ddos_protection_plan_id)
            if args.ddos_protection_plan_id is not None
            else None,
            opts=self.child_opts(),
        )
        diagnostic_setting(
            self,
            name,
            target_id=child_id(network, args.resource_group_id, ARM_TYPE, args.resource_name),
            target_type=ARM_TYPE,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.subnet_ids = {
            subnet.name: child_id(
                network, args.resource_group_id, f"{ARM_TYPE}/subnets", args.resource_name, subnet.name
            )
            for subnet in args.subnets
        }
        self.register_outputs({"id": self.id, "name": self.name, "subnet_ids": dict(self.subnet_ids)})

    def _subnet(
        self,
        name: str,
        args: VirtualNetworkArgs,
        subnet: Subnet,
        nat_id: Output[str] | None,
        route_table_id: Output[str] | None,
    ) -> azure.network.SubnetArgs:
        group_id = self._security_group(name, args, subnet) if subnet.secured else None
        return azure.network.SubnetArgs(
            name=subnet.name,
            address_prefix=subnet.prefix,
            # Azure's own subnets bring public IPs of their own and refuse a private subnet's restriction.
            default_outbound_access=False if subnet.private else None,
            private_endpoint_network_policies="NetworkSecurityGroupEnabled" if subnet.private else "Disabled",
            private_link_service_network_policies="Enabled",
            network_security_group=azure.network.NetworkSecurityGroupArgs(id=group_id) if group_id else None,
            nat_gateway=azure.network.SubResourceArgs(id=nat_id) if nat_id and subnet.routed else None,
            route_table=azure.network.RouteTableArgs(id=route_table_id) if route_table_id and subnet.routed else None,
            delegations=[azure.network.DelegationArgs(name=subnet.delegation, service_name=subnet.delegation)]
            if subnet.delegation
            else None,
        )

    def _security_group(self, name: str, args: VirtualNetworkArgs, subnet: Subnet) -> Output[str]:
        arm_type = "Microsoft.Network/networkSecurityGroups"
        resource_name = f"nsg-{args.resource_name}-{subnet.name}"
        group = azure.network.NetworkSecurityGroup(
            f"{name}-{subnet.name}",
            network_security_group_name=resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            security_rules=security_rules(subnet.rules),
            opts=self.child_opts(),
        )
        group_id = child_id(group, args.resource_group_id, arm_type, resource_name)
        diagnostic_setting(
            self,
            f"{name}-{subnet.name}",
            target_id=group_id,
            target_type=arm_type,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        return group_id

    def _nat_gateway(self, name: str, args: VirtualNetworkArgs) -> Output[str]:
        address_id = public_ip(
            self,
            f"{name}-nat-gateway",
            args,
            resource_name=f"pip-ng-{args.resource_name}",
            zones=args.zones,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        resource_name = f"ng-{args.resource_name}"
        gateway = azure.network.NatGateway(
            f"{name}-nat-gateway",
            nat_gateway_name=resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            sku=azure.network.NatGatewaySkuArgs(name="Standard"),
            public_ip_addresses=[azure.network.SubResourceArgs(id=address_id)],
            opts=self.child_opts(),
        )
        return child_id(gateway, args.resource_group_id, "Microsoft.Network/natGateways", resource_name)

    def _route_table(self, name: str, args: VirtualNetworkArgs) -> Output[str]:
        resource_name = f"rt-{args.resource_name}"
        table = azure.network.RouteTable(
            name,
            route_table_name=resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            # Routes learned from a gateway would lead around the firewall.
            disable_bgp_route_propagation=True,
            routes=[
                azure.network.RouteArgs(
                    name="firewall",
                    address_prefix="0.0.0.0/0",
                    next_hop_type="VirtualAppliance",
                    next_hop_ip_address=args.firewall_ip,
                )
            ],
            opts=self.child_opts(),
        )
        return computed(
            table,
            lambda group: arm_id(group, "Microsoft.Network/routeTables", resource_name),
            args.resource_group_id,
        )
