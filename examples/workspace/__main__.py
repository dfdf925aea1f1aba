"""A private Azure Machine Learning workspace and all that it stands on, from three lines of settings."""

import pulumi

from components.resource_group import ResourceGroup, ResourceGroupArgs
from components.workspace import Workspace, WorkspaceArgs

azure = pulumi.Config("azure-native")
name, location = pulumi.Config().require("name"), azure.require("location")
tags = {"env": pulumi.get_stack(), "workload": name}

group = ResourceGroup(
    name,
    ResourceGroupArgs(
        subscription_id=azure.require("subscriptionId"), location=location, tags=tags, resource_name=f"rg-{name}"
    ),
)
workspace = Workspace(
    name,
    WorkspaceArgs(
        resource_group_id=group.id,
        location=location,
        tags=tags,
        resource_name=f"mlw-{name}",
        log_analytics_workspace_id=None,
        private_link=None,
    ),
)
pulumi.export("workspaceId", workspace.id)
