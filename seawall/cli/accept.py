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
    previews: Annotated[
        Path | None,
        typer.Option(
            "--previews", metavar="DIR", help="What its preview jobs left, if there were any: ENV.json, no more."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check what a pull request's job handed over, before anything reads it.

    Plan files (plans/ENV.json) and stack files (stacks/Pulumi.ENV.yaml) may be in the folder, of a limited number and
    size, and the answers of previews (ENV.json) in that of --previews, which may be empty; a link, or anything else, is
    refused with exit code 2. Whose they are doesn't matter: they are judged by what is in them.

    \b
    Example:
      seawall accept handed-over --previews previews
    """
    from seawall.pipelines.handed_over import PREVIEWS, faults

    screen = Screen.of_process(json=json)
    found = [*faults(folder), *(faults(previews, PREVIEWS) if previews else ())]
    if found:
        raise BadInput(
            found, hint="A pull request's own jobs may hand over plan files, stack files and previews alone."
        )
    screen.say(f"{folder} has plan files and stack files, and nothing else.")
    screen.result({"accepted": True})
