"""`seawall release start|pause|resume|promote|abort`: a controller at work, or a word to the one that is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from rich.text import Text

from seawall.cli import release_gate, releasing
from seawall.cli.exits import CloudFault
from seawall.cli.release_view import watching
from seawall.cli.release_words import split, state_document, style_of
from seawall.cli.releasing import NotReleased, Wanted
from seawall.cli.screen import Screen
from seawall.delivery.commands import ASK_TAG, Ask, Command, Effect
from seawall.delivery.controller import Controller, Look, entries
from seawall.delivery.durations import to_millisecond
from seawall.delivery.port import Caller, Port
from seawall.delivery.state import Outcome, State

ANSWER = 180.0
"""Seconds in which a controller elsewhere is to answer: it looks every five, but for a hook or an update it waits."""
ASK_AGAIN = 3


def start(
    screen: Screen,
    file: Path,
    env: str,
    local: bool,
    cwd: Path,
    store: Path | None,
    *,
    again: bool,
    until_paused: bool,
    stay: bool,
) -> None:
    """Begin a release, or go on with it."""
    wanted = releasing.wanted(file, env, local, cwd, store, screen)
    with releasing.cloud(wanted) as port:
        with screen.working("Looking at the endpoint"):
            seen, by = releasing.seen(port), port.caller()
            check(wanted, port, seen)
        title = f"Releasing {wanted.released.model} to {wanted.target.endpoint_name} of {env}"
        with watching(screen, title, wanted.released) as listen, releasing.controller(
            wanted, port, listen, by=by
        ) as controller:
            state = controller.start(by.name, again=again)
            if not state.over:
                state = controller.run(until_paused=until_paused, to_the_end=stay)
        finish(screen, wanted, port, state)


def check(wanted: Wanted, port: Port, seen: Look) -> None:
    """The guardrails, and the model's promotion.

    What stands against a release that is under way already is told when it begins anew.
    """
    stable = next((name for name in seen.endpoint.live() if name != wanted.released.candidate), None)
    there = port.deployments()
    report = release_gate.judge(wanted, there, stable)
    release_gate.check_assets(wanted, port, there)
    let_in = None if _is_under_way(wanted, seen.state) else release_gate.promotion(wanted, port, strict=True)
    release_gate.refuse(wanted, report, let_in)


def _is_under_way(wanted: Wanted, state: State | None) -> bool:
    """Whether this very release has begun, and was let in then: one that is stopped half-way is worse than either."""
    mine = state and (state.candidate, state.digest) == (wanted.released.candidate, wanted.released.digest)
    return bool(mine and state and not state.settled)


def finish(screen: Screen, wanted: Wanted, port: Port, state: State) -> None:
    """How it ended. Raises `NotReleased` where the new version doesn't answer in the end."""
    live = port.endpoint()
    document = {"release": state_document(state), "traffic": dict(live.traffic), "mirror": dict(live.mirror)}
    shares = split(live.traffic, live.mirror)
    if state.outcome in (Outcome.ROLLED_BACK, Outcome.ABORTED):
        there = any(one.name == state.candidate for one in port.deployments())
        kept = f"{state.candidate} is kept for a look at it. " if there else ""
        raise NotReleased(
            f"{state.model} was {state.outcome}: {state.reason}. Traffic: {shares}",
            hint=f"{kept}`seawall release history {wanted.command}` tells what happened.",
            document=document,
        )
    if state.outcome is Outcome.RELEASED:
        screen.say(Text.assemble(("Released ", style_of(state)), (state.model, "bold"), f". Traffic: {shares}"))
    else:
        waits = state.paused.why if state.paused else "it waits for an approval"
        screen.say(Text.assemble(("Waits for a person: ", "yellow"), f"{waits}. Traffic: {shares}"))
    screen.result(document)


