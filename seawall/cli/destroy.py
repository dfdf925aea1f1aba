"""`seawall destroy ENV`."""

from __future__ import annotations

from typing import Annotated

import typer

from seawall.cli.engines import is_pulumi, refuse_with_pulumi
from seawall.cli.options import HERE, Cwd, Engine, Env, Json, Local, Store, Yes
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    local: Local = False,
    engine: Engine = None,
    yes: Yes = False,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also free the names of what Azure only soft-deletes: vaults, workspaces.")
    ] = False,
    lift_protection: Annotated[
        bool, typer.Option("--lift-protection", help="Delete what is protected, too, as in production.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait while another run changes the same stack.")] = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Delete everything that ENV owns, and nothing else.

    Works from what is on record, so it needs no valid stack file. What depends on something goes before it. Locks of
    the stack are lifted; what is protected is refused with exit code 1 unless --lift-protection is given. Azure
    keeps a vault or a workspace soft-deleted, its name taken; on the local Azure the next `up` recovers it, `--purge`
    frees the name. On Azure `seawall doctor` says what is left, and `seawall leftovers --purge` frees the names.

    \b
    Example:
      seawall destroy dev --local
      seawall destroy dev --local --purge --yes
    """
    if is_pulumi(local, engine):
        refuse_with_pulumi({"--purge": purge, "--wait": wait}, f"`seawall leftovers {env} --purge` frees names.")
        from seawall.cli import pulumi
        from seawall.cli.pulumi_where import Where

        where = Where(project=Project.of(env, cwd, store), screen=Screen.of_process(json=json), local=local)
        pulumi.destroy(where, env, yes=yes, lift_protection=lift_protection)
        return
    project = Project.find(cwd, store)
    if not project.store.exists():
        project.environment(env)
    from seawall.cli import changes, runs
    from seawall.cli.progress import progress
    from seawall.cli.wording import azure_name, counts, duration
    from seawall.local import deploy

    screen = Screen.of_process(json=json)
    with runs.local_azure(project) as azure:
        if env not in {info.stack for info in deploy.stacks(azure)}:
            project.environment(env)
        diff = deploy.preview_destroy(env, azure, lift_protection=lift_protection)
        needing = () if lift_protection else runs.needing(project, env, azure)
        advice = "" if lift_protection else " --lift-protection goes ahead all the same."
        runs.refuse([diff], needing, hint=runs.UNCHANGED + advice)
        if not diff.changed and not diff.pending:
            screen.say(f"{env} owns nothing on the local Azure: there is nothing to delete.")
            screen.result({"environment": env, "succeeded": True, "counts": {}})
            return
        if not yes:
            changes.show(screen, diff, None)
        runs.confirm(screen, f"Delete all of {env}?", yes=yes)
        settings = deploy.RunSettings(wait=wait, command=f"seawall destroy {env}")
        with progress(screen, f"Deleting {env} from the local Azure", diff) as listen:
            result = deploy.destroy(
                env, azure, purge=purge, lift_protection=lift_protection, listen=listen, settings=settings
            )
    screen.say()
    screen.say(f"{env}: {counts(result.counts)} in {duration(result.seconds)}", style="bold")
    if result.left_soft_deleted:
        names = ", ".join(sorted(azure_name(id) for id in result.left_soft_deleted))
        screen.say(f"  Soft-deleted, names still taken: {names}")
        screen.say("  The next `up` recovers them; `--purge` frees the names that Azure lets go.")
    document = {"environment": env, **runs.document(result)}
    runs.fail_on([result], document)
    screen.result(document)
