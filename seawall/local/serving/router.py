"""The router: takes the requests of all online endpoints and hands each to a deployment. A process of its own.

    python -m seawall.local.serving.router STORE LISTENING_SOCKET CONTROL_SOCKET [--plain]

Both sockets are inherited: clients may connect while no router runs, and a router whose server has died ends. On the
control socket, lines of JSON: a table comes and is acknowledged when it is in force for every new request; then each
server that the table no longer has is told to be drained as soon as its last request has been answered.
"""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import socket
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec

from seawall.local.meters import Meters
from seawall.local.meters import Request as Row
from seawall.local.place import Place
from seawall.local.serving import messages
from seawall.local.serving.authentication import AUDIENCES, Verify, refusal
from seawall.local.serving.client import Client, Reply
from seawall.local.serving.limits import Limit, TooMany
from seawall.local.serving.measured import Dropped, described
from seawall.local.serving.messages import Answer, Request
from seawall.local.serving.struck import Struck
from seawall.local.serving.table import Deployment, Endpoint, Table, backends, choose, mirrored, named
from seawall.local.serving.upstream import Broken, Pool, TimedOut

FLUSH = 0.2
"""Seconds between two writes of what was measured."""

PENDING = Answer(429, b"", b"too_many_pending_request", retry_after=1)
NOT_READY = Answer(503, b"", b"model_not_ready", retry_after=1)
TIMED_OUT = Answer(408, b"upstream request timeout", b"model_timeout")
BROKEN = Answer(424, b"upstream connect error or disconnect before its answer was whole", b"model_error")


