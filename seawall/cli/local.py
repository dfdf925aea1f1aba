"""`seawall local …`: the local Azure for real clients, over HTTPS."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.exits import BadInput, CloudFault
from seawall.cli.options import HERE, Cwd, Json, Store
from seawall.cli.project import Project
from seawall.cli.screen import Screen

if TYPE_CHECKING:
    from seawall.local.https.running import Server
    from seawall.local.place import Place

group = typer.Typer(help="Serve the local Azure to real clients over HTTPS, on this machine only.")
faults = typer.Typer(help="Let requests fail on demand, as Azure's do on a bad day.")
group.add_typer(faults, name="fault")

FOLLOW = 0.2
"""Seconds between two looks at a log that is followed."""


class Shell(StrEnum):
    """Whose words `env` uses."""

    SH = "sh"
    FISH = "fish"
    POWERSHELL = "powershell"


@group.command("start")
def start(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Serve in the background; returns when ready.")] = False,
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
    is on the loopback interface. `eval "$(seawall local env)"` makes a shell's clients use it. Ports stay the same
    from one start to the next where they are free.

    \b
    Example:
      seawall local start --detach
      eval "$(seawall local env)"
    """
    place, screen = _place(cwd, store), Screen.of_process(json=json)
    with _told():
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
    _show(screen, place, server, f"process {server.pid}; stop it with `seawall local stop`")


def _attached(screen: Screen, place: Place, page_size: int) -> None:
    from seawall.local.https import server

    server.run(place, page=page_size, say=lambda found: _show(screen, place, found, "until Ctrl-C"))
    screen.say("Stopped.")


def _show(screen: Screen, place: Place, server: Server, until: str) -> None:
    screen.say(f"The local Azure over {place.store} is ready: {until}.")
    screen.say(f"  Resource Manager  {server.url}")
    screen.say(f"  Azure's hosts     through http://127.0.0.1:{server.proxy}")
    screen.say('Clients:  eval "$(seawall local env)"')
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
    place, screen = _place(cwd, store), Screen.of_process(json=json)
    from seawall.local.https import surroundings

    with _told():
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
    place, screen = _place(cwd, store), Screen.of_process(json=json)
    found = _ask(place, "GET", "/status")
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
    place, screen = _place(cwd, store), Screen.of_process(json=json)
    from seawall.local.https import client

    with _told():
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
    place = _place(cwd, store)
    path = _log(place, name)
    with path.open("r", encoding="utf-8", errors="replace") as file:
        typer.echo("".join(file.readlines()[-lines:]), nl=False)
        while follow:
            typer.echo(file.read(), nl=False)
            sys.stdout.flush()
            time.sleep(FOLLOW)


def _log(place: Place, name: str) -> Path:
    """The file of a log. Raises `BadInput` that says which there are."""
    known = {}
    for path in sorted(place.logs.rglob("*.log")):
        known[str(path.relative_to(place.logs).with_suffix(""))] = path
    fitting = [path for key, path in known.items() if key == name or key.endswith(f"/{name}") or name in key.split("/")]
    if name in known or len(fitting) == 1:
        return known.get(name) or fitting[0]
    there = ", ".join(known) or "none: nothing was ever started"
    raise BadInput(f"there is no log {name!r}" if not fitting else f"{name!r} is more than one log", hint=f"Logs: {there}")


# Faults --------------------------------------------------------------------------------------------------------------


