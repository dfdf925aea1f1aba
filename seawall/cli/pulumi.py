"""`preview`, `up`, `refresh` and `destroy` through Pulumi's own engine: on Azure, or, with --local, on this machine."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seawall.cli import approving, changes, drift, gate, planning, pulumi_verdict, runs, summary
from seawall.cli.exits import BadInput, CloudFault, GuardrailRefusal
from seawall.cli.progress import progress
from seawall.cli.pulumi_where import Where
from seawall.cli.wording import count, counts, duration
from seawall.engine.explaining import Surroundings, remedy
from seawall.engine.locks import in_the_way
from seawall.engine.stack import EngineStack, Preview, plan_folder
from seawall.local.events import Summary
from seawall.local.refreshing import Drift, Refreshed
from seawall.pipelines.approval import Approval
from seawall.plan.model import Plan

# The commands ----------------------------------------------------------------------------------------------------


def preview(
    where: Where, env: str, *, details: bool = False, save_plan: Path | None = None, markdown: Path | None = None
) -> None:
    """Show what the engine would do, under the policy pack. Raises `GuardrailRefusal` where that stands against it."""
    plans = planning.plans(where.project, env, where.screen)
    verdicts = gate.judge(where.project, plans)
    with plan_folder() as folder:
        previews = [_previewed(where, plan, folder, details=details) for plan in plans]
        gate.show(where.screen, verdicts)
        pulumi_verdict.compare(where.screen, plans, verdicts, previews)
        document = pulumi_verdict.document(env, previews, verdicts)
        gate.refuse(verdicts, document)
        pulumi_verdict.refuse(previews, document)
        diffs, updates = [one.diff for one in previews], [one.plan for one in previews]
        approving.save(where.screen, save_plan, env, where.name, plans, diffs, updates)
    approving.tell(markdown, env, where.name, diffs)
    where.screen.result(document)


def up(where: Where, env: str, *, yes: bool, approved: Path | None = None) -> None:
    """Bring an environment up: for each stack a preview under the policy pack, then the update of just that plan."""
    started = time.monotonic()
    kept = approving.load(approved, env, where.name)
    plans = planning.plans(where.project, env, where.screen)
    verdicts = gate.judge(where.project, plans)
    if gate.refused(verdicts):
        gate.show(where.screen, verdicts, least=gate.Level.MANDATORY)
        gate.refuse(verdicts, {"environment": env, "guardrails": gate.document(verdicts)})
    results: list[Summary] = []
    with plan_folder() as folder:
        for plan in plans:
            with where.stack(plan.stack, plan) as stack:
                results.append(_brought_up(where, stack, plan, folder, yes=yes, kept=kept))
            if not results[-1].succeeded:
                break
    currency = planning.settings(where.project, env).budget.currency
    took = time.monotonic() - started
    summary.show(where.screen, env, plans, results, verdicts, currency=currency, seconds=took, cloud=where.cloud)
    document = summary.document(env, plans, results, verdicts)
    _fail_on(results, document, where)
    where.screen.result(document)


def refresh(where: Where, env: str) -> None:
    """Read everything that the environment owns from the cloud into its state, and tell what differed."""
    with where.stack(env) as stack:
        _must_exist(where, stack)
        with progress(where.screen, f"Reading {env} from {where.name}") as listen:
            started = time.monotonic()
            seen = stack.refresh(listen)
    drifts = tuple(
        Drift(urn=c.urn, type=c.type, name=c.name, id=c.id, deleted=c.op == "delete", changes=c.changes)
        for c in seen.drifted
    )
    found = Refreshed(stack=env, drifts=drifts, checked=seen.looked_at, seconds=time.monotonic() - started)
    drift.show(where.screen, found, where.cloud)
    where.screen.result(drift.document(found))


def destroy(where: Where, env: str, *, yes: bool, lift_protection: bool) -> None:
    """Delete all that the environment owns, after showing it; protection is lifted only after the answer."""
    screen = where.screen
    needing = () if lift_protection else _needing(where, env)
    with where.stack(env) as stack:
        _must_exist(where, stack)
        if needing:
            raise GuardrailRefusal(needing, hint=f"{runs.UNCHANGED} --lift-protection goes ahead all the same.")
        _settle(where, stack)
        diff = stack.owned() if lift_protection else stack.preview_destroy()
        if not diff.changed:
            screen.say(f"{env} owns nothing on {where.name}: there is nothing to delete.")
            screen.result({"environment": env, "succeeded": True, "counts": {}})
            return
        if not yes:
            changes.show(screen, diff, None)
        runs.confirm(screen, f"Delete all of {env}?", yes=yes)
        if lift_protection:
            stack.unprotect()
        if locks := in_the_way(diff, None):
            stack.lift(locks)
        with progress(screen, f"Deleting {env} from {where.name}", diff) as listen:
            result = stack.destroy(diff, listen)
    screen.say()
    screen.say(f"{env}: {counts(result.counts)} in {duration(result.seconds)}", style="bold")
    document = {"environment": env, **runs.document(result)}
    _fail_on([result], document, where)
    screen.result(document)


def _needing(where: Where, env: str) -> tuple[str, ...]:
    """Why an environment can't go: one line for each other that is up in the same backend and needs it."""
    found = []
    for other in where.project.environments:
        if other == env or env not in planning.needed(where.project, other):
            continue
        with where.stack(other) as stack:
            if stack.owned().changed:
                found.append(f"{other} is up and needs {env}: destroy {other} first")
    return tuple(found)


