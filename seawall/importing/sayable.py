"""Settings that a stack file can say: what it can't is taken out, and told."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seawall.importing.writing import stack_file
from stacks.settings import SettingsError, SettingsErrors, load
from stacks.settings.configuration import Configuration, configuration

_ROUNDS = 12
_PART = re.compile(r"[^.\[\]:]+|\[\d+\]")


@dataclass(frozen=True, kw_only=True)
class Sayable:
    """A stack file's text, its configuration, and what had to be taken out."""

    text: str
    configuration: Configuration
    taken_out: tuple[str, ...] = ()


def sayable(settings: Mapping[str, Any], env: str) -> Sayable:
    """The stack file of an environment.

    Raises `SettingsErrors` for what is wrong and can't be left out.
    """
    left = deepcopy(dict(settings))
    taken_out: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"Pulumi.{env}.yaml"
        for _ in range(_ROUNDS):
            text = stack_file(_without_empty(left))
            path.write_text(text, encoding="utf-8")
            try:
                load(path)
                return Sayable(text=text, configuration=configuration(path), taken_out=tuple(taken_out))
            except SettingsErrors as errors:
                removed = [error for error in _from_the_end(errors.errors) if _removed(left, _place(error.path))]
                if not removed:
                    raise
                taken_out += [_said(error) for error in removed]
        raise SettingsErrors([SettingsError("", "settings that don't agree", "a stack file")])


def _without_empty(value: Any) -> Any:
    """The settings without lists and sections of which everything was taken out."""
    if not isinstance(value, Mapping):
        return value
    kept = {key: _without_empty(one) for key, one in value.items()}
    return {key: one for key, one in kept.items() if one not in ({}, [])}


def _from_the_end(errors: Sequence[SettingsError]) -> list[SettingsError]:
    """The last place first, so that taking one out of a list moves none of the others."""
    return sorted(errors, key=lambda error: _place(error.path), reverse=True)


def _place(path: str) -> tuple[str, ...]:
    parts = _PART.findall(path.removeprefix("config.").removeprefix("seawall:"))
    return tuple(f"[{part[1:-1].zfill(6)}]" if part.startswith("[") else part for part in parts)


def _removed(settings: dict[str, Any], place: tuple[str, ...]) -> bool:
    """Take a value out, with the item of the innermost list that it is in. A value at the top stays."""
    last = max((index for index, part in enumerate(place) if part.startswith("[")), default=len(place) - 1)
    if last < 1:
        return False
    holder: Any = settings
    for part in place[:last]:
        key = int(part.strip("[]")) if part.startswith("[") else part
        try:
            holder = holder[key]
        except (KeyError, IndexError, TypeError):
            return False
    final: Any = int(place[last].strip("[]")) if place[last].startswith("[") else place[last]
    try:
        del holder[final]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _said(error: SettingsError) -> str:
    path = error.path.removeprefix("config.").removeprefix("seawall:")
    return f"{path}: it is {error.got}; a stack file takes {error.expected}"
