"""The server: Azure's hosts over HTTPS, the proxy that leads to them, and the host of deployments, over one store."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seawall.local.azure import LocalAzure
from seawall.local.batch.app import names as batch_names
from seawall.local.errors import StoreError
from seawall.local.faults import Faults
from seawall.local.https import running, surroundings, tls, tokens
from seawall.local.https.admin import Admin
from seawall.local.https.app import Front
from seawall.local.https.faulty import TRANSPORT
from seawall.local.https.running import Server
from seawall.local.https.tunnel import Outer, Tunnel
from seawall.local.place import Place
from seawall.local.serving.deployments import Host

LOOPBACK = "127.0.0.1"
TICK = 0.1
"""Seconds after which operations advance that nobody polls."""
GRACE = 3
"""Seconds for requests to end when the server stops."""
LOG_BYTES, LOGS_KEPT = 10_000_000, 3
BUNDLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
"""The variables that name the certificates that clients trust already."""

_log = logging.getLogger(__name__)


def run(place: Place, *, page: int = 0, say: Callable[[Server], None] = lambda server: None) -> None:
    """Serve until SIGINT or SIGTERM comes; `say` is called once everything answers. `page`: see `LocalAzure.page`.

    Raises `Running` where another server has the place, `StoreError` and `OSError`.
    """
    with running.held(place):
        before = running.read(place)
        mine = _described(os.environ)
        running.write(place, mine)
        with _logging(place):
            gc.enable()  # the command line does without; a server lives long
            asyncio.run(_serve(place, before, mine, page, say))


def _described(environment: Mapping[str, str]) -> Server:
    """What this server is before it has ports.

    In the surroundings of a local Azure, what was there before them is what its server has written down.
    """
    started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    mine = Server(pid=os.getpid(), started=started)
    inside = environment.get(surroundings.STORE)
    if inside:
        found = running.read(Place(Path(inside)))
        return replace(
            mine, outer_proxy=found.outer_proxy, outer_bypass=found.outer_bypass, outer_bundle=found.outer_bundle
        )
    outer = Outer.of(environment)
    bundle = next((environment[name] for name in BUNDLES if environment.get(name)), "")
    return replace(
        mine,
        outer_proxy=outer.url if outer else "",
        outer_bypass=outer.bypass if outer else "",
        outer_bundle=bundle,
    )


async def _serve(place: Place, before: Server, mine: Server, page: int, say: Callable[[Server], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    tls.make_bundle(place, Path(mine.outer_bundle) if mine.outer_bundle else None)
    tokens.client_secret(place)
    with LocalAzure.open(place.store) as azure:  # before the host, which opens the store as well
        host = await asyncio.to_thread(_host, place, before.router)
        azure.gate, azure.page = host, page or azure.page
        try:
            await _answer(place, azure, host, before, mine, stopped, say)
        finally:
            await asyncio.to_thread(host.stop)


def _host(place: Place, port: int) -> Host:
    """The host of deployments, started; its router has the port that it had before, where that is free."""
    host = Host(place, port=port)
    try:
        host.start()
    except OSError:
        if not port:
            raise
        return _host(place, 0)
    return host


async def _answer(
    place: Place,
    azure: LocalAzure,
    host: Host,
    before: Server,
    mine: Server,
    stopped: asyncio.Event,
    say: Callable[[Server], None],
) -> None:
    """Answer requests until it is time to stop."""
    faults = Faults()
    secure, proxy = _listening(before.port), _listening(before.proxy)
    mine = replace(mine, port=_port(secure), proxy=_port(proxy), router=host.port, ready=True)
    admin = Admin(place, azure, faults, host, mine)
    front = Front(place, azure, faults, admin.answer)
    outer = Outer(mine.outer_proxy, mine.outer_bypass) if mine.outer_proxy else None
    tunnel = Tunnel(mine.port, lambda: host.port, outer, lambda name: name.lower() in batch_names(azure.store))
    web = _Web(_configured(place, front))
    serving = asyncio.ensure_future(web.serve([secure]))
    tunnels = await asyncio.start_server(tunnel.connected, sock=proxy, limit=1 << 16)
    ticking = asyncio.ensure_future(_ticked(azure))
    try:
        while not web.started and not serving.done():
            await asyncio.sleep(0.005)
        if not serving.done():
            running.write(place, mine)
            say(mine)
            await asyncio.wait([asyncio.ensure_future(stopped.wait()), serving], return_when="FIRST_COMPLETED")
    finally:
        running.write(place, replace(mine, ready=False))
        tunnels.close()
        ticking.cancel()
        web.should_exit = True
        await serving
        front.close()


async def _ticked(azure: LocalAzure) -> None:
    """Let operations advance that nobody polls: Azure's do as well."""
    while True:
        await asyncio.sleep(TICK)
        try:
            await asyncio.to_thread(azure.tick)
        except StoreError as error:
            _log.warning("Operations can't advance: %s", error)
        except Exception:
            _log.exception("Operations can't advance")


# Sockets and HTTP ----------------------------------------------------------------------------------------------------


def _listening(port: int) -> socket.socket:
    """A listening socket on the loopback interface: on that port if it is free, else on any."""
    # With the protocol named, asyncio sends small packets at once (TCP_NODELAY): answers don't wait 40 ms for others.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((LOOPBACK, port))
    except OSError:
        found.bind((LOOPBACK, 0))
    found.listen(512)
    found.setblocking(False)
    return found


def _port(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def _configured(place: Place, front: Front) -> uvicorn.Config:
    context = tls.server_context(place)
    return uvicorn.Config(
        front,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_context_factory=lambda *_: context,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE,
    )


class _Web(uvicorn.Server):
    """Uvicorn's server, which leaves signals to ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(HttpToolsProtocol):
    """HTTP as Uvicorn speaks it; an application finds the connection, which a fault may lose."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {TRANSPORT: self.transport}
        self.scope["extensions"] = extensions


@contextmanager
def _logging(place: Place) -> Iterator[None]:
    """The server's log, for as long as it runs."""
    place.logs.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(place.logs / "server.log", maxBytes=LOG_BYTES, backupCount=LOGS_KEPT)
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in ("httpx", "httpcore", "azure"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _log.info("Started over %s, process %d", place.store, os.getpid())
    try:
        yield
    except Exception:
        _log.exception("The server has ended")
        raise
    finally:
        _log.info("Ended, process %d", os.getpid())
        root.removeHandler(handler)
        root.setLevel(level)
        with suppress(OSError):
            handler.close()
