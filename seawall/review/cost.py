"""What a change does to the monthly cost of computes and deployments, at full size."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from policies import Context
from policies.costs import Cost, estimated
from policies.relations import PlanView
from seawall.plan.model import Plan


@dataclass(frozen=True)
class CostLine:
    """One compute whose cost changes. None stands for what isn't there, or has no price in the list."""

    name: str
    what: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class CostChange:
    """The change as a whole, in the currency of the environment's budget."""

    currency: str
    before: Decimal
    after: Decimal
    lines: tuple[CostLine, ...]
    unpriced: int = 0
    """How many computes have no price, and are in no sum."""

    @property
    def told(self) -> str:
        """In a few words, for a table."""
        gap = self.after - self.before
        told = f"{self.after:,.0f} {self.currency}"
        if gap:
            told += f" ({'+' if gap > 0 else '-'}{abs(gap):,.0f})"
        return told + (f", {self.unpriced} without a price" if self.unpriced else "")


def compared(before: Plan, after: Plan, context: Context) -> CostChange:
    """What each of two plans would cost, and where they differ."""
    old, new = (_by_urn(plan, context) for plan in (before, after))
    lines = [_line(old.get(urn), new.get(urn)) for urn in sorted(old.keys() | new.keys())]
    return CostChange(
        currency=context.currency,
        before=_sum(old),
        after=_sum(new),
        lines=tuple(line for line in lines if line.before != line.after),
        unpriced=sum(cost.monthly is None for cost in new.values()),
    )


def _by_urn(plan: Plan, context: Context) -> dict[str, Cost]:
    return {cost.spender.urn: cost for cost in estimated(PlanView(plan), context)}


def _sum(costs: dict[str, Cost]) -> Decimal:
    return sum((cost.monthly for cost in costs.values() if cost.monthly is not None), Decimal())


def _line(old: Cost | None, new: Cost | None) -> CostLine:
    cost = new or old
    assert cost is not None  # every URN comes from one of the two
    sizes = [f"{each.count} x {each.size}" for each in (old, new) if each]
    return CostLine(
        name=cost.spender.name,
        what=" to ".join(dict.fromkeys(sizes)),
        before=old.monthly if old else None,
        after=new.monthly if new else None,
    )
