"""Faults on demand: what Azure does on a bad day, at a moment that a test chooses."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal

from seawall.local.errors import AzureError

When = Literal["before", "after", "operation"]
"""Before anything is done; after it is done, so that only the answer is lost; or as the end of the operation."""


@dataclass
class Fault:
    """Fails some of the requests that match."""

    method: str
    id: str
    error: AzureError
    nth: int = 1
    """Which of the matching requests fails first, from 1."""
    times: int = 1
    when: When = "before"
    seen: int = field(default=0, compare=False)

    def strikes(self) -> bool:
        """Count a request; whether it is one that fails."""
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class Faults:
    """The faults of one local Azure, kept in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def struck(self, method: str, id: str, when: When) -> AzureError | None:
        """The error with which a request fails, if a fault strikes it at that moment."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                matches = fault.when == when and fault.method == method and fault.id.lower() in ("*", id.lower())
                if matches and fault.strikes():
                    return fault.error
        return None