class Router:
    """Belongs to one event loop."""

    def __init__(self, meters: Meters | None, verify: Verify, draw: random.Random | None = None) -> None:
        self.table = Table()
        self.pool = Pool()
        self.under_way: Counter[str] = Counter()
        """Requests that a server has, by its name."""
        self.clients: set[Client] = set()
        self.drained: asyncio.Queue[str] = asyncio.Queue()
        self.faults = Struck()
        self._meters = meters
        self._verify = verify
        self._draw = draw or random.SystemRandom()
        self._limits: dict[tuple[str, str], Limit] = {}
        self._leaving: set[str] = set()
        self._rows: list[Row] = []
        self._copies: set[asyncio.Task[None]] = set()

    def apply(self, table: Table) -> None:
        """Put a table in force: every request that is not with a server yet goes by it."""
        before, now = backends(self.table), backends(table)
        self.table = table
        self.faults.apply(table.faults)
        for endpoint in table.endpoints.values():
            for name, deployment in endpoint.deployments.items():
                limit = self._limits.setdefault((endpoint.id, name), Limit(deployment.concurrency))
                limit.places = deployment.concurrency
                limit.admit()
        for backend in before - now:
            self.pool.forget(backend)
            self._leaving.add(backend)
            self._left(backend)

    def _left(self, backend: str) -> None:
        if self.under_way[backend]:
            return
        del self.under_way[backend]
        if backend in self._leaving:
            self._leaving.discard(backend)
            self.pool.forget(backend)
            self.drained.put_nowait(backend)

    # One request ------------------------------------------------------------------------------------------------------

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer a request, and note it."""
        began = time.time()
        endpoint = self.table.endpoints.get(request.host)
        if endpoint is None:
            reply.own(messages.error(404, "NotFound", f"There is no online endpoint at {request.host}."))
            return
        delay = 0.0
        try:
            refused = refusal(endpoint, request.header(b"authorization"), began, self._verify)
            if refused is not None:
                reply.own(refused)
            elif not self.faults or not await self.faults.struck(request, reply):
                delay = await self._routed(endpoint, request, reply)
        except asyncio.CancelledError:
            reply.status = reply.status or 499  # the client has gone
            raise
        finally:
            self._note(endpoint, reply, request, began, delay)

    async def _routed(self, endpoint: Endpoint, request: Request, reply: Reply) -> float:
        """Have a deployment answer. Returns the seconds that the request waited for its turn."""
        wanted = request.header(b"azureml-model-deployment").decode("latin-1")
        deployment = named(endpoint, wanted) if wanted else choose(endpoint, self._draw.random())
        if deployment is None:
            what = f"has no deployment {wanted}" if wanted else "doesn't have any valid deployment with positive weight"
            reply.own(messages.error(404, "NotFound", f"The endpoint {what}."))
            return 0.0
        copy = None if wanted else mirrored(endpoint, self._draw.random())
        if copy is not None and copy.name != deployment.name:
            task = asyncio.get_running_loop().create_task(self._copied(endpoint, copy, request))
            self._copies.add(task)
            task.add_done_callback(self._copies.discard)
        reply.deployment = deployment.name
        limit = self._limits[endpoint.id, deployment.name.lower()]
        try:
            waited = await limit.take(deployment.queue_wait)
        except TooMany as error:
            reply.own(PENDING)
            return error.waited
        try:
            current = self._current(endpoint, deployment, wanted) if waited else deployment
            await self._asked(current, request, reply)
        finally:
            limit.give()
        return waited

    def _current(self, endpoint: Endpoint, deployment: Deployment, wanted: str) -> Deployment | None:
        """The deployment after a wait, during which another table may have come in force."""
        now = self.table.endpoints.get(endpoint.host)
        if now is None:
            return None
        there = named(now, deployment.name)
        return there or (None if wanted else choose(now, self._draw.random()))

    async def _asked(self, deployment: Deployment | None, request: Request, reply: Reply) -> None:
        if deployment is None or deployment.backend is None:
            reply.own(NOT_READY)
            return
        reply.deployment = deployment.name
        backend = deployment.backend
        self.under_way[backend.name] += 1
        try:
            await self.pool.ask(
                backend,
                request.forwarded(deployment.scoring_path),
                reply,
                deployment.timeout,
                without_body=request.method == b"HEAD",
                taken=reply.taken,
            )
        except TimedOut:
            self._cut(reply, TIMED_OUT)
        except Broken as error:
            self._cut(reply, NOT_READY if error.refused else BROKEN)
        finally:
            self.under_way[backend.name] -= 1
            self._left(backend.name)

    def _cut(self, reply: Reply, answer: Answer) -> None:
        """Answer with an error, unless an answer has begun: then it stays without its end."""
        if reply.begun:
            reply.status = answer.status
        else:
            reply.own(answer)
            reply.model_status = 502 if answer.status == 424 else 0

    async def _copied(self, endpoint: Endpoint, deployment: Deployment, request: Request) -> None:
        """Send a copy of a request to a deployment, and drop its answer."""
        began, sink, waited = time.time(), Dropped(), 0.0
        limit = self._limits[endpoint.id, deployment.name.lower()]
        try:
            waited = await limit.take(deployment.queue_wait)
        except TooMany as error:
            self._noted_copy(endpoint, deployment, request, began, 429, sink, error.waited)
            return
        code = 503
        try:
            current = self._current(endpoint, deployment, deployment.name)
            backend = current.backend if current else None
            if current is not None and backend is not None:
                self.under_way[backend.name] += 1
                try:
                    await self.pool.ask(backend, request.forwarded(current.scoring_path), sink, current.timeout)
                    code = 200 if sink.status == 200 else 424
                except TimedOut:
                    code = 408
                except Broken:
                    code = 424
                finally:
                    self.under_way[backend.name] -= 1
                    self._left(backend.name)
        finally:
            limit.give()
            self._noted_copy(endpoint, deployment, request, began, code, sink, waited)

    # Measuring --------------------------------------------------------------------------------------------------------

    def _note(self, endpoint: Endpoint, reply: Reply, request: Request, began: float, delay: float) -> None:
        duration = asyncio.get_running_loop().time() - request.started
        row = Row(began, endpoint.id, reply.deployment, reply.status, reply.model_status, duration * 1e3)
        self._rows.append(described(row, request, reply.size, delay))

    def _noted_copy(
        self, endpoint: Endpoint, deployment: Deployment, request: Request, began: float, code: int, sink: Dropped,
        waited: float,
    ) -> None:  # fmt: skip
        row = Row(began, endpoint.id, deployment.name, code, sink.status, (time.time() - began) * 1e3)
        self._rows.append(described(row, request, sink.size, waited)._replace(mirrored=True))

    async def measure(self) -> None:
        """Write what was measured, again and again, in a thread: no request waits for a disk."""
        while True:
            await asyncio.sleep(FLUSH)
            await asyncio.to_thread(self.flush)

    def flush(self) -> None:
        """Write what was measured."""
        rows, self._rows = self._rows, []
        if self._meters is not None and rows:
            self._meters.record(rows)


# The process ---------------------------------------------------------------------------------------------------------


async def serve(place: Place, listening: socket.socket, control: socket.socket, *, plain: bool) -> None:
    """Route until the other end of the control socket closes."""
    from seawall.local.https import tls, tokens

    def verify(token: str) -> bool:
        try:
            tokens.verify(place, token, AUDIENCES)
        except tokens.TokenError:
            return False
        return True

    loop = asyncio.get_running_loop()
    router = Router(Meters.open(place.meters), verify)
    reader, writer = await asyncio.open_connection(sock=control, limit=1 << 26)
    context = None if plain else tls.server_context(place)
    server: asyncio.Server | None = None
    tasks = [asyncio.ensure_future(router.measure()), asyncio.ensure_future(_told(router, writer))]
    try:
        while line := await reader.readline():
            table = msgspec.json.decode(line, type=Table)
            router.apply(table)
            if server is None:  # not before there is a table: clients wait rather than hear that nothing is there
                server = await loop.create_server(
                    lambda: Client(router.handle, router.clients), sock=listening, ssl=context, backlog=512
                )
                gc.collect()
                gc.freeze()
            writer.write(msgspec.json.encode({"applied": table.version}) + b"\n")
    except ConnectionError:
        pass
    finally:
        if server is not None:
            server.close()
        for task in tasks:
            task.cancel()
        router.flush()


async def _told(router: Router, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(msgspec.json.encode({"drained": await router.drained.get()}) + b"\n")


def main(arguments: list[str]) -> None:
    store, listening, control, *options = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the server ends this process by its socket
    with socket.socket(fileno=int(listening)) as front, socket.socket(fileno=int(control)) as told:
        front.setblocking(False)
        told.setblocking(False)
        asyncio.run(serve(Place(Path(store)), front, told, plain="--plain" in options))


if __name__ == "__main__":
    main(sys.argv[1:])
