"""Processes that a server started and, killed, couldn't end: found again by process ID and start time.

A process ID alone may meanwhile be somebody else's; with the time at which the process started it can't.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from pathlib import Path


class Register:
    """The leaders of the process groups that are running now, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._running: dict[int, float] = {}

    def add(self, pid: int) -> None:
        """Note a process group's leader, which is a child of this process."""
        started = _started(pid)
        if started is not None:
            with self._lock:
                self._running[pid] = started
                self._write()

    def remove(self, pid: int) -> None:
        """Forget one that has ended."""
        with self._lock:
            if self._running.pop(pid, None) is not None:
                self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(sorted(self._running.items())))
        part.replace(self._path)


def ended(path: Path) -> list[int]:
    """End what is left of the processes that an earlier server noted. Returns whom."""
    try:
        noted = [(int(pid), float(started)) for pid, started in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError):
        return []
    left = [pid for pid, started in noted if _started(pid) == started]
    for pid in left:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    path.unlink(missing_ok=True)
    return left


def _started(pid: int) -> float | None:
    """When a process started, in seconds since 1970; nothing where it has ended, though nobody has asked how."""
    import psutil  # type: ignore[import-untyped,unused-ignore]

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return None
