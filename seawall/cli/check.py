"""`seawall check ENV`."""

from __future__ import annotations

from seawall.cli.options import HERE, Cwd, Env, Json
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(env: Env, json: Json = False, cwd: Cwd = HERE) -> None:
    """Check ENV against every guardrail, without touching any cloud.

    The same rules and the same verdict as in `preview` and `up`. Each violation says what is wrong, on which resource,
    and how to mend it. Exits with 1 where a mandatory rule is broken; advisory ones are told and let through.

    \b
    Example:
      seawall check prod
      seawall check prod --json | jq '.guardrails.stacks[].violations[].rule'
    """
    project = Project.of(env, cwd)
    from seawall.cli import gate, planning

    screen = Screen.of_process(json=json)
    verdicts = gate.judge(project, (planning.plan(project, env, screen),))
    gate.show(screen, verdicts)
    document = {"environment": env, "guardrails": gate.document(verdicts)}
    gate.refuse(verdicts, document)
    screen.result(document)
