"""What rules know besides the plan: how strictly the stack is guarded, and the limits that it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from policies.access import Access
from policies.prices import PriceList, own_prices
from policies.resource_types import ALLOWED_TYPES
from policies.rule import Level

CPU_SIZES = ("Standard_D*", "Standard_DS*", "Standard_E*", "Standard_F*")
"""The families of general, memory- and compute-optimised sizes, which have no GPU.
Source: Azure docs, virtual-machines/sizes/overview."""


class Tier(StrEnum):
    """What an environment is guarded as. Shared, staging and test count as production."""

    PRODUCTION = "production"
    PREPRODUCTION = "preproduction"


class Classification(StrEnum):
    """The most sensitive data that a stack holds."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def guarded_as_production(self) -> bool:
        return self in (Classification.CONFIDENTIAL, Classification.RESTRICTED)


@dataclass(frozen=True, kw_only=True)
class Context:
    """The settings of a stack, as far as rules need them. The defaults are the strict ones."""

    tier: Tier = Tier.PRODUCTION
    classification: Classification = Classification.INTERNAL
    currency: str = "EUR"
    """Currency of the budgets: the subscription's billing currency."""
    budget_cap: Decimal = Decimal(20_000)
    """What a budget may allow in a month at most, in `currency`."""
    idle_cap: timedelta = timedelta(hours=1)
    """How long a compute instance may idle before it shuts down."""
    approved_fqdns: frozenset[str] = frozenset()
    """Host names that computes may reach: none, where not given."""
    controlled_subnets: frozenset[str] = frozenset()
    """ARM IDs of subnets outside of the plan whose way out someone else controls, such as a landing zone's."""
    subscriptions: frozenset[str] = frozenset()
    """IDs of the subscriptions that the stack may refer to, in lower case: its own, that of `shared`, and neighbours.
    Where none is given, those in which the plan's resources stand."""
    cluster_node_cap: int = 20
    """How many nodes a compute cluster may have at most."""
    allowed_sizes: tuple[str, ...] = CPU_SIZES
    """Sizes that computes and deployments may take: names, with `*` for a family. A size with GPUs needs an exemption
    all the same."""
    ai_capacity_cap: int = 50
    """What a deployment of an AI model may have at most, in its SKU's units: thousands of tokens a minute, mostly."""
    log_days: int = 90
    """How long logs are kept at least."""
    allowed_locations: frozenset[str] = frozenset()
    """Regions that anything may stand in; `config` adds the stack's own. None, where not given."""
    required_tags: tuple[str, ...] = ("owner", "costCenter", "env", "dataClassification")
    """Tags that everything carries."""
    allowed_types: Mapping[str, str] = field(default_factory=lambda: ALLOWED_TYPES)
    """API version by short resource type: nothing else may be used."""
    image_registries: frozenset[str] = frozenset({"mcr.microsoft.com"})
    """Hosts of the container registries that images may come from: Microsoft's alone, where not given."""
    package_feeds: frozenset[str] = frozenset()
    """Hosts of the package feeds that environments may install from: none, where not given."""
    model_registries: frozenset[str] = frozenset()
    """Names of the ML registries that deployed models may come from: none, where not given."""
    ai_models: frozenset[str] = frozenset()
    """AI models that may be deployed, as `publisher/name`: none, where not given."""
    publishers: frozenset[str] = frozenset()
    """Publishers all of whose models may be deployed: none, where not given."""
    min_instances: int = 3
    """How many instances a deployment has at least: three, for high availability.
    Source: Azure Machine Learning docs, how-to-deploy-online-endpoints."""
    canary_share: int = 10
    """Percent of an endpoint's traffic that a release may take with its first step."""
    declared_resources: frozenset[str] = frozenset()
    """ARM IDs outside of the plan that someone else guards: a central log workspace, another team's action group."""
    defender_owner: str = ""
    """The stack that owns the Defender plans of this one's subscription; empty where it is this one."""
    levels: Mapping[str, Level] = field(default_factory=dict)
    """Rules by ID that the stack holds itself to more strictly than its packs do."""
    access: Access | None = None
    """All that the persona tables and the declared grants give in the stack; None where nobody has handed it in."""
    role_administrators: frozenset[str] = frozenset({"Platform technical support", "CI/CD processes", "Deployer"})
    """The personas that may hold roles which can assign roles. Source: Azure Architecture Center, MLOps, the tables of
    "Identity Azure RBAC" (Owner); the deployer is what builds the platform."""
    prices: PriceList = field(default_factory=own_prices)

    def declares(self, id: str) -> bool:
        """Whether the stack says of a resource outside of its plan that someone else guards it."""
        return any(id.casefold() == declared.casefold() for declared in self.declared_resources)

    @property
    def guards(self) -> frozenset[Tier]:
        """The tiers whose levels hold: the stack's own, and production's where it holds production data."""
        by_data = {Tier.PRODUCTION} if self.classification.guarded_as_production else set()
        return frozenset({self.tier, *by_data})

    @property
    def production(self) -> bool:
        """Whether the stack is guarded as production, by its tier or by its data."""
        return Tier.PRODUCTION in self.guards