def ask(
    screen: Screen,
    file: Path,
    env: str,
    local: bool,
    cwd: Path,
    store: Path | None,
    what: str,
    why: str,
    *,
    until_paused: bool = False,
) -> None:
    """A person's command: for the controller that runs, or for one of this process where none does."""
    wanted = releasing.wanted(file, env, local, cwd, store, screen)
    with releasing.cloud(wanted) as port:
        seen = releasing.seen(port)
        if seen.state is None:
            raise NotReleased(f"{wanted.target.endpoint_name} of {env} has no release", hint="Nothing was changed.")
        by = port.caller()
        command = _command(wanted, by, Ask(what), why)
        if port.holder():
            tell(screen, wanted, port, command)
            return
        _check_file(wanted, seen.state)
        title = f"{what.capitalize()}: {seen.state.model} on {wanted.target.endpoint_name} of {env}"
        with watching(screen, title, wanted.released) as listen, releasing.controller(
            wanted, port, listen, by=by, given=command
        ) as controller:
            state = _run(controller, Ask(what), until_paused)
        effect, words = controller.answer or (Effect.DONE, "")
        if effect is not Effect.DONE and not (effect is Effect.ALREADY and what == Ask.RESUME):
            answer(screen, wanted, port, state, words, effect)
        elif what == Ask.ABORT and state.outcome is Outcome.ABORTED:
            answer(screen, wanted, port, state, f"{state.model} was aborted", effect)
        else:
            finish(screen, wanted, port, state)


def _run(controller: Controller, what: Ask, until_paused: bool) -> State:
    return controller.run(until_paused=until_paused or what is Ask.PAUSE)


def _check_file(wanted: Wanted, state: State) -> None:
    """A release goes on with the file that it began with: another has other steps."""
    if not state.settled and state.digest != wanted.released.digest:
        raise NotReleased(
            f"{wanted.file} isn't the file that the release of {state.model} began with (or its code has changed)",
            hint="Nothing was changed. Take the file as it was; `seawall release status` tells of the release.",
        )


def _command(wanted: Wanted, by: Caller, what: Ask, why: str) -> Command:
    name = releasing.identity(by, releasing.approvers(wanted.release) if what is Ask.APPROVE else ())
    return Command(what, name, to_millisecond(releasing.clock().now()), why)


def tell(screen: Screen, wanted: Wanted, port: Port, command: Command) -> None:
    """Leave a command for the controller elsewhere, and wait for its answer.

    An update of the endpoint between two of its reads may lose the tag: a command without an answer is left again.
    """
    from seawall.delivery import lease

    holder = lease.named(port.holder())
    with screen.working(f"Asking the controller of {holder}"):
        for _ in range(ASK_AGAIN):
            port.ask(ASK_TAG, str(command))
            entry = _answered(port, command)
            if entry:
                break
        else:
            raise CloudFault(
                f"the controller of {holder} didn't answer",
                hint="The command stays on the endpoint, and is answered by the next controller.",
            )
    state = releasing.seen(port).state
    assert state is not None  # a controller has just answered
    answer(screen, wanted, port, state, str(entry["why"]), Effect(entry.get("effect", Effect.DONE)))


def _answered(port: Port, command: Command) -> dict[str, Any] | None:
    """The line of history that answers a command; nothing where its tag went without one, or none came in time."""
    until, gone = time.monotonic() + ANSWER, 0
    while time.monotonic() < until:
        for entry in entries(port.history())[-50:]:
            if entry.get("answered") == str(command):
                return entry
        gone = gone + 1 if port.endpoint().tags.get(ASK_TAG) != str(command) else 0
        if gone > 5:
            return None
        time.sleep(0.5)
    return None


def answer(screen: Screen, wanted: Wanted, port: Port, state: State, words: str, effect: Effect) -> None:
    """What a command came to. Raises `NotReleased` where it can't be: no script may take that for done."""
    live = port.endpoint()
    shares = split(live.traffic, live.mirror)
    document = {
        "answer": words,
        "effect": str(effect),
        "release": state_document(state),
        "traffic": dict(live.traffic),
        "mirror": dict(live.mirror),
    }
    if effect is Effect.REFUSED:
        raise NotReleased(
            f"{words}. Traffic: {shares}",
            hint=f"`seawall release status {wanted.command}` tells where it stands.",
            document=document,
        )
    screen.say(Text.assemble((words, style_of(state)), f". Traffic: {shares}"))
    screen.result(document)
