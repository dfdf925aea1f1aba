"""What jobs that run a pull request's code hand to one that judges it: plan files, stack files, previews, nothing else.

Whoever wrote the pull request wrote these files as well. They are data to a reader that knows their form; here is
checked that they are files of the names, number and size that are expected, before anything reads them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_FILES = 100
MOST_BYTES = 32 * 1024 * 1024
"""Of one file: a plan of 1,000 resources has about 4 MB."""


@dataclass(frozen=True)
class Expected:
    """Which files may be in a folder: by their names, and in words. `needed`: there has to be one."""

    names: tuple[re.Pattern[str], ...]
    told: str
    needed: bool


_ENV = "[a-z][a-z0-9-]{0,40}"
PLANS = Expected(
    (re.compile(rf"plans/{_ENV}\.json"), re.compile(rf"stacks/Pulumi\.{_ENV}\.yaml")),
    "plans/ENV.json and stacks/Pulumi.ENV.yaml are",
    needed=True,
)
PREVIEWS = Expected((re.compile(rf"{_ENV}\.json"),), "ENV.json is", needed=False)


def faults(folder: Path, expected: Expected = PLANS) -> list[str]:
    """What is in the folder and may not be, a line each; so is that a file which is needed isn't there."""
    found = list(_faults(folder, expected))
    return found if len(found) <= 20 else [*found[:20], f"… and {len(found) - 20} more"]


def _faults(folder: Path, expected: Expected) -> Iterator[str]:
    if folder.is_symlink() or not folder.is_dir():
        yield f"{folder}: no such folder"
        return
    number = 0
    for here, folders, files in os.walk(folder, followlinks=False):
        for name in sorted((*folders, *files)):
            path = Path(here) / name
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            number += 1
            if number > MOST_FILES:
                yield f"there are more than {MOST_FILES} files"
                return
            yield from _fault(path, path.relative_to(folder).as_posix(), mode, expected)
    if not number and expected.needed:
        yield f"{folder}: is empty"


def _fault(path: Path, name: str, mode: int, expected: Expected) -> Iterator[str]:
    told = name.encode("ascii", "backslashreplace").decode()[:120]
    if not stat.S_ISREG(mode):
        yield f"{told!r}: is no file, but a link or something else"
    elif not any(pattern.fullmatch(name) for pattern in expected.names):
        yield f"{told!r}: was not to be handed over; {expected.told}"
    elif path.stat().st_size > MOST_BYTES:
        yield f"{told!r}: has more than {MOST_BYTES // 1024 // 1024} MB"
