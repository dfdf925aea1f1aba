"""The Azure Monitor Private Link Scope, without which private telemetry is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, Resource, ResourceOptions

from components.base import Component, PrivateLink, ResourceArgs, arm_id, child_id, computed, resource_group_name
from components.private_dns import MONITOR
from components.private_endpoint import private_endpoints

ARM_TYPE = "Microsoft.Insights/privateLinkScopes"


@dataclass(frozen=True, kw_only=True)
class PrivateLinkScopeArgs(ResourceArgs):
    """`scoped_resource_ids` maps a name to the ID of a Log Analytics workspace or an Application Insights.

    In the private-only modes, networks that reach Azure Monitor through this scope reach nothing outside it. DNS of
    Azure Monitor is shared: one scope serves all networks that resolve through the same zones.
    Source: Azure Monitor docs, logs/private-link-design.
    """

    scoped_resource_ids: Mapping[str, Input[str]]
    private_link: PrivateLink | None
    open_ingestion: bool = False
    open_query: bool = False
    location: str = "global"


class PrivateLinkScope(Component):
    """A private link scope with what it covers, and the private endpoint that leads to it."""

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: PrivateLinkScopeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        scope = azure.monitor.PrivateLinkScope(
            name,
            scope_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            access_mode_settings=azure.monitor.AccessModeSettingsArgs(
                ingestion_access_mode="Open" if args.open_ingestion else "PrivateOnly",
                query_access_mode="Open" if args.open_query else "PrivateOnly",
            ),
            opts=self.child_opts(),
        )
        covered = self._cover(name, args, scope)
        # Through the last one: an endpoint's DNS records are made from what the scope covers at that time, and the
        # scope takes one change at a time.
        known = child_id(covered[-1] if covered else scope, args.resource_group_id, ARM_TYPE, args.resource_name)
        private_endpoints(
            self,
            name,
            args.private_link,
            target_id=known,
            targets=[MONITOR],
            target_name=args.resource_name,
            tags=args.tags,
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})

    def _cover(self, name: str, args: PrivateLinkScopeArgs, scope: Resource) -> list[Resource]:
        made: list[Resource] = []
        for resource_name, resource_id in args.scoped_resource_ids.items():
            scoped = azure.monitor.PrivateLinkScopedResource(
                f"{name}-{resource_name}",
                name=resource_name,
                scope_name=computed(scope, lambda: args.resource_name),
                resource_group_name=resource_group_name(args),
                linked_resource_id=resource_id,
                opts=self.child_opts(depends_on=made[-1:]),
            )
            made.append(scoped)
        return made
