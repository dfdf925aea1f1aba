"""The meters that this process reads, opened once a place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from seawall.local.meters import Meters
from seawall.local.place import Place


def meters_at(place: Place) -> Meters:
    """The meters of a place; they stay open as long as the process lives."""
    return _opened(Path(place.meters).absolute())


@cache
def _opened(path: Path) -> Meters:
    return Meters.open(path)
