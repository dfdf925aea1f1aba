"""`seawall accept FOLDER`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import Json
from seawall.cli.screen import Screen


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What a job that ran a pull request's code left.")],
    json: Json = False,
) -> None:
    """Check what a pull request's job handed over, before anything reads it.

    Plan files (plans/ENV.json) and stack files (stacks/Pulumi.ENV.yaml) may be in the folder, of a limited number and
    size; a link, or anything else, is refused with exit code 2. Whose they are doesn't matter: they are judged by what
    is in them.

    \b
    Example:
      seawall accept handed-over
    """
    from seawall.pipelines.handed_over import faults

    screen = Screen.of_process(json=json)
    found = faults(folder)
    if found:
        raise BadInput(found, hint="A pull request's own job may hand over plan files and stack files alone.")
    screen.say(f"{folder} has plan files and stack files, and nothing else.")
    screen.result({"accepted": True})
