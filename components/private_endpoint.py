"""Private endpoints: the one way in to a resource that is closed to the public."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi_azure_native as azure
from pulumi import Input, Output, Resource, ResourceOptions

from components.base import Component, PrivateLink, ResourceArgs, arm_id, computed, resource_group_name
from components.private_dns import Target, zones_among


@dataclass(frozen=True, kw_only=True)
class PrivateEndpointArgs(ResourceArgs):
    """An endpoint in a subnet for one target.

    `target_id` is the ID of the resource it leads to and `target` its type and group ID. `zone_ids` maps private DNS
    zone names to IDs: those that the target needs are taken, and one that is missing is a ValueError. With no zones
    at all, whoever runs DNS centrally writes the records.
    """

    subnet_id: Input[str]
    target_id: Input[str]
    target: Target
    zone_ids: Mapping[str, Input[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.zone_ids:
            zones_among(self.zone_ids.keys(), self.target)


class PrivateEndpoint(Component):
    """A private endpoint whose name resolves: the endpoint and its DNS zone group."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: PrivateEndpointArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        endpoint = azure.network.PrivateEndpoint(
            name,
            private_endpoint_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            subnet=azure.network.SubnetArgs(id=args.subnet_id),
            custom_network_interface_name=f"nic-{args.resource_name}",
            private_link_service_connections=[
                azure.network.PrivateLinkServiceConnectionArgs(
                    name=args.resource_name,
                    private_link_service_id=args.target_id,
                    group_ids=[args.target.group_id],
                )
            ],
            # Azure refuses both changes in place (CannotChangeSubnetOnExistingPrivateEndpoint), and the name is taken.
            # Source: pulumi/registry issue 6396.
            opts=self.child_opts(
                replace_on_changes=["subnet", "privateLinkServiceConnections"], delete_before_replace=True
            ),
        )
        if args.zone_ids:
            self._zone_group(name, args, endpoint)
        self.id = self.computed(
            lambda group: arm_id(group, "Microsoft.Network/privateEndpoints", args.resource_name),
            args.resource_group_id,
        )
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})

    def _zone_group(self, name: str, args: PrivateEndpointArgs, endpoint: Resource) -> None:
        azure.network.PrivateDnsZoneGroup(
            name,
            # Azure allows one group an endpoint; its name is a convention of Microsoft's own templates.
            private_dns_zone_group_name="default",
            # Through the endpoint, so that a replaced endpoint takes its zone group along.
            private_endpoint_name=computed(endpoint, lambda: args.resource_name),
            resource_group_name=resource_group_name(args),
            private_dns_zone_configs=[
                azure.network.PrivateDnsZoneConfigArgs(
                    name=zone.replace(".", "-"), private_dns_zone_id=args.zone_ids[zone]
                )
                for zone in zones_among(args.zone_ids.keys(), args.target)
            ],
            opts=self.child_opts(),
        )


def private_endpoints(
    parent: Component,
    name: str,
    link: PrivateLink | None,
    *,
    target_id: Input[str],
    targets: Sequence[Target],
    target_name: str,
    tags: Mapping[str, str],
) -> list[PrivateEndpoint]:
    """One private endpoint of a resource for each target, as children of `parent`; none without a link.

    `name` is the parent's Pulumi name and `target_name` the resource's name in Azure, from which the endpoints' names
    derive. `target_id` must not be the parent's own `id`, which waits for all its children: see `base.child_id`.
    """
    if link is None:
        return []
    made: list[PrivateEndpoint] = []
    for target in targets:
        if made:
            # One after the other: a storage account answers two at once with StorageAccountOperationInProgress.
            # Source: Azure/bicep-registry-modules issue 6001. A component's depends_on doesn't reach its children.
            target_id = computed(made[-1], lambda known: known, target_id)
        args = PrivateEndpointArgs(
            resource_group_id=link.resource_group_id,
            location=link.location,
            tags=tags,
            resource_name=f"pep-{target_name}-{target.group_id}",
            subnet_id=link.subnet_id,
            target_id=target_id,
            target=target,
            zone_ids=link.zone_ids,
        )
        made.append(PrivateEndpoint(f"{name}-{target.group_id}", args, parent.child_opts()))
    return made
