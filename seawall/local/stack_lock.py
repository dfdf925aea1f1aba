"""One run per stack at a time: a lock of the operating system, which the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from seawall.local.errors import Holder, StackBusy, StoreUnusable


@contextmanager
def held(
    path: Path, stack: str, *, command: str = "", wait: bool = False, waiting: Callable[[Holder], None] | None = None
) -> Iterator[None]:
    """Hold the lock file while the block runs.

    Raises `StackBusy`, naming the holder, where another run has it; with `wait`, calls `waiting` and waits instead.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never removed: whoever waits for a removed file's lock would hold a file that nobody else sees.
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreUnusable(path, f"the stack's lock file can't be opened: {error.strerror}") from error
    with file:
        _take(file, stack, wait, waiting)
        _sign(file, command or _own_command())
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def _take(file: IO[str], stack: str, wait: bool, waiting: Callable[[Holder], None] | None) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(file)
        if not wait:
            raise StackBusy(stack, holder) from None
        if waiting:
            waiting(holder)
        fcntl.flock(file, fcntl.LOCK_EX)


def _sign(file: IO[str], command: str) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    file.seek(0)
    file.truncate()
    json.dump({"pid": os.getpid(), "command": command, "since": since}, file)
    file.flush()


def _holder(file: IO[str]) -> Holder:
    """Who holds the lock, as far as the holder has signed already."""
    file.seek(0)
    try:
        found = json.loads(file.read())
    except ValueError:
        return Holder()
    return Holder(pid=found.get("pid", 0), command=found.get("command", ""), since=found.get("since", ""))


def _own_command() -> str:
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]) or "python"
