"""What a check finds: one sentence, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How much a finding is in the way of `up`."""

    OK = 0
    SKIPPED = 1
    """Not examined; the finding says why."""
    WARNING = 2
    """`up` may go well; someone should know."""
    FAULT = 3
    """`up` fails, or fails half-way."""

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Finding:
    """One sentence, without a full stop at its end, and what to do about it; nothing to do where all is well."""

    level: Level
    message: str
    mend: str = ""

    @property
    def document(self) -> dict[str, str]:
        """The finding as JSON."""
        return {"level": str(self.level), "message": self.message, "mend": self.mend}


def ok(message: str) -> Finding:
    """Looked at, and well."""
    return Finding(Level.OK, message)


def skipped(message: str) -> Finding:
    """Not examined."""
    return Finding(Level.SKIPPED, message)


def warning(message: str, mend: str) -> Finding:
    """Something that someone should know."""
    return Finding(Level.WARNING, message, mend)


def fault(message: str, mend: str) -> Finding:
    """Something that is in the way."""
    return Finding(Level.FAULT, message, mend)
