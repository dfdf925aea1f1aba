"""`seawall leftovers ENV`."""

from __future__ import annotations

from typing import Annotated

import typer

from seawall.cli.options import HERE, Cwd, Env, Json, Local, Store, Yes
from seawall.cli.project import Project
from seawall.cli.screen import Screen


def command(
    env: Env,
    purge: Annotated[bool, typer.Option("--purge", help="Give them up for good: their names are free then.")] = False,
    local: Local = False,
    yes: Yes = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """List what was deleted of ENV and still keeps its name: vaults, workspaces, AI services. --purge frees the names.

    A creation under such a name fails until it is purged or recovered. Only what has an ID of ENV's plan, or was in one
    of its resource groups, is looked at. What has purge protection can't be purged: it says until when it stays. Azure
    lists deleted vaults, AI and API Management services; not deleted workspaces of Azure ML and Log Analytics, which
    the portal shows.

    \b
    Example:
      seawall leftovers dev --local
      seawall leftovers dev --purge --yes --json | jq '.leftovers[].id'
    """
    project = Project.of(env, cwd, store)
    from seawall.cli import planning, runs
    from seawall.cli.cleaning import bin_of
    from seawall.cli.wording import count
    from seawall.pipelines.leftovers import of_plan

    screen = Screen.of_process(json=json)
    plan = planning.plan(project, env, screen)
    with bin_of(project, local=local) as found_in:
        left = of_plan(plan, found_in)
        for one in left:
            kept = "" if one.purgeable else "  (has purge protection)"
            until = f", kept until {one.until}" if one.until else ""
            screen.say(f"  {one.arm_type} {one.name}{until}{kept}")
        purged = []
        if purge and any(one.purgeable for one in left):
            runs.confirm(screen, "Purge them? Nobody recovers them afterwards.", yes=yes)
            for one in left:
                if one.purgeable:
                    found_in.purge(one)
                    purged.append(one.id)
                    screen.say(f"  purged {one.name}", style="green")
    screen.say(f"{env}: {count(len(left), 'leftover')}, {len(purged)} purged", style="bold")
    screen.result({"environment": env, "leftovers": [one.document for one in left], "purged": purged})
