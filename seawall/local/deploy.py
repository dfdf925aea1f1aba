"""Deploying a Plan to the local Azure: preview, up, destroy, refresh.

    with LocalAzure.open(path) as azure:
        diff = preview(plan, azure)
        summary = up(plan, azure, expected=diff, listen=show)

A run holds its stack's lock, writes each step to the stack's journal before and after it is taken, and so can be
killed at any point: the next run settles what was left open against what Azure has, and finishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.local.azure import LocalAzure
from seawall.local.cascade import cascaded
from seawall.local.changes import ABSENT, Change
from seawall.local.compare import Comparer, Comparison
from seawall.local.diff import Diff, ResourceChange, as_diff
from seawall.local.errors import Refused, StateChanged
from seawall.local.events import Listener, Summary, nobody
from seawall.local.refreshing import Drift, Refreshed, find_drift
from seawall.local.resume import settle, settled
from seawall.local.run import Run, RunSettings
from seawall.local.state import StackState, known_stacks
from seawall.local.steps import Ordering
from seawall.plan.model import Plan

__all__ = [
    "ABSENT",
    "Change",
    "Diff",
    "Drift",
    "Refreshed",
    "ResourceChange",
    "RunSettings",
    "StackInfo",
    "destroy",
    "preview",
    "preview_destroy",
    "refresh",
    "stacks",
    "up",
]

_DEFAULTS = RunSettings()


def preview(plan: Plan, azure: LocalAzure) -> Diff:
    """What `up` would do, without doing any of it. Raises `StoreError`."""
    state = StackState(azure.store, plan.stack, plan.project)
    owned, pending = settled(azure, state)
    comparison = cascaded(Comparer(azure, state, owned).with_plan(plan), azure, state)
    comparison.warnings += Ordering(comparison.decisions, plan).warnings
    return as_diff(plan.stack, comparison, pending)


def preview_destroy(stack: str, azure: LocalAzure, *, project: str = "seawall", lift_protection: bool = False) -> Diff:
    """What `destroy` would do, without doing any of it. Raises `StoreError`."""
    state = StackState(azure.store, stack, project)
    owned, pending = settled(azure, state)
    return as_diff(stack, _without_all(azure, state, owned, lift_protection), pending)


def up(
    plan: Plan,
    azure: LocalAzure,
    *,
    listen: Listener = nobody,
    settings: RunSettings = _DEFAULTS,
    expected: Diff | None = None,
) -> Summary:
    """Make the stack what the plan says.

    What Azure refuses is in the summary (`failures`, `skipped`), not raised. Raises `Refused` with every problem of
    the preview, `StackBusy`, `StateChanged` where `expected` is no longer what would be done, and `StoreError`.
    """
    state = StackState(azure.store, plan.stack, plan.project)
    run = Run(azure, state, listen, settings)
    with run.exclusive():
        resumed = settle(azure, state)
        comparison = cascaded(Comparer(azure, state, state.owned()).with_plan(plan), azure, state)
        _refuse(plan.stack, comparison)
        if expected is not None and not expected.pending:
            _check_expected(expected, as_diff(plan.stack, comparison, 0))
        steps = Ordering(comparison.decisions, plan).steps
        return run.take(comparison.decisions, steps, resumed=resumed, outputs=plan.outputs)


def destroy(
    stack: str,
    azure: LocalAzure,
    *,
    project: str = "seawall",
    purge: bool = False,
    lift_protection: bool = False,
    listen: Listener = nobody,
    settings: RunSettings = _DEFAULTS,
) -> Summary:
    """Delete everything the stack owns, dependents first.

    `purge` also frees the names of what Azure soft-deletes (a vault with purge protection can't be purged: it is
    listed in `left_soft_deleted`, and the next `up` recovers it). Raises `Refused` where a resource is protected and
    `lift_protection` isn't given; else as `up`.
    """
    state = StackState(azure.store, stack, project)
    run = Run(azure, state, listen, settings)
    with run.exclusive():
        resumed = settle(azure, state)
        comparison = _without_all(azure, state, state.owned(), lift_protection)
        _refuse(stack, comparison)
        steps = Ordering(comparison.decisions, None, purge=purge).steps
        summary = run.take(comparison.decisions, steps, resumed=resumed, outputs={})
        if summary.succeeded:
            state.forget()
        return summary


def refresh(
    stack: str,
    azure: LocalAzure,
    *,
    project: str = "seawall",
    listen: Listener = nobody,
    settings: RunSettings = _DEFAULTS,
) -> Refreshed:
    """Find what was changed or deleted behind the stack's back, and take note of it, so that the next `up` repairs it.

    The live traffic and release tags of an online endpoint belong to releases and are never drift.
    Raises `StackBusy` and `StoreError`.
    """
    state = StackState(azure.store, stack, project)
    run = Run(azure, state, listen, settings)
    with run.exclusive():
        started = settings.clock.now()
        resumed = settle(azure, state)
        drifts, checked = find_drift(azure, state)
        seconds = settings.clock.now() - started
        return Refreshed(stack=stack, drifts=tuple(drifts), checked=checked, resumed=resumed, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class StackInfo:
    """What is known of a stack in the store, for summaries and stack references."""

    stack: str
    project: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Of the last run that succeeded; a secret comes back as `values.OPAQUE`."""
    ids: tuple[str, ...] = ()
    """The ARM IDs it owns."""


def stacks(azure: LocalAzure) -> tuple[StackInfo, ...]:
    """All stacks in the store, by name: `{info.stack: info.outputs}` is what stack references read."""
    result = []
    for stack, project in known_stacks(azure.store):
        state = StackState(azure.store, stack, project)
        ids = tuple(record.id for record in state.owned())
        result.append(StackInfo(stack=stack, project=project, outputs=state.outputs(), ids=ids))
    return tuple(result)


def _without_all(azure: LocalAzure, state: StackState, owned: Any, lift_protection: bool) -> Comparison:
    return cascaded(Comparer(azure, state, owned).with_nothing(lift_protection=lift_protection), azure, state)


def _refuse(stack: str, comparison: Comparison) -> None:
    if comparison.problems:
        raise Refused(stack, comparison.problems)


def _check_expected(expected: Diff, now: Diff) -> None:
    if expected.changing != now.changing:
        raise StateChanged(f"stack {now.stack} was changed by another run since the preview: preview again")
