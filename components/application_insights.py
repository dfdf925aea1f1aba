"""Application Insights, for what workspaces, endpoints and jobs say about themselves."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, resource_group_name


@dataclass(frozen=True, kw_only=True)
class ApplicationInsightsArgs(ResourceArgs):
    """`log_analytics_workspace_id` is where the telemetry is kept. Telemetry comes in, and is queried, over an Azure
    Monitor Private Link Scope alone, unless `public_ingestion` or `public_query` opens either.
    """

    log_analytics_workspace_id: Input[str]
    public_ingestion: bool = False
    public_query: bool = False


class ApplicationInsights(Component):
    """Workspace-based Application Insights without keys: telemetry needs an Entra identity.

    It has no diagnostic setting, since its tables are in the Log Analytics workspace already. `connection_string` is
    a secret.
    """

    id: Output[str]
    name: Output[str]
    connection_string: Output[str]

    def __init__(self, name: str, args: ApplicationInsightsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        insights = azure.applicationinsights.Component(
            name,
            resource_name_=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            kind="web",
            application_type="web",
            ingestion_mode="LogAnalytics",
            workspace_resource_id=args.log_analytics_workspace_id,
            disable_local_auth=True,
            disable_ip_masking=False,
            public_network_access_for_ingestion=_access(args.public_ingestion),
            public_network_access_for_query=_access(args.public_query),
            opts=self.child_opts(),
        )
        self.id = self.computed(
            lambda group: arm_id(group, "Microsoft.Insights/components", args.resource_name), args.resource_group_id
        )
        self.name = self.computed(lambda: args.resource_name)
        self.connection_string = Output.secret(insights.connection_string)
        self.register_outputs({"id": self.id, "name": self.name, "connection_string": self.connection_string})


def _access(public: bool) -> str:
    return "Enabled" if public else "Disabled"
