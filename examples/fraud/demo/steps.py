"""The commands of the demo, run as a person would type them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = ROOT / "examples" / "fraud"
HOME = ROOT / ".seawall" / "demo"
STORE = HOME / "azure.db"
POLICY = HERE / "promotion.yaml"

_EACH = re.compile(r"  \+  ")
"""One of the 400 resources that `up` tells of."""

Say = Callable[[str], None]


class StepFailed(Exception):
    """A command ended otherwise than it should have."""


class Steps:
    """Commands, one after the other; what they say goes to `say`."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self._running: set[subprocess.Popen[str]] = set()

    def seawall(self, *arguments: str, expected: int = 0) -> str:
        """A command of Seawall's, over the demo's own store."""
        line = [sys.executable, "-m", "seawall", *arguments, "--store", str(STORE), "--cwd", str(ROOT)]
        return self.run(line, shown=f"seawall {' '.join(_short(one) for one in arguments)}", expected=expected)

    def run(self, line: Sequence[str], *, shown: str, expected: int = 0) -> str:
        """Any command. Raises `StepFailed` where its exit code isn't the one that is expected."""
        self.say(f"$ {shown}")
        # A group of its own: Ctrl-C reaches the demo alone, which ends its commands in order.
        process = subprocess.Popen(
            line, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True
        )
        self._running.add(process)
        said = []
        assert process.stdout is not None
        for text in process.stdout:
            said.append(text)
            if text.strip() and not _EACH.match(text):
                self.say(text.rstrip())
        code = process.wait()
        self._running.discard(process)
        if code != expected:
            raise StepFailed(f"{shown}: exit {code}, not {expected}\n{''.join(said[-15:])}")
        return "".join(said)

    def end(self) -> None:
        """End what still runs."""
        for process in list(self._running):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()

    def surroundings(self) -> None:
        """Make this process a client of the local Azure, as `eval "$(seawall local env)"` does a shell."""
        line = [sys.executable, "-m", "seawall", "local", "env", "--json", "--store", str(STORE), "--cwd", str(ROOT)]
        os.environ.update(json.loads(subprocess.run(line, capture_output=True, text=True, check=True).stdout)["env"])


def _short(argument: str) -> str:
    """A path as one would type it."""
    return argument.removeprefix(f"{ROOT}/")