@faults.command("add")
def add(
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="The requests' path; * stands for anything.")] = "*",
    kind: Annotated[str, typer.Option("--kind", help="arm, blob, scoring, token, metrics or data.")] = "arm",
    method: Annotated[str, typer.Option("--method", "-X", help="The requests' method; * for any.")] = "*",
    status: Annotated[int, typer.Option("--status", help="What is answered: 400 to 599.")] = 0,
    code: Annotated[str, typer.Option("--code", help="Azure's word for it; made from the status if left out.")] = "",
    message: Annotated[str, typer.Option("--message", help="What is said to people.")] = "",
    retry_after: Annotated[float, typer.Option("--retry-after", help="Seconds that the client is told to wait.")] = -1,
    delay: Annotated[float, typer.Option("--delay", help="Seconds before it goes on, or the answer goes out.")] = 0,
    reset: Annotated[bool, typer.Option("--reset", help="Lose the connection instead of an answer.")] = False,
    when: Annotated[
        str, typer.Option("--when", help="before it is done, after it is done, or as the end of its operation.")
    ] = "before",
    nth: Annotated[int, typer.Option("--nth", help="Which of the matching requests fails first.")] = 1,
    times: Annotated[int, typer.Option("--times", help="How many fail; 0 for all from then on.")] = 1,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Let requests fail, be slow, or lose their connection. It is kept in the server's memory until it stops.

    \b
    Example:
      seawall local fault add --status 429 --retry-after 2 --times 3
      seawall local fault add '*/deployments/green' --method PUT --when operation --status 400 --code ResourceNotReady
      seawall local fault add '*' --kind blob --delay 5 --times 0
    """
    document: dict[str, Any] = {
        "path": path, "kind": kind, "method": method, "status": status, "code": code, "message": message,
        "delay": delay, "reset": reset, "when": when, "nth": nth, "times": times,
        "retryAfter": retry_after if retry_after >= 0 else None,
    }  # fmt: skip
    from seawall.local.faults import Fault

    try:
        Fault.of(document)
    except ValueError as error:
        raise BadInput(str(error).split("; ")) from None
    found = _ask(_place(cwd, store), "POST", "/faults", document)
    screen = Screen.of_process(json=json)
    screen.say(f"Added: {_line(found)}")
    screen.result({"fault": found})


@faults.command("list")
def listed(json: Json = False, cwd: Cwd = HERE, store: Store = None) -> None:
    """List the faults, and how many requests each has seen."""
    found, screen = _ask(_place(cwd, store), "GET", "/faults")["faults"], Screen.of_process(json=json)
    screen.result({"faults": found})
    for fault in found:
        screen.say(f"{_line(fault)}; seen {fault['seen']}")
    if not found:
        screen.say("No faults.")


@faults.command("clear")
def clear(
    number: Annotated[int, typer.Argument(metavar="[NUMBER]", help="The fault's number; all if left out.")] = 0,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Forget a fault, or all."""
    path = f"/faults/{number}" if number else "/faults"
    found, screen = _ask(_place(cwd, store), "DELETE", path), Screen.of_process(json=json)
    screen.say(f"Cleared: {found['cleared']}.")
    screen.result(found)


def _line(fault: dict[str, Any]) -> str:
    does = [f"{fault['status']} {fault['code']}"] if fault["status"] else []
    does += ["lost connection"] if fault["reset"] else []
    does += [f"{fault['delay']:g} s late"] if fault["delay"] else []
    often = f"{fault['times']} times" if fault["times"] else "always"
    return (
        f"{fault['number']}: {fault['kind']} {fault['method']} {fault['path']}: {', '.join(does)} ({fault['when']}), "
        f"from request {fault['nth']}, {often}"
    )


# Parts ---------------------------------------------------------------------------------------------------------------


def _place(cwd: Path, store: Path | None) -> Place:
    from seawall.local.place import Place

    return Place(Project.find(cwd, store).store)


def _ask(place: Place, method: str, path: str, body: Any = None) -> Any:
    from seawall.local.https import client

    with _told():
        return client.ask(place, method, path, body)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with a server becomes a message and an exit code."""
    from seawall.local.errors import LocalError
    from seawall.local.https.running import NotRunning, Running

    try:
        yield
    except NotRunning as error:
        raise CloudFault(str(error), hint="Start one with `seawall local start --detach`.") from None
    except Running as error:
        raise CloudFault(str(error), hint="`seawall local status` says what it serves.") from None
    except LocalError as error:
        raise CloudFault(str(error)) from None
    except OSError as error:
        raise CloudFault(f"{error.filename or 'the local Azure'}: {error.strerror or error}") from None
