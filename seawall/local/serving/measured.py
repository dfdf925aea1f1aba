"""What the router notes of a request."""

from __future__ import annotations

from seawall.local.meters import Request as Row
from seawall.local.serving.messages import Headers, Request


class Dropped:
    """An answer that nobody gets."""

    status = 0
    size = 0

    def start(self, status: int, headers: Headers, length: int | None) -> None:
        self.status = status

    def data(self, chunk: bytes) -> None:
        self.size += len(chunk)

    def end(self) -> None:
        pass


def described(row: Row, request: Request, size: int, delay: float) -> Row:
    """A row with what the request says of itself; `size` of the answer in bytes, `delay` in seconds."""
    return row._replace(
        request_bytes=len(request.body),
        response_bytes=size,
        throttling_delay_ms=delay * 1e3,
        request_id=request.header(b"x-ms-client-request-id").decode("latin-1") or request.request_id,
        path=request.path.partition(b"?")[0].decode("latin-1"),
        method=request.method.decode("latin-1"),
        user_agent=request.header(b"user-agent").decode("latin-1"),
    )
