"""Blob storage as an ASGI application: the `Host` header says which account is asked for."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from dataclasses import replace
from threading import Lock
from typing import Any

from anyio import to_thread

from seawall.local.blob.authorization import Authorization
from seawall.local.blob.call import Answer, Call, query_of
from seawall.local.blob.contents import Draft
from seawall.local.blob.context import LARGEST_DOCUMENT, Operation, Request
from seawall.local.blob.errors import BlobError, unsupported
from seawall.local.blob.operations import operation_of
from seawall.local.blob.store import BlobStore, Now
from seawall.local.errors import StoreBusy, StoreError, StoreFull
from seawall.local.place import Place

_log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_VERSION = "2021-12-02"
"""What is answered to a request that names no version."""
_SWEEP_AFTER = 300.0
"""Seconds between two looks for what nobody needs any more."""


class Gone(Exception):
    """The client has left before its request was whole."""


def app(place: Place, *, now: Now = time.time) -> BlobApp:
    """The application for hosts `<account>.blob.core.windows.net`; `now` gives seconds since 1970."""
    return BlobApp(place, now)


class BlobApp:
    """The application. It opens its files with the first request and keeps them open."""

    def __init__(self, place: Place, now: Now) -> None:
        self._place, self._now = place, now
        self._opened: tuple[BlobStore, Authorization] | None = None
        self._lock = Lock()
        self._swept = 0.0

    def close(self) -> None:
        with self._lock:
            if self._opened:
                self._opened[0].close()
            self._opened = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Blob storage speaks HTTP, not {scope['type']}")
        body = Body(receive)
        call = None
        try:
            call, host = _call(scope)
            answer = await self._answer(call, host, body)
        except Gone:
            return
        except BlobError as error:
            answer = _refusal(error)
        except StoreFull:
            answer = _refusal(BlobError("InsufficientStorage"))
        except StoreError as error:
            code = "ServerBusy" if isinstance(error, StoreBusy) else "InternalError"
            answer = _refusal(BlobError(code, str(error), status=503 if code == "ServerBusy" else 500))
        try:
            await body.drain()  # a client that is still sending would take a closed connection for a fault
            await _send(answer, call, send)
        except Gone:
            return

    async def _answer(self, call: Call, host: str, body: Body) -> Answer:
        store, authorization = await to_thread.run_sync(self._open)
        if ".blob." not in f".{host}":
            raise unsupported(f"{call.method} of the {host.split('.')[1]} service, only Blob storage is here")

        def judge() -> tuple[Operation, Request]:
            account = store.accounts.get(call.account)
            operation = operation_of(call)
            caller = authorization.caller(call, account, operation.need, self._now())
            call.check_supported()
            request = Request(call=call, account=account, caller=caller, store=store, authorization=authorization)
            return operation, request

        operation, request = await to_thread.run_sync(judge)
        if not operation.limit:
            document = await body.document()
            return await to_thread.run_sync(lambda: operation.run(_with(request, document=document)))
        with store.contents.draft() as draft:
            await body.into(draft, operation.limit)
            return await to_thread.run_sync(lambda: operation.run(_with(request, draft=draft)))

    def _open(self) -> tuple[BlobStore, Authorization]:
        with self._lock:
            if self._opened is None:
                store = BlobStore(self._place, now=self._now)
                self._opened = store, Authorization(self._place, store.accounts)
            if time.monotonic() - self._swept > _SWEEP_AFTER:
                self._sweep(self._opened[0])
            return self._opened

    def _sweep(self, store: BlobStore) -> None:
        first, self._swept = not self._swept, time.monotonic()
        try:
            if first:
                store.sweep_orphans()
            store.sweep()
        except (BlobError, StoreError) as error:  # what is there can still be read
            _log.warning("Cleaning up storage accounts failed: %s", error)


class Body:
    """A request's body, read once."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._more = True

    async def _chunk(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._more = False
            raise Gone
        self._more = message.get("more_body", False)
        data: bytes = message.get("body", b"")
        return data

    async def into(self, draft: Draft, limit: int) -> None:
        """Raises BlobError where it is larger than `limit` bytes, or the disk is full."""
        while self._more:
            draft.write(await self._chunk())
            if draft.size > limit:
                raise BlobError("RequestBodyTooLarge")

    async def document(self) -> bytes:
        data = bytearray()
        while self._more:
            data += await self._chunk()
            if len(data) > LARGEST_DOCUMENT:
                raise BlobError("RequestBodyTooLarge")
        return bytes(data)

    async def drain(self) -> None:
        while self._more:
            await self._chunk()


def _with(request: Request, *, draft: Draft | None = None, document: bytes = b"") -> Request:
    return replace(request, draft=draft, document=document)


def _call(scope: Message) -> tuple[Call, str]:
    """The request, and the host it was sent to."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        headers.setdefault(raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip())
    host = headers.get("host", "").partition(":")[0].lower()
    path = scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or "/"
    client = scope.get("client") or ("", 0)
    query = query_of(scope["query_string"])
    method, account = scope["method"], host.partition(".")[0]
    return Call(method=method, account=account, path=path, query=query, headers=headers, client=client[0]), host


def _refusal(error: BlobError) -> Answer:
    headers = error.headers | {"x-ms-error-code": error.code, "content-type": "application/xml"}
    return Answer(status=error.status, headers=headers, body=b"" if error.status == 304 else error.xml())


async def _send(answer: Answer, call: Call | None, send: Send) -> None:
    headers = {"x-ms-request-id": str(uuid.uuid4())}
    headers["x-ms-version"] = (call and call.headers.get("x-ms-version")) or _VERSION
    if call and call.headers.get("x-ms-client-request-id"):
        headers["x-ms-client-request-id"] = call.headers["x-ms-client-request-id"]
    headers |= answer.headers
    if answer.status != 304:
        headers["content-length"] = str(len(answer.body) if answer.length is None else answer.length)
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    head = call is not None and call.method == "HEAD"
    if answer.chunks is not None and not head:
        if not await _stream(iter(answer.chunks), send):
            return  # without an end: the client sees that something is missing
    elif not head:
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _stream(chunks: Iterator[bytes], send: Send) -> bool:
    """Whether all chunks were sent."""
    try:
        while (chunk := await to_thread.run_sync(lambda: next(chunks, None))) is not None:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except BlobError:
        return False
    return True
