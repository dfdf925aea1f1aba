"""Where in the project's files a violation can be mended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from policies.report import Violation


@dataclass(frozen=True)
class Location:
    """A line of a file. `path` is relative to the project, with `/`; a line counts from 1, and None means the file."""

    path: str
    line: int | None = None
    what: str = ""
    """What stands there, such as `component VaultArgs`."""


Locator = Callable[[Violation], Sequence[Location]]
"""The locations of a violation: first where to mend it, then what else is worth a look."""


def nowhere(violation: Violation) -> Sequence[Location]:
    """For reports whose resources come from no file that is known."""
    return ()
