"""`seawall release …`: a model to an endpoint's traffic, a step at a time, and back by itself where it is worse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seawall.cli.options import HERE, Cwd, Json, Local, Store, environment_names
from seawall.cli.screen import Screen

group = typer.Typer(
    name="release",
    help="Release models to online endpoints, step by step, and roll back by themselves.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The release file.")]
Env = Annotated[
    str,
    typer.Option("--env", "-e", metavar="ENV", help="The environment it goes to.", autocompletion=environment_names),
]
Why = Annotated[str, typer.Option("--why", metavar="WORDS", help="Why: kept on the endpoint and in its history.")]
UntilPaused = Annotated[
    bool, typer.Option("--until-paused", help="End once the release waits for a person, instead of waiting with it.")
]


@group.command("plan")
def plan(
    file: File, env: Env, local: Local = False, json: Json = False, cwd: Cwd = HERE, store: Store = None
) -> None:
    """Show what a release would do, and change nothing.

    The deployment, the steps with what is checked at each, hooks, quota, cost while old and new run side by side, and
    the verdict of the guardrails. Exits with 1 where a mandatory guardrail refuses, the model wasn't promoted to the
    environment, or the quota is too small.

    \b
    Example:
      seawall release plan releases/fraud.yaml --env prod
      seawall release plan releases/fraud.yaml --env dev --local --json | jq .guardrails
    """
    from seawall.cli import release_plan

    release_plan.show(Screen.of_process(json=json), file, env, local, cwd, store)


@group.command("start")
def start(
    file: File,
    env: Env,
    local: Local = False,
    again: Annotated[
        bool, typer.Option("--again", help="Begin once more a release that was rolled back or aborted.")
    ] = False,
    until_paused: UntilPaused = False,
    stay: Annotated[
        bool, typer.Option("--stay", help="Stay until the deployment that lost is removed, after its time.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Release what FILE says, or go on with it where an earlier start was stopped or killed.

    Guardrails and the model's promotion first, before anything is touched; then quota, deployment, autoscale, smoke
    tests, and traffic step by step, each step watched. What is worse than it may be is rolled back at once. Ctrl-C
    stops the watching and leaves the traffic as it is. --json writes an event a line, and the result at the end: a
    stream that jq reads.

    Exit codes: 0 released, or waiting for a person with --until-paused; 1 refused by a guardrail, rolled back or
    aborted; 2 the file is wrong; 3 the cloud failed, or someone else is changing the endpoint.

    \b
    Example:
      seawall release start releases/fraud.yaml --env dev --local
      seawall release start releases/fraud.yaml --env prod --json
    """
    from seawall.cli import release_run

    release_run.start(
        Screen.of_process(json=json), file, env, local, cwd, store, again=again, until_paused=until_paused, stay=stay
    )


@group.command("status")
def status(
    file: File, env: Env, local: Local = False, json: Json = False, cwd: Cwd = HERE, store: Store = None
) -> None:
    """Show where the endpoint's release stands, and who runs it.

    Everything is read from the endpoint's tags: it needs no controller, and the file only names the endpoint.

    \b
    Example:
      seawall release status releases/fraud.yaml --env prod
      seawall release status releases/fraud.yaml --env prod --json | jq .release.phase
    """
    from seawall.cli import release_status

    release_status.show(Screen.of_process(json=json), file, env, local, cwd, store)


@group.command("history")
def history(
    file: File,
    env: Env,
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many lines, the latest.")] = 30,
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Show what the endpoint's releases did: each transition with the traffic, why, and who.

    It is kept in the storage account of the workspace, in the container `seawall`, and nobody rewrites it.

    \b
    Example:
      seawall release history releases/fraud.yaml --env prod --number 100
    """
    from seawall.cli import release_status

    release_status.history(Screen.of_process(json=json), file, env, local, cwd, store, number)


@group.command("pause")
def pause(
    file: File,
    env: Env,
    why: Why = "",
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Hold a release where it is. It is still watched, and a failing look still rolls it back.

    Reaches the controller wherever it runs; with none running it is paused on the endpoint itself.

    Exit codes: 0 paused, or it was already; 1 there is nothing to pause.

    \b
    Example:
      seawall release pause releases/fraud.yaml --env prod --why "the claims team has questions"
    """
    from seawall.cli import release_run

    release_run.ask(Screen.of_process(json=json), file, env, local, cwd, store, "pause", why)


@group.command("resume")
def resume(
    file: File,
    env: Env,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve what waits for approval. You are put on record.")
    ] = False,
    why: Why = "",
    until_paused: UntilPaused = False,
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Let a paused release go on; with --approve, give the approval that it waits for.

    Where a controller runs, it goes on; where none does, this one takes over and watches until the end, or until the
    release waits for a person again with --until-paused.

    An approval is by the name in the Entra token of who is signed in. It holds off mistakes; against somebody who may
    change the endpoint's tags it proves nothing: `docs/delivery.md` says what does.

    Exit codes: 0 it goes on, or did already; 1 it doesn't: nothing waits for an approval, it is another's to give, or
    the release was rolled back. Where no controller runs, this is one, and ends as `start` does.

    \b
    Example:
      seawall release resume releases/fraud.yaml --env prod
      seawall release resume releases/fraud.yaml --env prod --approve --why "board of 1 December"
    """
    from seawall.cli import release_run

    command = "approve" if approve else "resume"
    release_run.ask(
        Screen.of_process(json=json), file, env, local, cwd, store, command, why, until_paused=until_paused
    )


@group.command("promote")
def promote(
    file: File,
    env: Env,
    why: Why = "",
    until_paused: UntilPaused = False,
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Skip the rest of the steps: all traffic to the new deployment, once hooks and approvals have agreed.

    Exit codes: 0 promoted, or released already; 1 it can't be now, and nothing was changed. Where no controller runs,
    this is one, and ends as `start` does.

    \b
    Example:
      seawall release promote releases/fraud.yaml --env prod --why "seen enough"
    """
    from seawall.cli import release_run

    release_run.ask(
        Screen.of_process(json=json), file, env, local, cwd, store, "promote", why, until_paused=until_paused
    )


@group.command("abort")
def abort(
    file: File,
    env: Env,
    why: Why = "",
    local: Local = False,
    json: Json = False,
    cwd: Cwd = HERE,
    store: Store = None,
) -> None:
    """Bring all traffic back to what answered before, at once; after a release too, while that is kept.

    Exit codes: 0 aborted, or rolled back already; 1 there is nothing to go back to, and nothing was changed.

    \b
    Example:
      seawall release abort releases/fraud.yaml --env prod --why "complaints from claims"
    """
    from seawall.cli import release_run

    release_run.ask(Screen.of_process(json=json), file, env, local, cwd, store, "abort", why)
