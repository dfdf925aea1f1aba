"""`seawall graph ENV`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import HERE, Cwd, Env
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Its ending says which: .svg a picture, .mmd Mermaid.")
    ],
    cwd: Cwd = HERE,
) -> None:
    """Draw ENV as a picture that a person understands.

    Boxes are resource groups, nodes are components with the number of resources that each stands for, and an arrow
    leads from what is needed to what needs it. The picture reads on light and on dark pages; Mermaid is drawn by
    GitHub, GitLab and Azure DevOps inside Markdown.

    \b
    Example:
      seawall graph dev --out docs/dev.svg
      seawall graph prod --out prod.mmd
    """
    kinds = ("svg", "mmd")
    kind = out.suffix.lower().removeprefix(".")
    if kind not in kinds:
        raise BadInput(f"{out}: the file's name must end in .svg or .mmd")
    project = Project.of(env, cwd)
    from seawall.cli import files, planning
    from seawall.plan import graph

    screen = Screen.of_process()
    plan = planning.plan(project, env, screen)
    drawn = graph.picture(plan)
    text = graph.svg(drawn) if kind == "svg" else graph.mermaid(drawn)
    files.write(screen, text.encode(), out, f"a picture of {env} ({drawn.subtitle})")
