"""The limits that the guardrails hold a stack to. Rules read them; nothing that is built depends on them but for
`defenderOwner`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from stacks.settings.base import Guid, HostName, Region, Section, Text

if TYPE_CHECKING:
    from stacks.settings.model import Settings

ArmId = Annotated[str, Text(r"/subscriptions/[^/\s]+(/[^/\s]+)+", "the ID of a resource in Azure", most=1000)]
Size = Annotated[str, Text(r"[A-Za-z][A-Za-z0-9_-]*\*?", "a VM size such as Standard_DS3_v2 or a family Standard_D*")]
TagName = Annotated[str, Text(r"[^<>%&\\?/\x00-\x1f]+", "the name of a tag", most=128)]
ResourceType = Annotated[str, Text(r"[a-z]+:[A-Za-z]+", "a resource type such as storage:StorageAccount")]
ApiVersion = Annotated[str, Text(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?", 'an API version in quotes, such as "2024-01-01"')]
ModelRegistry = Annotated[str, Text(r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "the name of an ML registry", most=32, least=2)]
Publisher = Annotated[str, Text(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", "a publisher such as OpenAI", most=64)]
AiModel = Annotated[str, Text(r"[A-Za-z0-9][\w .-]*/[\w.-]+", "publisher/name, such as OpenAI/gpt-4o", most=128)]
RuleId = Annotated[str, Text(r"[a-z0-9]+(-[a-z0-9]+)*", "the ID of a rule such as storage-redundancy", most=64)]
StackName = Annotated[str, Text(r"[a-z][a-z0-9]*", "the name of a stack", most=10, least=2)]


class Guardrails(Section):
    """What the guardrails allow. Whatever isn't given keeps its strict default."""

    budget_cap: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="What a budget may allow in a month at most, in its currency; 20000 where not given."
    )
    idle_minutes: Annotated[int, Field(ge=15, le=4320)] | None = Field(
        default=None, description="Minutes that a compute may idle at most; 60 where not given."
    )
    approved_fqdns: tuple[HostName, ...] = Field(default=(), description="Host names that computes may reach.")
    controlled_subnets: tuple[ArmId, ...] = Field(
        default=(), description="Subnets of others, whose way out someone else controls."
    )
    subscriptions: tuple[Guid, ...] = Field(
        default=(), description="Subscriptions that the stack may refer to, beside its own and that of shared."
    )
    cluster_nodes: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="Nodes that a compute cluster may have at most; 20 where not given."
    )
    compute_sizes: tuple[Size, ...] | None = Field(
        default=None,
        description="Sizes that computes and deployments may take, with * for a family; where not given, the families "
        "D, DS, E and F. A size with GPUs needs an exemption all the same.",
    )
    ai_capacity: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="What a deployment of an AI model may have at most, in thousands of tokens a minute; 50 where not "
        "given.",
    )
    log_days: Annotated[int, Field(ge=30, le=730)] | None = Field(
        default=None, description="Days that logs are kept at least; 90 where not given."
    )
    locations: tuple[Region, ...] = Field(
        default=(), description="Regions that things and replicas may stand in, beside the stack's own."
    )
    required_tags: tuple[TagName, ...] = Field(
        default=(), description="Tags that everything carries, beside the platform's own; they stand in tags."
    )
    resource_types: dict[ResourceType, ApiVersion] = Field(
        default={}, description="API versions by resource type that may be used, beside the platform's own."
    )
    image_registries: tuple[HostName, ...] = Field(
        default=(),
        description="Hosts of registries that images may come from, beside security.approvedImageRegistries; the "
        "stack's own is one.",
    )
    package_feeds: tuple[HostName, ...] = Field(
        default=(), description="Hosts of feeds that environments may install packages from."
    )
    model_registries: tuple[ModelRegistry, ...] = Field(
        default=(), description="Names of ML registries that deployed models may come from."
    )
    ai_models: tuple[AiModel, ...] = Field(
        default=(), description="AI models that may be deployed, as publisher/name such as OpenAI/gpt-4o."
    )
    publishers: tuple[Publisher, ...] = Field(
        default=(), description="Publishers all of whose models may be deployed."
    )
    min_instances: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="Instances that a deployment has at least in production; 3 where not given."
    )
    canary_percent: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, description="Percent of the traffic that a release's first step may take; 10 where not given."
    )
    declared_resources: tuple[ArmId, ...] = Field(
        default=(), description="Resources of others that someone else guards: a central log workspace, for example."
    )
    defender_owner: StackName | None = Field(
        default=None,
        description="The stack that owns the Defender plans of this one's subscription. Where not given, shared owns "
        "those of its own subscription, and in others the stack in production. A subscription's plans have one owner.",
    )
    levels: dict[RuleId, Literal["advisory", "mandatory"]] = Field(
        default={},
        description="Rules that the stack holds itself to more strictly than its tier asks, such as "
        "storage-redundancy: mandatory. Only an exemption makes one more lenient.",
    )


def defender_owner(settings: Settings) -> str:
    """The stack that owns the Defender plans of a stack's subscription, if any does: see `defenderOwner`."""
    if settings.guardrails.defender_owner is not None:
        return settings.guardrails.defender_owner
    together = settings.subscription.lower() == settings.shared_names.subscription.lower()
    return settings.shared.environment if together else settings.environment
