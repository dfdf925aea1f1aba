"""`seawall refresh ENV`."""

from __future__ import annotations

from seawall.cli.engines import is_pulumi
from seawall.cli.options import HERE, Cwd, Engine, Env, Json, Local, Store
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    local: Local = False,
    engine: Engine = None,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Find what was changed or deleted behind ENV's back, and take note of it.

    Changes nothing in the cloud: it reads everything that ENV owns and tells what is no longer as the last `up` left
    it. The next `up` repairs it. An endpoint's live traffic belongs to releases and is never drift.

    \b
    Example:
      seawall refresh dev --local
      seawall refresh dev --local --json | jq '.drifts[].id'
    """
    if is_pulumi(local, engine):
        from seawall.cli import pulumi
        from seawall.cli.pulumi_where import Where

        where = Where(project=Project.of(env, cwd, store), screen=Screen.of_process(json=json), local=local)
        pulumi.refresh(where, env)
        return
    project = Project.find(cwd, store)
    if not project.store.exists():
        project.environment(env)
    from seawall.cli import drift, runs
    from seawall.cli.progress import progress
    from seawall.local import deploy

    screen = Screen.of_process(json=json)
    with runs.local_azure(project) as azure:
        if env not in {info.stack for info in deploy.stacks(azure)}:
            project.environment(env)
        settings = deploy.RunSettings(command=f"seawall refresh {env}")
        with progress(screen, f"Reading {env} from the local Azure") as listen:
            found = deploy.refresh(env, azure, listen=listen, settings=settings)
    drift.show(screen, found)
    screen.result(drift.document(found))
