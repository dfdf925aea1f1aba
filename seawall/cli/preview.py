"""`seawall preview ENV`."""

from __future__ import annotations

from typing import Annotated

import typer

from seawall.cli.approving import Markdown, SavePlan
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
    save_plan: SavePlan = None,
    markdown: Markdown = None,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Show what `up` would do to ENV, property by property, and change nothing.

    Plans the environment, checks every guardrail, and compares the plan with what is there now. Use it before each
    `up`, and in a pull request's pipeline: it exits with 1 where a guardrail would refuse. What ENV needs (`shared`)
    is previewed with it. With --save-plan, `seawall up ENV --plan FILE` does later what is shown now, or nothing.

    Symbols are Pulumi's: + create, ~ update, +- replace, - delete, = import.

    \b
    Example:
      seawall preview dev --local
      seawall preview dev --local --json | jq '.stacks[].counts'
      seawall preview prod --save-plan prod.json; seawall up prod --plan prod.json
    """
    if is_pulumi(local, engine):
        from seawall.cli import pulumi
        from seawall.cli.pulumi_where import Where

        where = Where(project=Project.of(env, cwd, store), screen=Screen.of_process(json=json), local=local)
        pulumi.preview(where, env, details=diff, save_plan=save_plan, markdown=markdown)
        return
    project = Project.of(env, cwd, store)
    from seawall.cli import approving, changes, gate, planning, runs, summary
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
    approving.save(screen, save_plan, env, summary.LOCAL.name, plans, diffs)
    approving.tell(markdown, env, summary.LOCAL.name, diffs)
    screen.result(document)
