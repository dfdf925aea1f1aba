"""What a run tells whoever watches it: one small record for each thing that happens.

A listener is any callable that takes an event. It is called in the thread that called `up`, `destroy` or `refresh`,
one event at a time, in the order in which things happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seawall.local.errors import AzureError


class Op(StrEnum):
    """What is done to a resource. The first seven appear in a `Diff`; a run's steps know four more."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    """No longer owned, left in Azure (retainOnDelete)."""
    IMPORT = "import"
    """Owned from now on, as it already is in Azure."""
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    LIFT = "lift"
    """A lock of this stack is taken off so that what it guards can be changed."""
    RESTORE = "restore"
    """A lifted lock is put back."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A step that Azure refused for good, or that ran out of attempts."""

    urn: str
    op: Op
    id: str
    error: AzureError


@dataclass(frozen=True, kw_only=True)
class Skip:
    """A step that was not tried, since one that it needs failed."""

    urn: str
    op: Op
    because: str
    """The URN of the resource that failed first."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How a run ended."""

    stack: str
    counts: Mapping[Op, int] = field(default_factory=dict)
    """Finished resources by operation, `Op.SAME` included; a replacement counts once, as `Op.REPLACE`."""
    failures: tuple[Failure, ...] = ()
    skipped: tuple[Skip, ...] = ()
    resumed: int = 0
    """Steps that an earlier, killed run had left open."""
    recovered: tuple[str, ...] = ()
    """IDs that were brought back from their soft-deleted state instead of being made anew."""
    left_soft_deleted: tuple[str, ...] = ()
    """IDs that were deleted and whose names stay taken until they are purged."""
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        return not self.failures and not self.skipped


@dataclass(frozen=True, kw_only=True)
class WaitingForStack:
    """Another run holds the stack, and this one waits for it."""

    stack: str
    holder: str
    """Who holds it: process, command and since when, as a sentence's end."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The first event of a run proper: what it is going to do."""

    stack: str
    counts: Mapping[Op, int]
    steps: int
    """How many steps will run, each of which ends in `StepDone`, `StepFailed` or `StepSkipped`."""
    resumed: int = 0


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    urn: str
    op: Op
    id: str
    attempt: int = 1
    """From 1; a retry is a new start with the next number."""


@dataclass(frozen=True, kw_only=True)
class StepProgress:
    """A long-running operation was polled."""

    urn: str
    op: Op
    state: str
    """Azure's provisioning state, such as `Creating`."""


@dataclass(frozen=True, kw_only=True)
class StepRetrying:
    """Azure answered with a transient error; the next attempt follows after the wait."""

    urn: str
    op: Op
    error: AzureError
    wait: float
    """Seconds."""


@dataclass(frozen=True, kw_only=True)
class StepDone:
    urn: str
    op: Op
    id: str
    seconds: float
    note: str = ""
    """For people: `recovered from its soft-deleted state`, `purged`, …"""


@dataclass(frozen=True, kw_only=True)
class StepFailed:
    urn: str
    op: Op
    id: str
    error: AzureError


@dataclass(frozen=True, kw_only=True)
class StepSkipped:
    urn: str
    op: Op
    because: str
    """The URN of the resource that failed first."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The last event of every run that got as far as `Planned`."""

    summary: Summary


Event = (
    WaitingForStack
    | Planned
    | StepStarted
    | StepProgress
    | StepRetrying
    | StepDone
    | StepFailed
    | StepSkipped
    | Finished
)

Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """The listener that listens to nothing."""
