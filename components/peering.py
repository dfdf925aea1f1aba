"""Peering of two virtual networks, in both directions, each possibly in a subscription of its own."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, ProviderResource, Resource, ResourceOptions

from components.base import Component, applied, id_segment, last_segment


@dataclass(frozen=True, kw_only=True)
class PeeringArgs:
    """A spoke and its hub, by ID, and the names of the two peerings.

    The component's own provider serves the spoke; `hub_provider` is that of the hub's subscription, where it differs.
    `use_hub_gateway` sends the spoke's on-premises traffic through the hub's VPN or ExpressRoute gateway, which must
    exist.
    """

    spoke_id: Input[str]
    hub_id: Input[str]
    spoke_peering_name: str
    hub_peering_name: str
    use_hub_gateway: bool = False
    hub_provider: ProviderResource | None = None


class Peering(Component):
    """Both halves of a peering: traffic flows once both exist.

    The spoke accepts what the hub's firewall forwards; the hub accepts nothing that a spoke forwards for others.
    """

    def __init__(self, name: str, args: PeeringArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        hub = _half(
            f"{name}-hub",
            args.hub_peering_name,
            here=args.hub_id,
            there=args.spoke_id,
            forwarded=False,
            offer_gateway=args.use_hub_gateway,
            use_gateway=False,
            opts=self.child_opts(provider=args.hub_provider),
        )
        _half(
            f"{name}-spoke",
            args.spoke_peering_name,
            here=args.spoke_id,
            there=args.hub_id,
            forwarded=True,
            offer_gateway=False,
            use_gateway=args.use_hub_gateway,
            # One after the other, the hub first: while one half is written, both networks are busy (409
            # ReferencedResourceNotProvisioned), and a spoke can't use a gateway that isn't offered yet.
            opts=self.child_opts(depends_on=[hub]),
        )
        self.register_outputs({})


def _half(
    name: str,
    peering_name: str,
    *,
    here: Input[str],
    there: Input[str],
    forwarded: bool,
    offer_gateway: bool,
    use_gateway: bool,
    opts: ResourceOptions,
) -> Resource:
    return azure.network.VirtualNetworkPeering(
        name,
        virtual_network_peering_name=peering_name,
        virtual_network_name=last_segment(here),
        resource_group_name=applied(lambda id: id_segment(id, "resourceGroups"), here),
        remote_virtual_network=azure.network.SubResourceArgs(id=there),
        allow_virtual_network_access=True,
        allow_forwarded_traffic=forwarded,
        allow_gateway_transit=offer_gateway,
        use_remote_gateways=use_gateway,
        opts=opts,
    )
