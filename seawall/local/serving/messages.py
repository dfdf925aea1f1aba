"""Requests and answers on the wire: HTTP/1.1 as the router reads and writes it."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import NamedTuple

Headers = list[tuple[bytes, bytes]]
"""Names in lower case."""

HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
     b"trailer", b"transfer-encoding", b"upgrade"}
)  # fmt: skip
"""What belongs to one connection. Source: RFC 9110, 7.6.1."""

_UNSENT = HOP_BY_HOP | {b"content-length", b"expect", b"authorization", b"x-request-id"}
"""Of a request as the client sent it; its key or token is for the router alone."""
_UNTOLD = HOP_BY_HOP | {b"content-length", b"server", b"date"}
"""Of an answer."""

SERVER = b"azureml-frontdoor"
REASONS = {status.value: status.phrase.encode() for status in HTTPStatus} | {424: b"Failed Dependency"}


class Request:
    """A request, whole."""

    __slots__ = ("body", "headers", "host", "keep_alive", "method", "modern", "path", "request_id", "started")

    def __init__(
        self, method: bytes, path: bytes, headers: Headers, body: bytes, started: float, *, modern: bool,
        keep_alive: bool,
    ) -> None:  # fmt: skip
        self.method = method
        self.path = path
        """With its query."""
        self.headers = headers
        self.body = body
        self.modern = modern
        """Whether it is HTTP/1.1: an older client takes no chunks."""
        self.keep_alive = keep_alive and modern
        self.started = started
        """On the event loop's clock, seconds."""
        self.host = self.header(b"host").partition(b":")[0].lower().decode("latin-1")
        self.request_id = self.header(b"x-request-id").decode("latin-1") or str(uuid.uuid4())

    def header(self, name: bytes) -> bytes:
        """The first value of a header; nothing where it isn't sent."""
        for key, value in self.headers:
            if key == name:
                return value
        return b""

    def forwarded(self, scoring_path: str) -> bytes:
        """The request as the inference server gets it, body included."""
        path = self.path
        if path.partition(b"?")[0] == b"/score":
            path = scoring_path.encode() + path[len(b"/score") :]
        lines = [self.method + b" " + path + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers if name not in _UNSENT]
        lines.append(b"x-request-id: " + self.request_id.encode("latin-1"))
        if self.body or self.method not in (b"GET", b"HEAD", b"OPTIONS"):
            lines.append(b"content-length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


class Answer(NamedTuple):
    """What the router itself answers."""

    status: int
    body: bytes = b""
    reason: bytes = b""
    """The header `ms-azureml-model-error-reason`."""
    content_type: bytes = b"text/plain"
    retry_after: int = 0


def error(status: int, code: str, message: str) -> Answer:
    """An error with a body for people."""
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Answer(status, body, content_type=b"application/json")


def head(status: int, headers: Headers, length: int | None, *, keep_alive: bool, chunked: bool) -> bytes:
    """The first line and the headers of an answer. `length` is None where it isn't known."""
    lines = [b"HTTP/1.1 %d %s" % (status, REASONS.get(status, b"Unknown")), b"server: " + SERVER]
    lines += [name + b": " + value for name, value in headers]
    if length is not None:
        lines.append(b"content-length: %d" % length)
    elif chunked:
        lines.append(b"transfer-encoding: chunked")
    if not keep_alive:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def from_model(status: int, headers: Headers, deployment: str) -> tuple[int, Headers]:
    """A model's status and headers as Azure passes them on: whatever isn't 200 becomes 424.

    Source: Azure ML docs, how-to-troubleshoot-online-endpoints ("HTTP status codes").
    """
    told = [(name, value) for name, value in headers if name not in _UNTOLD]
    told.append((b"azureml-model-deployment", deployment.encode()))
    if status == 200:
        return status, told
    told.append((b"ms-azureml-model-error-reason", b"model_error"))
    told.append((b"ms-azureml-model-error-statuscode", b"%d" % status))
    return 424, told
