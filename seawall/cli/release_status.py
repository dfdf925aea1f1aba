"""`seawall release status|history`: where a release stands, and what there was, by what the cloud keeps alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.text import Text

from seawall.cli import releasing
from seawall.cli.release_view import Picture, bars, steps
from seawall.cli.release_words import place, split, state_document, style_of
from seawall.cli.screen import Screen
from seawall.delivery import lease
from seawall.delivery.commands import PROOF
from seawall.delivery.controller import entries
from seawall.delivery.port import CloudError, Port


def show(screen: Screen, file: Path, env: str, local: bool, cwd: Path, store: Path | None) -> None:
    wanted = releasing.wanted(file, env, local, cwd, store, screen)
    with releasing.cloud(wanted) as port:
        seen = releasing.seen(port)
        holder, unread = _holder(port)
        state = seen.state
    endpoint = seen.endpoint
    document: dict[str, Any] = {
        "endpoint": wanted.target.endpoint,
        "release": state_document(state) if state else None,
        "traffic": endpoint.live(),
        "mirror": endpoint.mirrored(),
        "deployments": dict(endpoint.deployments),
        "controller": holder or None,
    }
    if unread:
        screen.warn(f"who runs it can't be told: {unread}")
    if state is None:
        screen.say(f"{wanted.target.endpoint_name} of {env} has had no release. "
                   f"Traffic: {split(endpoint.live(), endpoint.mirrored())}")  # fmt: skip
        screen.result(document)
        return
    picture = Picture("", wanted.released, state, endpoint.live(), endpoint.mirrored(), dict(endpoint.deployments))
    word = str(state.outcome or ("paused" if state.paused else place(state, wanted.released)))
    head = f" on {wanted.target.endpoint_name} of {env}, begun {state.begun:%Y-%m-%d %H:%M} by {state.by}: "
    screen.say(Text.assemble((state.model, "bold"), head, (word, style_of(state))))
    if state.digest == wanted.released.digest:
        screen.say(steps(picture))
    screen.say(bars(picture))
    for note in filter(None, (state.reason, state.paused and f"{state.paused.by}: {state.paused.why}")):
        screen.say(f"  {note}")
    if state.approval:
        screen.say(f"  approved: {state.approval}")
        screen.say(Text(f"  {PROOF}", style="dim"))
    screen.say(Text(f"  run by {lease.named(holder)}" if holder else "  nobody runs it right now", style="dim"))
    screen.result(document)


def _holder(port: Port) -> tuple[dict[str, str], str]:
    """Who runs the release; or why that can't be told: storage may be out of reach where the endpoint isn't."""
    try:
        return dict(port.holder()), ""
    except CloudError as error:
        return {}, str(error)


def history(
    screen: Screen, file: Path, env: str, local: bool, cwd: Path, store: Path | None, number: int
) -> None:
    wanted = releasing.wanted(file, env, local, cwd, store, screen)
    with releasing.cloud(wanted) as port:
        told = entries(port.history())[-number:]
    if not told:
        screen.say(f"{wanted.target.endpoint_name} of {env} has had no release")
    release = ""
    for entry in told:
        if entry.get("release") != release:
            release = str(entry.get("release"))
            name = release.split(" ")[0]
            screen.say(Text.assemble((f"{entry.get('model')}", "bold"), f" as {name}, by {entry.get('by')}"))
        where = f"step {entry['step']}" if entry.get("phase") == "step" else str(entry.get("phase"))
        shares = split(entry.get("traffic") or {}, entry.get("mirror") or {})
        screen.say(Text.assemble((f"  {entry['at'][:19].replace('T', ' ')}  ", "dim"), (f"{where:<18}", "cyan"),
                                 f"{shares:<34}  ", (str(entry.get("why", "")), "dim")))  # fmt: skip
    if any(entry.get("approval") for entry in told):
        screen.say(Text(f"  Of approvals: {PROOF}.", style="dim"))
    screen.result({"endpoint": wanted.target.endpoint, "history": told})
