"""`seawall review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import HERE, Cwd, Json, Out, environment_names
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENV]...", help="The environments; all where not given.", autocompletion=environment_names
        ),
    ] = None,
    against: Annotated[
        str, typer.Option("--against", metavar="REF", help="The Git commit or branch that the change is compared with.")
    ] = "origin/main",
    plans: Annotated[
        Path | None,
        typer.Option(
            "--plans", metavar="DIR", help="Plans of the change, as `seawall plan ENV --out DIR/ENV.json` writes."
        ),
    ] = None,
    base: Annotated[
        Path | None, typer.Option("--base", metavar="DIR", help="Plans of what it is compared with.")
    ] = None,
    stacks: Annotated[
        Path | None,
        typer.Option("--stacks", metavar="DIR", help="The change's stack files, with --plans: who its personas are."),
    ] = None,
    previews: Annotated[
        Path | None,
        typer.Option(
            "--previews",
            metavar="DIR",
            help="Previews of the change, as `seawall preview ENV --json >DIR/ENV.json` writes.",
        ),
    ] = None,
    sarif: Annotated[
        Path | None,
        typer.Option("--sarif", metavar="DIR", help="Write what guardrails found there as well: DIR/ENV.sarif."),
    ] = None,
    commit: Annotated[str, typer.Option("--commit", metavar="SHA", help="The commit that the comment names.")] = "",
    out: Out = None,
    json: Json = False,
    cwd: Cwd = HERE,
) -> None:
    """Review a change as a pull request's comment: what changes, what guardrails say, who gets access, what it costs.

    Compares the plans of each environment before and after the change, without touching any cloud. The comment is
    Markdown and says how to mend each violation; its first line is a mark by which a pipeline finds and edits it. Exits
    with 1 where a guardrail refuses the change.

    With --plans and --base, both sides are files. A pipeline uses that so that a change can't edit its own judge: the
    plans come from the pull request's code, and this command with its policies, exemptions, personas and limits from
    the target branch. --stacks gives the pull request's stack files, of which only is read which groups personas are.
    --previews gives what the change's code found against Azure: shown beside the plans, as data; a mandatory violation
    there refuses the change as well, and nothing there lets it pass.

    \b
    Example:
      seawall review --against origin/main
      seawall review --against main dev --out comment.md
      seawall review --plans head --base base --stacks ../head/stacks --previews previews --out comment.md --sarif sarif
    """
    if (plans is None) != (base is None):
        raise BadInput("--plans and --base go together: one folder for each side of the comparison")
    if previews is not None and not previews.is_dir():
        raise BadInput(f"{previews}: no such folder")
    project = Project.find(cwd)
    screen = Screen.of_process(json=json or out is None)
    from seawall.cli import files, gate, reviewing
    from seawall.review.comment import rendered

    environments = [project.environment(name) for name in env or ()]
    if plans and base:
        pairs = reviewing.from_folders(plans, base, environments)
    else:
        pairs = reviewing.from_git(project, against, environments or list(project.environments), screen)
    reviews = [reviewing.reviewed(project, *pair, stacks, previews) for pair in pairs]
    verdicts = [review.report for review in reviews]
    document = {"reviews": [reviewing.document(review) for review in reviews]}
    if not json:
        files.write(screen, rendered(reviews, commit=commit).encode(), out, "the review")
    if sarif:
        reviewing.write_sarif(screen, reviews, sarif, stacks.parent if stacks else project.root)
    gate.refuse(verdicts, document)
    reviewing.refuse_previews(reviews, document)
    screen.result(document)
