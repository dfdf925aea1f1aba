"""The steps of a run and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from seawall.local.events import Op
from seawall.local.state import Owned


@dataclass(kw_only=True)
class Step:
    """One thing to do, and the steps that come before it."""

    number: int
    op: Op
    urn: str
    id: str
    wanted: Owned | None = None
    """What the stack owns afterwards."""
    old: Owned | None = None
    """What it owns before."""
    purge: bool = False
    """Of a deletion: free the name of what Azure soft-deletes."""
    after: set[int] = field(default_factory=set)
    """Steps that must have succeeded."""
    after_end: set[int] = field(default_factory=set)
    """Steps that must have ended, well or not."""

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def before_it(self) -> set[int]:
        return self.after | self.after_end


class Graph:
    """Steps under construction. An edge that would close a circle is left out where it may be."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def add(self, op: Op, record: Owned, **parts: object) -> Step:
        step = Step(number=len(self.steps), op=op, urn=record.urn, id=record.id, **parts)  # type: ignore[arg-type]
        self.steps.append(step)
        return step

    def order(self, earlier: Step | None, later: Step | None) -> None:
        """The later step needs the earlier one to succeed."""
        if earlier is not None and later is not None and earlier is not later:
            later.after.add(earlier.number)

    def prefer(self, earlier: Step, later: Step, *, success: bool = True) -> None:
        """The same, unless the earlier one already waits for the later one."""
        if earlier is later or self.waits(earlier, later.number):
            return
        (later.after if success else later.after_end).add(earlier.number)

    def waits(self, step: Step, number: int) -> bool:
        """Whether a step comes, directly or not, after another."""
        seen, waiting = {step.number}, [step.number]
        while waiting:
            before = self.steps[waiting.pop()].before_it - seen
            if number in before:
                return True
            seen |= before
            waiting += before
        return False


def dependents(steps: Iterable[Step]) -> Mapping[int, list[int]]:
    """For each step, those that come directly after it."""
    result: dict[int, list[int]] = {}
    for step in steps:
        result.setdefault(step.number, [])
        for before in step.before_it:
            result.setdefault(before, []).append(step.number)
    return result
