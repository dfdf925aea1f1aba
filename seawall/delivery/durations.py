"""Lengths of time as people write them: `30s`, `5m`, `1h30m`, `2d`, `250ms`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"([0-9]{1,12})(ms|[dhms])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
MOST = timedelta(days=365)


def parse(text: str) -> timedelta:
    """The duration that a text says, to a millisecond. Raises ValueError.

    >>> parse("1h30m")
    datetime.timedelta(seconds=5400)
    """
    parts = _PART.findall(text) if _WHOLE.fullmatch(text) else []
    units = [list(_UNITS).index(unit) for _, unit in parts]
    if not parts or units != sorted(set(units)):
        raise ValueError(f"{text!r} is no duration")
    # Summed as a whole number first: a timedelta of the largest parts would be too large to be made at all.
    length = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if length > MOST / timedelta(milliseconds=1):
        raise ValueError(f"{text!r} is more than {MOST.days} days")
    return timedelta(milliseconds=length)


def written(length: timedelta) -> str:
    """A duration as `parse` reads it, to a millisecond.

    >>> [written(timedelta(seconds=seconds)) for seconds in (0, 0.25, 90, 5400)]
    ['0s', '250ms', '1m30s', '1h30m']
    """
    left = max(0, round(length / timedelta(milliseconds=1)))
    text = ""
    for unit, size in _UNITS.items():
        number, left = divmod(left, size)
        text += f"{number}{unit}" if number else ""
    return text or "0s"


def stamp(moment: datetime) -> str:
    """A moment in UTC as tags and audit records have it, to a millisecond: `2026-12-01T10:00:00.250Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The moment that a stamp says. Raises ValueError for one that isn't in UTC."""
    found = datetime.fromisoformat(text)
    if found.utcoffset() != timedelta(0):
        raise ValueError(f"{text!r} is no time in UTC")
    return found


def to_millisecond(moment: datetime) -> datetime:
    """A moment as it comes back from a stamp of it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
