"""Times and durations as Azure Monitor writes them (ISO 8601)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from seawall.local.errors import AzureError

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"weeks": 604_800, "days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
_FRACTION = re.compile(r"\.(\d+)")


def seconds(text: str) -> float:
    """A duration such as `PT1M`, in seconds. Raises `AzureError`."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        raise AzureError("BadRequest", f"{text!r} is no ISO 8601 duration, such as PT1M.")
    return sum(_SECONDS[name] * float(value) for name, value in found.groupdict().items() if value)


def moment(text: str) -> float:
    """A time such as `2026-01-31T09:30:00Z`, in seconds since 1970; UTC where no zone is said. Raises `AzureError`."""
    # Python reads six digits at most, .NET writes seven. A plus in a query string arrives as a space.
    plain = _FRACTION.sub(lambda found: f".{found[1][:6]:0<6}", text.strip().replace(" 00:00", "+00:00"))
    try:
        found = datetime.fromisoformat(plain)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise AzureError("BadRequest", f"{text!r} is no ISO 8601 time.") from None


def text_of(time: float) -> str:
    """A time in UTC, to the microsecond where it isn't a whole second."""
    found = datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds" if time % 1 else "seconds")
    return found.replace("+00:00", "Z")


def timespan(text: str, now: float, default: float) -> tuple[float, float]:
    """The start and the end of `start/end`, `start/duration`, `duration/end` or `duration`. Raises `AzureError`.

    `default` is how many seconds before now count where nothing is said.
    """
    if not text:
        return now - default, now
    first, slash, second = text.partition("/")
    if not slash:
        return now - seconds(first), now
    if first.strip().upper().startswith("P"):
        end = moment(second)
        return end - seconds(first), end
    start = moment(first)
    end = start + seconds(second) if second.strip().upper().startswith("P") else moment(second)
    if end < start:
        raise AzureError("BadRequest", f"The timespan {text!r} ends before it starts.")
    return start, end
