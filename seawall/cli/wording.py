"""How resources, operations and numbers are told to people: the same words and symbols in every command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seawall.local.events import Op

SYMBOLS: Mapping[Op, tuple[str, str, str]] = {
    Op.SAME: (" ", "dim", "unchanged"),
    Op.CREATE: ("+", "green", "created"),
    Op.UPDATE: ("~", "yellow", "updated"),
    Op.REPLACE: ("+-", "magenta", "replaced"),
    Op.DELETE: ("-", "red", "deleted"),
    Op.FORGET: ("-", "red", "left in Azure, no longer owned"),
    Op.IMPORT: ("=", "cyan", "imported"),
    Op.CREATE_REPLACEMENT: ("++", "green", "created as a replacement"),
    Op.DELETE_REPLACED: ("--", "red", "deleted after its replacement"),
    Op.LIFT: ("~", "yellow", "lock lifted"),
    Op.RESTORE: ("~", "yellow", "lock put back"),
}
"""By operation: the symbol (Pulumi's, where it has one), its colour, and the word for having done it."""

FUTURE: Mapping[Op, str] = {
    Op.CREATE: "to create",
    Op.UPDATE: "to update",
    Op.REPLACE: "to replace",
    Op.DELETE: "to delete",
    Op.FORGET: "to leave in Azure and forget",
    Op.IMPORT: "to import",
}

_URN = re.compile(r"urn:pulumi:[^:\s]+::[^:\s]+::(?:[^\s$]+\$)*(\S+?)::([\w./-]+)")
_ID = re.compile(
    r"/subscriptions/[^/\s,;]+(/resourceGroups/(?P<group>[^/\s,;:]+))?(/providers/[^/\s]+/(?P<path>[^\s,;:]+))?",
    re.IGNORECASE,
)
_MEANINGLESS = re.compile(r"default|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_GROUP = re.compile(r"/resourceGroups/([^/]+)", re.IGNORECASE)


def short_type(token: str) -> str:
    """A token without its package: `storage:StorageAccount`."""
    return token.removeprefix("azure-native:")


def azure_name(id: str, otherwise: str = "") -> str:
    """The last segment of an ARM ID."""
    return id.rpartition("/")[2] or otherwise


def called(id: str, name: str) -> str:
    """What a resource is called in the program, and in Azure where that says more: `vault (kv-larkspur)`."""
    own = azure_name(id)
    return name if not own or own == name or _MEANINGLESS.fullmatch(own) else f"{name} ({own})"


def readable(text: str) -> str:
    """A message with each URN and ARM ID told as people tell a resource: by what it is and its name."""
    text = _URN.sub(lambda found: f"{short_type(found[1])} {found[2]}", text)
    return _ID.sub(lambda found: found["path"] or found["group"] or found[0], text)


def resource_group(id: str) -> str:
    """The resource group in an ARM ID; empty where it is in none."""
    found = _GROUP.search(id)
    return found.group(1) if found else ""


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """`4.2 s`, `1 min 05 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def counts(numbers: Mapping[Op, int], words: Mapping[Op, str] | None = None) -> str:
    """`3 created, 1 updated, 145 unchanged`: the operations that there were, and how much stayed as it is."""
    told = words or {op: word for op, (_, _, word) in SYMBOLS.items()}
    parts = [f"{numbers[op]:,} {told[op]}" for op in told if numbers.get(op) and op is not Op.SAME]
    if numbers.get(Op.SAME) or not parts:
        parts.append(f"{numbers.get(Op.SAME, 0):,} unchanged")
    return ", ".join(parts)


def by_name(numbers: Mapping[Op, int]) -> dict[str, int]:
    """Counts for JSON, by the operation's name."""
    return {op.value: number for op, number in numbers.items() if number}


def shown(value: Any) -> str:
    """A property's value in one line, short enough to read."""
    if isinstance(value, str):
        text = f'"{value}"'
    elif value is True or value is False:
        text = str(value).lower()
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {shown(part)}" for key, part in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(shown(part) for part in value) + "]"
    else:
        text = str(value)
    return text if len(text) <= 120 else text[:117] + "..."
