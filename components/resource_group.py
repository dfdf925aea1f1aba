"""Resource groups, one for each concern: network, monitoring, data, ML, identities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, ResourceOptions

from components.base import Component


@dataclass(frozen=True, kw_only=True)
class ResourceGroupArgs:
    """`subscription_id` is the GUID of the subscription that the provider in use is set to."""

    subscription_id: str
    location: str
    tags: Mapping[str, str]
    resource_name: str


class ResourceGroup(Component):
    """A resource group. It takes no lock: one would stop the clusters within from scaling down."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: ResourceGroupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        azure.resources.ResourceGroup(
            name,
            resource_group_name=args.resource_name,
            location=args.location,
            tags=args.tags,
            opts=self.child_opts(),
        )
        self.id = self.computed(lambda: f"/subscriptions/{args.subscription_id}/resourceGroups/{args.resource_name}")
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})
