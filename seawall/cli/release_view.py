"""How a release looks: a view that moves on a terminal, a line for each event in a pipe, or events as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from seawall.cli.release_words import WORDS, document, line, place
from seawall.cli.screen import Screen
from seawall.delivery.analysis import Judgement, Result
from seawall.delivery.durations import written
from seawall.delivery.events import Acted, Acting, Ended, Event, Listener, Looked, Moved
from seawall.delivery.state import Outcome, Phase, State
from seawall.delivery.strategy import ReleasePlan

BAR = 30
MARKS = {Result.PASS: ("✓", "green"), Result.FAIL: ("✗", "red"), Result.INCONCLUSIVE: ("?", "yellow")}


@dataclass
class Picture:
    """Where a release stands, as its events have told so far. Knows no terminal."""

    title: str
    plan: ReleasePlan
    state: State | None = None
    traffic: Mapping[str, int] = field(default_factory=dict)
    mirror: Mapping[str, int] = field(default_factory=dict)
    deployments: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    doing: str = ""
    next_look: datetime | None = None
    judgement: Judgement | None = None

    def take(self, event: Event) -> None:
        match event:
            case Looked():
                self.state, self.why = event.state, event.decision.why
                self.traffic, self.mirror = event.endpoint.live(), event.endpoint.mirrored()
                self.deployments = dict(event.endpoint.deployments)
                self.judgement = event.decision.judgement or self.judgement
                self.doing = ""
                wait = event.decision.wait
                self.next_look = event.at + wait if wait and event.decision.action is None else None
            case Acting():
                self.doing, self.next_look = WORDS[type(event.action).__name__], None
            case Acted():
                self.doing = ""
            case Moved():
                if self.state and (self.state.phase, self.state.step) != (event.state.phase, event.state.step):
                    self.judgement = None if not event.state.settled else self.judgement
                self.state, self.traffic, self.mirror, self.why = event.state, event.traffic, event.mirror, event.why
            case Ended():
                self.state, self.traffic = event.state, event.endpoint.live()


@contextmanager
def watching(screen: Screen, title: str, plan: ReleasePlan) -> Iterator[Listener]:
    """A listener for a release, and its display for as long as it is watched."""
    if screen.json:
        yield _emit
        return
    if not screen.live:
        screen.say(title, style="bold")
        yield _lines(screen, plan)
        return
    picture = Picture(title, plan)
    with Live(_Display(picture), console=screen.out, refresh_per_second=8, transient=True) as live:
        said = _said_once(lambda text: live.console.print(text, soft_wrap=True))

        def listen(event: Event) -> None:
            picture.take(event)
            told = line(event, plan)
            if told is not None:
                said(told)

        yield listen


def _lines(screen: Screen, plan: ReleasePlan) -> Listener:
    said = _said_once(screen.say)

    def listen(event: Event) -> None:
        told = line(event, plan)
        if told is not None:
            said(told)

    return listen


def _said_once(say: Callable[[Text], None]) -> Callable[[Text], None]:
    """Leaves out what was said just before, but for its time: a wait that goes on is no news."""
    last: list[str] = [""]

    def speak(text: Text) -> None:
        words = text.plain[8:]
        if words != last[0]:
            last[0] = words
            say(text)

    return speak


def _emit(event: Event) -> None:
    told = document(event)
    if told is not None:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class _Display:
    """Draws a picture anew each time that the terminal is refreshed."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.spinner = Spinner("dots", style="cyan")

    def __rich__(self) -> RenderableType:
        return drawn(self.picture, datetime.now(UTC), self.spinner)


def drawn(picture: Picture, now: datetime, spinner: RenderableType = "") -> RenderableType:
    """A picture as a terminal shows it."""
    head = Table.grid(padding=(0, 1))
    where = place(picture.state, picture.plan) if picture.state else "beginning"
    head.add_row(spinner, Text(picture.title, style="bold"), Text(where, style="cyan"))
    parts: list[RenderableType] = [head, steps(picture), bars(picture)]
    if picture.judgement:
        parts.append(checks(picture.judgement))
    note = picture.doing or picture.why
    left = picture.next_look - now if picture.next_look else None
    ahead = f"  next look in {written(timedelta(seconds=max(0, round(left.total_seconds()))))}" if left else ""
    style = "yellow" if picture.state and picture.state.paused else ""
    parts.append(Text.assemble("  ", (note, style), (ahead, "dim")))
    return Group(*parts)


def steps(picture: Picture) -> Text:
    """The steps, those behind, the one at hand, and those to come."""
    state, text = picture.state, Text("  ")
    shares = [f"{stay.traffic} %" for stay in picture.plan.steps] + ["100 %"]
    if picture.plan.mirror:
        shares = [f"mirror {picture.plan.mirror.mirror} %", *shares]
    at = -1
    if state and state.phase is Phase.MIRROR:
        at = 0
    elif state and state.step:
        at = state.step - 1 + bool(picture.plan.mirror)
    for index, share in enumerate(shares):
        done = index < at or bool(state and state.outcome is Outcome.RELEASED)
        text.append("━━" if index else "", style="green" if done or index == at else "bright_black")
        mark, style = ("●", "green") if done else ("◉", "bold cyan") if index == at else ("○", "bright_black")
        text.append(f"{mark} {share} ", style=style)
    return text


def bars(picture: Picture) -> Table:
    """A bar for each deployment, as long as its share of the traffic."""
    table = Table.grid(padding=(0, 1))
    roles = {picture.plan.candidate: "new"}
    if picture.state and picture.state.stable:
        roles[picture.state.stable] = "stable"
    for name in dict.fromkeys([*roles, *picture.deployments, *picture.traffic]):
        if name not in picture.deployments and name not in picture.traffic:
            continue
        share, mirrored = picture.traffic.get(name, 0), picture.mirror.get(name, 0)
        full = round(BAR * share / 100)
        bar = Text.assemble(("█" * full, "green" if roles.get(name) == "stable" else "cyan"))
        bar.append("▒" * round(BAR * mirrored / 100), style="magenta")
        bar.append("·" * (BAR - len(bar)), style="bright_black")
        told = f"{share:>3} %" + (f" and {mirrored} % mirrored" if mirrored else "")
        table.add_row(Text(f"  {name}", style="bold"), Text(roles.get(name, ""), style="dim"), bar, told,
                      Text(picture.deployments.get(name, "").lower(), style="dim"))  # fmt: skip
    return table


def checks(judgement: Judgement) -> Table:
    """The checks of the last look, with their verdicts."""
    table = Table.grid(padding=(0, 1))
    for one in judgement.verdicts:
        mark, style = MARKS[one.result]
        table.add_row(Text(f"  {mark}", style=style), Text(one.check, style="bold"), one.words)
    return table
