"""What a replacement takes along: when the old one goes before the new one comes, so does what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.local.azure import LocalAzure
from seawall.local.compare import Comparison, Decision, check_replaceable, delete_first
from seawall.local.deleting import blockers
from seawall.local.events import Op
from seawall.local.references import referenced_ids
from seawall.local.routes import is_below
from seawall.local.services import service_of
from seawall.local.state import Owned, StackState


def cascaded(comparison: Comparison, azure: LocalAzure, state: StackState) -> Comparison:
    """The comparison with every resource replaced that wouldn't survive another's replacement.

    What lies below a deleted resource goes with it; what keeps one from being deleted by using it has to go first,
    as Azure refuses to delete a subnet, say, while a private endpoint is in it.
    """
    by_key = {decision.old.key: decision for decision in comparison.decisions if decision.old}
    waiting = [decision for decision in by_key.values() if decision.delete_first]
    while waiting:
        cause = waiting.pop()
        for affected in list(_affected(cause, by_key, azure)):
            replaced = delete_first(affected, f"{cause.old.id if cause.old else ''} is replaced")
            by_key[replaced.old.key] = replaced  # type: ignore[union-attr]
            waiting.append(replaced)
            if affected.op is not Op.REPLACE:
                check_replaceable(replaced, comparison)
    decisions = [by_key[decision.old.key] if decision.old else decision for decision in comparison.decisions]
    going = [d for d in decisions if d.old and (d.op is Op.DELETE or d.op is Op.REPLACE)]
    problems = [*comparison.problems, *_stranded(decisions, going), *_owned_by_others(going, state)]
    return Comparison(decisions, problems, [*comparison.warnings, *_unowned(going, azure, state)])


def _affected(cause: Decision, by_key: dict[str, Decision], azure: LocalAzure) -> Iterator[Decision]:
    if cause.old is None:
        return
    users = set(_users(cause.old, azure))
    for key, decision in by_key.items():
        if decision.delete_first or decision.op not in (Op.SAME, Op.UPDATE, Op.REPLACE):
            continue
        still_uses = decision.wanted is not None and _uses(decision.wanted, cause.old)
        if (key != cause.old.key and is_below(key, cause.old.key)) or (key in users and still_uses):
            yield decision


def _users(old: Owned, azure: LocalAzure) -> list[str]:
    row = azure.store.resource(old.id)
    in_use = service_of(row.arm_type).in_use if row else None
    return blockers(row, in_use, azure.store) if row and in_use else []


def _uses(record: Owned, other: Owned) -> bool:
    return any(is_below(id, other.id) for id in referenced_ids(record.inputs))


def _stranded(decisions: list[Decision], going: list[Decision]) -> Iterator[str]:
    """What is to be kept in Azure, but lies in something that is deleted."""
    for kept in decisions:
        for gone in going if kept.op is Op.FORGET else ():
            if kept.old and gone.old and is_below(kept.old.id, gone.old.id):
                yield f"{kept.urn}: {kept.old.id} is retained, but {gone.old.id}, which it lies in, is deleted"


def _owned_by_others(going: list[Decision], state: StackState) -> Iterator[str]:
    """What other stacks own in something that is deleted: nothing of theirs is ever touched."""
    for gone in going:
        others = state.others_below(gone.old.id) if gone.old else []
        if others:
            yield f"{gone.urn}: {gone.old.id} can't be deleted: other stacks own {', '.join(others)} in it"  # type: ignore[union-attr]


def _unowned(going: list[Decision], azure: LocalAzure, state: StackState) -> Iterator[str]:
    """What no stack owns and what goes all the same, since it lies in something that is deleted."""
    keys = {gone.old.key for gone in going if gone.old}
    owned = {record.key for record in state.owned()}
    for gone in going:
        if gone.old is None or any(key in keys for key in _above(gone.old.key)):
            continue
        lost = [row.id for row in azure.store.under(gone.old.id) if row.key not in owned]
        if lost:
            yield f"{gone.urn}: with {gone.old.id} goes what no stack owns: {', '.join(lost)}"


def _above(key: str) -> Iterator[str]:
    while "/" in key:
        key = key.rpartition("/")[0]
        yield key
