"""Settling what a killed run left open: each step that was begun and not ended, against what Azure has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from seawall.local import kinds
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.events import Op
from seawall.local.state import Owned, Pending, StackState
from seawall.local.store import Row


def settle(azure: LocalAzure, state: StackState) -> int:
    """Bring the state in line with Azure for every open step. Returns how many there were.

    Nothing is undone: what may be half-done is marked `dirty`, and the run that follows writes it again.
    """
    pending = state.pending()
    for step in pending:
        _let_end(azure, step.id)
        if step.purge:
            _purge(azure, step.id)
        records = {record.key: record for record in state.owned()}
        save, remove = _settled(step, azure.store.resource(step.id), records)
        state.finish(step.number, save=save, remove=remove)
    return len(pending)


def settled(azure: LocalAzure, state: StackState) -> tuple[list[Owned], int]:
    """What the stack would own after `settle`, and the number of open steps; nothing is written."""
    records = {record.key: record for record in state.owned()}
    pending = state.pending()
    for step in pending:
        row = azure.store.resource(step.id)
        save, remove = _settled(step, row if row and row.state != "Deleting" else None, records)
        for id in remove:
            records.pop(id.lower(), None)
        records |= {record.key: record for record in save}
    return sorted(records.values(), key=lambda record: record.key), len(pending)


def _settled(step: Pending, row: Row | None, records: dict[str, Owned]) -> tuple[list[Owned], list[str]]:
    """The records to save, and the IDs to drop."""
    owned = records.get(step.id.lower())
    match step.op:
        case Op.CREATE | Op.CREATE_REPLACEMENT if row is not None and row.origin == step.origin and step.wanted:
            soft = kinds.soft_delete(step.wanted.type) is not None
            made = msgspec.structs.replace(step.wanted, dirty=True, recovered=soft)
            return [made, *_left_behind(made, records.values())], []
        case Op.UPDATE | Op.RESTORE if owned is not None:
            return _changed(owned, dirty=True, lifted=owned.lifted and row is None), []
        case Op.DELETE | Op.DELETE_REPLACED | Op.LIFT if row is None:
            return (_changed(owned, lifted=True), []) if step.op is Op.LIFT and owned else ([], [step.id])
        case Op.FORGET:
            return [], [step.id]
    return [], []


def _left_behind(made: Owned, records: Iterable[Owned]) -> list[Owned]:
    """The old ones that a replacement leaves, still to be deleted."""
    old = [record for record in records if record.urn == made.urn and record.key != made.key]
    return [msgspec.structs.replace(record, condemned=True) for record in old]


def _changed(record: Owned, **fields: Any) -> list[Owned]:
    return [msgspec.structs.replace(record, **fields)]


def _let_end(azure: LocalAzure, id: str) -> None:
    try:
        azure.finish(id)
    except AzureError:
        # How it ended stands in the resource's state; the step is taken again anyway.
        return


def _purge(azure: LocalAzure, id: str) -> None:
    deleted = azure.store.deleted(id)
    if deleted is not None and deleted.purgeable and azure.store.resource(id) is None:
        azure.purge(id)
