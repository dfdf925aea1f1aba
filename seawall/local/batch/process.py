"""A worker process as the server holds it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from seawall.local.batch.tally import MiniBatch

WORKER = Path(__file__).with_name("worker.py")
_LOOK = 0.2
"""Seconds between two looks at whether the job was cancelled."""
START = 600.0
"""Seconds that `init()` may take."""


class WorkerLost(Exception):
    """The process died, or took too long and was ended; the message says which."""


class Stopped(Exception):
    """The job was cancelled, or has failed already."""


class Worker:
    """One process, which has run the scoring script's `init()`. Belongs to one thread."""

    def __init__(
        self,
        interpreter: Path,
        script: Path,
        variables: Mapping[str, str],
        log: Path,
        stopped: Callable[[], bool],
    ) -> None:
        """Start it and wait for it. Raises `WorkerLost` where `init()` fails, `Stopped`."""
        self._stopped = stopped
        self._closed = False
        read, write = os.pipe()
        try:
            with log.open("ab") as file:
                self._process = subprocess.Popen(
                    [str(interpreter), "-P", "-u", str(WORKER), str(script), str(write)],
                    stdin=subprocess.PIPE,
                    stdout=file,
                    stderr=file,
                    cwd=script.parent,
                    env=dict(variables),
                    pass_fds=(write,),
                    start_new_session=True,
                )
        except OSError as error:
            os.close(read)
            raise WorkerLost(f"the process can't be started: {error}") from None
        finally:
            os.close(write)
        self._replies, self._text = read, b""
        try:
            reply = self._reply(START)
            if "error" in reply:
                raise WorkerLost(f"init() failed: {reply['error']}")
        except BaseException:
            self.close()
            raise

    def run(self, batch: MiniBatch, result: Path, timeout: float) -> tuple[int, str]:
        """Score a mini-batch: how many rows, or why it failed. Raises `WorkerLost`, `Stopped`."""
        command = json.dumps({"number": batch.number, "files": batch.files, "result": str(result)})
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(command.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise WorkerLost(self._end()) from None
        reply = self._reply(timeout)
        return int(reply.get("rows", 0)), str(reply.get("error", ""))

    def _reply(self, timeout: float) -> dict[str, Any]:
        until = time.monotonic() + timeout
        while b"\n" not in self._text:
            if self._stopped():
                raise Stopped
            left = until - time.monotonic()
            if left <= 0:
                raise WorkerLost(f"it took longer than {timeout:g} seconds")
            if select.select([self._replies], [], [], min(left, _LOOK))[0]:
                found = os.read(self._replies, 65_536)
                if not found:
                    raise WorkerLost(self._end())
                self._text += found
        line, _, self._text = self._text.partition(b"\n")
        return json.loads(line)

    def _end(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        return f"the process ended with code {self._process.returncode}"

    def close(self) -> None:
        """End the process and all that it started; twice is once."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        os.close(self._replies)
