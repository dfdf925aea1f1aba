"""The context of a stack, read from its configuration as Pulumi hands it to a policy pack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from policies.context import Classification, Context, Tier

DEVELOPMENT = "dev"
"""The one environment that is preproduction without saying so."""


class InvalidConfig(Exception):
    """A configuration that no context can be made of. `errors` has one line for each fault, with the key."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(errors))


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

    def limits(self) -> dict[str, Any]:
        """The limits as arguments of a `Context`; without those that keep their default."""
        given: dict[str, Any] = {
            "approved_fqdns": frozenset(self.approved_fqdns),
            "controlled_subnets": frozenset(self.controlled_subnets),
        }
        if self.budget_cap is not None:
            given["budget_cap"] = Decimal(str(self.budget_cap))
        if self.idle_minutes is not None:
            given["idle_cap"] = timedelta(minutes=self.idle_minutes)
        return given


class _Budget(BaseModel):
    """The part of a stack's budget that rules need; the stack's own settings check the rest."""

    currency: str = "EUR"


class _Config(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    tier: Tier
    data_classification: Classification = Classification.INTERNAL
    budget: _Budget = _Budget()
    guardrails: Guardrails = Guardrails()


def context_of(get: Callable[[str], str | None], stack: str) -> Context:
    """The context of a stack. `get` gives a top-level value of the `seawall` configuration, structured ones as JSON.

    A stack without a tier is production, unless its environment is dev. Raises `InvalidConfig`.
    """
    environment = get("environment") or stack
    tier = get("tier") or (Tier.PREPRODUCTION if environment == DEVELOPMENT else Tier.PRODUCTION)
    values: dict[str, Any] = {"tier": tier, "dataClassification": get("dataClassification")}
    errors = []
    for key in ("budget", "guardrails"):
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
    return Context(
        tier=config.tier,
        classification=config.data_classification,
        currency=config.budget.currency,
        **config.guardrails.limits(),
    )


def _line(error: Mapping[str, Any]) -> str:
    return f"seawall:{'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
