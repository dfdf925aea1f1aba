"""Deploying a Plan to the local Azure: preview, up, destroy, refresh.

    with LocalAzure.open(path) as azure:
        diff = preview(plan, azure)
        summary = up(plan, azure, expected=diff, listen=show)

A run holds its stack's lock, writes each step to the stack's journal before and after it is taken, and so can be
killed at any point: the next run reconciles what was left open with what Azure has, and finishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seawall.local.azure import LocalAzure
from seawall.local.events import Listener, Op, Summary, nobody
from seawall.plan.model import Plan

# -- records (move to seawall.local.diff and seawall.local.run; import them from here) --------------------------------


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property that differs. Secrets are masked; `ABSENT` stands for "not there"."""

    path: str
    """Such as `sku.name` or `rules[0].id`, in the names of the plan's inputs."""
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """What `up` or `destroy` does about one resource."""

    urn: str
    type: str
    name: str
    id: str
    op: Op
    changes: tuple[Change, ...] = ()
    """What differs, property by property; empty for creations and deletions."""
    reasons: tuple[str, ...] = ()
    """Why, in words, where the changes don't say it: `location can't be changed in place`, `its parent is replaced`."""
    delete_first: bool = False
    """Of a replacement: the old one goes before the new one comes."""
    renamed_from: str = ""
    """The URN it had before (aliases)."""


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What a run would do, in the plan's order, deletions last."""

    stack: str
    resources: tuple[ResourceChange, ...]
    problems: tuple[str, ...] = ()
    """Why `up` would refuse: protection, a resource that another owns, an unknown input. Each one clear line."""
    warnings: tuple[str, ...] = ()
    pending: int = 0
    """Steps that a killed run left open; `up` finishes them first."""

    @property
    def counts(self) -> Mapping[Op, int]:
        """How many resources by operation."""
        raise NotImplementedError

    @property
    def changed(self) -> bool:
        """Whether anything would be done at all."""
        raise NotImplementedError

    @property
    def changing(self) -> tuple[ResourceChange, ...]:
        """The resources about which something is done: all but `Op.SAME`."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How a run goes about its work; the defaults suit everyone."""

    workers: int = 8
    attempts: int = 6
    """How often a step is tried while Azure answers with transient errors."""
    wait: bool = False
    """Wait for another run of the stack to end instead of being refused with `StackBusy`."""
    command: str = ""
    """What the other run is told: `seawall up dev`. Empty: the command line of this process."""
    # clock: Clock (now() and sleep(), both in seconds), injected by tests


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What was changed behind the stack's back on one resource."""

    urn: str
    type: str
    name: str
    id: str
    deleted: bool = False
    changes: tuple[Change, ...] = ()
    """`before` as the stack left it, `after` as Azure has it now."""


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What `refresh` found."""

    stack: str
    drifts: tuple[Drift, ...]
    checked: int
    resumed: int = 0
    seconds: float = 0.0


# -- functions ------------------------------------------------------------------------------------------------------


def preview(plan: Plan, azure: LocalAzure) -> Diff:
    """What `up` would do, without doing any of it. Raises `StoreError`."""
    raise NotImplementedError


def preview_destroy(
    stack: str, azure: LocalAzure, *, project: str = "seawall", lift_protection: bool = False
) -> Diff:
    """What `destroy` would do, without doing any of it. Raises `StoreError`."""
    raise NotImplementedError


def up(
    plan: Plan,
    azure: LocalAzure,
    *,
    listen: Listener = nobody,
    settings: RunSettings = RunSettings(),
    expected: Diff | None = None,
) -> Summary:
    """Make the stack what the plan says.

    What Azure refuses is in the summary (`failures`, `skipped`), not raised. Raises `Refused` with every problem of
    the preview, `StackBusy`, `StateChanged` where `expected` is no longer what would be done, and `StoreError`.
    """
    raise NotImplementedError


def destroy(
    stack: str,
    azure: LocalAzure,
    *,
    project: str = "seawall",
    purge: bool = False,
    lift_protection: bool = False,
    listen: Listener = nobody,
    settings: RunSettings = RunSettings(),
) -> Summary:
    """Delete everything the stack owns, dependents first.

    `purge` also frees the names of what Azure soft-deletes (a vault with purge protection can't be purged: it is
    listed in `left_soft_deleted`, and the next `up` recovers it). Raises `Refused` where a resource is protected and
    `lift_protection` isn't given; else as `up`.
    """
    raise NotImplementedError


def refresh(
    stack: str,
    azure: LocalAzure,
    *,
    project: str = "seawall",
    listen: Listener = nobody,
    settings: RunSettings = RunSettings(),
) -> Refreshed:
    """Find what was changed or deleted behind the stack's back, and take note of it, so that the next `up` repairs it.

    The live traffic and release tags of an online endpoint belong to releases and are never drift.
    Raises `StackBusy` and `StoreError`.
    """
    raise NotImplementedError


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
    raise NotImplementedError
