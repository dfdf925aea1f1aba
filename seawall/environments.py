"""Python environments that can't be Pulumi's: made by the first use from hash-checked pins, in a folder of the project.

What checkov runs in is one, what the local Azure's deployments run in is another. Where the pins of one change, the
next use makes it anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STAMP = "pins.sha256"
"""In the environment: the hash of the pins that it was made from. Written last: half an environment has none."""

_OURS = ("PYTHON", "VIRTUAL_ENV")


class Unavailable(Exception):
    """An environment can't be made; the message is a line for people."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An environment that something needs."""

    title: str
    """What is installed, as people know it: `checkov`."""
    pins: Path
    """A requirements file with exact versions and hashes."""
    left_out: tuple[str, ...] = ()
    """Prefixes of environment variables that the installation isn't to see, besides Python's own."""


def python(wanted: Wanted, folder: Path, say: Callable[[str], None]) -> Path:
    """The interpreter of the environment in `folder`, which is made where it isn't there or has other pins.

    `say` gets a line before something takes long. Raises `Unavailable`, in particular where no package index answers.
    """
    try:
        digest = hashlib.sha256(wanted.pins.read_bytes()).hexdigest()
    except OSError as error:
        raise Unavailable(f"{wanted.pins}: can't be read: {error.strerror}") from None
    interpreter = folder / "bin" / "python"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time: two would install into each other's files
        if _made_from(folder) != digest:
            say(f"Installing {wanted.title} into {folder}: a minute or two, the first time and when its pins change")
            _make(wanted, folder, interpreter)
            (folder / STAMP).write_text(digest)
    return interpreter


def clean(*left_out: str) -> dict[str, str]:
    """This process's environment variables without those that would lead another Python to this one's packages."""
    return {key: value for key, value in os.environ.items() if not key.startswith((*_OURS, *left_out))}


def _made_from(folder: Path) -> str:
    try:
        return (folder / STAMP).read_text()
    except OSError:
        return ""


def _make(wanted: Wanted, folder: Path, interpreter: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pip = (str(interpreter), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
    variables = clean(*wanted.left_out)
    make = (sys.executable, "-m", "venv", str(folder))
    _run(make, variables, f"can't make an environment for {wanted.title}")
    _run(
        (*pip, "install", "--require-hashes", "--no-compile", "--retries", "1", "-r", str(wanted.pins)),
        variables,
        f"{wanted.title} can't be installed: is a package index within reach?",
    )


def _run(command: tuple[str, ...], variables: dict[str, str], fault: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    if done.returncode:
        told = [line for line in (done.stderr or done.stdout).splitlines() if "ERROR" in line] or [done.stderr.strip()]
        raise Unavailable(f"{fault} {' '.join(told[0].split())[:200]}")
