"""What a replacement takes along: when the old one goes before the new one comes, so does what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from seawall.local.azure import LocalAzure
from seawall.local.compare import Comparison, Decision, check_replaceable, delete_first
from seawall.local.deleting import blockers
from seawall.local.events import Op
from seawall.local.obstacles import above, losses, obstacles
from seawall.local.references import referenced_ids
from seawall.local.routes import RESOURCE_GROUP, is_below, parse
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
    decisions = list(_with_their_wholes(decisions, going))
    problems = [*comparison.problems, *obstacles(decisions, going, azure, state)]
    warnings = [*comparison.warnings, *losses(going, azure, state)]
    return Comparison(decisions, problems, warnings, comparison.outputs_differ)


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


def _with_their_wholes(decisions: list[Decision], going: list[Decision]) -> Iterator[Decision]:
    """The decisions, in which a retained part of a deleted resource goes with it.

    A vault's key, say, can't be kept where the vault isn't. It needs no request of its own.
    """
    by_key = {gone.old.key: gone for gone in going if gone.old}
    for decision in decisions:
        old = decision.old
        host = next((by_key[key] for key in above(old.key) if key in by_key), None) if old else None
        if decision.op is Op.FORGET and old and host and parse(host.old.id).arm_type != RESOURCE_GROUP:  # type: ignore[union-attr]
            options = msgspec.structs.replace(old.options, deleted_with=host.urn)
            gone = msgspec.structs.replace(old, options=options)
            yield replace(decision, op=Op.DELETE, old=gone, reasons=(f"with {host.urn}",))
        else:
            yield decision
