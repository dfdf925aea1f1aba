"""The router's connections to inference servers.

An inference server as Azure's images run it closes its connection after each answer; one that keeps it open gets the
next request on it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

import httptools

from seawall.local.serving.messages import Headers
from seawall.local.serving.table import Backend

MOST_IDLE = 32
"""Connections to one server that are kept open for later requests."""


class Sink(Protocol):
    """Where an answer goes, as it comes."""

    def start(self, status: int, headers: Headers, length: int | None) -> None: ...

    def data(self, chunk: bytes) -> None: ...

    def end(self) -> None: ...


class Broken(Exception):
    """The server closed the connection before its answer was whole."""

    def __init__(self, *, refused: bool = False) -> None:
        super().__init__("no server listens" if refused else "the connection was closed")
        self.refused = refused


class TimedOut(Exception):
    """The answer wasn't whole in time; the request was given up."""


class Connection(asyncio.Protocol):
    """One connection; it has at most one request under way."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.reused = False
        self.answered = False
        """Whether anything of the present answer has come."""
        self._parser: httptools.HttpResponseParser | None = None
        self._done: asyncio.Future[bool] | None = None
        self._sink: Sink | None = None
        self._headers: Headers = []
        self._without_body = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, data: bytes, sink: Sink, done: asyncio.Future[bool], *, without_body: bool) -> None:
        """Send a request. `done` gets whether the connection can be used again, or `Broken`."""
        assert self.transport is not None
        self._parser = httptools.HttpResponseParser(self)
        self._sink, self._done, self._headers, self.answered = sink, done, [], False
        self._without_body = without_body
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        if self._parser is None:
            self.close()
            return
        self.answered = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._finish(None)
            self.close()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if self._parser is not None and self._sink is not None and not self._is_framed():
            # An answer without a length ends with its connection.
            self._sink.end()
            self._finish(False)
        self._finish(None)

    def _is_framed(self) -> bool:
        names = {name for name, _ in self._headers}
        started = self._parser is not None and self._parser.get_status_code() >= 200 if self.answered else False
        return not started or bool(names & {b"content-length", b"transfer-encoding"})

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    # Called by the parser --------------------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None and self._sink is not None
        status = self._parser.get_status_code()
        if status < 200:
            self._headers = []
            return
        lengths = [int(value) for name, value in self._headers if name == b"content-length" and value.isdigit()]
        self._sink.start(status, self._headers, lengths[0] if lengths else None)
        if self._without_body:
            self._sink.end()
            self._finish(False)

    def on_body(self, body: bytes) -> None:
        if self._sink is not None:
            self._sink.data(body)

    def on_message_complete(self) -> None:
        if self._parser is None or self._sink is None or self._parser.get_status_code() < 200:
            return
        self._sink.end()
        self._finish(self._parser.should_keep_alive())

    def _finish(self, reusable: bool | None) -> None:
        done, self._done, self._sink = self._done, None, None
        self._parser = None
        if done is not None and not done.done():
            if reusable is None:
                done.set_exception(Broken())
            else:
                done.set_result(reusable)


class Pool:
    """Connections to all servers."""

    def __init__(self) -> None:
        self._idle: dict[str, list[Connection]] = defaultdict(list)

    async def ask(
        self,
        backend: Backend,
        data: bytes,
        sink: Sink,
        timeout: float,
        *,
        without_body: bool = False,
        taken: Callable[[Connection], None] = lambda connection: None,
    ) -> None:
        """Send a request and pass its answer on. Raises `Broken` and `TimedOut`; the connection is closed then.

        `taken` gets the connection that is used, so that its reading can be paused.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            connection = await self._connected(backend, deadline)
            taken(connection)
            done: asyncio.Future[bool] = loop.create_future()
            timer = loop.call_at(deadline, _expire, done)
            try:
                connection.ask(data, sink, done, without_body=without_body)
                if await done:
                    self._keep(backend, connection)
                else:
                    connection.close()
                return
            except Broken:
                # The server closed a connection that it had kept open just when it was to be used: it hasn't seen the
                # request.
                if not connection.reused or connection.answered:
                    raise
            except BaseException:
                connection.close()
                raise
            finally:
                timer.cancel()

    def forget(self, backend: str) -> None:
        """Close the idle connections to a server."""
        for connection in self._idle.pop(backend, ()):
            connection.close()

    async def _connected(self, backend: Backend, deadline: float) -> Connection:
        idle = self._idle.get(backend.name)
        while idle:
            connection = idle.pop()
            if connection.transport is not None and not connection.transport.is_closing():
                connection.reused = True
                return connection
        try:
            async with asyncio.timeout_at(deadline):
                _, connection = await asyncio.get_running_loop().create_connection(
                    Connection, "127.0.0.1", backend.port
                )
        except TimeoutError:
            raise TimedOut from None
        except OSError:
            raise Broken(refused=True) from None
        return connection

    def _keep(self, backend: Backend, connection: Connection) -> None:
        idle = self._idle[backend.name]
        if len(idle) < MOST_IDLE:
            idle.append(connection)
        else:
            connection.close()


def _expire(done: asyncio.Future[bool]) -> None:
    if not done.done():
        done.set_exception(TimedOut())
