"""The lock that a run of the engine holds on a stack's state, and whether the run behind it still lives.

A CLI that is killed leaves its lock behind. Source: pulumi/pulumi, `pkg/backend/diy/lock.go`.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlparse

CLOCK_STEP = 2.0
"""Seconds by which a process's start and the machine's clock may disagree."""

_TOLD = re.compile(
    r"the stack is currently locked by \d+ lock.*?\n\s*(?P<url>\S+): created by (?P<user>\S*)@(?P<host>[^@\s]+) "
    r"\(pid (?P<pid>\d+)\) at (?P<at>\S+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class StateLock:
    """Who holds a stack's state, since when."""

    url: str
    """Of the lock's file."""
    user: str
    host: str
    pid: int
    at: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid})"

    @property
    def file(self) -> Path | None:
        """The lock's file, where the state is in a folder of this machine."""
        parts = urlparse(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    @property
    def is_abandoned(self) -> bool:
        """Whether the run ended without taking it off. Only of runs on this machine that can be said."""
        return self.host == socket.gethostname() and not _lives(self.pid, self.at)


def told_in(text: str) -> StateLock | None:
    """The first lock that an error of the engine's names."""
    found = _TOLD.search(text)
    if found is None:
        return None
    return StateLock(found["url"], found["user"], found["host"], int(found["pid"]), found["at"])


def in_folder(state: Path, stack: str) -> Iterator[StateLock]:
    """The locks on a stack in a folder with states; what another process takes off meanwhile is left out."""
    for path in sorted((state / ".pulumi" / "locks").glob(f"**/{stack}/*.json")):
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            yield StateLock(path.as_uri(), said["username"], said["hostname"], int(said["pid"]), said["timestamp"])
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _lives(pid: int, at: str) -> bool:
    """Whether a process that ran at a time still does; a later one may have been given its number."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        started = process.create_time()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    try:
        return started <= datetime.fromisoformat(at).timestamp() + CLOCK_STEP
    except ValueError:
        return True
