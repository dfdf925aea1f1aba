"""The server's end of the router: starts it, tells it tables, hears what has drained, starts it again when it dies.

The listening socket is the server's own and outlives every router: a client that connects while none runs waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec

from seawall.local.place import Place
from seawall.local.serving.leftovers import Register
from seawall.local.serving.table import Table, backends

_log = logging.getLogger(__name__)

_BACKOFF = 0.2
"""Seconds before a router is started in place of one that died."""


class Control:
    """Belongs to one event loop."""

    def __init__(self, place: Place, register: Register, *, port: int = 0, plain: bool = False) -> None:
        """Opens the listening socket on 127.0.0.1; port 0 leaves the choice to the system. Raises `OSError`."""
        self._place = place
        self._register = register
        self._plain = plain
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(512)
        self.port: int = self._socket.getsockname()[1]
        self.pid = 0
        self.starts = 0
        self._table = Table()
        self._applied = 0
        self._moved = asyncio.Condition()
        self._leaving: set[str] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the router, and keep one running."""
        self._running = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """End the router, and give the port back."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        self._socket.close()

    async def put(self, table: Table) -> None:
        """Have a table in force. Returns when it is, for every new request."""
        self._leaving |= backends(self._table) - backends(table)
        self._table = table
        if self._writer is not None:
            self._send(table)
        async with self._moved:
            await self._moved.wait_for(lambda: self._applied >= table.version)

    async def drained(self, backend: str) -> None:
        """Wait until the table doesn't have a server any more, and its last request has been answered."""
        async with self._moved:
            await self._moved.wait_for(lambda: backend not in self._leaving and backend not in backends(self._table))

    def _send(self, table: Table) -> None:
        assert self._writer is not None
        self._writer.write(msgspec.json.encode(table) + b"\n")

    async def _run(self) -> None:
        while True:
            ours, theirs = socket.socketpair()
            try:
                process = await self._spawned(theirs)
            finally:
                theirs.close()
            self._register.add(process.pid)
            self.pid, self.starts = process.pid, self.starts + 1
            ours.setblocking(False)
            reader, self._writer = await asyncio.open_connection(sock=ours)
            self._send(self._table)
            try:
                await self._heard(reader)
            finally:
                writer, self._writer, self.pid = self._writer, None, 0
                writer.close()
                await self._ended(process)
            _log.error("The router has ended (%s) and is started again: see router.log", process.returncode)
            async with self._moved:
                self._leaving.clear()  # the requests that it had are gone with it
                self._moved.notify_all()
            await asyncio.sleep(_BACKOFF)

    async def _spawned(self, control: socket.socket) -> asyncio.subprocess.Process:
        log = self._place.logs / "router.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        sockets = (self._socket.fileno(), control.fileno())
        module = (sys.executable, "-m", "seawall.local.serving.router")
        arguments = (str(self._place.store), *map(str, sockets), *(("--plain",) if self._plain else ()))
        with log.open("ab") as file:
            return await asyncio.create_subprocess_exec(
                *module,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, "PYTHONPATH": _search_path()},
                pass_fds=sockets,
                start_new_session=True,
            )

    async def _heard(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                told: dict[str, Any] = msgspec.json.decode(line)
                async with self._moved:
                    self._applied = max(self._applied, told.get("applied", 0))
                    self._leaving.discard(told.get("drained", ""))
                    self._moved.notify_all()

    async def _ended(self, process: asyncio.subprocess.Process) -> None:
        """The router ends by itself when its socket closes; one that doesn't is ended."""
        try:
            await asyncio.wait_for(asyncio.shield(process.wait()), 5)
        except (TimeoutError, asyncio.CancelledError):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        self._register.remove(process.pid)


def _search_path() -> str:
    """This package's parent first: the router is this very code, wherever the working folder is."""
    ours = str(Path(__file__).parents[3])
    before = os.environ.get("PYTHONPATH", "")
    return f"{ours}{os.pathsep}{before}" if before else ours
