"""What a run shows while it works: a table that moves on a terminal, a line for each finished step in a pipe."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from seawall.cli.screen import Screen
from seawall.cli.wording import SYMBOLS, called, count, duration, resource_group, short_type
from seawall.local.events import (
    Event,
    Finished,
    Listener,
    Op,
    Planned,
    StepDone,
    StepFailed,
    StepProgress,
    StepRetrying,
    StepSkipped,
    StepStarted,
    WaitingForStack,
)

if TYPE_CHECKING:
    from seawall.local.deploy import Diff

SHOWN_STEPS = 6
"""So many running operations are named; the others are counted."""
BAR, SMALL_BAR = 24, 10
NO_GROUP = "in the subscription"


@dataclass
class Tally:
    """Where a run stands, as its events have told so far. Knows no terminal and no clock."""

    title: str
    groups: dict[str, str] = field(default_factory=dict)
    """Resource group by URN of all that changes: some events carry no ID."""
    steps: int = 0
    done: int = 0
    failed: int = 0
    note: str = ""
    running: dict[str, tuple[Op, str, str]] = field(default_factory=dict)
    """By URN: operation, ID, and what Azure says of it."""
    by_group: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """By resource group: how many resources change, and how many steps are `done` and `failed`."""

    @classmethod
    def of(cls, title: str, diff: Diff | None) -> Tally:
        groups = {change.urn: resource_group(change.id) for change in diff.changing} if diff else {}
        tally = cls(title, groups)
        for group in groups.values():
            tally.by_group[group]["changing"] += 1
        return tally

    def take(self, event: Event) -> None:
        match event:
            case WaitingForStack():
                self.note = f"waiting for {event.holder}"
            case Planned():
                self.steps = event.steps
                self.note = f"finishing {count(event.resumed, 'step')} of an earlier run" if event.resumed else ""
            case StepStarted():
                self.running[event.urn] = (event.op, event.id, "" if event.attempt == 1 else f"attempt {event.attempt}")
            case StepProgress() if event.urn in self.running:
                self.running[event.urn] = (*self.running[event.urn][:2], event.state)
            case StepRetrying() if event.urn in self.running:
                state = f"{event.error.code}, again in {duration(event.wait)}"
                self.running[event.urn] = (*self.running[event.urn][:2], state)
            case StepDone():
                self._close(event.urn, event.id, failed=False)
            case StepFailed():
                self._close(event.urn, event.id, failed=True)
            case StepSkipped():
                self._close(event.urn, "", failed=True)

    def _close(self, urn: str, id: str, *, failed: bool) -> None:
        self.running.pop(urn, None)
        self.done += not failed
        self.failed += failed
        self.by_group[resource_group(id) or self.groups.get(urn, "")]["failed" if failed else "done"] += 1


def kind(urn: str) -> str:
    """The type of a URN's resource, without its package."""
    return short_type(urn.split("::")[2].rpartition("$")[2]) if urn.count("::") >= 2 else urn


def name_of(urn: str, id: str = "") -> str:
    return called(id, urn.rpartition("::")[2])


def line(event: Event) -> Text | None:
    """The line that a pipe gets for an event; nothing for those that only matter while they last."""
    match event:
        case WaitingForStack():
            return Text(f"  waiting: stack {event.stack} is being changed by {event.holder}")
        case Planned() if event.resumed:
            return Text(f"  finishing {count(event.resumed, 'step')} that an earlier run left open")
        case StepDone():
            symbol, style, word = SYMBOLS[event.op]
            note = f" ({event.note})" if event.note else ""
            return Text.assemble(
                (f"  {symbol:<2} ", style), f"{kind(event.urn)} {name_of(event.urn, event.id)} ", (word + note, "dim")
            )
        case StepRetrying():
            return Text(f"  .. {kind(event.urn)} {name_of(event.urn)}: {event.error}; again in {duration(event.wait)}")
        case StepFailed():
            return Text.assemble(
                ("  x  ", "bold red"), f"{kind(event.urn)} {name_of(event.urn, event.id)} failed: {event.error}"
            )
        case StepSkipped():
            return Text(f"  x  {kind(event.urn)} {name_of(event.urn)} not tried: {name_of(event.because)} failed")
    return None


@contextmanager
def progress(
    screen: Screen, title: str, diff: Diff | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Listener]:
    """A listener for a run, and its display for as long as the run takes. The diff says what is to be expected."""
    tally = Tally.of(title, diff)
    if not screen.live:
        screen.say(title, style="bold")
        yield lambda event: _tell(screen, event)
        return
    started = clock()
    display = _Display(tally, lambda: clock() - started)
    with Live(display, console=screen.out, refresh_per_second=12, transient=True) as live:

        def listen(event: Event) -> None:
            tally.take(event)
            if isinstance(event, StepFailed | StepSkipped):
                live.console.print(line(event), soft_wrap=True)

        yield listen
    screen.say(Text.assemble((title, "bold"), (f"  {tally.done} of {tally.steps} steps", "dim")))


def _tell(screen: Screen, event: Event) -> None:
    told = line(event)
    if told is not None and not isinstance(event, Finished):
        screen.say(told)


class _Display:
    """Draws a tally anew each time that the terminal is refreshed."""

    def __init__(self, tally: Tally, elapsed: Callable[[], float]) -> None:
        self.tally = tally
        self.elapsed = elapsed
        self.spinner = Spinner("dots", style="cyan")

    def __rich__(self) -> RenderableType:
        return drawn(self.tally, self.elapsed(), self.spinner)


def drawn(tally: Tally, elapsed: float, spinner: RenderableType = "") -> RenderableType:
    """A tally as a terminal shows it: the whole, each resource group, and what is being done right now."""
    head = Table.grid(padding=(0, 1))
    head.add_row(spinner, Text(tally.title, style="bold"), _bar(tally.done, tally.failed, tally.steps, BAR),
                 f"{tally.done}/{tally.steps}", Text(duration(elapsed), style="dim"))  # fmt: skip
    groups = Table.grid(padding=(0, 2))
    for group, numbers in sorted(tally.by_group.items()):
        done, of = numbers["done"], max(numbers["changing"], numbers["done"] + numbers["failed"])
        text = Text(f"{done:>3} of {of}", style="green" if done == of else "")
        if numbers["failed"]:
            text.append(f", {numbers['failed']} failed", style="red")
        groups.add_row("  " + (group or NO_GROUP), _bar(done, numbers["failed"], of, SMALL_BAR), text)
    running = Table.grid(padding=(0, 1))
    for _ in range(4):
        running.add_column(no_wrap=True, overflow="ellipsis")
    for urn, (op, id, state) in list(tally.running.items())[:SHOWN_STEPS]:
        symbol, style, _ = SYMBOLS[op]
        running.add_row(Text(f"  {symbol:>2}", style=style), kind(urn), name_of(urn, id), Text(state, style="dim"))
    more = len(tally.running) - SHOWN_STEPS
    if more > 0:
        running.add_row("", Text(f"and {more} more", style="dim"))
    note = [Text(f"  {tally.note}", style="yellow")] if tally.note else []
    return Group(head, *note, groups, running)


def _bar(done: int, failed: int, steps: int, length: int) -> Text:
    if not steps:
        return Text("")
    full = length * done // steps
    bad = min(length - full, max(length * failed // steps, 1 if failed else 0))
    return Text.assemble(("━" * full, "green"), ("━" * bad, "red"), ("━" * (length - full - bad), "bright_black"))