# Parts -------------------------------------------------------------------------------------------------------------


def _previewed(where: Where, plan: Plan, folder: Path, *, details: bool) -> Preview:
    with where.stack(plan.stack, plan) as stack:
        return _shown(where, stack, plan, folder, details=details)


def _shown(where: Where, stack: EngineStack, plan: Plan, folder: Path, *, details: bool = False) -> Preview:
    with where.screen.working(f"Previewing {plan.stack} on {where.name}"):
        previewed = stack.preview(folder)
    where.screen.say(f"Preview of {plan.stack} on {where.name}, by Pulumi", style="bold")
    changes.show(where.screen, previewed.diff, plan, details=details)
    where.screen.say()
    return previewed


def _brought_up(
    where: Where, stack: EngineStack, plan: Plan, folder: Path, *, yes: bool, kept: Approval | None
) -> Summary:
    _settle(where, stack)
    previewed = _shown(where, stack, plan, folder)
    pulumi_verdict.refuse([previewed], {"environment": plan.stack})
    if not previewed.diff.changed:
        return Summary(stack=plan.stack, counts=previewed.diff.counts)
    approving.hold(kept, [plan], [previewed.diff])
    runs.confirm(where.screen, "Go ahead?", yes=yes)
    update_plan = approving.update_plan(kept, plan, previewed.diff, folder)
    locks = in_the_way(previewed.diff, plan)
    if locks:
        where.screen.say(f"  lifting {count(len(locks), 'lock')} for as long as it takes", style="yellow")
        stack.lift(locks)
        # What is done is held to a plan: with the locks gone, to one that puts them back.
        previewed = stack.preview(folder)
        pulumi_verdict.refuse([previewed], {"environment": plan.stack})
        approving.hold(kept, [plan], [previewed.diff], lifted=locks)
    elif update_plan:
        previewed = replace(previewed, plan=update_plan)
    with progress(where.screen, f"Deploying {plan.stack} to {where.name}", previewed.diff) as listen:
        return stack.up(previewed, listen)


def _settle(where: Where, stack: EngineStack) -> None:
    """Tell what an interrupted run left open, and put the state right."""
    pending = stack.pending()
    if not pending:
        return
    if not stack.ids:
        plan = planning.plan(where.project, stack.name, where.screen)
        stack.ids = {resource.urn: resource.id for resource in plan.resources}
    lines = stack.settle(pending, _existence(where))  # only now is it known that nobody else is at work
    where.screen.warn(f"an earlier run of {stack.name} was interrupted: {count(len(pending), 'operation')} left open")
    for line in lines:
        where.screen.say(f"  {line}")


def _existence(where: Where) -> Callable[[str], bool]:
    """Whether something exists in the cloud."""
    if not where.local:
        from seawall.cli.cloud import exists

        return exists

    def local(id: str) -> bool:
        with runs.local_azure(where.project) as azure:
            return azure.get(id) is not None

    return local


def _fail_on(results: Sequence[Summary], document: Mapping[str, Any], where: Where) -> None:
    """Raise `CloudFault` with every step that failed, and what to do about the causes that are known."""
    try:
        runs.fail_on(results, document)
    except CloudFault as fault:
        found = [
            remedy(str(failure.error), Surroundings(env=result.stack, tenant=where.tenant(result.stack)))
            for result in results
            for failure in result.failures
        ]
        hints = [hint for hint in dict.fromkeys(found) if hint]
        raise CloudFault(fault.messages, hint=" ".join([*hints, fault.hint]), document=document) from None


def _must_exist(where: Where, stack: EngineStack) -> None:
    if not stack.exists():
        raise BadInput(
            f"{stack.name} was never brought up there: the backend has no such stack",
            hint=f"`seawall up {shlex.quote(stack.name)}{where.cloud.flags}` makes it.",
        )
