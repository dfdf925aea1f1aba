"""`seawall up ENV`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from seawall.cli.approving import Approved
from seawall.cli.engines import is_pulumi, refuse_with_pulumi
from seawall.cli.options import HERE, Cwd, Engine, Env, Json, Local, Store, Yes
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    local: Local = False,
    engine: Engine = None,
    yes: Yes = False,
    plan: Approved = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait while another run changes the same stack.")] = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Make ENV what its stack file says: create, update, replace and delete what differs.

    Plans the environment and checks every guardrail before anything changes; a mandatory violation stops it with exit
    code 1. What ENV needs (`shared`) is brought up first. Steps run in parallel, in dependency order, and each is on
    record: after Ctrl-C, a crash or a fault of the cloud, the same command goes on where it was left. A second run
    changes nothing. With --plan, nothing is done but what that preview showed: where something has changed since, it
    exits with 1 and changes nothing.

    \b
    Example:
      seawall up dev --local
      seawall up dev --local --yes --json > result.json
      seawall up prod --plan prod.json --yes
    """
    started = time.monotonic()
    if is_pulumi(local, engine):
        refuse_with_pulumi({"--wait": wait}, "Pulumi refuses while another run holds the stack; run it again then.")
        from seawall.cli import pulumi
        from seawall.cli.pulumi_where import Where

        where = Where(project=Project.of(env, cwd, store), screen=Screen.of_process(json=json), local=local)
        pulumi.up(where, env, yes=yes, approved=plan)
        return
    project = Project.of(env, cwd, store)
    from seawall.cli import approving, gate, planning, runs, summary
    from seawall.local import deploy

    screen = Screen.of_process(json=json)
    kept = approving.load(plan, env, summary.LOCAL.name)
    plans = planning.plans(project, env, screen)
    verdicts = gate.judge(project, plans)
    if gate.refused(verdicts):
        gate.show(screen, verdicts, least=gate.Level.MANDATORY)
        gate.refuse(verdicts, {"environment": env, "guardrails": gate.document(verdicts)})
    with runs.local_azure(project) as azure:
        diffs = [deploy.preview(plan, azure) for plan in plans]
        runs.refuse(diffs)
        approving.hold(kept, plans, diffs)
        if any(diff.changed or diff.pending for diff in diffs):
            runs.tell(screen, diffs)
            runs.confirm(screen, "Go ahead?", yes=yes)
        results = runs.up(screen, plans, diffs, azure, wait=wait)
    currency = planning.settings(project, env).budget.currency
    took = time.monotonic() - started
    summary.show(screen, env, plans, results, verdicts, currency=currency, seconds=took)
    document = summary.document(env, plans, results, verdicts)
    runs.fail_on(results, document)
    screen.result(document)
