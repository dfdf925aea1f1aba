"""The host of deployments: makes what runs what the store wants, and says when an operation has really ended.

It lives in a thread of the server with an event loop of its own. It reads the store through a connection of its own and
looks several times a second whether anybody, in whatever process, has written to it.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from seawall.local.errors import AzureError, StoreError
from seawall.local.meters import Meters, Usage
from seawall.local.place import Place
from seawall.local.services.online_endpoints import DEPLOYMENT, ENDPOINT
from seawall.local.serving import environment, leftovers, logs
from seawall.local.serving import wanted as wishes
from seawall.local.serving.container import Container, State
from seawall.local.serving.control import Control
from seawall.local.serving.leftovers import Register
from seawall.local.serving.replica import Replica, Surroundings
from seawall.local.serving.table import Deployment, Table
from seawall.local.serving.usage import Meter
from seawall.local.serving.wanted import Wanted
from seawall.local.store import Operation, Store

POLL = 0.05
"""Seconds between two looks at whether the store was written to."""
PATIENCE = 20.0
"""Seconds for which a start waits for the deployments that an earlier server had: `stop` waits longer than that."""
SAMPLE = 1.0
"""Seconds between two samples of what deployments use."""

_log = logging.getLogger(__name__)


class Host:
    """Start it, ask it, stop it; from any thread. It is the gate of operations on online endpoints."""

    def __init__(
        self,
        place: Place,
        *,
        port: int = 0,
        plain: bool = False,
        environment_folder: Path | None = None,
        say: Callable[[str], None] = _log.info,
    ) -> None:
        """`port` of the router, on 127.0.0.1, 0 for any; `plain` without TLS; `say` gets lines for people.

        Raises `OSError` where the port is taken, and `StoreError`.
        """
        self._place = place
        self._plain = plain
        self._say = say
        self._environment = environment_folder
        self._store = Store(place.store)
        self._wanted_port = port
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="deployments", daemon=True)
        self._started = threading.Event()
        self._restored = threading.Event()
        """What was there when it began answers again, as far as it ever will."""
        self._fault: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._stopping = False
        self._faults: tuple[dict[str, Any], ...] = ()
        self._blobs: Any = None
        # Guarded by the lock: what other threads ask for.
        self._settled: dict[str, str] = {}
        self._failed: dict[str, tuple[str, AzureError]] = {}
        self._known: frozenset[str] = frozenset()
        self.port = 0
        """The router's."""

    # From any thread --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """End what an earlier server has left, start the router, and do what the store wants.

        Returns when the deployments that are there answer, or have failed, or take longer than `PATIENCE`.
        """
        left = leftovers.ended(self._processes)
        if left:
            self._say(f"Ended {len(left)} processes that an earlier server has left")
        shutil.rmtree(self._place.serving, ignore_errors=True)
        self._thread.start()
        self._started.wait()
        if self._fault is not None:
            self._store.close()
            raise self._fault
        if not self._restored.wait(PATIENCE):
            self._say("Deployments of an earlier server are still starting")

    def stop(self) -> None:
        """End all processes. Returns when they are gone."""
        if self._loop is not None and self._thread.is_alive():
            self._stopping = True
            self.wake()
            self._thread.join()
        self._store.close()

    def wake(self) -> None:
        """Look at the store at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def ended(self, operation: Operation) -> bool | AzureError:
        """Whether an operation has ended: False, it is under way; True; or the error with which it failed."""
        row = self._store.resource(operation.key)
        if row is None or row.arm_type not in (ENDPOINT, DEPLOYMENT):
            return True
        with self._lock:
            if operation.method == "DELETE":
                return not any(key == row.key or key.startswith(f"{row.key}/") for key in self._known)
            etag, error = self._failed.get(row.key, ("", None))
            if error is not None and etag == row.etag:
                return error
            return self._settled.get(row.key) == row.etag

    def set_faults(self, documents: Iterable[dict[str, Any]]) -> None:
        """Have requests that score fail on demand: by these faults and no others. See `faults.Fault.document`."""
        # Without what changes as they strike: the router counts for itself.
        self._faults = tuple({**document, "seen": 0} for document in documents)
        self.wake()

    def logs(self, deployment_id: str, lines: int = 500, container: str = logs.SERVER) -> str:
        """The end of a deployment's log; see `logs.logs`."""
        return logs.logs(self._place, deployment_id, lines, container)

    @property
    def router(self) -> int:
        """The process ID of the router; 0 while none runs."""
        return self._control.pid

    def address(self, deployment_id: str) -> int:
        """The port on 127.0.0.1 of a deployment's inference server itself; 0 while none is ready."""
        found = self._replicas.get(deployment_id.lower())
        return found.backend.port if found and found.backend else 0

    @property
    def containers(self) -> dict[str, list[int]]:
        """The process IDs of each deployment's process groups, by the deployment's key."""
        return {key: [one.pid for one in found.containers] for key, found in list(self._replicas.items())}

    # In the thread ----------------------------------------------------------------------------------------------------

    @property
    def _processes(self) -> Path:
        return self._place.folder / "processes.json"

    def _work(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            _log.exception("The host of deployments has ended")
            self._fault = error
        finally:
            self._started.set()
            self._restored.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._register = Register(self._processes)
        self._control = Control(self._place, self._register, port=self._wanted_port, plain=self._plain)
        self._replicas: dict[str, Replica] = {}
        self._leaving: dict[str, list[Replica]] = {}
        self._table = Table()
        self._around = Surroundings(
            self._place, self._store, self._register, self._opened_blobs, self._interpreter, self._wake.set
        )
        self.port = self._control.port
        self._control.start()
        tasks = [asyncio.ensure_future(self._polled()), asyncio.ensure_future(self._sampled())]
        self._started.set()
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    await self._reconcile()
                except StoreError as error:
                    _log.error("The store can't be read: %s", error)
                await self._wake.wait()
        finally:
            for task in tasks:
                task.cancel()
            leaving = [one for found in self._leaving.values() for one in found]
            await asyncio.gather(*(replica.stop() for replica in (*self._replicas.values(), *leaving)))
            await self._control.stop()

    async def _polled(self) -> None:
        """Wake up when somebody has written to the store: SQLite counts the commits of other connections."""
        before = None
        while True:
            found = self._store.database.row("PRAGMA data_version")
            if found != before:
                before = found
                self._wake.set()
            await asyncio.sleep(POLL)

    async def _reconcile(self) -> None:
        """One look: start, replace and let go of deployments, and have the table that follows in force."""
        found = wishes.wanted(self._store)
        for key, row in found.deployments.items():
            replica = self._replicas.get(key)
            if replica is None:
                replica = self._replicas[key] = self._new()
                if row.state == "Failed":
                    replica.rest(wishes.specified(row, self._store), row.etag)
            replica.want(wishes.specified(row, self._store), row.etag)
        gone = [key for key in self._replicas if key not in found.deployments]
        leaving = [(key, self._replicas.pop(key)) for key in gone]
        ready = {key: replica for key, replica in self._replicas.items() if replica.is_settled}
        await self._publish(found)
        for key, replica in leaving:
            replica.leave()
            self._leaving.setdefault(key, []).append(replica)
        still = {key: [one for one in found if not one.is_gone] for key, found in self._leaving.items()}
        self._leaving = {key: found for key, found in still.items() if found}
        self._tell(found, ready)
        if all(replica.is_resting or replica.failure or key in ready for key, replica in self._replicas.items()):
            self._restored.set()

    def _new(self) -> Replica:
        return Replica(self._around, self._drained)

    async def _publish(self, found: Wanted) -> None:
        endpoints = {}
        for key, row in found.endpoints.items():
            deployments: dict[str, Deployment] = {}
            for other, replica in self._replicas.items():
                if replica.spec is not None and other.rsplit("/", 2)[0] == key:
                    deployments[other.rsplit("/", 1)[-1]] = wishes.deployment(replica.spec, replica.backend)
            made = wishes.endpoint(row, found.secrets[key], deployments)
            endpoints[made.host] = made
        faults = self._faults
        if endpoints != self._table.endpoints or faults != self._table.faults:
            self._table = Table(self._table.version + 1, endpoints, faults)
            await self._control.put(self._table)

    async def _drained(self, container: Container) -> None:
        """Wait until no request is with a container: the table that is in force doesn't have it any more."""
        await self._control.drained(container.backend.name)

    def _tell(self, found: Wanted, ready: dict[str, Replica]) -> None:
        failed: dict[str, tuple[str, AzureError]] = {}
        for key, replica in self._replicas.items():
            error = replica.failure
            if error is not None:
                failed[key] = (found.etag(key), error)
        settled = {key: row.etag for key, row in found.endpoints.items()}
        settled |= {key: found.etag(key) for key in ready}
        with self._lock:
            self._settled, self._failed = settled, failed
            self._known = frozenset((*found.endpoints, *self._replicas, *self._leaving))

    # What deployments need --------------------------------------------------------------------------------------------

    def _interpreter(self) -> Path:
        return environment.python(self._say, self._environment)

    def _opened_blobs(self) -> Any:
        from seawall.local.blob import Blobs

        with self._lock:
            if self._blobs is None:
                self._blobs = Blobs.open(self._place)
            return self._blobs

    async def _sampled(self) -> None:
        meter = Meter()
        with Meters.open(self._place.meters) as meters:
            while True:
                await asyncio.sleep(SAMPLE)
                running = {
                    one.pid: (key, one, replica.spec.instances if replica.spec else 1)
                    for key, replica in self._replicas.items()
                    for one in replica.containers
                    if one.pid and one.state is State.READY
                }
                used = meter.looked(running)
                rows = [
                    Usage(time.time(), key.rsplit("/", 2)[0], one.spec.name, *used[pid], instances)
                    for pid, (key, one, instances) in running.items()
                ]
                await asyncio.to_thread(meters.sample, rows)
                for _, one, _ in running.values():
                    logs.trim(one.log)
