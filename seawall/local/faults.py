"""Faults on demand: what Azure does on a bad day, at a moment that a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Literal, get_args

from seawall.local.errors import AzureError

When = Literal["before", "after", "operation"]
"""Before anything is done; after it is done, so that only the answer is lost; or as the end of the operation."""
Kind = Literal["arm", "blob", "scoring", "token", "metrics", "data"]
"""The kind of host: Resource Manager, Blob storage, endpoints, sign-in, Azure Monitor, the data plane of workspaces."""
KINDS: tuple[str, ...] = get_args(Kind)
WHENS: tuple[str, ...] = get_args(When)

_numbers = count(1)


@dataclass
class Fault:
    """Fails, or delays, some of the requests that match.

    Delays and lost connections need a transport: they are the front's, and say nothing in process.
    """

    method: str
    """`*` for any."""
    id: str
    """The path, without regard to case; `*` in it stands for anything. Of kinds other than `arm` it is `HOST/PATH`."""
    error: AzureError | None
    nth: int = 1
    """Which of the matching requests fails first, from 1."""
    times: int = 1
    """How many fail; 0: all of them from then on."""
    when: When = "before"
    kind: Kind = "arm"
    delay: float = 0.0
    """Seconds before the request goes on, or the answer goes out."""
    reset: bool = False
    """Whether the connection is lost instead of an answer."""
    seen: int = field(default=0, compare=False)
    number: int = field(default_factory=lambda: next(_numbers), compare=False)

    def matches(self, kind: str, method: str, path: str, when: str) -> bool:
        """Whether a request at that moment is one of those meant."""
        return (
            self.when == when
            and self.kind == kind
            and self.method in ("*", method)
            and fnmatchcase(path.lower(), self.id.lower())
        )

    def strikes(self) -> bool:
        """Count a request; whether it is one that fails."""
        self.seen += 1
        return self.nth <= self.seen and (not self.times or self.seen < self.nth + self.times)

    @property
    def over(self) -> bool:
        """Whether it has struck as often as it was to."""
        return bool(self.times) and self.seen >= self.nth + self.times - 1

    @property
    def document(self) -> dict[str, Any]:
        """As JSON, for another process."""
        error = self.error
        return {
            "number": self.number,
            "kind": self.kind,
            "method": self.method,
            "path": self.id,
            "when": self.when,
            "nth": self.nth,
            "times": self.times,
            "status": error.status if error else 0,
            "code": error.code if error else "",
            "message": error.message if error else "",
            "retryAfter": error.retry_after if error else None,
            "delay": self.delay,
            "reset": self.reset,
            "seen": self.seen,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Fault:
        """A fault from JSON; `seen` and `number` start anew. Raises `ValueError` with all that is wrong."""
        wrong = list(_wrong(document))
        if wrong:
            raise ValueError("; ".join(wrong))
        status, retry_after = int(document.get("status", 0)), document.get("retryAfter")
        error = None
        if status:
            code = document.get("code") or _CODES.get(status, "InternalServerError")
            message = document.get("message") or f"The request failed on demand ({status} {code})."
            error = AzureError(code, message, status=status, retry_after=retry_after)
        return cls(
            str(document.get("method", "*")).upper(),
            str(document.get("path", "*")),
            error,
            nth=document.get("nth", 1),
            times=document.get("times", 1),
            when=document.get("when", "before"),
            kind=document.get("kind", "arm"),
            delay=float(document.get("delay", 0)),
            reset=bool(document.get("reset", False)),
        )


_CODES = {
    401: "AuthenticationFailed", 403: "AuthorizationFailed", 404: "ResourceNotFound", 408: "RequestTimeout",
    409: "Conflict", 412: "PreconditionFailed", 429: "TooManyRequests", 500: "InternalServerError",
    502: "BadGateway", 503: "ServiceUnavailable", 504: "GatewayTimeout",
}  # fmt: skip


def _wrong(document: Mapping[str, Any]) -> list[str]:
    status, found = document.get("status", 0), []
    if not isinstance(status, int) or (status and not 400 <= status <= 599):
        found.append(f"status is an HTTP status from 400 to 599, not {status!r}")
    for name, least in (("nth", 1), ("times", 0)):
        value = document.get(name, least)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            found.append(f"{name} is a whole number from {least}, not {value!r}")
    for name in ("delay", "retryAfter"):
        value = document.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            found.append(f"{name} is a number of seconds, not {value!r}")
    for name, known in (("when", WHENS), ("kind", KINDS)):
        if document.get(name, known[0]) not in known:
            found.append(f"{name} is one of {', '.join(known)}, not {document[name]!r}")
    if document.get("when") == "operation" and (document.get("kind", "arm") != "arm" or not status):
        found.append("an operation fails on kind arm, and needs a status")
    if document.get("kind") == "scoring" and document.get("when", "before") != "before":
        found.append("requests that score fail before they are done")
    if not found and not status and not document.get("delay") and not document.get("reset"):
        found.append("it does nothing: give a status, a delay or a reset")
    return found


class Faults:
    """The faults of one local Azure, kept in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def __iter__(self) -> Any:
        return iter(tuple(self._faults))

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self, number: int = 0) -> int:
        """Forget one, or all. Returns how many there were."""
        with self._lock:
            kept = [fault for fault in self._faults if number and fault.number != number]
            gone, self._faults = len(self._faults) - len(kept), kept
        return gone

    def awaits(self, kind: str, method: str, path: str, when: str) -> bool:
        """Whether a request may be struck at that moment; nothing is counted."""
        return any(not fault.over and fault.matches(kind, method, path, when) for fault in self._faults)

    def strike(self, kind: str, method: str, path: str, when: str) -> Fault | None:
        """The fault that strikes a request at that moment, if any; the request is counted."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.matches(kind, method, path, when) and fault.strikes():
                    return fault
        return None

    def struck(self, method: str, id: str, when: When) -> AzureError | None:
        """The error with which a request to Resource Manager fails, if a fault strikes it at that moment."""
        fault = self.strike("arm", method, id, when)
        return fault.error if fault else None
