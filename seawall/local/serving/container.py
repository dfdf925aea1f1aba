"""One started deployment: a process group behind a listening socket, its probes, its restarts.

Probes are those of Kubernetes, as in Azure: readiness decides whether requests come, a liveness probe that fails too
often restarts the processes. Source: Azure ML docs, reference-yaml-deployment-managed-online ("ProbeSettings").
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from seawall.local.serving import logs, preparing
from seawall.local.serving.leftovers import Register
from seawall.local.serving.preparing import Prepared
from seawall.local.serving.specification import Probe, Specification
from seawall.local.serving.table import Backend

MOST_CRASHES = 3
"""Starts that may end before the container was ready once: after that it counts as a crash loop."""
_BACKOFF = (0.2, 1.0, 5.0, 10.0)
"""Seconds before the next start, after a container that had been ready."""
_BACKLOG = 128


class State(Enum):
    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"
    """It was ready once."""
    FAILED = "failed"
    STOPPED = "stopped"


class Container:
    """Belongs to one event loop. `changed` is called after each change of `state`."""

    def __init__(
        self, name: str, spec: Specification, log: Path, register: Register, changed: Callable[[], None]
    ) -> None:
        self.name = name
        self.spec = spec
        self.log = log
        self.state = State.STARTING
        self.reason = ""
        """Why it failed, a line for people."""
        self.restarts = 0
        self.pid = 0
        self._never_ready = False
        self._register = register
        self._changed = changed
        self._process: asyncio.subprocess.Process | None = None
        # Connections wait here while the processes start: the socket outlives them.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(_BACKLOG)
        self.backend = Backend(name, self._socket.getsockname()[1])

    async def run(self, prepared: Prepared, interpreter: Path) -> None:
        """Keep the processes running until the container has failed or is stopped."""
        crashes = 0
        while self.state is not State.STOPPED:
            started_ready = self.state is not State.STARTING
            reason = await self._lived(prepared, interpreter)
            if self.state is State.STOPPED:
                return
            crashes += 1
            self.restarts += 1
            if self.state is State.READY:
                self._turn(State.UNREADY)
                crashes = crashes if started_ready else 1
            elif self.state is State.STARTING and (self._never_ready or crashes >= MOST_CRASHES):
                self.fail(reason)
                return
            await asyncio.sleep(_BACKOFF[min(crashes, len(_BACKOFF)) - 1])

    def fail(self, reason: str) -> None:
        """Give up, for a reason."""
        self.reason = reason
        self._socket.close()
        self._turn(State.FAILED)

    async def stop(self, grace: float = preparing.GRACE) -> None:
        """End the processes: first asked to, after `grace` seconds without asking."""
        if self.state is not State.FAILED:
            self._turn(State.STOPPED)
        await self._end(grace)
        self._socket.close()

    # One life of the processes ----------------------------------------------------------------------------------------

    async def _lived(self, prepared: Prepared, interpreter: Path) -> str:
        """Start the processes and watch them until they end or have to. Returns why."""
        read, lifeline = os.pipe()
        try:
            launch = preparing.launch_file(prepared, self.spec, self._socket.fileno(), read)
            with self.log.open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *preparing.command(interpreter, launch),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=prepared.root,
                    env=prepared.variables,
                    pass_fds=(self._socket.fileno(), read),
                    start_new_session=True,
                )
        except OSError as error:
            os.close(lifeline)
            return f"The processes can't be started: {error}"
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(read)
        self._process, self.pid = process, process.pid
        self._register.add(process.pid)
        exited = asyncio.ensure_future(process.wait())
        watching = asyncio.ensure_future(self._watched())
        try:
            await asyncio.wait((exited, watching), return_when=asyncio.FIRST_COMPLETED)
            if exited.done():
                return f"User container has crashed or terminated (exit code {process.returncode})."
            return watching.result()
        finally:
            watching.cancel()
            await self._end(0 if self.state is not State.STOPPED else preparing.GRACE)
            exited.cancel()
            os.close(lifeline)

    async def _end(self, grace: float) -> None:
        process = self._process
        if process is None:
            return
        self._process = None
        if process.returncode is None and grace:
            _signal(process.pid, signal.SIGTERM, group=False)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), grace)
        _signal(process.pid, signal.SIGKILL, group=True)
        await process.wait()
        self._register.remove(process.pid)

    # Probes -----------------------------------------------------------------------------------------------------------

    async def _watched(self) -> str:
        """Probe until the liveness probe, or before the first success the readiness probe, has failed too often."""
        living = asyncio.ensure_future(self._probed(self.spec.liveness, "Liveness", lambda alive: None))
        ready = asyncio.ensure_future(self._probed(self.spec.readiness, "Readiness", self._ready))
        try:
            while True:
                done, _ = await asyncio.wait((living, ready), return_when=asyncio.FIRST_COMPLETED)
                return next(iter(done)).result()
        finally:
            living.cancel()
            ready.cancel()

    def _ready(self, ready: bool) -> None:
        if ready and self.state in (State.STARTING, State.UNREADY):
            self._turn(State.READY)
        elif not ready and self.state is State.READY:
            self._turn(State.UNREADY)

    async def _probed(self, probe: Probe, title: str, told: Callable[[bool], None]) -> str:
        """Probe for ever; returns when it has failed too often for processes that must be started anew."""
        await asyncio.sleep(probe.initial_delay)
        good = bad = 0
        while True:
            if await answers(self.backend.port, probe.path, probe.timeout):
                good, bad = good + 1, 0
                if good >= probe.successes:
                    told(True)
            else:
                good, bad = 0, bad + 1
                if bad >= probe.failures:
                    told(False)
                    self._never_ready = title == "Readiness" and self.state is State.STARTING
                    if title == "Liveness" or self._never_ready:
                        return f"{title} probe failed {bad} times in a row."
            await asyncio.sleep(probe.period)

    def _turn(self, state: State) -> None:
        if self.state is not state:
            self.state = state
            self._changed()

    def end_of_log(self, lines: int = 20) -> str:
        """The last lines that the container wrote."""
        return logs.tail(self.log, lines)


async def answers(port: int, path: str, timeout: float) -> bool:
    """Whether a GET on 127.0.0.1 is answered with 2xx or 3xx within a number of seconds."""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                lines = (f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "User-Agent: kube-probe", "Connection: close")
                writer.write("\r\n".join((*lines, "", "")).encode())
                status = (await reader.readline()).split(b" ")
                await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return len(status) > 1 and status[1][:1] in (b"2", b"3")


def _signal(pid: int, number: int, *, group: bool) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, number)
