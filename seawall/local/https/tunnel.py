"""The proxy: it connects Azure's host names with this Azure, and everything else with where it really is.

Only CONNECT is spoken (RFC 9110, 9.3.6), and what goes through is plain bytes: TLS is between a client and its host.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from seawall.local.https.faulty import reset
from seawall.local.https.hosts import kind_of

HEAD = 64 * 1024
"""Bytes that a request's head may have."""
PATIENCE = 30.0
"""Seconds for a connection to come about, and for a client to say what it wants."""
CHUNK = 256 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outer:
    """The proxy through which everything else is reached."""

    url: str
    bypass: str = ""
    """The hosts that are reached without it, as NO_PROXY names them."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Outer | None:
        """The one that an environment names, if any."""
        url = environment.get("https_proxy") or environment.get("HTTPS_PROXY") or ""
        return cls(url, environment.get("no_proxy") or environment.get("NO_PROXY") or "") if url else None

    def is_for(self, host: str) -> bool:
        return not proxy_bypass_environment(host, {"no": self.bypass})


class Unreachable(Exception):
    """There is no way to a host; `status` is what the client is told."""

    def __init__(self, message: str, status: str = "502 Bad Gateway") -> None:
        super().__init__(message)
        self.status = status


class Tunnel:
    """The proxy's connections."""

    def __init__(
        self,
        port: int,
        router: Callable[[], int],
        outer: Outer | None = None,
        is_batch: Callable[[str], bool] = lambda host: False,
    ) -> None:
        """`port` answers for Azure's hosts; `router` says which one answers for those that score, 0 for none.

        `is_batch` says which of those are batch endpoints', which `port` answers for; it may take as long as the store.
        """
        self._port = port
        self._is_batch = is_batch
        self._router = router
        self._outer = outer

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a client's connection to its end."""
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the client is gone, or speaks something else
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        try:
            host, port = _target(head)
            there, back = await asyncio.wait_for(self._connect(host, port), PATIENCE)
        except Unreachable as error:
            await _refuse(writer, error.status, str(error))
            return
        except (OSError, TimeoutError) as error:
            await _refuse(writer, "502 Bad Gateway", f"{head.split()[1].decode('latin-1')}: {error}")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, back, writer.get_extra_info("socket")), _pump(there, writer))
        except OSError:
            reset(writer.transport)  # type: ignore[arg-type]
            reset(back.transport)  # type: ignore[arg-type]
        finally:
            back.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        kind = kind_of(host)
        if kind == "scoring" and port == 443 and not await asyncio.to_thread(self._is_batch, host):
            router = self._router()
            if not router:
                raise Unreachable(f"{host}: no deployment is served", "503 Service Unavailable")
            return await asyncio.open_connection("127.0.0.1", router)
        if kind != "elsewhere" and not host.startswith(("127.", "localhost", "[")):
            return await asyncio.open_connection("127.0.0.1", self._port)
        if self._outer is not None and self._outer.is_for(host):
            return await _through(self._outer, host, port)
        return await asyncio.open_connection(host.strip("[]"), port)


def _target(head: bytes) -> tuple[str, int]:
    """The host and port of a request to connect. Raises `Unreachable` for any other request."""
    method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    authority = rest.partition(" ")[0]
    if method != "CONNECT":
        raise Unreachable("this proxy is for HTTPS: it knows only CONNECT", "405 Method Not Allowed")
    host, _, port = authority.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Unreachable(f"{authority!r} is no host with a port", "400 Bad Request")
    return host, int(port)


async def _through(outer: Outer, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection through another proxy. Raises `Unreachable`, `OSError`."""
    url = urlsplit(outer.url if "://" in outer.url else f"http://{outer.url}")
    secure = url.scheme == "https"
    context = ssl.create_default_context() if secure else None
    reader, writer = await asyncio.open_connection(url.hostname, url.port or (443 if secure else 80), ssl=context)
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answer = await reader.readuntil(b"\r\n\r\n")
    status = answer.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")[2]
    if not status.startswith("2"):
        writer.close()
        raise Unreachable(f"the proxy {url.hostname} doesn't connect with {host}: {status}", status)
    return reader, writer


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, client: socket.socket | None = None) -> None:
    """Pass bytes on until there are no more, and say so to the other side.

    `client` is the socket that they come from, where that is a client's: behind a proxy urllib3 leaves Nagle's
    algorithm on, so a body waits until its request's head is acknowledged, by default 40 ms later.
    """
    while chunk := await source.read(CHUNK):
        if client is not None and hasattr(socket, "TCP_QUICKACK"):  # Linux forgets it after a while
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        sink.write(chunk)
        await sink.drain()
    with suppress(OSError):
        if sink.can_write_eof():
            sink.write_eof()


async def _refuse(writer: asyncio.StreamWriter, status: str, message: str) -> None:
    _log.info("Not connected: %s", message)
    text = f"{message}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode("latin-1", "replace") + text)
    await writer.drain()
