"""The context of a stack, read from its configuration as Pulumi hands it to a policy pack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from policies.context import Classification, Context, Tier
from policies.packs import level_faults
from policies.resource_types import ALLOWED_TYPES
from policies.rule import ADVISORY, MANDATORY, Level

DEVELOPMENT = "dev"
"""The one environment that is preproduction without saying so."""

SHARED = "shared"
"""The environment that the others share, and the name of its stack."""


class InvalidConfig(Exception):
    """A configuration that no context can be made of. `errors` has one line for each fault, with the key."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(errors))


def _level(name: object) -> Level:
    """The level of a name in a stack file. Off is none: a rule is never switched off there."""
    named = {str(level): level for level in (ADVISORY, MANDATORY)}
    if not isinstance(name, str) or name not in named:
        raise ValueError(f"expected {' or '.join(named)}")
    return named[name]


class Guardrails(BaseModel):
    """The key `guardrails` of a stack file: the limits that rules hold the stack to. Refuses what it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel)

    budget_cap: Annotated[float, Field(gt=0)] | None = None
    """What a budget may allow in a month at most, in the budget's currency."""
    idle_minutes: Annotated[int, Field(ge=15, le=4320)] | None = None
    """Minutes that a compute instance may idle at most; Azure takes 15 minutes to three days."""
    approved_fqdns: tuple[str, ...] = Field(default=(), strict=False)
    """Host names that computes may reach."""
    controlled_subnets: tuple[str, ...] = Field(default=(), strict=False)
    """ARM IDs of subnets whose way out someone else controls."""
    subscriptions: tuple[str, ...] = Field(default=(), strict=False)
    """IDs of subscriptions that the stack may refer to, beside its own and that of `shared`."""
    cluster_nodes: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Nodes that a compute cluster may have at most."""
    compute_sizes: tuple[str, ...] | None = Field(default=None, strict=False)
    """Sizes that computes and deployments may take, with `*` for a family."""
    ai_capacity: Annotated[int, Field(ge=1)] | None = None
    """What a deployment of an AI model may have at most, in its SKU's units."""
    log_days: Annotated[int, Field(ge=30, le=730)] | None = None
    """Days that logs are kept at least."""
    locations: tuple[str, ...] = Field(default=(), strict=False)
    """Regions that things may stand in, beside the stack's own."""
    required_tags: tuple[str, ...] = Field(default=(), strict=False)
    """Tags that everything carries, beside the platform's own."""
    resource_types: dict[str, str] = {}
    """API versions by resource type, such as `storage:StorageAccount`, beside the platform's own."""
    image_registries: tuple[str, ...] = Field(default=(), strict=False)
    """Hosts of registries that images may come from, beside Microsoft's."""
    package_feeds: tuple[str, ...] = Field(default=(), strict=False)
    """Hosts of feeds that packages may come from."""
    model_registries: tuple[str, ...] = Field(default=(), strict=False)
    """Names of ML registries that deployed models may come from."""
    ai_models: tuple[str, ...] = Field(default=(), strict=False)
    """AI models that may be deployed, as `publisher/name`."""
    publishers: tuple[str, ...] = Field(default=(), strict=False)
    """Publishers all of whose models may be deployed."""
    min_instances: Annotated[int, Field(ge=1, le=50)] | None = None
    """Instances that a deployment has at least."""
    canary_percent: Annotated[int, Field(ge=1, le=50)] | None = None
    """Percent of an endpoint's traffic that a release's first step may take."""
    declared_resources: tuple[str, ...] = Field(default=(), strict=False)
    """ARM IDs outside of the stack that someone else guards."""
    defender_owner: str | None = None
    """The stack that owns the Defender plans of this one's subscription, where another does."""

    levels: dict[str, Annotated[Level, BeforeValidator(_level)]] = {}
    """Rules by their level, where that is stricter than the packs': only an exemption makes one more lenient."""

    def limits(self) -> dict[str, Any]:
        """The limits as arguments of a `Context`; without those that keep their default."""
        own = Context()
        given: dict[str, Any] = {
            "approved_fqdns": frozenset(self.approved_fqdns),
            "controlled_subnets": frozenset(self.controlled_subnets),
            "allowed_locations": frozenset(self.locations),
            "required_tags": (*own.required_tags, *self.required_tags),
            "allowed_types": ALLOWED_TYPES | self.resource_types,
            "image_registries": own.image_registries | set(self.image_registries),
            "package_feeds": frozenset(self.package_feeds),
            "model_registries": frozenset(self.model_registries),
            "ai_models": frozenset(self.ai_models),
            "publishers": frozenset(self.publishers),
            "declared_resources": frozenset(self.declared_resources),
            "levels": self.levels,
        }
        numbers: dict[str, Any] = {
            "budget_cap": None if self.budget_cap is None else Decimal(str(self.budget_cap)),
            "idle_cap": None if self.idle_minutes is None else timedelta(minutes=self.idle_minutes),
            "cluster_node_cap": self.cluster_nodes,
            "allowed_sizes": self.compute_sizes,
            "ai_capacity_cap": self.ai_capacity,
            "log_days": self.log_days,
            "min_instances": self.min_instances,
            "canary_share": self.canary_percent,
            "defender_owner": self.defender_owner,
        }
        return given | {name: value for name, value in numbers.items() if value is not None}


