"""Everything that can go wrong here, as types: what Azure refuses, what the store can't do, what a run won't do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
TRANSIENT_CODES = frozenset(
    {"AnotherOperationInProgress", "OperationNotAllowedOnKVBeingDeleted", "ReferencedResourceNotProvisioned",
     "RetryableError", "ResourceBeingPurged"}
)  # fmt: skip


class LocalError(Exception):
    """The base of all errors of the local Azure; `str()` is one clear line for people."""


class AzureError(LocalError):
    """A refusal as Azure Resource Manager words it.

    Source: Azure REST API guidelines, error condition responses (`error: {code, message, target, details}`).
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        target: str = "",
        details: Iterable[AzureError] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.target = target
        self.details = tuple(details)
        self.retry_after = retry_after
        """Seconds, where Azure says how long to wait."""

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in TRANSIENT_STATUSES or self.code in TRANSIENT_CODES

    @property
    def body(self) -> dict[str, Any]:
        """The error as it stands in a response."""
        return {"error": self._error()}

    def _error(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        if self.details:
            error["details"] = [detail._error() for detail in self.details]
        return error


class StoreError(LocalError):
    """The store's file can't be used. Nothing in it was changed."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path


class StoreBroken(StoreError):
    """The file is damaged, or is no database at all."""


class StoreForeign(StoreError):
    """The file is a database of something else."""


class StoreTooNew(StoreError):
    """A newer version wrote the file."""


class StoreFull(StoreError):
    """There is no room left to write; what was there before is intact."""


class StoreBusy(StoreError):
    """Another process kept the file locked for longer than the busy timeout."""


class StoreUnusable(StoreError):
    """The file can't be opened, read or written: permissions, a folder in its place, a failing disk."""


class RunError(LocalError):
    """A run was not started, and nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a stack."""

    pid: int = 0
    command: str = ""
    since: str = ""
    """UTC, as `2026-01-31 09:30:00`."""

    def __str__(self) -> str:
        if not self.pid:
            return "another process"
        return f"process {self.pid} ({self.command}), since {self.since} UTC"


class StackBusy(RunError):
    """Another run of the same stack is under way."""

    def __init__(self, stack: str, holder: Holder) -> None:
        super().__init__(f"stack {stack} is being changed by {holder}: wait for it to end, or stop it")
        self.stack = stack
        self.holder = holder


class Refused(RunError):
    """The plan or the request asks for what must not be done; every reason at once."""

    def __init__(self, stack: str, problems: Iterable[str]) -> None:
        self.stack = stack
        self.problems = tuple(problems)
        super().__init__(f"stack {stack}: " + "; ".join(self.problems))


class StateChanged(RunError):
    """Since the preview, another run changed the stack: what would be done is no longer what was shown."""
