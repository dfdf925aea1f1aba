"""`seawall export ENV`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from seawall.cli.options import HERE, Cwd, Env, Out
from seawall.cli.project import Project
from seawall.cli.screen import Screen


class Format(StrEnum):
    ARM = "arm"


def command(
    env: Env,
    format: Annotated[Format, typer.Option("--format", help="arm: one flat ARM template.")] = Format.ARM,
    out: Out = None,
    cwd: Cwd = HERE,
) -> None:
    """Write ENV in a format that other tools read, for analysis.

    `arm` is one flat ARM template with every body as the REST API takes it, for checkov, PSRule or your own scripts.
    Its values are literal and its secrets masked: it is to be read, not to be deployed.

    \b
    Example:
      seawall export prod --format arm --out prod.json
      checkov -f prod.json --framework arm
    """
    project = Project.of(env, cwd)
    from msgspec.json import encode
    from msgspec.json import format as indented

    from seawall.cli import files, planning
    from seawall.plan.export import arm_template

    screen = Screen.of_process(json=files.is_stdout(out) or out is None)
    plan = planning.plan(project, env, screen)
    template = indented(encode(arm_template(plan)), indent=2) + b"\n"
    files.write(screen, template, out, f"an ARM template of {len(plan.managed)} resources")
