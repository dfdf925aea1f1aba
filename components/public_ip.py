"""Public IP addresses, which only a NAT gateway, a firewall or a bastion ever gets."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi_azure_native as azure
from pulumi import Input, Output

from components.base import Component, ResourceArgs, child_id, resource_group_name
from components.diagnostics import diagnostic_setting

ARM_TYPE = "Microsoft.Network/publicIPAddresses"

ZONES = ("1", "2", "3")
"""The availability zones of a region that has them."""


def public_ip(
    parent: Component,
    name: str,
    args: ResourceArgs,
    *,
    resource_name: str,
    zones: Sequence[str],
    log_analytics_workspace_id: Input[str] | None,
) -> Output[str]:
    """A static address of the Standard SKU beside the resource of `args`, as a child of `parent`; gives its ID."""
    address = azure.network.PublicIPAddress(
        name,
        public_ip_address_name=resource_name,
        resource_group_name=resource_group_name(args),
        location=args.location,
        tags=args.tags,
        sku=azure.network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
        public_ip_address_version="IPv4",
        public_ip_allocation_method="Static",
        zones=list(zones) or None,
        opts=parent.child_opts(),
    )
    address_id = child_id(address, args.resource_group_id, ARM_TYPE, resource_name)
    diagnostic_setting(
        parent,
        name,
        target_id=address_id,
        target_type=ARM_TYPE,
        log_analytics_workspace_id=log_analytics_workspace_id,
    )
    return address_id
