"""Finding what was changed or deleted behind a stack's back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from seawall.local import kinds
from seawall.local.azure import LocalAzure
from seawall.local.changes import ABSENT, Change, Path, change, differences, matches, parsed, placed
from seawall.local.state import Drifted, Owned, StackState

VOLATILE = frozenset(("provisioningState", "etag"))
"""Properties that say how an operation stands and not what the resource is."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What was changed behind the stack's back on one resource."""

    urn: str
    type: str
    name: str
    id: str
    deleted: bool = False
    changes: tuple[Change, ...] = ()
    """`before` as the stack left it, `after` as Azure has it now."""


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What `refresh` found."""

    stack: str
    drifts: tuple[Drift, ...]
    checked: int
    """How many resources were compared."""
    resumed: int = 0
    """Steps that an earlier, killed run had left open."""
    seconds: float = 0.0


def find_drift(azure: LocalAzure, state: StackState) -> tuple[list[Drift], int]:
    """Compare all that a stack owns with Azure, and note in its state what differs. Returns that, and how many."""
    records = [record for record in state.owned() if not record.condemned]
    found: list[Drift] = []
    save: list[Owned] = []
    gone: list[str] = []
    for record in records:
        live = azure.get(record.id)
        if live is None:
            if not record.lifted:
                gone.append(record.id)
                found.append(_drift(record, deleted=True))
            continue
        changes = [] if record.dirty else list(_differences(record, live))
        noted = _noted(record, changes)
        if noted != record:
            save.append(noted)
        if changes:
            found.append(_drift(record, changes=tuple(change(*item) for item in changes)))
    with state.store.write():
        state.save(save)
        state.drop(gone)
    return found, len(records)


def _differences(record: Owned, live: dict[str, Any]) -> Iterator[tuple[Path, Any, Any]]:
    for item in differences(record.outputs, kinds.outputs_of(record, live)):
        if not VOLATILE.intersection(item[0]):
            yield item


def _noted(record: Owned, changes: list[tuple[Path, Any, Any]]) -> Owned:
    """The record with its drift; where the program ignores a property, what was found becomes what is wanted."""
    ignored = [parsed(pattern) for pattern in record.options.ignore_changes]
    inputs = record.inputs
    for path, _, after in changes:
        if any(matches(path, pattern) for pattern in ignored):
            inputs, _ = placed(inputs, path, after)
    drift = tuple(Drifted(path=path, left=_set(left), found=_set(right)) for path, left, right in changes)
    return msgspec.structs.replace(record, inputs=inputs, drift=drift)


def _set(value: Any) -> Any:
    return msgspec.UNSET if value is ABSENT else value


def _drift(record: Owned, *, deleted: bool = False, changes: tuple[Change, ...] = ()) -> Drift:
    return Drift(urn=record.urn, type=record.type, name=record.name, id=record.id, deleted=deleted, changes=changes)
