"""`seawall local fault …`: what the local Azure's clients meet on a bad day."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import HERE, Cwd, Json, Store
from seawall.cli.screen import Screen
from seawall.cli.serving import ask, place_of

group = typer.Typer(help="Let requests fail on demand, as Azure's do on a bad day.")


@group.command("add")
def add(
    path: Annotated[
        str, typer.Argument(metavar="[PATH]", help="Of the requests: an ARM ID, else HOST/PATH; * is anything.")
    ] = "*",
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
    found = ask(place_of(cwd, store), "POST", "/faults", document)
    screen = Screen.of_process(json=json)
    screen.say(f"Added: {_line(found)}")
    screen.result({"fault": found})


@group.command("list")
def listed(json: Json = False, cwd: Cwd = HERE, store: Store = None) -> None:
    """List the faults, and how many requests each has seen."""
    found, screen = ask(place_of(cwd, store), "GET", "/faults")["faults"], Screen.of_process(json=json)
    screen.result({"faults": found})
    for fault in found:
        screen.say(f"{_line(fault)}; seen {fault['seen']}")
    if not found:
        screen.say("No faults.")


@group.command("clear")
def clear(
    number: Annotated[int, typer.Argument(metavar="[NUMBER]", help="The fault's number; all if left out.")] = 0,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Forget a fault, or all."""
    path = f"/faults/{number}" if number else "/faults"
    found, screen = ask(place_of(cwd, store), "DELETE", path), Screen.of_process(json=json)
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
