"""Azure Bastion: a person's way to a machine in a private network, from named addresses only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, child_id, resource_group_name
from components.diagnostics import diagnostic_setting
from components.public_ip import ZONES, public_ip

ARM_TYPE = "Microsoft.Network/bastionHosts"


@dataclass(frozen=True, kw_only=True)
class BastionArgs(ResourceArgs):
    """`subnet_id` is that of a subnet named AzureBastionSubnet, at least a /26, with the rules of
    `components.subnet.bastion_subnet`. `tunnelling` lets native SSH clients through; copy and paste stays off.
    """

    log_analytics_workspace_id: Input[str] | None
    subnet_id: Input[str]
    tunnelling: bool = False
    zones: Sequence[str] = ZONES


class Bastion(Component):
    """A bastion of the Standard SKU."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: BastionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        host = azure.network.BastionHost(
            name,
            bastion_host_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            sku=azure.network.SkuArgs(name="Standard"),
            disable_copy_paste=True,
            enable_file_copy=False,
            enable_shareable_link=False,
            enable_tunneling=args.tunnelling,
            zones=list(args.zones) or None,
            ip_configurations=[
                azure.network.BastionHostIPConfigurationArgs(
                    name="hub",
                    subnet=azure.network.SubResourceArgs(id=args.subnet_id),
                    public_ip_address=azure.network.SubResourceArgs(id=self._address(name, args)),
                    private_ip_allocation_method="Dynamic",
                )
            ],
            opts=self.child_opts(),
        )
        diagnostic_setting(
            self,
            f"{name}-logs",
            target_id=child_id(host, args.resource_group_id, ARM_TYPE, args.resource_name),
            target_type=ARM_TYPE,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})

    def _address(self, name: str, args: BastionArgs) -> Output[str]:
        return public_ip(
            self,
            name,
            args,
            resource_name=f"pip-{args.resource_name}",
            zones=args.zones,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
