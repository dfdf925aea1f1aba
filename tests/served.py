"""A local Azure over HTTPS for tests: the product's own `seawall local start`, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from seawall.local.https import running, surroundings
from seawall.local.place import Place

ROOT = Path(__file__).parent.parent
DEADLINE = 300
"""Seconds, for a command that hangs."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Served:
    """A running server."""

    place: Place
    env: dict[str, str]
    """What `seawall local env` prints: the surroundings of a client."""

    @property
    def url(self) -> str:
        """Resource Manager's address on the loopback interface."""
        return running.of(self.place).url

    @property
    def process_env(self) -> dict[str, str]:
        """The environment of a client's process: this one's, with the surroundings."""
        return {**os.environ, **self.env}

    def start(self) -> Served:
        """Start it again after its end. Ports are the same where they are still free."""
        return _started(self.place)

    def stop(self) -> None:
        """Stop it; nothing happens where it has ended already."""
        command(self.place, "local", "stop")


def start(folder: Path, *stacks: str) -> Served:
    """Bring stacks of the example organisation up, where any are named, and serve them. Stop it at the end."""
    place = Place(folder / "azure.db")
    for stack in stacks:
        command(place, "up", stack, "--local", "--yes")
    return _started(place)


def _started(place: Place) -> Served:
    command(place, "local", "start", "--detach")
    return Served(place, surroundings.of(place))


def command(place: Place, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Run a command of Seawall over a place's store; what it printed. An assertion fails where it does."""
    found = run(place, arguments, env=env)
    told = f"seawall {' '.join(arguments)}: exit {found.returncode}\n{found.stdout}{found.stderr}"
    assert found.returncode == 0, told
    return found.stdout


def run(
    place: Place, arguments: Sequence[str], *, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of Seawall over a place's store to its end, well or badly."""
    line = [sys.executable, "-m", "seawall", *arguments, "--store", str(place.store), "--cwd", str(ROOT)]
    return subprocess.run(
        line, capture_output=True, text=True, timeout=DEADLINE, env=env or dict(os.environ), stdin=subprocess.DEVNULL
    )


def until(look: Callable[[], Found | None], deadline: float = 60.0) -> Found:
    """Look again and again until there is something to see; an assertion fails after `deadline` seconds."""
    end = time.monotonic() + deadline
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came about within {deadline:g} s"
        time.sleep(0.02)
    return found
