"""Faults on the way to an application: errors, delays, lost connections."""

from __future__ import annotations

import asyncio
import socket
import struct
from xml.sax.saxutils import escape

from seawall.local.faults import Fault, Faults
from seawall.local.https import arm
from seawall.local.https.web import Answer, App, Message, Receive, Scope, Send, host_of, send_answer

TRANSPORT = "seawall.transport"
"""The extension of a request's scope that holds its connection."""


class Faulty:
    """An application whose requests fail where a fault strikes them."""

    def __init__(self, app: App, faults: Faults, kind: str) -> None:
        self._app = app
        self._faults = faults
        self._kind = kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if self._kind != "arm":
            path = host_of(scope).partition(":")[0].lower() + path
        fault = self._faults.strike(self._kind, method, path, "before")
        if fault is not None and await self._struck(fault, scope, send):
            return
        if not self._faults.awaits(self._kind, method, path, "after"):
            await self._app(scope, receive, send)
            return
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        fault = self._faults.strike(self._kind, method, path, "after")
        if fault is not None and await self._struck(fault, scope, send):
            return
        for message in kept:
            await send(message)

    async def _struck(self, fault: Fault, scope: Scope, send: Send) -> bool:
        """Do what a fault asks for. Returns whether the request has been answered by it."""
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.reset:
            reset(scope.get("extensions", {}).get(TRANSPORT))
            return True
        if fault.error is None:
            return False
        if self._kind == "blob":
            await _send_xml(send, fault)
        else:
            await send_answer(send, _told(fault, self._kind), with_body=scope["method"] != "HEAD")
        return True


def reset(transport: asyncio.Transport | None) -> None:
    """Lose a connection so that the other side sees it reset."""
    if transport is None:
        return
    found = transport.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _told(fault: Fault, kind: str) -> Answer:
    assert fault.error is not None
    refused = arm.refusal(fault.error)
    if kind == "token":
        body = {"error": "temporarily_unavailable", "error_description": fault.error.message}
        return Answer(fault.error.status, body, refused.headers)
    return refused


async def _send_xml(send: Send, fault: Fault) -> None:
    """An error as Blob storage words it. Source: Azure docs, status and error codes of storage."""
    assert fault.error is not None
    code, message = escape(fault.error.code), escape(fault.error.message)
    content = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    headers = {"Content-Type": "application/xml", "x-ms-error-code": fault.error.code}
    headers |= arm.refusal(fault.error).headers
    encoded = content.encode()
    pairs = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(encoded)).encode()))
    await send({"type": "http.response.start", "status": fault.error.status, "headers": pairs})
    await send({"type": "http.response.body", "body": encoded})
