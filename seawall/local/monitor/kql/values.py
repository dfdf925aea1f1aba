"""Types, tables and literals. A datetime is seconds since 1970 and a timespan seconds, both as float; null is None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from seawall.local.monitor.kql.errors import KqlError

NUMBERS = ("int", "long", "real")


@dataclass(frozen=True)
class Column:
    """A column's name and its type: string, int, long, real, bool, datetime, timespan."""

    name: str
    type: str


@dataclass(frozen=True)
class Table:
    """Columns, and rows as tuples in their order."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]


_UNITS = {
    "d": 86_400.0,
    "h": 3_600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "microsecond": 1e-6,
    "tick": 1e-7,
}


def timespan(text: str) -> float:
    """`5m`, `1.5h` in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]+)", text)
    if found is None or found[2] not in _UNITS:
        raise KqlError(f"{text!r} is no timespan.", "SyntaxError")
    return float(found[1]) * _UNITS[found[2]]


def moment(text: str) -> float | None:
    """What stands in `datetime(…)`; UTC where no zone is said."""
    plain = text.strip().strip("'\"")
    if plain == "null":
        return None
    try:
        found = datetime.fromisoformat(re.sub(r"\.(\d+)", lambda digits: f".{digits[1][:6]:0<6}", plain))
    except ValueError:
        raise KqlError(f"datetime({text}) is no date or time.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def shown(value: Any, type: str) -> Any:
    """A value as the query API writes it. Source: Log Analytics API docs, response format."""
    if value is None:
        return None
    if type == "datetime":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if type == "timespan":
        sign, rest = ("-", -value) if value < 0 else ("", value)
        days, rest = divmod(rest, 86_400)
        hours, rest = divmod(rest, 3_600)
        minutes, seconds = divmod(rest, 60)
        text = f"{int(hours):02}:{int(minutes):02}:{seconds:010.7f}"
        return f"{sign}{int(days)}.{text}" if days else sign + text
    return value
