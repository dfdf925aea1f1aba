"""What stands in the way of a run beyond its own resources: other stacks, other people's locks, what is retained."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.local import kinds
from seawall.local.azure import LocalAzure
from seawall.local.compare import Decision
from seawall.local.events import Op
from seawall.local.routes import RESOURCE_GROUP, parse
from seawall.local.services.authorization import LOCK
from seawall.local.state import StackState
from seawall.local.world import forbids


def obstacles(decisions: list[Decision], going: list[Decision], azure: LocalAzure, state: StackState) -> Iterator[str]:
    """Why the decisions can't be carried out. `going` are those that delete something."""
    yield from _stranded(decisions, going)
    yield from _owned_by_others(going, state)
    yield from _locked_by_others(decisions, going, azure, state)


def _stranded(decisions: list[Decision], going: list[Decision]) -> Iterator[str]:
    """What is to be kept in Azure, but stands in a resource group that is deleted."""
    groups = {gone.old.key for gone in going if gone.old and parse(gone.old.id).arm_type == RESOURCE_GROUP}
    for kept in decisions:
        if kept.op is not Op.FORGET or kept.old is None or kinds.is_extension(kept.old.type):
            continue
        group = parse(kept.old.id).parent
        if group.lower() in groups:
            yield f"{kept.urn}: {kept.old.id} is to be retained, but its resource group {group} is deleted"


def _owned_by_others(going: list[Decision], state: StackState) -> Iterator[str]:
    """What other stacks own in something that is deleted: nothing of theirs is ever touched."""
    for gone in going:
        others = state.others_below(gone.old.id) if gone.old else []
        if others:
            yield f"{gone.urn}: {gone.old.id} can't be deleted: other stacks own {', '.join(others)} in it"  # type: ignore[union-attr]


def losses(going: list[Decision], azure: LocalAzure, state: StackState) -> Iterator[str]:
    """What no stack owns and what goes all the same, since it lies in something that is deleted."""
    keys = {gone.old.key for gone in going if gone.old}
    owned = {record.key for record in state.owned()}
    for gone in going:
        if gone.old is None or any(key in keys for key in above(gone.old.key)):
            continue
        lost = [row.id for row in azure.store.under(gone.old.id) if row.key not in owned]
        if lost:
            yield f"{gone.urn}: with {gone.old.id} goes what no stack owns: {', '.join(lost)}"


def _locked_by_others(
    decisions: list[Decision], going: list[Decision], azure: LocalAzure, state: StackState
) -> Iterator[str]:
    """What a lock forbids that isn't this stack's to lift."""
    locks = [lock for lock in azure.world.locks() if state.owner(lock.id) != state.key]
    if not locks:
        return
    deleted = {id(decision) for decision in going}
    for decision in decisions:
        record = decision.old or decision.wanted
        if record is None or decision.op in (Op.SAME, Op.FORGET, Op.IMPORT) or parse(record.id).arm_type == LOCK:
            continue
        deleting = id(decision) in deleted
        if deleting and not azure.store.exists(record.id):
            continue
        for lock in locks:
            if forbids(lock, record.id, deleting):
                owner = state.owner(lock.id)
                whose = f"stack {owner}" if owner else "no stack"
                done = "deleted" if deleting else "written"
                yield f"{decision.urn}: {record.id} can't be {done} under the lock {lock.id}, which {whose} owns"


def above(key: str) -> Iterator[str]:
    """The keys of all that a resource can lie in, the nearest first."""
    while "/" in key:
        key = key.rpartition("/")[0]
        yield key
