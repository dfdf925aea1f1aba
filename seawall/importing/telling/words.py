"""Small turns of phrase between Azure's values and those of a stack file."""

from __future__ import annotations

import re
from typing import Any

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?")


def unless(default: Any, value: Any) -> Any:
    """A value, or None where it is the default and need not be said."""
    return None if value == default else value


def lower_first(text: str) -> str:
    """Azure's `AllowInternetOutbound` is a stack file's `allowInternetOutbound`."""
    return text[:1].lower() + text[1:]


def minutes(duration: object) -> int | None:
    """The minutes of an ISO 8601 duration.

    >>> minutes("PT1H30M")
    90
    """
    found = _DURATION.fullmatch(str(duration or ""))
    if not found or not any(found.groups()):
        return None
    days, hours, rest = (int(part or 0) for part in found.groups())
    return (days * 24 + hours) * 60 + rest


def days(duration: object) -> int | None:
    """The whole days of an ISO 8601 duration."""
    found = minutes(duration)
    return None if found is None else found // (24 * 60)
