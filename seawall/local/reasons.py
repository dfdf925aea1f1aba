"""Why a resource is replaced, or written again, rather than left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from seawall.local import kinds
from seawall.local.changes import ABSENT, Path, matches, parsed
from seawall.local.services import service_of
from seawall.local.state import Owned
from seawall.local.store import Store
from seawall.plan.model import Resource

Differences = tuple[tuple[Path, Any, Any], ...]


def replacing(resource: Resource, old: Owned, wanted: Owned, changes: Differences) -> Iterator[str]:
    """Why a resource can't be changed in place, in words."""
    fixed = kinds.replace_on(resource.type)
    if wanted.key != old.key:
        yield f"its ID changes from {old.id}"
    on_changes = [parsed(pattern) for pattern in resource.options.replace_on_changes]
    for path, before, after in changes:
        if path[0] in fixed and not same_place(path, before, after):
            yield f"{path[0]} can't be changed in place"
        elif any(matches(path, pattern) for pattern in on_changes):
            yield f"replaceOnChanges names {'.'.join(map(str, path))}"


def same_place(path: Path, before: Any, after: Any) -> bool:
    """Whether a location is only written in another way: `West Europe` is `westeurope`."""
    if before == after:
        return True
    if path != ("location",) or not isinstance(before, str) or not isinstance(after, str):
        return False
    return before.replace(" ", "").lower() == after.replace(" ", "").lower()


def is_ignored(path: Path, patterns: Iterable[str]) -> bool:
    """Whether ignoreChanges names a path or something above it."""
    return any(len(parsed(pattern)) <= len(path) and matches(path, parsed(pattern)) for pattern in patterns)


def repairs(old: Owned, ignored: Iterable[str]) -> Iterator[tuple[Path, Any, Any]]:
    """What an update puts back as it was, from what a refresh found to what the stack had left."""
    for item in old.drift:
        if not is_ignored(item.path, ignored):
            yield item.path, _present(item.found), _present(item.left)


def _present(value: Any) -> Any:
    return ABSENT if value is msgspec.UNSET else value


def rewriting(old: Owned) -> Iterator[str]:
    """Why a resource is written again although nothing has changed."""
    if old.dirty:
        yield "an earlier run was cut short in the middle of it"
    if old.lifted:
        yield "an earlier run lifted it and was cut short"


def same_name(old: Owned, wanted: Owned) -> bool:
    """Whether the new one's name is globally unique and still the old one's."""
    last = old.key.rsplit("/", 1)[-1]
    return kinds.has_global_name(old.type) and wanted.key.rsplit("/", 1)[-1] == last


def name_stays_taken(store: Store, old: Owned) -> bool:
    """Whether the name of a resource can't be used again once it is deleted."""
    row = store.resource(old.id)
    soft = service_of(row.arm_type).soft_delete if row else None
    return bool(row and soft and soft.applies(row.body) and not soft.purgeable(row.body))
