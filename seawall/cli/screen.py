"""Where a command writes: colours and movement on a terminal, plain lines in a pipe, or JSON alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

PIPED_WIDTH = 160
"""Columns of a table in a pipe, where no terminal says how wide it is."""


@dataclass(frozen=True)
class Screen:
    """Output of one command. With `json`, people's lines go nowhere and `result` is all that is on stdout."""

    out: Console
    err: Console
    json: bool = False

    @classmethod
    def of_process(cls, *, json: bool = False) -> Screen:
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                # A terminal without UTF-8 shows "?" for a symbol; it is no reason to fail.
                reconfigure(errors="replace")
        return cls(out=_console(stderr=False), err=_console(stderr=True), json=json)

    @property
    def live(self) -> bool:
        """Whether there is a terminal on which a display can move."""
        return self.out.is_terminal and not self.out.is_dumb_terminal and not self.json

    def say(self, line: RenderableType = "", style: str = "") -> None:
        """A line, or a table, for people."""
        if self.json:
            return
        if isinstance(line, str):
            line = Text(line, style=style)
        self.out.print(line, soft_wrap=isinstance(line, Text), highlight=False)

    def warn(self, line: str) -> None:
        """A line on stderr that doesn't stop the command."""
        self.err.print(Text.assemble(("warning: ", "bold yellow"), line), soft_wrap=True, highlight=False)

    def result(self, document: Mapping[str, Any], *, code: int = 0) -> None:
        """The answer for a machine, where it was asked for: once in a command, with its exit code."""
        if self.json:
            sys.stdout.write(json.dumps({"exitCode": code, **document}, indent=2, ensure_ascii=False) + "\n")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """A sign of life on a terminal while something takes its time; a pipe gets none."""
        if not self.live:
            yield
            return
        with self.out.status(what):
            yield

    def written(self, what: str, path: object) -> None:
        self.say(Text.assemble("Wrote ", what, " to ", (str(path), "bold")))


def discard_stdout() -> None:
    """Whoever read our output has gone, `head` for one: nothing more is to be said, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process with 1, in the middle of a run; the run goes on unseen instead."""
        self.quiet = True
        discard_stdout()


def _console(*, stderr: bool) -> Console:
    console = _Console(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = _Console(stderr=stderr, highlight=False, width=PIPED_WIDTH)
    return console
