"""`seawall plan ENV`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.options import HERE, Cwd, Env, Json
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the plan there, as JSON; - is stdout.")
    ] = None,
    json: Json = False,
    cwd: Cwd = HERE,
) -> None:
    """Work out everything that ENV consists of, without touching any cloud.

    Runs the environment's program offline: no account, no credentials, no Pulumi CLI. The plan names each resource
    with its ARM ID, inputs, expected outputs and dependencies. Secrets are marked and never in the file. Without
    --out, it lists how many resources of which type there are; --json writes the plan itself.

    \b
    Example:
      seawall plan prod --out prod.json
      seawall plan dev --json | jq -r '.resources[].id'
    """
    project = Project.of(env, cwd)
    from seawall.cli import files, planning
    from seawall.cli.wording import count, short_type
    from seawall.plan.files import to_json

    screen = Screen.of_process(json=json or files.is_stdout(out))
    plan = planning.plan(project, env, screen)
    if screen.json or out:
        files.write(screen, to_json(plan), None if screen.json and not out else out, f"the plan of {env}")
        return
    numbers = Counter(short_type(resource.type) for resource in plan.managed)
    for token, number in sorted(numbers.items()):
        screen.say(f"{number:5}  {token}")
    components = sum(not resource.custom for resource in plan.resources)
    screen.say(f"{len(plan.managed):5}  resources of {count(len(numbers), 'type')} in {components} components", "bold")
