"""Whether the stack files are valid and the program plans."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok


def check(case: Case) -> Iterator[Finding]:
    """Every fault of the input, as `seawall plan` tells it."""
    for told in case.input_faults:
        yield fault(told, f"Mend stacks/Pulumi.{case.env}.yaml, then `seawall plan {case.env}` shows that it is right.")
    if not case.input_faults:
        sizes = " and ".join(f"{len(plan.managed):,} resources of {plan.stack}" for plan in case.plans)
        yield ok(f"it plans {sizes or 'nothing'}")
