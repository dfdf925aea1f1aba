"""`seawall issue ENV FILE`."""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import Annotated, Any

import typer

from seawall.cli.exits import BadInput
from seawall.cli.hosting import DryRun, Repository, Url
from seawall.cli.options import Json
from seawall.cli.screen import Screen


def command(
    env: Annotated[str, typer.Argument(metavar="ENV", help="The environment that was looked at.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `seawall refresh ENV --json` has written.")],
    repository: Repository = "",
    url: Url = "",
    kind: Annotated[
        str, typer.Option("--kind", help="On Azure DevOps: the type of the work item, by the project's process.")
    ] = "Issue",
    closed: Annotated[
        str, typer.Option("--closed", help="On Azure DevOps: the state that closes it; Closed in Agile and CMMI.")
    ] = "Done",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Report as one issue what has drifted in ENV: opened when something has, kept up to date, closed when it is gone.

    The issue has the label (on Azure DevOps, the tag) seawall-drift-ENV; there is never more than one open.

    \b
    Example:
      seawall refresh dev --json >drift.json; seawall issue dev drift.json --dry-run
    """
    from seawall.cli import hosting
    from seawall.pipelines import drift

    screen = Screen.of_process(json=json)
    found = _read(file, env)
    key = f"seawall-drift-{env}"
    title, text = drift.title(env, found["drifts"]), drift.rendered(env, found["drifts"])
    if dry_run:
        nothing = f"{env} has not drifted: an open issue would be closed."
        screen.say(f"{title}\n\n{text}" if found["drifts"] else nothing)
        screen.result({"dryRun": True, "drifted": len(found["drifts"]), "title": title, "text": text})
        return
    where = hosting.here(repository, url)
    with hosting.opened(where, kind=kind, closed=closed) as host:
        done = host.put_issue(key, title, text) if found["drifts"] else host.close_issue(key, drift.over(env))
    screen.say(f"Issue on the drift of {env} at {hosting.told(where)}: {done.what}. {done.url}")
    screen.result({"drifted": len(found["drifts"]), "issue": done.what, "url": done.url})


def _read(file: Path, env: str) -> dict[str, Any]:
    hint = f"`seawall refresh {env} --json` writes what this reads."
    try:
        document = jsons.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadInput(f"{file}: can't be read: {reason}", hint=hint) from None
    except ValueError:
        raise BadInput(f"{file}: is no JSON", hint=hint) from None
    if not isinstance(document, dict) or not isinstance(document.get("drifts"), list):
        raise BadInput(f"{file}: doesn't say what has drifted: that command failed", hint=hint)
    if document.get("environment") != env:
        raise BadInput(f"{file}: is of {document.get('environment')}, not of {env}", hint=hint)
    return document
