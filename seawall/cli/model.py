"""`seawall model …`: promote a model version from one environment to the next, approve it, and see its history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.exits import BadInput, CloudFault, GuardrailRefusal
from seawall.cli.options import HERE, Cwd, Json, Local, Store, Yes
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.cli.signing_in import sign_in_locally

group = typer.Typer(
    name="model",
    help="Promote models from one environment to the next, through gates, with an audit record.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Model = Annotated[str, typer.Argument(metavar="NAME:VERSION", help="The model version.")]
From = Annotated[
    str, typer.Option("--from", metavar="ENV", help="Where it comes from: an environment, or `registry`.")
]
To = Annotated[str, typer.Option("--to", metavar="TARGET", help="Where it goes: `registry`, or an environment.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="The promotion policy. Default: promotion.yaml.")
]
Environment = Annotated[
    str, typer.Option("--in", metavar="ENV", help="Where to look: an environment, or `registry`.")
]


@group.command("promote")
def promote(
    model: Model,
    target: To,
    source: From = "dev",
    policy: PolicyFile = None,
    local: Local = False,
    yes: Yes = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Promote NAME:VERSION, the same bytes, once the gates of the policy are passed.

    `--to registry` copies it from a workspace to the registry that all environments share; `--to ENV` lets the
    registry's copy into an environment. Each decision goes into the audit record of the target. Exit code 1 where a
    gate is closed or an approval is missing: no model was copied. After a kill the same command finishes the rest.

    \b
    Example:
      seawall model promote claims-fraud:2 --from dev --to registry
      seawall model promote claims-fraud:2 --from registry --to prod --json
    """
    from seawall.cli import model_view, promotions, runs
    from seawall.delivery.promotion import promote as work
    from seawall.delivery.promotion.gates import Decision

    project = Project.find(cwd, store)
    screen = Screen.of_process(json=json)
    asked = promotions.asked(project, screen, model, source, target, policy)
    if local:
        sign_in_locally(project)
    with _faults(), promotions.places(asked, measuring=True) as places:
        from seawall.delivery.promotion.examination import examine

        desk = work.Desk(asked.world.person(), say=screen.say)
        with screen.working(f"Examining {model}"):
            examined = examine(asked.request, places, desk.person)
        done = examined.promoted
        if done is not None and examined.stamped and examined.facts.standing in (None, examined.facts.digest):
            screen.say(f"{model} is in {target} already: promoted {done.at} by {done.by}. Nothing to do.")
            screen.result(model_view.document(examined, done))
            return
        if done is None:
            model_view.show(screen, examined)
        decision = examined.verdict.decision
        if decision is not Decision.ALLOWED and done is None:
            (work.refuse if decision is Decision.REFUSED else work.ask)(examined, places, desk)
            raise model_view.refusal(examined)
        runs.confirm(screen, f"Promote {model} to {target}?", yes=yes)
        record = work.carry_out(examined, places, desk)
    model_view.promoted(screen, examined, record)
    screen.result(model_view.document(examined, record))


@group.command("approve")
def approve(
    model: Model,
    target: To,
    source: From = "dev",
    policy: PolicyFile = None,
    local: Local = False,
    yes: Yes = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Approve the promotion of NAME:VERSION to TARGET, as the person who is signed in.

    The approval is of the model's bytes as they are now, and goes into the audit record of the target. Who asked for
    the promotion can't approve it, unless the policy says so.

    \b
    Example:
      seawall model approve claims-fraud:2 --from registry --to prod
    """
    from seawall.cli import promotions, runs
    from seawall.delivery.promotion import promote as work
    from seawall.delivery.promotion.examination import examine

    project = Project.find(cwd, store)
    screen = Screen.of_process(json=json)
    asked = promotions.asked(project, screen, model, source, target, policy)
    if local:
        sign_in_locally(project)
    with _faults(), promotions.places(asked, measuring=False) as places:
        desk = work.Desk(asked.world.person(), say=screen.say)
        examined = examine(asked.request, places, desk.person)
        work.may_approve(examined, desk)
        digest = examined.facts.digest
        runs.confirm(screen, f"Approve {model} (SHA-256 {digest[:12]}…) for {target} as {desk.person.by}?", yes=yes)
        record = work.approve(examined, places, desk)
    said = "approved" if record else "had approved before"
    screen.say(f"{desk.person.by} {said} {model} for {target}: SHA-256 {digest}")
    screen.result({"model": model, "target": target, "by": desk.person.by, "digest": digest, "new": record is not None})


@group.command("show")
def show(
    model: Model,
    where: Environment = "registry",
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Show NAME:VERSION: its type, tags, and where it has been promoted to.

    \b
    Example:
      seawall model show claims-fraud:2
      seawall model show claims-fraud:2 --in dev --json
    """
    from seawall.cli import model_view, planning, promotions

    project = Project.find(cwd, store)
    screen = Screen.of_process(json=json)
    name = promotions.model_name(model)
    world = promotions.World(project, screen)
    env = where if where != "registry" else project.environments[0]
    registry = planning.settings(project, env).shared_registry_name
    if local:
        sign_in_locally(project)
    with _faults():
        shelf = world.registry(registry) if where == "registry" else world.workspace(where)
        found = shelf.registered(name)
        if found is None:
            raise BadInput(f"{where} has no model {model} ({shelf.name})")
    model_view.show_registered(screen, found, where)


@group.command("history")
def history(
    model: Annotated[str, typer.Argument(metavar="NAME", help="The model, or NAME:VERSION.")],
    target: Annotated[
        str, typer.Option("--to", metavar="TARGET", help="Of which target: `registry`, or an environment.")
    ] = "registry",
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Show the audit record of a model: who asked, approved, refused and promoted what, and when.

    The record's chain of hashes is checked on the way, and that what the registry's tags say is in it.

    \b
    Example:
      seawall model history claims-fraud
      seawall model history claims-fraud:2 --to prod --json
    """
    from seawall.cli import model_view, planning, promotions
    from seawall.delivery.promotion import chain

    project = Project.find(cwd, store)
    screen = Screen.of_process(json=json)
    name, _, version = model.partition(":")
    env = target if target != "registry" else project.environments[0]
    registry = planning.settings(project, env).shared_registry_name
    world = promotions.World(project, screen)
    if local:
        sign_in_locally(project)
    with _faults():
        records = world.log(target).records()
        missing = chain.missing(records, world.registry(registry).versions(name), target)
    mine = [one for one in records if one.model == name and version in ("", one.version)]
    model_view.show_history(screen, mine, missing)


@contextmanager
def _faults() -> Iterator[None]:
    """What promotion raises, as the errors that end a command."""
    from seawall.delivery.port import CloudError
    from seawall.delivery.promotion import audit, examination, log, promote

    try:
        yield
    except examination.NoSuchModel as error:
        raise BadInput(str(error)) from None
    except promote.NotYours as error:
        raise GuardrailRefusal(str(error)) from None
    except (audit.Tampered, promote.BytesDiffer, log.Crowded, CloudError) as error:
        raise CloudFault(str(error)) from None
