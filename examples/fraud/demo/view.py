"""What a person sees of the demo: a display that moves on a terminal, plain lines in a pipe."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text
from traffic import Traffic, shares

SPAN = 3.0
"""Seconds that the figures are of."""
STRIP = 60
"""Seconds that the strip goes back."""
STYLES = {"v1": "blue", "v2": "green", "v3": "yellow"}
BLOCK = "█"


class View:
    """Stages, the lines of the command that runs, and the traffic."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self.traffic: Traffic | None = None
        self.lines: deque[str] = deque(maxlen=6)
        self.stages: list[tuple[str, float, float | None]] = []
        self.began = time.monotonic()
        self._live: Live | None = None
        self._lock = threading.Lock()

    @contextmanager
    def showing(self) -> Iterator[None]:
        """The display, for as long as the block runs, where there is a terminal."""
        if not self.console.is_terminal:
            yield
            return
        with Live(get_renderable=self.render, console=self.console, refresh_per_second=4, transient=True) as live:
            self._live = live
            yield
        self._live = None

    @contextmanager
    def stage(self, title: str) -> Iterator[None]:
        """A stage of the story, timed."""
        began = time.monotonic()
        self.lines.clear()
        self.stages.append((title, began, None))
        if self._live is None:
            self.console.print(f"\n{self._clock(began)}  {title}", style="bold", soft_wrap=True)
        yield
        self.stages[-1] = (title, began, time.monotonic())

    def line(self, text: str) -> None:
        """A line that a command has said."""
        with self._lock:
            self.lines.append(text)
        if self._live is None:
            self.console.print(f"       {text}", soft_wrap=True, markup=False)

    def render(self) -> RenderableType:
        now = time.monotonic()
        stages = Table.grid(padding=(0, 1))
        for title, began, ended in self.stages:
            mark, style = ("✓", "green") if ended else ("●", "bold")
            took = f"{(ended or now) - began:5.1f} s"
            stages.add_row(Text(mark, style), Text(title, "" if ended else style), took)
        with self._lock:
            said = [Text(f"    {line}"[: self.console.width - 1], "dim", no_wrap=True) for line in self.lines]
        title = Text(f"Seawall demo · {now - self.began:.0f} s", "bold")
        return Group(title, stages, *said, *([Text(), self._figures(self.traffic)] if self.traffic else []))

    def _figures(self, traffic: Traffic) -> RenderableType:
        now = traffic.now()
        answers = list(traffic.answers[-20_000:])
        table = Table("version", "share", "answers/s", "failed", "p95", box=None, padding=(0, 2), header_style="dim")
        for one in shares(answers, now - SPAN, now):
            bar = Text(BLOCK * round(one.percent / 4), STYLES.get(one.version, "white"))
            share = Text.assemble(f"{one.percent:4.0f} % ", bar)
            failed = Text(f"{one.failed:.0f} %", "bold red" if one.failed else "")
            table.add_row(one.version, share, f"{one.rate:.0f}", failed, f"{one.p95:.0f} ms")
        lost = sum(one.lost for one in answers)
        total = Text(f"{len(traffic.answers):,} requests, {lost} lost", "bold red" if lost else "dim")
        return Group(table, self._strip(traffic, now), total)

    def _strip(self, traffic: Traffic, now: float) -> Text:
        """One letter a second: the colour of the version that answered most, ✗ where anything failed."""
        strip = Text()
        for second in range(max(0, int(now) - STRIP), int(now)):
            seen = shares(traffic.answers[-40_000:], second, second + 1)
            if not seen:
                strip.append("·", "dim")
                continue
            most = max(seen, key=lambda one: one.percent)
            mixed = "▄" if len(seen) > 1 else BLOCK
            failed = any(one.failed for one in seen)
            strip.append("✗" if failed else mixed, "bold red" if failed else STYLES.get(most.version, "white"))
        return strip

    def _clock(self, moment: float) -> str:
        return f"{moment - self.began:5.1f}"
