"""What a run would do, for people and machines to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from seawall.local.changes import Change, change
from seawall.local.compare import Comparison, Decision
from seawall.local.events import Op
from seawall.local.steps import counted


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """What `up` or `destroy` does about one resource."""

    urn: str
    type: str
    name: str
    id: str
    op: Op
    changes: tuple[Change, ...] = ()
    """What differs, property by property; empty for creations and deletions."""
    reasons: tuple[str, ...] = ()
    """Why, in words, where the changes don't say it: `location can't be changed in place`, `… is replaced`."""
    delete_first: bool = False
    """Of a replacement: the old one goes before the new one comes."""
    renamed_from: str = ""
    """The URN it had before (aliases)."""


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What a run would do, in the plan's order, deletions last."""

    stack: str
    resources: tuple[ResourceChange, ...]
    problems: tuple[str, ...] = ()
    """Why `up` would refuse: protection, a resource that another owns, an unknown input. Each one clear line."""
    warnings: tuple[str, ...] = ()
    pending: int = 0
    """Steps that a killed run left open; `up` settles them first."""
    counts: Mapping[Op, int] = field(default_factory=dict)
    """How many resources by operation."""

    noted: bool = False
    """Whether the stack's own records change although Azure doesn't: a new URN, another option, other outputs."""

    @cached_property
    def changing(self) -> tuple[ResourceChange, ...]:
        """The resources about which something is done: all but `Op.SAME`."""
        return tuple(resource for resource in self.resources if resource.op is not Op.SAME)

    @property
    def changed(self) -> bool:
        """Whether there is anything to do at all, be it only to note it."""
        return bool(self.changing or self.pending or self.noted)


def as_diff(stack: str, comparison: Comparison, pending: int) -> Diff:
    """A comparison as it is shown; secrets are masked."""
    return Diff(
        stack=stack,
        resources=tuple(_shown(decision) for decision in comparison.decisions),
        problems=tuple(comparison.problems),
        warnings=tuple(comparison.warnings),
        pending=pending,
        counts=counted(comparison.decisions),
        noted=comparison.outputs_differ or any(decision.touched for decision in comparison.decisions),
    )


def _shown(decision: Decision) -> ResourceChange:
    record = decision.wanted or decision.old
    assert record is not None
    old = decision.old
    return ResourceChange(
        urn=decision.urn,
        type=record.type,
        name=record.name,
        id=record.id,
        op=decision.op,
        changes=tuple(change(*item) for item in decision.changes),
        reasons=decision.reasons,
        delete_first=decision.delete_first,
        renamed_from=old.urn if old is not None and old.urn != decision.urn else "",
    )
