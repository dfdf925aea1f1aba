"""The form of a check, and the list of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stacks.settings.errors import Place
from stacks.settings.model import Settings


@dataclass(frozen=True)
class Fault:
    """A setting that doesn't go with the others. `place` is where, from the top of the settings."""

    place: Place
    got: str
    expected: str


@dataclass(frozen=True)
class Check:
    """A combination that Azure refuses or the platform rules out; its docstring says why, with the source.

    `reads` are the settings that it looks at, dotted: it stays silent while one of them is wrong in itself.
    """

    name: str
    why: str
    reads: tuple[str, ...]
    faults: Callable[[Settings], Iterator[Fault]]


CHECKS: list[Check] = []


def check(*reads: str) -> Callable[[Callable[[Settings], Iterator[Fault]]], Callable[[Settings], Iterator[Fault]]]:
    """Makes a check of a generator of faults."""

    def add(find: Callable[[Settings], Iterator[Fault]]) -> Callable[[Settings], Iterator[Fault]]:
        CHECKS.append(Check(find.__name__, (find.__doc__ or "").strip(), reads, find))
        return find

    return add


def is_given(settings: Settings, *place: str) -> bool:
    """Whether the file says something at this place, whatever it says. Places are in Python's names."""
    section: object = settings
    for name in place:
        if name not in getattr(section, "model_fields_set", ()):
            return False
        section = getattr(section, name)
    return True
