"""The router's connections to clients: requests are read whole, answers written as they come."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable

import httptools

from seawall.local.serving import messages
from seawall.local.serving.messages import Answer, Headers, Request
from seawall.local.serving.table import MOST_BYTES
from seawall.local.serving.upstream import Connection

_BUFFERED = 64 * 1024
"""Bytes of an answer of known length that are gathered, so that it is written at once."""
_IDLE = 120.0
"""Seconds after which a connection without a request is closed."""
_LINGER = 2.0
"""Seconds that a client has to read why its request was refused."""
_LONGEST_HEAD = 64 * 1024

Handle = Callable[[Request, "Reply"], Awaitable[None]]


class Reply:
    """An answer on its way to the client; a sink of the upstream connection's."""

    def __init__(self, client: Client, request: Request) -> None:
        self._client = client
        self._request = request
        self._head = b""
        self._parts: list[bytes] = []
        self._gathered = 0
        self._chunked = False
        self.begun = False
        """Whether anything of it was written."""
        self.ended = False
        self.status = 0
        self.model_status = 0
        self.size = 0
        """Bytes of its body."""
        self.deployment = ""
        """Who answers."""

    def own(self, answer: Answer) -> None:
        """Answer without a model."""
        headers: Headers = [(b"x-request-id", self._request.request_id.encode("latin-1"))]
        if answer.body:
            headers.append((b"content-type", answer.content_type))
        if answer.reason:
            headers.append((b"ms-azureml-model-error-reason", answer.reason))
        if answer.retry_after:
            headers.append((b"retry-after", b"%d" % answer.retry_after))
        if self.deployment:
            headers.append((b"azureml-model-deployment", self.deployment.encode()))
        self.status, self.size = answer.status, len(answer.body)
        head = messages.head(
            answer.status, headers, len(answer.body), keep_alive=self._request.keep_alive, chunked=False
        )
        self._write(head + (b"" if self._request.method == b"HEAD" else answer.body))
        self.ended = True

    def lose(self) -> None:
        """Lose the connection instead of an answer."""
        self._client.close(whole=False)
        self.ended = True

    def start(self, status: int, headers: Headers, length: int | None) -> None:
        self.model_status = status
        self.status, told = messages.from_model(status, headers, self.deployment)
        if self._request.method == b"HEAD" or status in (204, 304):
            length = length or 0
        self._chunked = length is None and self._request.modern
        keep_alive = self._request.keep_alive
        self._head = messages.head(self.status, told, length, keep_alive=keep_alive, chunked=self._chunked)

    def data(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self._chunked:
            self._write(self._head + b"%x\r\n" % len(chunk) + chunk + b"\r\n")
            self._head = b""
            return
        self._parts.append(chunk)
        self._gathered += len(chunk)
        if self._gathered > _BUFFERED:
            self._flush()

    def end(self) -> None:
        if self._chunked:
            self._write(self._head + b"0\r\n\r\n")
        else:
            self._flush()
        self._head = b""
        self.ended = True

    def _flush(self) -> None:
        self._write(self._head + b"".join(self._parts))
        self._head, self._parts, self._gathered = b"", [], 0

    def _write(self, data: bytes) -> None:
        self.begun = True
        self._client.write(data)

    def taken(self, connection: Connection) -> None:
        """The upstream connection that the answer comes on: a slow client slows it down."""
        self._client.source = connection


class Client(asyncio.Protocol):
    """One connection of a client. Requests on it are handled one after another."""

    def __init__(self, handle: Handle, clients: set[Client]) -> None:
        self._handle = handle
        self._clients = clients
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._size = 0
        self._started = 0.0
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._refused = False
        self._idle: asyncio.TimerHandle | None = None
        self.source: Connection | None = None

    # Called by the transport ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._clients.add(self)
        self._rest()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if not self._started:
            self._started = self._loop.time()
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(Answer(400, b"upgrades aren't supported"))
        except httptools.HttpParserCallbackError as error:
            too_large = isinstance(error.__context__, _TooLarge)
            self._refuse(Answer(413, b"Payload Too Large") if too_large else Answer(400, b"Bad Request"))
        except httptools.HttpParserError:
            self._refuse(Answer(400, b"Bad Request"))

    def connection_lost(self, error: Exception | None) -> None:
        self._clients.discard(self)
        if self._task is not None:
            self._task.cancel()
        if self._idle is not None:
            self._idle.cancel()

    def pause_writing(self) -> None:
        if self.source is not None and self.source.transport is not None:
            with contextlib.suppress(RuntimeError):
                self.source.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.source is not None and self.source.transport is not None:
            with contextlib.suppress(RuntimeError):
                self.source.transport.resume_reading()

    # Called by the parser ---------------------------------------------------------------------------------------------

    def on_url(self, url: bytes) -> None:
        self._path += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._size = 0
        for name, value in self._headers:
            if name == b"content-length" and int(value or 0) > MOST_BYTES:
                raise _TooLarge
            if name == b"expect" and value.lower() == b"100-continue":
                self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._size += len(body)
        if self._size > MOST_BYTES:
            raise _TooLarge

    def on_message_complete(self) -> None:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        keep_alive, modern = bool(self._parser.should_keep_alive()), self._parser.get_http_version() == "1.1"
        method = self._parser.get_method()
        path = self._path if self._path.startswith(b"/") else _origin_form(self._path)
        request = Request(method, path, self._headers, body, self._started, modern=modern, keep_alive=keep_alive)
        self._path, self._headers, self._body, self._size, self._started = b"", [], [], 0, 0.0
        self._waiting.append(request)
        if self._task is None:
            self._task = self._loop.create_task(self._work())
        elif self._transport is not None:
            self._transport.pause_reading()  # one after another: no more until these are answered

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > _LONGEST_HEAD:
            raise ValueError

    # Answering --------------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        while self._waiting:
            request = self._waiting.popleft()
            reply = Reply(self, request)
            try:
                await self._handle(request, reply)
            except Exception:
                logging.exception("A request to %s can't be answered", request.host)
                if not reply.begun:
                    reply.own(Answer(500, b"Internal Server Error"))
            finally:
                self.source = None
            if not request.keep_alive or not reply.ended:
                self.close(whole=reply.ended)
                return
        self._task = None
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._rest()

    def _rest(self) -> None:
        self._idle = self._loop.call_later(_IDLE, self.close)

    def _refuse(self, answer: Answer) -> None:
        """Answer a request that can't be read: what follows on the connection can't be told apart from it.

        The connection is closed a little later: while a client still sends, closing would make it miss the answer.
        """
        self._refused = True
        if self._task is None:
            head = messages.head(answer.status, [], len(answer.body), keep_alive=False, chunked=False)
            self.write(head + answer.body)
        self._idle = self._loop.call_later(_LINGER, self.close)

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self, *, whole: bool = True) -> None:
        """Close the connection; without its end, a client sees that an answer isn't whole."""
        if self._transport is not None:
            if whole:
                self._transport.close()
            else:
                self._transport.abort()


class _TooLarge(Exception):
    pass


def _origin_form(url: bytes) -> bytes:
    """The path and query of an absolute URL."""
    rest = url.partition(b"://")[2].partition(b"/")[2]
    return b"/" + rest
