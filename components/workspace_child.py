"""What lives in a workspace and takes its place in Azure from it: computes, data stores, environments, endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input, Output

from components.base import Component, applied, id_segment, last_segment

WORKSPACE_TYPE = "Microsoft.MachineLearningServices/workspaces"


@dataclass(frozen=True, kw_only=True)
class WorkspaceChildArgs:
    """`workspace_id` is the workspace's ARM ID: subscription, resource group and workspace come from it.

    `resource_name` is the name in Azure, within Azure's limits for its type.
    """

    workspace_id: Input[str]
    tags: Mapping[str, str]
    resource_name: str


def group_of(args: WorkspaceChildArgs) -> Input[str]:
    """The name of the workspace's resource group."""
    return applied(lambda id: id_segment(id, "resourceGroups"), args.workspace_id)


def workspace_of(args: WorkspaceChildArgs) -> Input[str]:
    """The workspace's name."""
    return last_segment(args.workspace_id)


def own_id(component: Component, args: WorkspaceChildArgs, collection: str) -> Output[str]:
    """The component's own ID, in a collection of the workspace such as `computes`."""
    return component.computed(lambda workspace: f"{workspace}/{collection}/{args.resource_name}", args.workspace_id)


def minutes(count: int) -> str:
    """A duration in ISO 8601.

    >>> minutes(15)
    'PT15M'
    """
    return f"PT{count}M"
