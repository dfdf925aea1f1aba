"""The ARM IDs in a body, and whether what they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

_ID = re.compile(r"/subscriptions/[^/\s]+/(resourcegroups/[^/\s]+(/providers/[^/\s]+(/[^/\s]+/[^/\s]+)+)?"
                 r"|providers/[^/\s]+(/[^/\s]+/[^/\s]+)+)/?", re.IGNORECASE)  # fmt: skip

_NO_REFERENCES = ("tags", "metadata", "policyRule", "parameters", "assignableScopes", "condition")
"""Parts of a body that hold text of the user's own, in which Azure doesn't look for resources."""


def referenced_ids(body: dict[str, Any]) -> Iterator[str]:
    """Every ARM ID that a body refers to, as value or as key (user-assigned identities), in order."""
    for key, part in body.items():
        if key not in ("id", "name", "type"):
            yield from _in_part(key, part)


def _in_part(key: str, part: Any) -> Iterator[str]:
    if key in _NO_REFERENCES:
        return
    if key[:1] == "/" and _ID.fullmatch(key):
        yield key.rstrip("/")
    yield from _in_value(part)


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value[:1] == "/" and _ID.fullmatch(value):
            yield value.rstrip("/")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _in_part(key, part)
    elif isinstance(value, list):
        for part in value:
            yield from _in_value(part)


def outward(ids: Iterable[str], own: str) -> list[str]:
    """The IDs without those of the resource itself, what is below it, and what it is below; each once."""
    base = own.lower()
    seen: dict[str, str] = {}
    for id in ids:
        key = id.lower()
        if not (key == base or key.startswith(base + "/") or base.startswith(key + "/")):
            seen.setdefault(key, id)
    return list(seen.values())
