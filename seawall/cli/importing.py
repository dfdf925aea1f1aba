"""`seawall import ENV SOURCE...`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli.exits import BadInput
from seawall.cli.options import HERE, Cwd, Json, Local, Store
from seawall.cli.project import Project
from seawall.cli.screen import Screen

if TYPE_CHECKING:
    from seawall.importing.asking import Ask
    from seawall.importing.existing import Inventory
    from seawall.importing.sayable import Sayable
    from seawall.plan.model import Plan

_ENV = re.compile(r"[a-z][a-z0-9]{1,9}")
_HINT = "Nothing was written."


def command(
    env: Annotated[str, typer.Argument(metavar="ENV", help="The environment to write: stacks/Pulumi.ENV.yaml.")],
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="What exists: GROUP=FILE, a resource group's template as `az group export` writes it; or FILE, a "
            "list of IDs, one on a line or as `az resource list` writes it; - is stdin.",
        ),
    ],
    subscription: Annotated[
        str, typer.Option("--subscription", metavar="GUID", help="Where the templates were exported from.")
    ] = "",
    workspace: Annotated[
        str, typer.Option("--workspace", metavar="NAME", help="The workspace, where there are several.")
    ] = "",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting that can't be told, or wins: network.mode=managed."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="Pulumi's import list. Default: import-ENV.json.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a stack file or a list that exists.")] = False,
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Bring an existing workspace under Seawall: its stack file, Pulumi's import list, and what would change.

    The stack file says what can be told from what exists; what can't is asked for, all at once. Then it is planned
    offline and held against what exists: imported as it is, imported and changed (property by property), made anew,
    left alone. Templates are read without any login; for a list of IDs, Azure is asked (the local one with --local).
    Nothing in Azure changes, and no file is written before all of this has succeeded.

    \b
    Example:
      az group export --name rg-ml > rg-ml.json
      seawall import dev rg-ml=rg-ml.json --subscription GUID --set budget.amount=1500
      az resource list --query [].id -o tsv | seawall import dev -
    """
    project = Project.find(cwd, store)
    screen = Screen.of_process(json=json)
    from seawall.cli import imported, importing_sources

    files = _free(project, env, out, force)
    asked = importing_sources.settings(given or [])
    with importing_sources.asker(project, local) as ask:
        found = importing_sources.read(sources, subscription, ask, screen)
        said, unsaid = _said(found.inventory, env, workspace, asked)
        plan = _plan(project, env, said, screen)
        inventory = _completed(found.inventory, plan, ask if found.asked else None)
    from seawall.importing.comparing import compared
    from seawall.importing.listing import import_list

    comparison = compared(plan, inventory)
    imported.write(files, said.text, import_list(plan, comparison.matches))
    report = imported.Report(
        env=env, comparison=comparison, unsaid=(*unsaid, *said.taken_out), unread=found.unread, files=files
    )
    for line in imported.lines(report):
        screen.say(line)
    screen.result(imported.document(report))


def _free(project: Project, env: str, out: Path | None, force: bool) -> tuple[Path, Path]:
    """The stack file and the import list, neither of which exists unless it may be overwritten. Raises `BadInput`."""
    if not _ENV.fullmatch(env):
        raise BadInput(f"{env!r} is no name for an environment: it takes 2 to 10 lower-case letters and digits")
    files = (project.root / "stacks" / f"Pulumi.{env}.yaml", out or project.root / f"import-{env}.json")
    taken = [] if force else [path for path in files if path.exists()]
    if taken:
        messages = [f"{path} exists already" for path in taken]
        raise BadInput(messages, hint=f"{_HINT} Choose another name, or overwrite it with --force.")
    return files


def _said(inventory: Inventory, env: str, workspace: str, given: dict[str, Any]) -> tuple[Sayable, tuple[str, ...]]:
    from seawall.importing.sayable import sayable
    from seawall.importing.telling import NotTold, told
    from stacks.settings import SettingsErrors

    try:
        found = told(inventory, env, workspace=workspace, given=given)
        return sayable(found.settings, env), found.unsaid
    except NotTold as missing:
        raise BadInput(missing.faults, hint=_HINT) from None
    except SettingsErrors as errors:
        hint = f"{_HINT} Say another value with --set KEY=VALUE."
        raise BadInput([str(error) for error in errors.errors], hint=hint) from None


def _plan(project: Project, env: str, said: Sayable, screen: Screen) -> Plan:
    from seawall.plan.errors import PlanErrors
    from seawall.plan.project import plan_project

    config = said.configuration
    try:
        with screen.working(f"Planning {env}"):
            return plan_project(project.root, env, config.values, secret_keys=config.secrets)
    except PlanErrors as errors:
        hint = f"{_HINT} It is the plan of what exists; say another value with --set KEY=VALUE."
        raise BadInput(errors.errors, hint=hint) from None


def _completed(inventory: Inventory, plan: Plan, ask: Ask | None) -> Inventory:
    """The inventory with what the plan has besides, where Azure can be asked whether it exists."""
    if ask is None:
        return inventory
    from seawall.importing.asking import fetched

    return inventory.with_more(fetched((one.id for one in plan.managed if one.arm and one.id not in inventory), ask))
