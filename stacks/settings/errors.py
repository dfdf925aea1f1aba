"""What is wrong with a stack file: all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""Where a value stands in a stack file: keys and indices from the top, as written."""


@dataclass(frozen=True)
class SettingsError:
    """One thing that is wrong.

    `path` is empty for the file as a whole. `line` is 1 for the first line, None where there is no such place.
    """

    path: str
    got: str
    expected: str
    line: int | None = None
    file: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        where = ": ".join(part for part in (place, self.path) if part)
        return f"{where + ': ' if where else ''}got {self.got}, expected {self.expected}"


class SettingsErrors(Exception):
    """A stack file that can't be used, with every reason."""

    def __init__(self, errors: Iterable[SettingsError]) -> None:
        self.errors: Sequence[SettingsError] = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def dotted(path: Place) -> str:
    """A path as people write it: `config.seawall:compute.clusters[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as an error shows it: short, on one line, never a whole section."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return f"a mapping of {', '.join(map(str, value))}"[:120] if value else "an empty mapping"
        case list() | tuple():
            return f"a list of {len(value)}"
        case str():
            return repr(shortened(value))
    return shortened(str(value))


def shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
