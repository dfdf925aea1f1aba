"""`seawall tools`: the programs that Seawall uses and doesn't bring along."""

from __future__ import annotations

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import Json
from seawall.cli.screen import Screen

group = typer.Typer(help="Programs that Seawall uses and doesn't bring along.", no_args_is_help=True)


@group.command("install")
def install(json: Json = False) -> None:
    """Install the Pulumi CLI, in the version that goes with this Seawall, into ~/.pulumi/versions.

    Uses Pulumi's own installer, which fetches from get.pulumi.com. Changes neither PATH nor a shell's files: Seawall
    finds it there. Where it is installed already, nothing is fetched.

    \b
    Example:
      seawall tools install
    """
    from seawall.engine import command
    from seawall.engine.errors import EngineMissing

    screen = Screen.of_process(json=json)
    try:
        with screen.working(f"Installing the Pulumi CLI {command.VERSION}"):
            found = command.install()
    except EngineMissing as missing:
        raise BadInput(str(missing), hint=missing.hint) from None
    screen.say(f"Pulumi {found.version} is at {found.command}")
    screen.result({"version": str(found.version), "path": found.command})
