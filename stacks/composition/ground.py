"""What everything in a stack stands on: providers, resource groups, tags, and who guards what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi_azure_native as azure
from pulumi import Input, ResourceOptions

import components
from components.base import arm_id
from components.names import Kind
from stacks.settings import Settings

CONCERNS = {
    "network": "the virtual network, private endpoints and DNS",
    "monitoring": "logs, metrics and alerts",
    "security": "keys, secrets and identities",
    "data": "storage and images",
    "ml": "the workspace or the registry, computes and endpoints",
}
"""The resource groups of a stack: what lives and dies together, and is granted together."""


@dataclass(frozen=True)
class Ground:
    """A stack's settings with the resource groups and providers made from them.

    `groups` is by concern. `opts` are the options of every component that stands in the stack's own subscription,
    `shared_opts` those of what is made within `shared`'s.
    """

    settings: Settings
    tags: Mapping[str, str]
    opts: ResourceOptions
    shared_opts: ResourceOptions
    groups: Mapping[str, components.ResourceGroup] = field(default_factory=dict)

    def name(self, kind: Kind, instance: str = "") -> str:
        """The Azure name of something in this stack."""
        return self.settings.names.of(kind, instance)

    def shared_id(self, concern: str, arm_type: str, *names: str) -> str:
        """The ID of something in one of `shared`'s resource groups, which is known since its name is."""
        return arm_id(self.shared_group_id(concern), arm_type, *names)

    def shared_group_id(self, concern: str) -> str:
        shared = self.settings.shared_names
        return f"/subscriptions/{shared.subscription}/resourceGroups/{shared.of('resource group', concern)}"

    def placed(self, concern: str, kind: Kind, instance: str = "", name: str = "") -> dict[str, object]:
        """The arguments that say where a resource stands and what it is called: those of `ResourceArgs`."""
        return {
            "resource_group_id": self.groups[concern].id,
            "location": self.settings.location,
            "tags": self.tags,
            "resource_name": name or self.name(kind, instance),
        }


@dataclass(frozen=True)
class Guards:
    """How a stack's resources are logged and reached."""

    log_analytics_workspace_id: Input[str]
    private_link: components.PrivateLink

    def on(self, settings: Settings) -> dict[str, object]:
        """The arguments of `GuardedArgs`: logged, reached privately, and in production protected from deletion."""
        return {**self.unprotected(), "delete_protection": settings.is_production}

    def unprotected(self) -> dict[str, object]:
        """The same for what takes no lock, such as a workspace, whose clusters a lock would keep from shrinking."""
        return {"log_analytics_workspace_id": self.log_analytics_workspace_id, "private_link": self.private_link}


def ground(settings: Settings) -> Ground:
    """Make the providers and resource groups of a stack.

    The provider is explicit, so that a stack can only ever land in the subscription that its file names, whoever is
    logged in.
    """
    own = azure.Provider(
        "azure",
        subscription_id=settings.subscription,
        tenant_id=settings.tenant,
    )
    opts = ResourceOptions(providers=[own])
    shared_opts = opts
    if settings.is_spoke:
        there = azure.Provider(
            "azure-shared", subscription_id=settings.shared_names.subscription, tenant_id=settings.tenant
        )
        shared_opts = ResourceOptions(providers=[there])
    tags = tags_of(settings)
    groups = {
        concern: components.ResourceGroup(
            concern,
            components.ResourceGroupArgs(
                subscription_id=settings.subscription,
                location=settings.location,
                tags=tags,
                resource_name=settings.names.of("resource group", concern),
            ),
            opts,
        )
        for concern in CONCERNS
    }
    return Ground(settings=settings, tags=tags, opts=opts, shared_opts=shared_opts, groups=groups)


def tags_of(settings: Settings) -> dict[str, str]:
    """The tags that everything carries: who answers, who pays, which environment, how sensitive, until when."""
    tags = {
        **settings.tags,
        "owner": settings.owner,
        "costCenter": settings.cost_center,
        "env": settings.environment,
        "dataClassification": settings.data_classification,
    }
    return tags | ({"expiry": str(settings.expiry)} if settings.expiry else {})
