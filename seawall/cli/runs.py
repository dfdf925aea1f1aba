"""What `up`, `preview`, `destroy` and `refresh` share: the local Azure opened, its errors told, a run watched."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from rich.text import Text

from seawall.cli import planning
from seawall.cli.exits import BadInput, CloudFault, Declined, GuardrailRefusal
from seawall.cli.progress import progress
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.cli.wording import FUTURE, by_name, counts, readable
from seawall.local import deploy
from seawall.local.azure import LocalAzure
from seawall.local.deploy import Diff
from seawall.local.errors import LocalError, Refused, StackBusy, StateChanged, StoreError
from seawall.local.events import Summary
from seawall.plan.model import Plan

UNCHANGED = "Nothing was changed."
AGAIN = "Run the same command again: it looks at what is there now and goes on from it."


@contextmanager
def local_azure(project: Project) -> Iterator[LocalAzure]:
    """The project's local Azure. What it raises while open becomes a message and an exit code."""
    try:
        project.store.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CloudFault(f"{project.store.parent}: can't be made: {error.strerror}") from None
    try:
        with LocalAzure.open(project.store) as azure:
            yield azure
    except Refused as refused:
        raise GuardrailRefusal([readable(problem) for problem in refused.problems], hint=UNCHANGED) from None
    except StackBusy as busy:
        raise CloudFault(str(busy), hint=UNCHANGED) from None
    except StateChanged as changed:
        raise CloudFault(str(changed), hint=AGAIN) from None
    except StoreError as error:
        raise CloudFault(str(error), hint="Name another file with --store, or move this one away.") from None
    except LocalError as error:
        raise CloudFault(str(error), hint=AGAIN) from None


def needing(project: Project, env: str, azure: LocalAzure) -> tuple[str, ...]:
    """Why an environment can't go: one line for each other that is up and needs it."""
    found = []
    for info in deploy.stacks(azure):
        if info.ids and info.stack != env and info.stack in project.environments:
            with suppress(BadInput):  # a stack file that can't be read says nothing of what it needs
                found += [info.stack] if env in planning.needed(project, info.stack) else []
    return tuple(f"{stack} is up and needs {env}: destroy {stack} first" for stack in found)


def refuse(
    diffs: Iterable[Diff],
    others: Iterable[str] = (),
    *,
    hint: str = UNCHANGED,
    document: Mapping[str, Any] | None = None,
) -> None:
    """Stop before anything changes, with every problem of the diffs and every other one."""
    problems = [*(readable(problem) for diff in diffs for problem in diff.problems), *others]
    if problems:
        raise GuardrailRefusal(problems, hint=hint, document=document)


def tell(screen: Screen, diffs: Iterable[Diff]) -> None:
    """One line for each stack, on what a run is about to do."""
    for diff in diffs:
        screen.say(Text.assemble(("Plan ", "dim"), (f"{diff.stack}: ", "bold"), counts(diff.counts, FUTURE)))
        for warning in diff.warnings:
            screen.warn(readable(warning))


def up(
    screen: Screen, plans: Sequence[Plan], diffs: Sequence[Diff], azure: LocalAzure, *, wait: bool
) -> tuple[Summary, ...]:
    """Bring the stacks up one after the other; after one that fails, the rest is left alone.

    A stack about which there is nothing to do is left alone, too.
    """
    settings = deploy.RunSettings(wait=wait, command=f"seawall up {plans[-1].stack}")
    summaries: list[Summary] = []
    for plan, diff in zip(plans, diffs, strict=True):
        if not diff.changed and not diff.pending:
            summaries.append(Summary(stack=plan.stack, counts=diff.counts))
            continue
        with progress(screen, f"Deploying {plan.stack} to the local Azure", diff) as listen:
            summaries.append(deploy.up(plan, azure, listen=listen, settings=settings, expected=diff))
        if not summaries[-1].succeeded:
            break
    return tuple(summaries)


def confirm(screen: Screen, question: str, *, yes: bool) -> None:
    """Ask, unless the answer was given already. Raises `BadInput` where there is nobody to ask."""
    if yes:
        return
    if screen.json or not sys.stdin.isatty() or not screen.out.is_terminal:
        raise BadInput(f"{question} There is no terminal to ask at.", hint="Say --yes to go ahead without being asked.")
    import typer

    if not typer.confirm(question):
        raise Declined("not confirmed", hint=UNCHANGED)


def fail_on(summaries: Iterable[Summary], document: Mapping[str, Any]) -> None:
    """Raise `CloudFault` with every step that failed, if any did."""
    summaries = tuple(summaries)
    failures = [failure for summary in summaries for failure in summary.failures]
    faults = [readable(f"{failure.urn} ({failure.id}): {failure.error}") for failure in failures]
    skipped = sum(len(summary.skipped) for summary in summaries)
    if faults or skipped:
        left = f" {skipped} steps that need these were not tried." if skipped else ""
        raise CloudFault(faults or ["the run did not finish"], hint=AGAIN + left, document=document)


def document(summary: Summary) -> dict[str, Any]:
    """How a run ended, as JSON."""
    return {
        "stack": summary.stack,
        "succeeded": summary.succeeded,
        "counts": by_name(summary.counts),
        "failures": [
            {"urn": item.urn, "id": item.id, "op": item.op.value, **item.error.body} for item in summary.failures
        ],
        "skipped": [{"urn": item.urn, "op": item.op.value, "because": item.because} for item in summary.skipped],
        "resumed": summary.resumed,
        "recovered": list(summary.recovered),
        "leftSoftDeleted": list(summary.left_soft_deleted),
        "seconds": round(summary.seconds, 3),
    }