class _Budget(BaseModel):
    """The part of a stack's budget that rules need; the stack's own settings check the rest."""

    currency: str = "EUR"


class _Security(BaseModel):
    """The part of a stack's security that rules need."""

    model_config = ConfigDict(alias_generator=to_camel)

    approved_image_registries: tuple[str, ...] = ()


class _Shared(BaseModel):
    """Where the stack finds `shared`."""

    subscription: str | None = None


class _Config(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    tier: Tier
    subscription: str | None = None
    shared: _Shared = _Shared()
    data_classification: Classification = Classification.INTERNAL
    location: str = ""
    budget: _Budget = _Budget()
    security: _Security = _Security()
    guardrails: Guardrails = Guardrails()


def context_of(get: Callable[[str], str | None], stack: str) -> Context:
    """The context of a stack. `get` gives a top-level value of the `seawall` configuration, structured ones as JSON.

    A stack without a tier is production, unless its environment is dev. Everything may stand in the stack's own region,
    and images may come from the registries that its settings approve. Raises `InvalidConfig`.
    """
    environment = get("environment") or stack
    tier = get("tier") or (Tier.PREPRODUCTION if environment == DEVELOPMENT else Tier.PRODUCTION)
    plain = ("dataClassification", "location", "subscription")
    values: dict[str, Any] = {key: get(key) for key in plain} | {"tier": tier}
    errors = []
    for key in ("budget", "security", "shared", "guardrails"):
        try:
            values[key] = json.loads(get(key) or "null")
        except ValueError:
            errors.append(f"seawall:{key}: not a mapping")
    try:
        config = _Config.model_validate({key: value for key, value in values.items() if value is not None})
    except ValidationError as invalid:
        errors += [_line(error) for error in invalid.errors()]
    if errors:
        raise InvalidConfig(errors)
    limits = config.guardrails.limits()
    limits["allowed_locations"] |= {config.location} - {""}
    limits["image_registries"] |= set(config.security.approved_image_registries)
    limits["subscriptions"] = _subscriptions(config)
    owner = limits.get("defender_owner") or _defender_owner(config, environment)
    limits["defender_owner"] = "" if owner == environment else owner
    context = Context(
        tier=config.tier, classification=config.data_classification, currency=config.budget.currency, **limits
    )
    if faults := level_faults(context):
        raise InvalidConfig([f"seawall:guardrails.levels.{fault}" for fault in faults])
    return context


def _subscriptions(config: _Config) -> frozenset[str]:
    """The subscriptions that a stack may refer to. None where its own isn't told: then the plan tells."""
    if config.subscription is None:
        return frozenset()
    named = (config.subscription, config.shared.subscription or "", *config.guardrails.subscriptions)
    return frozenset(name.lower() for name in named if name)


def _defender_owner(config: _Config, environment: str) -> str:
    """Who owns the Defender plans of a subscription where nobody says: `shared` those of its own, else the stack."""
    own = (config.subscription or "").lower()
    together = bool(own) and (config.shared.subscription or own).lower() == own
    return SHARED if together else environment


def _line(error: Mapping[str, Any]) -> str:
    return f"seawall:{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
