"""`seawall local …`: the local Azure for real clients, over HTTPS."""

from __future__ import annotations

import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli import faults
from seawall.cli.exits import BadInput, CloudFault
from seawall.cli.options import HERE, Cwd, Json, Store
from seawall.cli.screen import Screen
from seawall.cli.serving import ask, option, place_of, told

if TYPE_CHECKING:
    from seawall.local.https.running import Server
    from seawall.local.place import Place

group = typer.Typer(help="Serve the local Azure to real clients over HTTPS, on this machine only.")
group.add_typer(faults.group, name="fault")

FOLLOW = 0.2
"""Seconds between two looks at a log that is followed."""


class Shell(StrEnum):
    """Whose words `env` uses."""

    SH = "sh"
    FISH = "fish"
    POWERSHELL = "powershell"


@group.command("start")
def start(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Serve in the background; returns when it is ready.")
    ] = False,
    page_size: Annotated[
        int, typer.Option("--page-size", min=1, max=1000, help="The most resources on a page of a list.")
    ] = 1000,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Serve the local Azure over HTTPS until Ctrl-C, or in the background.

    It serves what `seawall up ENV --local` has brought up, now and later, under Azure's own host names: sign-in,
    Resource Manager, Blob storage, Azure Machine Learning, Azure Monitor, and online endpoints that answer. Everything
    is on the loopback interface. It is ready when the deployments that ran before answer again, or take longer than 20
    seconds; one that had failed stays as it is until it is asked for again. `eval "$(seawall local env)"` makes a
    shell's clients use it. Ports stay the same from one start to the next where they are free.

    \b
    Example:
      seawall local start --detach
      eval "$(seawall local env)"
    """
    place, screen = place_of(cwd, store), Screen.of_process(json=json)
    with told():
        if detach:
            _detached(screen, place, page_size, cwd)
        else:
            _attached(screen, place, page_size)


def _detached(screen: Screen, place: Place, page_size: int, cwd: Path) -> None:
    from seawall.local.https import client, running

    if running.is_locked(place):
        raise running.Running(place, running.read(place))
    options = ["--page-size", str(page_size), "--store", str(place.store), "--cwd", str(cwd)]
    try:
        with screen.working("Starting the local Azure"):
            server = client.start(place, ["local", "start", *options])
    except client.Failed as error:
        raise CloudFault(str(error).splitlines(), hint=f"Its log: {place.logs / 'server.log'}") from None
    _show(screen, place, server, f"process {server.pid}; stop it with `seawall local stop{option(place)}`")


def _attached(screen: Screen, place: Place, page_size: int) -> None:
    from seawall.local.https import server

    server.run(place, page=page_size, say=lambda found: _show(screen, place, found, "until Ctrl-C"))
    screen.say("Stopped.")


def _show(screen: Screen, place: Place, server: Server, until: str) -> None:
    screen.say(f"The local Azure over {place.store} is ready: {until}.")
    screen.say(f"  Resource Manager  {server.url}")
    screen.say(f"  Azure's hosts     through http://127.0.0.1:{server.proxy}")
    screen.say(f'Clients:  eval "$(seawall local env{option(place)})"')
    screen.result({"pid": server.pid, "url": server.url, "proxy": server.proxy, "scoring": server.router})


@group.command("env")
def env(
    shell: Annotated[Shell, typer.Option("--shell", help="Whose words: sh, fish or powershell.")] = Shell.SH,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Print what a shell must export so that its clients reach the local Azure, and nothing of the real one.

    \b
    Example:
      eval "$(seawall local env)"
      seawall local env --shell fish | source
    """
    place, screen = place_of(cwd, store), Screen.of_process(json=json)
    from seawall.local.https import surroundings

    with told():
        found = surroundings.of(place)
    if json:
        screen.result({"env": found})
        return
    for name, value in found.items():
        typer.echo(_export(shell, name, value))


def _export(shell: Shell, name: str, value: str) -> str:
    match shell:
        case Shell.FISH:
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"set -gx {name} '{escaped}'"
        case Shell.POWERSHELL:
            escaped = value.replace("'", "''")
            return f"$Env:{name} = '{escaped}'"
    escaped = value.replace("'", "'\\''")
    return f"export {name}='{escaped}'"


@group.command("status")
def status(json: Json = False, cwd: Cwd = HERE, store: Store = None) -> None:
    """Tell what is served: ports, stacks, endpoints with their deployments, faults."""
    place, screen = place_of(cwd, store), Screen.of_process(json=json)
    found = ask(place, "GET", "/status")
    screen.result({"running": True, **found})
    screen.say(f"Process {found['pid']} serves {found['store']} since {found['started']} UTC")
    screen.say("  ports      " + ", ".join(f"{name} {port}" for name, port in found["ports"].items()))
    stacks = ", ".join(f"{stack['name']} ({stack['resources']} resources)" for stack in found["stacks"])
    screen.say(f"  stacks     {stacks or 'none'}")
    screen.say(f"  faults     {found['faults'] or 'none'}")
    for endpoint in found["endpoints"]:
        traffic = ", ".join(f"{name} {weight} %" for name, weight in endpoint["traffic"].items() if weight)
        screen.say(f"  endpoint   {endpoint['name']}  traffic: {traffic or 'none'}")
        for deployment in endpoint["deployments"]:
            processes = ", ".join(map(str, deployment["processes"])) or "none"
            screen.say(f"    {deployment['name']}  {deployment['state']}, processes: {processes}")


@group.command("stop")
def stop(json: Json = False, cwd: Cwd = HERE, store: Store = None) -> None:
    """Stop the server, and every deployment's processes with it. What is in the store stays."""
    place, screen = place_of(cwd, store), Screen.of_process(json=json)
    from seawall.local.https import client

    with told():
        server = client.stop(place)
    screen.say(f"Stopped process {server.pid}." if server else "No server was running.")
    screen.result({"stopped": server.pid if server else None})


@group.command("logs")
def logs(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="`server`, or ENDPOINT/DEPLOYMENT for what a deployment wrote.")
    ] = "server",
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Show the end of the server's log, or of a deployment's."""
    place = place_of(cwd, store)
    path = _log(place, name)
    with path.open("r", encoding="utf-8", errors="replace") as file:
        typer.echo("".join(file.readlines()[-lines:]), nl=False)
        while follow:
            typer.echo(file.read(), nl=False)
            sys.stdout.flush()
            time.sleep(FOLLOW)


def _log(place: Place, name: str) -> Path:
    """The file of a log. Raises `BadInput` that says which there are."""
    known = {path.stem: path for path in sorted(place.logs.glob("*.log"))}
    for path in sorted(place.logs.glob("deployments/*/*.log")):  # the latest one comes last
        endpoint, deployment, _ = path.parent.name.rsplit(".", 2)
        known[f"{endpoint}/{deployment}"] = path
    if name not in known:
        there = ", ".join(known) or "none: nothing was ever started"
        raise BadInput(f"there is no log {name!r}", hint=f"Logs: {there}")
    return known[name]
