"""The audit record of promotions: lines of JSON, each with the SHA-256 of the line before it.

A line that is changed, removed or put in between breaks the chain from there on. Lines cut off at the end don't: that
is what the tags of a promoted model are for, which name the last record about it (see `tags`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
"""What the first record names as the one before it."""


class Event(StrEnum):
    ASKED = "asked"
    """Somebody asked, and a person's yes is waited for."""
    APPROVED = "approved"
    REFUSED = "refused"
    ALLOWED = "allowed"
    """The gates are passed; what follows may change the target."""
    PROMOTED = "promoted"
    """It is done, and both sides' bytes were compared."""
    FAILED = "failed"
    """The copy's bytes differ from the original's: nobody may use it."""


@dataclass(frozen=True, kw_only=True)
class Record:
    event: Event
    model: str
    version: str
    source: str
    target: str
    digest: str
    by: str
    """Who did it, as Entra has them."""
    at: str
    """UTC, ISO 8601, to the second."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Sentences of the verdict, figures, names of other things: whatever explains the decision."""
    names: tuple[str, ...] = ()
    """Every name under which Entra has them, `by` among them."""
    before: str = GENESIS

    @property
    def line(self) -> bytes:
        """The record as it stands in the file, with its line feed."""
        content = {key: value for key, value in vars(self).items()} | {"names": list(self.names)}
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @property
    def digest_of_line(self) -> str:
        return hashlib.sha256(self.line).hexdigest()

    def concerns(self, model: str, version: str, target: str) -> bool:
        return (self.model, self.version, self.target) == (model, version, target)


class Tampered(Exception):
    """The audit record is not what was written. The message says where it breaks."""


def read(content: bytes) -> tuple[Record, ...]:
    """The records of a file. Raises `Tampered` where the chain is broken."""
    records: list[Record] = []
    before = GENESIS
    lines = content.splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            raise Tampered(f"line {number} of the audit record is not whole")
        record = _record(line, number)
        if record.before != before:
            raise Tampered(f"line {number} of the audit record doesn't follow from line {number - 1}")
        if record.line != line:
            raise Tampered(f"line {number} of the audit record is not as it was written")
        before = record.digest_of_line
        records.append(record)
    return tuple(records)


def head(records: Iterable[Record]) -> str:
    """What the next record names as the one before it."""
    *_, last = [GENESIS, *(record.digest_of_line for record in records)]
    return last


def _record(line: bytes, number: int) -> Record:
    try:
        content = json.loads(line)
        content["event"] = Event(content["event"])
        content["names"] = tuple(content["names"])
        record = Record(**content)
    except (ValueError, TypeError, KeyError, UnicodeDecodeError):
        raise Tampered(f"line {number} of the audit record can't be read") from None
    if not isinstance(record.details, Mapping):
        raise Tampered(f"line {number} of the audit record can't be read")
    return record
