"""`seawall doctor ENV`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from seawall.cli.exits import BadInput, CloudFault
from seawall.cli.options import HERE, Cwd, Env, Json, Local, Store
from seawall.cli.project import Project
from seawall.cli.screen import Screen

if TYPE_CHECKING:
    from seawall.doctor.case import Case
    from seawall.doctor.examining import Examined
    from seawall.doctor.finding import Finding
    from seawall.doctor.port import Port
    from seawall.plan.model import Plan


def command(env: Env, local: Local = False, json: Json = False, cwd: Cwd = HERE, store: Store = None) -> None:
    """Examine whether ENV can be brought up: tools, login, rights, quotas, names. Changes nothing.

    Looks at this machine, the stack file, the login, the subscription, resource providers, regions, quotas for what the
    plan asks, names that must be free, soft-deleted leftovers, the caller's permissions against those that the plan
    needs, and Azure policies that would deny it. Each finding says how to mend it. Exits with 0 where nothing is in the
    way (warnings don't count), with 2 where this machine or the stack file is at fault, with 3 where the cloud is.

    \b
    Example:
      seawall doctor dev
      seawall doctor dev --local
      seawall doctor prod --json
    """
    project = Project.of(env, cwd, store)
    screen = Screen.of_process(json=json)
    from seawall.doctor.checks import CHECKS

    plans, faults = _planned(project, env, screen)
    with _port(project, local) as port:
        examined = _examined(screen, _case(project, env, local, port, plans, faults), CHECKS)
    show(screen, examined)
    _end(screen, env, examined)


def _planned(project: Project, env: str, screen: Screen) -> tuple[tuple[Plan, ...], tuple[str, ...]]:
    from seawall.cli import planning

    try:
        return planning.plans(project, env, screen), ()
    except BadInput as bad:
        return (), bad.messages


@contextmanager
def _port(project: Project, local: bool) -> Iterator[Port]:
    """Azure; or the local one, over HTTPS where it runs, else in process. Tests put their own here."""
    from seawall.delivery.port import CloudError
    from seawall.doctor.azure_port import AzurePort
    from seawall.doctor.port import Remembering

    port: Any = None
    try:
        if not local:
            port = Remembering(AzurePort())
            yield port
        elif _is_served(project):
            port = Remembering(AzurePort("the local Azure"))
            yield port
        else:
            from seawall.cli import runs
            from seawall.doctor.local_port import LocalPort

            with runs.local_azure(project) as azure:
                yield Remembering(LocalPort(azure, str(project.store)))
    except CloudError as error:
        raise CloudFault(str(error)) from None
    finally:
        if port is not None:
            port.close()


def _is_served(project: Project) -> bool:
    """Whether a server runs over the store; then this process becomes its client, as `seawall local env` says."""
    from seawall.local.https import running, surroundings
    from seawall.local.place import Place

    try:
        found = surroundings.of(Place(project.store))
    except running.NotRunning:
        return False
    for name in [name for name in os.environ if name.startswith("ARM_")]:
        del os.environ[name]  # a login of Azure's
    os.environ.update(found)
    return True


def _case(
    project: Project, env: str, local: bool, port: Port, plans: tuple[Plan, ...], faults: tuple[str, ...]
) -> Case:
    from seawall.azure.guid import TENANT
    from seawall.cli import planning
    from seawall.doctor.case import Case
    from seawall.doctor.machine import ThisMachine

    settings = None if faults else planning.settings(project, env)
    return Case(
        env=env,
        local=local,
        port=port,
        machine=ThisMachine(),
        root=project.root,
        store=project.store if local else None,
        plans=plans,
        input_faults=faults,
        tenant=str(settings.tenant) if settings else "",
        backend=(settings.state.backend or "") if settings else "",
        secrets_provider=settings.state.secrets_provider if settings else "passphrase",
        virtualenv=_virtualenv(project),
        known_any_tenant=TENANT if local else "",
    )


def _virtualenv(project: Project) -> str:
    import yaml

    from seawall.cli.project import PROJECT_FILE

    runtime = (yaml.safe_load((project.root / PROJECT_FILE).read_text(encoding="utf-8")) or {}).get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    return str((options or {}).get("virtualenv") or "")


def _examined(screen: Screen, case: Case, checks: Any) -> Sequence[Examined]:
    """Run the checks, with what is being looked at in motion on a terminal."""
    from seawall.doctor.examining import examine

    title = f"Examining {case.env} on {case.port.name}"
    if not screen.live:
        screen.say(title, style="bold")
        return examine(case, checks)
    with screen.out.status(title) as status:
        examined = examine(
            case, checks, lambda names, done, of: status.update(f"{title}  {done}/{of}  {', '.join(names)[:60]}")
        )
    screen.say(title, style="bold")
    return examined


def show(screen: Screen, examined: Sequence[Examined]) -> None:
    """A table on a terminal, in which each finding has how to mend it below; in a pipe a line for each."""
    if screen.out.is_terminal:
        screen.say(_table(examined))
        return
    width = max(len(one.check.title) for one in examined)
    for one in examined:
        for finding in _by_weight(one):
            word, _ = _symbol(finding)
            screen.say(f"  {word:<8} {one.check.title:<{width}}  {finding.message}")
            if finding.mend:
                screen.say(f"  {'':<8} {'':<{width}}  To mend it: {finding.mend}")


def _table(examined: Sequence[Examined]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in examined:
        for number, finding in enumerate(_by_weight(one)):
            word, style = _symbol(finding)
            text = Text(finding.message)
            if finding.mend:
                text.append(f"\nTo mend it: {finding.mend}", style="cyan")
            table.add_row(Text(f"  {word}", style=style), "" if number else one.check.title, text)
    return table


def _by_weight(examined: Examined) -> Sequence[Finding]:
    return sorted(examined.findings, key=lambda finding: -finding.level)


def _symbol(finding: Finding) -> tuple[str, str]:
    from seawall.doctor.finding import Level

    symbols = {
        Level.OK: ("ok", "green"),
        Level.SKIPPED: ("-", "dim"),
        Level.WARNING: ("warning", "yellow"),
        Level.FAULT: ("fault", "bold red"),
    }
    return symbols[finding.level]


def _end(screen: Screen, env: str, examined: Sequence[Examined]) -> None:
    """The verdict. Raises `BadInput` or `CloudFault` where there is a fault."""
    from seawall.cli.wording import count
    from seawall.doctor.examining import Side
    from seawall.doctor.finding import Level

    faults = [one for one in examined for finding in one.findings if finding.level is Level.FAULT]
    warnings = sum(finding.level is Level.WARNING for one in examined for finding in one.findings)
    document = {
        "environment": env,
        "faults": len(faults),
        "warnings": warnings,
        "checks": [one.document for one in examined],
    }
    screen.say()
    if not faults:
        told = f" {count(warnings, 'warning')}." if warnings else ""
        screen.say(f"{env}: nothing is in the way.{told}", style="bold")
        screen.result(document)
        return
    titles = ", ".join(dict.fromkeys(one.check.title for one in faults))
    here = any(one.check.side is Side.HERE for one in faults)
    stop = BadInput if here else CloudFault
    raise stop(
        f"{count(len(faults), 'fault')} in the way of {env}: {titles}",
        hint="Each says above how to mend it. Nothing was changed.",
        document=document,
    )
