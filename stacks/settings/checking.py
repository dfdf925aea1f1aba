"""Settings from raw values, with everything that is wrong found at once.

A value that is wrong in itself is taken out (with whatever can't be without it) and the rest is looked at again, so
that wrong combinations are told along with wrong values. A check stays silent about what was taken out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stacks.settings import explain
from stacks.settings.checks import CHECKS
from stacks.settings.errors import Place, shown
from stacks.settings.model import Settings

_STAND_INS: Mapping[str, Any] = {
    "organisation": "organisation",
    "workload": "ml",
    "environment": "dev",
    "tier": "preproduction",
    "subscription": "00000000-0000-0000-0000-000000000000",
    "tenant": "00000000-0000-0000-0000-000000000000",
    "location": "westeurope",
    "owner": "owner@example.com",
    "costCenter": "none",
    "network": {"addressSpace": "10.0.0.0/16"},
    "budget": {"amount": 1, "start": "2026-01-01"},
}
"""What stands in for a required setting that is wrong or missing, while the others are checked."""


@dataclass(frozen=True)
class Finding:
    """Something wrong at a place in the settings. `is_value`: what it got is the value itself, and nothing about it."""

    place: Place
    got: str
    expected: str
    is_value: bool = False


def checked(raw: Mapping[str, Any], wrong: Iterable[Place] = ()) -> tuple[Settings | None, list[Finding]]:
    """The settings, when nothing is wrong with them, and all that is wrong with them otherwise.

    `wrong` are places that are known to be wrong already: nothing more is said of them.
    """
    whole, taken_out = deepcopy(dict(raw)), set(wrong)
    for place in sorted(taken_out, key=_order, reverse=True):
        _take_out(whole, place)
    settings, errors = _validated(whole)
    findings = [_finding(place, error) for place, error in errors if not _is_within(place, taken_out)]
    while settings is None:
        _take_out_all(whole, errors, taken_out)
        settings, errors = _validated(whole)
    findings += _combinations(settings, taken_out)
    return (None if findings or taken_out else settings), findings


def _validated(whole: dict[str, Any]) -> tuple[Settings | None, list[tuple[Place, ErrorDetails]]]:
    try:
        return Settings.model_validate_json(json.dumps(whole)), []
    except ValidationError as reason:
        return None, [(_without_tags(whole, error["loc"]), error) for error in reason.errors(include_url=False)]


def _finding(place: Place, error: ErrorDetails) -> Finding:
    expected = explain.expected(error, place)
    match error["type"]:
        case "extra_forbidden":
            return Finding(place, "an unknown key", expected)
        case "missing":
            return Finding(place, "nothing", expected)
    return Finding(place, shown(error["input"]), expected, is_value=True)


def _combinations(settings: Settings, taken_out: set[Place]) -> Iterator[Finding]:
    for check in CHECKS:
        if not any(_touches(read.split("."), place) for read in check.reads for place in taken_out):
            for fault in check.faults(settings):
                yield Finding(fault.place, fault.got, fault.expected)


def _touches(read: list[str], place: Place) -> bool:
    """Whether one of two places is within the other."""
    return all(one == other for one, other in zip(read, place, strict=False))


def _is_within(place: Place, others: Iterable[Place]) -> bool:
    return any(place[: len(other)] == other for other in others)


def _take_out_all(whole: dict[str, Any], errors: list[tuple[Place, ErrorDetails]], taken_out: set[Place]) -> None:
    """Takes out every wrong value, and the section around a missing one. Of a list the last item goes first."""
    gone: set[Place] = set()
    for place, error in sorted(errors, key=lambda found: _order(found[0]), reverse=True):
        taken_out.add(place)
        target = place[:-1] if error["type"] == "missing" and len(place) > 1 else place
        if not _is_within(target, gone):
            _take_out(whole, target)
            gone.add(target)
            taken_out.add(target)


def _order(place: Place) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (0, part) for part in place)


def _take_out(whole: dict[str, Any], place: Place) -> None:
    """Removes a value, or puts a stand-in where there can't be none."""
    section: Any = whole
    for part in place[:-1]:
        section = _inner(section, part)
    if len(place) > 1 and isinstance(section, dict) and place[-1] in section:
        del section[str(place[-1])]
    elif isinstance(section, list) and isinstance(place[-1], int) and place[-1] < len(section):
        del section[place[-1]]
    else:
        _stand_in(whole, str(place[0]))


def _inner(section: Any, part: int | str) -> Any:
    if isinstance(section, dict):
        return section.get(part)
    return section[part] if isinstance(section, list) and isinstance(part, int) and part < len(section) else None


def _stand_in(whole: dict[str, Any], key: str) -> None:
    whole.pop(key, None)
    if key in _STAND_INS:
        whole[key] = deepcopy(_STAND_INS[key])


def _without_tags(whole: Any, loc: tuple[int | str, ...]) -> Place:
    """A place as the file has it: pydantic adds the tag of a union's member to the path."""
    place: list[int | str] = []
    value = whole
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(value, dict) and (part in value or last):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif not last:
            continue
        place.append(part)
    return tuple(place)
