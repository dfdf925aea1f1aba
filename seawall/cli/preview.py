"""`seawall preview ENV`."""

from __future__ import annotations

from typing import Annotated

import typer

from seawall.cli.engines import is_pulumi
from seawall.cli.options import HERE, Cwd, Engine, Env, Json, Local, Store
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    local: Local = False,
    engine: Engine = None,
    diff: Annotated[
        bool, typer.Option("--diff", "-d", help="Show the properties of what would be created, too.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Show what `up` would do to ENV, property by property, and change nothing.

    Plans the environment, checks every guardrail, and compares the plan with what is there now. Use it before each
    `up`, and in a pull request's pipeline: it exits with 1 where a guardrail would refuse. What ENV needs (`shared`)
    is previewed with it.

    Symbols are Pulumi's: + create, ~ update, +- replace, - delete, = import.

    \b
    Example:
      seawall preview dev --local
      seawall preview dev --local --json | jq '.stacks[].counts'
    """
    if is_pulumi(local, engine):
        from seawall.cli import pulumi

        where = pulumi.Where(project=Project.of(env, cwd, store), screen=Screen.of_process(json=json), local=local)
        pulumi.preview(where, env, details=diff)
        return
    project = Project.of(env, cwd, store)
    from seawall.cli import changes, gate, planning, runs
    from seawall.local import deploy

    screen = Screen.of_process(json=json)
    plans = planning.plans(project, env, screen)
    with runs.local_azure(project) as azure:
        diffs = [deploy.preview(plan, azure) for plan in plans]
    for plan, found in zip(plans, diffs, strict=True):
        screen.say(f"Preview of {plan.stack} on the local Azure", style="bold")
        changes.show(screen, found, plan, details=diff)
        screen.say()
    verdicts = gate.judge(project, plans)
    gate.show(screen, verdicts)
    document = {
        "environment": env,
        "stacks": [changes.document(found) for found in diffs],
        "guardrails": gate.document(verdicts),
    }
    gate.refuse(verdicts, document)
    runs.refuse(diffs, document=document)
    screen.result(document)
