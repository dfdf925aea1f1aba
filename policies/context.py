"""What rules know besides the plan: how strictly the stack is guarded, and the limits that it was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from policies.prices import PriceList, own_prices


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
    prices: PriceList = field(default_factory=own_prices)

    @property
    def guards(self) -> frozenset[Tier]:
        """The tiers whose levels hold: the stack's own, and production's where it holds production data."""
        by_data = {Tier.PRODUCTION} if self.classification.guarded_as_production else set()
        return frozenset({self.tier, *by_data})

    @property
    def production(self) -> bool:
        """Whether the stack is guarded as production, by its tier or by its data."""
        return Tier.PRODUCTION in self.guards
