"""Environments: the image that training and inference run in, at a version that never changes."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, ResourceOptions

from components.base import Component, computed
from components.workspace_child import WorkspaceChildArgs, group_of, own_id, workspace_of

_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_TAG = re.compile(r"(?P<repository>.+/[^/:]+|[^/:]+):(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})")


@dataclass(frozen=True, kw_only=True)
class EnvironmentVersionArgs(WorkspaceChildArgs):
    """Version `version` of the environment `resource_name`: an image, with Conda packages on top where there are any.

    `image` has a digest, or a tag other than latest; raises ValueError otherwise. `conda_file` is the text of a Conda
    file; Azure then builds an image of its own, for which a private registry needs an image-build cluster.
    """

    version: str
    image: str
    conda_file: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        if not is_pinned(self.image):
            raise ValueError(f"image {self.image!r} moves: give it a digest, or a tag other than latest")


class EnvironmentVersion(Component):
    """An environment and one version of it. `id` is the version's, `name` the environment's.

    Older versions stay in the workspace: a deployment or a job may still run in them.
    """

    id: Output[str]
    name: Output[str]

    def __init__(self, name: str, args: EnvironmentVersionArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        ml = azure.machinelearningservices
        environment = ml.EnvironmentContainer(
            name,
            name=args.resource_name,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            properties=ml.EnvironmentContainerPropertiesArgs(description=args.description or None, tags=args.tags),
            # Versions that stay keep their environment; the workspace takes both along when it goes.
            opts=self.child_opts(retain_on_delete=True),
        )
        ml.EnvironmentVersion(
            name,
            name=computed(environment, lambda: args.resource_name),
            version=args.version,
            workspace_name=workspace_of(args),
            resource_group_name=group_of(args),
            properties=ml.EnvironmentVersionPropertiesArgs(
                image=args.image,
                conda_file=args.conda_file or None,
                os_type="Linux",
                auto_rebuild="Disabled",
                is_anonymous=False,
                description=args.description or None,
                tags=args.tags,
            ),
            opts=self.child_opts(retain_on_delete=True),
        )
        self.id = self.computed(lambda id: f"{id}/versions/{args.version}", own_id(self, args, "environments"))
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})


def is_pinned(image: str) -> bool:
    """Whether an image reference means the same image tomorrow.

    >>> is_pinned("mcr.microsoft.com/azureml/minimal-py312-inference:20250601.v1"), is_pinned("localhost:5000/base")
    (True, False)
    """
    if "@" in image:
        return _DIGEST.fullmatch(image) is not None
    tagged = _TAG.fullmatch(image)
    return tagged is not None and tagged["tag"] != "latest"
