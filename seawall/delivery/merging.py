"""One release file for several environments: what an environment's section says wins over what the file says."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from seawall.delivery.source import Place

WHOLE = ("strategy", "model", "environment", "code")
"""Sections that are replaced as one: half of one strategy and half of another is none."""


@dataclass
class Merged:
    """The values in effect, and where in the file those come from that an environment's section has."""

    values: dict[str, Any]
    origins: dict[Place, Place] = field(default_factory=dict)

    def place(self, place: Place) -> Place:
        """Where in the file a value in effect stands."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.origins:
                return (*self.origins[place[:length]], *place[length:])
        return place


def merged(values: Mapping[str, Any], environment: str) -> Merged:
    """The file's values as an environment has them. Mappings are merged key by key; a null takes a value away."""
    base = {key: deepcopy(value) for key, value in values.items() if key != "environments"}
    sections = values.get("environments")
    section = sections.get(environment) if isinstance(sections, dict) else None
    result = Merged(base)
    if isinstance(section, dict):
        _merge(base, section, (), ("environments", environment), result.origins)
    return result


def _merge(
    base: dict[str, Any], over: Mapping[str, Any], place: Place, origin: Place, origins: dict[Place, Place]
) -> None:
    for key, value in over.items():
        mine = base.get(key)
        here, there = (*place, key), (*origin, key)
        if value is None:
            base.pop(key, None)
        elif isinstance(value, dict) and isinstance(mine, dict) and not (place == () and key in WHOLE):
            _merge(mine, value, here, there, origins)
        else:
            base[key] = deepcopy(value)
            origins[here] = there
