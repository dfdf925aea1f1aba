"""From decisions to steps: what comes before what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seawall.azure.types import canonical
from seawall.local.compare import Decision
from seawall.local.events import Op
from seawall.local.graph import Graph, Step
from seawall.local.references import referenced_ids
from seawall.local.routes import is_below, parse
from seawall.local.services import service_of
from seawall.local.state import Owned
from seawall.plan.model import Plan

LOCK = "azure-native:authorization:ManagementLockByScope"

_MAKING = {Op.CREATE: Op.CREATE, Op.UPDATE: Op.UPDATE, Op.IMPORT: Op.IMPORT, Op.REPLACE: Op.CREATE_REPLACEMENT}


def is_lock(record: Owned) -> bool:
    return canonical(record.type) == LOCK


def lock_scope(lock_id: str) -> str:
    """What a lock guards: all that its own ID stands under."""
    return lock_id.rsplit("/providers/", 1)[0]


class Ordering:
    """Builds the steps of one run."""

    def __init__(self, decisions: Iterable[Decision], plan: Plan | None, *, purge: bool = False) -> None:
        self.decisions = list(decisions)
        self.graph = Graph()
        self.warnings: list[str] = []
        self._plan = plan
        self._made: dict[str, Step] = {}
        """By URN: what creates, updates or imports it."""
        self._made_key: dict[str, Step] = {}
        self._dropped: dict[str, Step] = {}
        """By the key of the old one: what deletes it."""
        self._early: set[int] = set()
        """Deletions that a creation waits for."""
        for decision in self.decisions:
            self._add(decision, purge)
        self._children = _children(plan) if plan else {}
        self._order_makes()
        self._order_drops()
        self._order_drops_after_updates()
        self._order_locks()

    @property
    def steps(self) -> list[Step]:
        return self.graph.steps

    def _add(self, decision: Decision, purge: bool) -> None:
        old, wanted, op = decision.old, decision.wanted, decision.op
        make = drop = None
        if op in _MAKING and wanted is not None:
            make = self.graph.add(_MAKING[op], wanted, wanted=wanted, old=old)
            self._made[decision.urn] = self._made_key[wanted.key] = make
        if op in (Op.DELETE, Op.REPLACE) and old is not None:
            replaced = op is Op.REPLACE or old.condemned
            # The name has to be free for the new one.
            free = purge or decision.delete_first
            drop = self.graph.add(Op.DELETE_REPLACED if replaced else Op.DELETE, old, old=old, purge=free)
            self._dropped[old.key] = drop
        if op is Op.FORGET and old is not None:
            self.graph.add(Op.FORGET, old, old=old)
        if decision.delete_first:
            self.graph.order(drop, make)
            self._early |= {drop.number} if drop else set()
        else:
            self.graph.order(make, drop)

    # Creations and updates -----------------------------------------------------------------------------------------

    def _order_makes(self) -> None:
        behind: dict[str, list[Step]] = {}
        records = {d.urn: d.wanted for d in self.decisions if d.wanted}
        for resource in self._plan.resources if self._plan else ():
            steps = [step for urn in resource.dependencies for step in self._steps_behind(urn, behind)]
            own = self._made.get(resource.urn)
            if own is None:
                behind[resource.urn] = steps
                continue
            behind[resource.urn] = [own]
            for step in steps:
                self.graph.prefer(step, own)
        for urn, step in self._made.items():
            self._order_by_id(step, records[urn])

    def _steps_behind(self, urn: str, behind: Mapping[str, list[Step]]) -> list[Step]:
        """The steps to wait for where a resource depends on another: its own, or, if there is none, those it needs.

        A component stands for everything in it.
        """
        found = list(behind.get(urn, ()))
        for child in self._children.get(urn, ()):
            found += [self._made[child]] if child in self._made else self._steps_behind(child, {})
        return found

    def _order_by_id(self, step: Step, record: Owned | None) -> None:
        """What lies in another resource, or names it, comes after it, whether the program says so or not."""
        if record is None:
            return
        waiting_drop = self._dropped.get(step.key)
        if waiting_drop is not None and waiting_drop.urn != step.urn:
            self.graph.prefer(waiting_drop, step)
        for key in _needed(record):
            other = self._made_key.get(key)
            if other is None or other is step or self.graph.waits(step, other.number):
                continue
            if other.op is Op.CREATE and step.op is Op.CREATE and not _is_always_there(other.id):
                self.warnings.append(
                    f"{step.urn} needs {other.urn} and doesn't depend on it: real Azure may see them in another order"
                )
            self.graph.prefer(other, step)

    # Deletions -----------------------------------------------------------------------------------------------------

    def _order_drops(self) -> None:
        by_urn = {step.urn: step for step in self._dropped.values()}
        for step in self._dropped.values():
            if step.old is None:
                continue
            host = by_urn.get(step.old.options.deleted_with)
            if host is not None and host is not step:
                self.graph.prefer(host, step)
                continue
            if is_lock(step.old):
                continue
            for other in self._used(step.old, by_urn):
                self.graph.prefer(step, other)
        waiting = list(self._early)
        while waiting:
            for number in self.graph.steps[waiting.pop()].after - self._early:
                if self.graph.steps[number].op in (Op.DELETE, Op.DELETE_REPLACED):
                    self._early.add(number)
                    waiting.append(number)

    def _used(self, record: Owned, by_urn: Mapping[str, Step]) -> Iterator[Step]:
        """The deletions of what a resource lies in, depends on or names."""
        for key in _needed(record):
            if key in self._dropped:
                yield self._dropped[key]
        for urn in record.dependencies:
            if urn in by_urn:
                yield by_urn[urn]

    def _order_drops_after_updates(self) -> None:
        """What used a deleted resource has to let go of it first, and what uses a replaced one to take the new."""
        by_urn = {step.urn: step for step in self._dropped.values()}
        for make in self._made.values():
            if make.wanted is not None and is_lock(make.wanted):
                continue  # it comes last, after the deletions that it would forbid
            if make.old is not None and make.op is Op.UPDATE:
                for drop in self._used(make.old, by_urn):
                    still = make.wanted is not None and drop.key in set(_needed(make.wanted))
                    if drop.number not in self._early or not still:
                        self.graph.prefer(make, drop)
            for urn in make.wanted.dependencies if make.wanted else ():
                replaced = by_urn.get(urn)
                if replaced is not None and replaced.number not in self._early and urn in self._made:
                    self.graph.prefer(make, replaced)

    # Locks ---------------------------------------------------------------------------------------------------------

    def _order_locks(self) -> None:
        for decision in self.decisions:
            record = decision.old or decision.wanted
            if record is not None and is_lock(record) and decision.op is not Op.FORGET:
                self._order_lock(decision)

    def _order_lock(self, decision: Decision) -> None:
        own = [self._made.get(decision.urn), self._dropped.get(decision.old.key) if decision.old else None]
        if decision.old is not None:
            guarded = self._guarded(decision.old, own)
            if guarded and not decision.old.lifted:
                # A record that stays the same but for its dependencies is saved before the first step.
                record = decision.wanted if decision.op is Op.SAME and decision.wanted else decision.old
                lift = self.graph.add(Op.LIFT, record, old=record)
                for step in guarded:
                    self.graph.order(lift, step)
            drop = own[1]
            for step in guarded if drop else ():
                self.graph.prefer(step, drop)  # type: ignore[arg-type]
        if decision.wanted is not None and own[0] is not None:
            for step in self._guarded(decision.wanted, own):
                self.graph.prefer(step, own[0], success=False)

    def _guarded(self, lock: Owned, own: list[Step | None]) -> list[Step]:
        """The steps that a lock forbids."""
        scope, read_only = lock_scope(lock.id), lock.inputs.get("level") == "ReadOnly"
        found = []
        for step in self.graph.steps:
            record = step.old or step.wanted
            if step in own or step.op in (Op.FORGET, Op.LIFT) or record is None or is_lock(record):
                continue
            deletes = step.op in (Op.DELETE, Op.DELETE_REPLACED)
            below, above = is_below(step.id, scope), is_below(scope, step.id)
            if (below and (deletes or read_only)) or (above and deletes):
                found.append(step)
        return found


def _is_always_there(id: str) -> bool:
    route = parse(id)
    return service_of(route.arm_type).exists_by_itself(route.name)


def _needed(record: Owned) -> Iterator[str]:
    """The keys of all that a resource lies in, and of all that its inputs name, with what that lies in."""
    seen = set()
    for id in (record.id.rpartition("/")[0], *referenced_ids(record.inputs)):
        key = id.lower()
        while key.count("/") > 1 and key not in seen:
            seen.add(key)
            if key != record.key:
                yield key
            key = key.rpartition("/")[0]


def _children(plan: Plan) -> dict[str, list[str]]:
    """The resources directly in each component."""
    result: dict[str, list[str]] = {}
    for resource in plan.resources:
        parent = plan.by_urn.get(resource.parent)
        if parent is not None and not parent.custom:
            result.setdefault(parent.urn, []).append(resource.urn)
    return result


def counted(decisions: Iterable[Decision]) -> dict[Op, int]:
    """How many resources by operation; the second half of an earlier replacement isn't counted again."""
    counts: dict[Op, int] = {}
    for decision in decisions:
        counts[decision.op] = counts.get(decision.op, 0) + 1
    return counts
