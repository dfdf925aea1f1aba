"""A server of Blob storage alone, with a certificate and a proxy of its own: what clients need to find it by name.

Tests run it in a thread, with a clock of theirs; as a program it serves a place until it is killed.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import trustme
import uvicorn

from seawall.local.blob.app import app
from seawall.local.place import Place

DEADLINE = 60.0
"""Seconds that a start may take."""


class BlobServer:
    """Blob storage of a place on the loopback interface, behind a CONNECT proxy; use as a context manager."""

    def __init__(self, place: Place, *, now: Callable[[], float] = time.time) -> None:
        authority = trustme.CA()
        self.trusted = place.folder / "trusted.pem"
        self.trusted.parent.mkdir(parents=True, exist_ok=True)
        authority.cert_pem.write_to_path(str(self.trusted))
        certificate = place.folder / "server.pem"
        authority.issue_cert("*.blob.core.windows.net").private_key_and_cert_chain_pem.write_to_path(str(certificate))
        self.application = app(place, now=now)
        config = uvicorn.Config(self.application, ssl_certfile=str(certificate), log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        # With the protocol named, asyncio sets TCP_NODELAY.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.proxy = ""

    async def _run(self) -> None:
        port = self._socket.getsockname()[1]

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await reader.readuntil(b"\r\n\r\n")
                inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                ours = writer.get_extra_info("socket")
                await asyncio.gather(_pump(reader, inner_writer, ours), _pump(inner_reader, writer, None))

        front = await asyncio.start_server(tunnel, "127.0.0.1", 0)
        self.proxy = f"http://127.0.0.1:{front.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._server.serve(sockets=[self._socket])
        front.close()

    def __enter__(self) -> BlobServer:
        self._thread.start()
        assert self._ready.wait(DEADLINE)
        until = time.monotonic() + DEADLINE
        while not self._server.started:
            assert time.monotonic() < until
            time.sleep(0.01)
        return self

    def __exit__(self, *args: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(DEADLINE)
        self.application.close()
        self._socket.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, source: socket.socket | None) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            if source is not None and hasattr(socket, "TCP_QUICKACK"):
                # Behind a proxy clients leave Nagle's algorithm on: they wait for this before they send a body.
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        # As good as a full disk: no file grows beyond so many bytes.
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
    with BlobServer(Place(Path(sys.argv[1]))) as server:
        print(server.proxy, server.trusted, flush=True)
        sys.stdin.read()
