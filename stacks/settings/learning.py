"""The machine-learning part of a stack: workspace, computes, data stores, environments, endpoints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.base import Guid, Identity, Section, Text, VmSize, Words

_LETTER_FIRST = "letters, digits and '-', a letter first"
ComputeName = Annotated[str, Text(r"[a-zA-Z][a-zA-Z0-9-]*", _LETTER_FIRST, most=24, least=2)]
EndpointName = Annotated[str, Text(r"[a-zA-Z][a-zA-Z0-9-]*", _LETTER_FIRST, most=32, least=3)]
WorkspaceName = Annotated[str, Text(r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, '-' and '_'", most=33, least=3)]
DatastoreName = Annotated[str, Text(r"[a-zA-Z0-9_]+", "letters, digits and '_'", most=255)]
EnvironmentName = Annotated[str, Text(r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, '-' and '_'", most=255)]
Version = Annotated[str, Text(r"[a-zA-Z0-9][a-zA-Z0-9._-]*", 'a version such as "1"', most=30)]
Image = Annotated[
    str,
    Text(
        r"([a-z0-9-]+\.)+[a-z]{2,}/[a-z0-9._/-]+(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?",
        "an image with its registry, such as mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20250101.v1",
        most=500,
    ),
]
RelativeFile = Annotated[str, Text(r"(?!/)[\w.-]+(/[\w.-]+)*\.ya?ml", "a YAML file, relative to the stack file")]


class Workspace(Section):
    """The Azure Machine Learning workspace. Environments only: shared has none."""

    name: WorkspaceName | None = Field(
        default=None, description="Its name, 3 to 33 characters; made by the naming rule where not given."
    )
    high_business_impact: bool = Field(
        default=True,
        description="Whether Microsoft collects less diagnostic data and encrypts scratch disks. Create-only.",
    )
    image_build_compute: Words | None = Field(
        default=None,
        description="Cluster that builds images, by its name in compute.clusters; the first one where not given.",
    )
    datastore_auth: Literal["identity", "accessKey"] = Field(
        default="identity",
        description="How the workspace reaches its own storage; accessKey needs storage.sharedKeyAccess.",
    )
    identity: Identity = Field(
        default="userAssigned", description="Its identity. From system- to user-assigned is one-way."
    )
    data_isolation: bool = Field(
        default=True, description="Whether its containers are apart from other workspaces'. Create-only."
    )


class Cluster(Section):
    """A compute cluster: no public IP, no local accounts, down to minNodes when idle."""

    name: ComputeName = Field(
        description="Its name here; environment and a hash are added in Azure, 24 characters in all."
    )
    size: VmSize = Field(description="VM size, such as Standard_DS3_v2.")
    max_nodes: int = Field(ge=1, le=1000, description="Nodes at most.")
    min_nodes: int = Field(default=0, ge=0, description="Nodes that always run, and cost; 0 scales to zero.")
    idle_minutes: int = Field(default=15, ge=1, le=1440, description="Idle minutes after which a node is released.")
    tier: Literal["dedicated", "lowPriority"] = Field(
        default="dedicated", description="lowPriority is cheap and can be evicted."
    )
    identity: Identity = Field(
        default="userAssigned", description="Its identity: the stack's for computes, or one of its own."
    )


class Instance(Section):
    """A compute instance: one person's workstation, which shuts down when idle."""

    name: ComputeName = Field(description="Its name here, as for a cluster.")
    size: VmSize = Field(description="VM size, such as Standard_DS3_v2.")
    assigned_to: Guid = Field(description="Object ID of the person in Entra; in the stack's tenant.")
    idle_shutdown_minutes: int = Field(
        default=60, ge=15, le=4320, description="Idle minutes after which it shuts down."
    )


class Compute(Section):
    """Clusters and personal instances."""

    clusters: tuple[Cluster, ...] = Field(default=(), description="Compute clusters.")
    instances: tuple[Instance, ...] = Field(default=(), description="Personal compute instances.")


class Datastore(Section):
    """A data store of the workspace over one zone of the data lake, by identity."""

    name: DatastoreName = Field(description="Its name: letters, digits and underscores.")
    zone: Words = Field(description="Zone of the data lake, as in dataLake.zones.")
    description: Words = Field(default="", description="What it holds.")


class Environment(Section):
    """An environment of the workspace: an image, with Conda packages on top where it asks for them."""

    name: EnvironmentName = Field(description="Its name.")
    version: Version = Field(
        default="1", description='Its version, in quotes: "1". A version never changes; a new one is another version.'
    )
    image: Image = Field(
        description="Image with a tag (not latest) or digest, from an approved registry or the stack's own."
    )
    conda_file: RelativeFile | None = Field(
        default=None,
        description="Conda file with packages to add, relative to the stack file. Needs a cluster to build on.",
    )
    description: Words = Field(default="", description="What it is for.")


class OnlineEndpoint(Section):
    """A managed online endpoint, private. Its deployments and traffic belong to releases."""

    name: EndpointName = Field(
        description="Its name here; environment and a hash are added in Azure, 32 characters in all."
    )
    auth: Literal["aadToken", "amlToken", "key"] = Field(
        default="aadToken", description="How callers prove who they are."
    )
    identity: Identity = Field(
        default="userAssigned", description="Its identity: the stack's for endpoints, or one of its own."
    )
    description: Words = Field(default="", description="What it answers.")


class BatchEndpoint(Section):
    """A batch endpoint. Callers prove who they are with Entra tokens, always."""

    name: EndpointName = Field(description="Its name here, as for an online endpoint; the two kinds share their names.")
    description: Words = Field(default="", description="What it scores.")


class Endpoints(Section):
    """Where models are called."""

    online: Annotated[tuple[OnlineEndpoint, ...], Field(max_length=100)] = Field(
        default=(), description="Online endpoints."
    )
    batch: Annotated[tuple[BatchEndpoint, ...], Field(max_length=100)] = Field(
        default=(), description="Batch endpoints."
    )
