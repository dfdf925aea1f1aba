"""What a private link scope that something else owns is to cover as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Resource, ResourceOptions

from components.base import Component, applied, id_segment, last_segment


@dataclass(frozen=True, kw_only=True)
class PrivateLinkScopeMembersArgs:
    """A scope, and what it is to cover.

    `scope_id` is the ID of an Azure Monitor Private Link Scope. `resource_ids` maps a name, unique within the scope,
    to the ID of a Log Analytics workspace or an Application Insights. A member is a child of its scope: where that is
    in another subscription, give the component a provider of that subscription.
    """

    scope_id: Input[str]
    resource_ids: Mapping[str, Input[str]]


class PrivateLinkScopeMembers(Component):
    """Members of a private link scope elsewhere.

    Networks that share their DNS share one scope, since the zones of Azure Monitor are the same for all of them: a
    spoke's logs therefore belong to the hub's scope. Source: Azure Monitor docs, logs/private-link-design.
    """

    def __init__(self, name: str, args: PrivateLinkScopeMembersArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        made: list[Resource] = []
        for member, resource_id in args.resource_ids.items():
            scoped = azure.monitor.PrivateLinkScopedResource(
                f"{name}-{member}",
                name=member,
                scope_name=last_segment(args.scope_id),
                resource_group_name=applied(lambda known: id_segment(known, "resourceGroups"), args.scope_id),
                linked_resource_id=resource_id,
                # A scope takes one change at a time.
                opts=self.child_opts(depends_on=made[-1:]),
            )
            made.append(scoped)
        self.register_outputs({})
