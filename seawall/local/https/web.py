"""Requests and answers without a transport, and the ASGI application that a function from one to the other makes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

DRAINED = 256 * 1024 * 1024
"""Bytes of a body that are read although they are too many."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request."""

    method: str
    base: str
    """Scheme and host as the client wrote them: `https://management.azure.com`."""
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What is answered: a JSON value, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class TooLarge(Exception):
    """A request's body is larger than what is taken."""


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by name in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def host_of(scope: Scope) -> str:
    """The host that a client asks for, with its port where it says one."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


async def read(scope: Scope, receive: Receive, most: int) -> Asked:
    """A whole request. Raises `TooLarge` for a body of more than `most` bytes.

    What is too much is read nevertheless, up to `DRAINED`: most clients hear no answer before they have sent all.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= most:
            parts.append(part)
        if not message.get("more_body") or size > DRAINED:
            break
    if size > most:
        raise TooLarge
    return asked(scope, b"".join(parts))


def asked(scope: Scope, body: bytes = b"") -> Asked:
    """A request of which only the body isn't in the scope."""
    return Asked(
        method=scope["method"],
        base=f"{scope['scheme']}://{host_of(scope)}",
        path=unquote(scope["raw_path"].decode("latin-1")) if scope.get("raw_path") else scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers_of(scope),
        body=body,
    )


async def send_answer(send: Send, answer: Answer, *, with_body: bool = True) -> None:
    """Send an answer; without its body for a HEAD."""
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    headers = {"Content-Length": str(len(content)), **answer.headers}
    if content:
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
    if answer.status == 204:
        headers.pop("Content-Length")
    pairs = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": content if with_body else b""})
