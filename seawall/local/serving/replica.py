"""One deployment over its life: the container that answers, the one that is to follow it, and what became of both."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.place import Place
from seawall.local.serving import logs, preparing
from seawall.local.serving.assets import Unreachable
from seawall.local.serving.container import Container, State
from seawall.local.serving.environment import Unavailable
from seawall.local.serving.leftovers import Register
from seawall.local.serving.specification import Specification
from seawall.local.serving.table import Backend
from seawall.local.store import Store

GUIDE = "https://aka.ms/oe-tsg#error-resourcenotready"


class Surroundings:
    """What all deployments of a host share."""

    def __init__(
        self,
        place: Place,
        store: Store,
        register: Register,
        blobs: Callable[[], Any],
        interpreter: Callable[[], Path],
        changed: Callable[[], None],
    ) -> None:
        self.place = place
        self.store = store
        self.register = register
        self.blobs = blobs
        self.interpreter = interpreter
        """The inference environment's; making it takes a while the first time. Raises `Unavailable`."""
        self.changed = changed


class Replica:
    """Belongs to one event loop."""

    def __init__(self, around: Surroundings, drained: Callable[[Container], Any]) -> None:
        self._around = around
        self._drained = drained
        self.spec: Specification | None = None
        """What the store asks for."""
        self._etag = ""
        self.is_resting = False
        """Whether it failed under an earlier server, and nobody has asked for it since."""
        self.current: Container | None = None
        """Who answers."""
        self.next: Container | None = None
        """Who will, once it is ready."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def rest(self, spec: Specification, etag: str) -> None:
        """Leave a deployment that had failed before this server began as it is, until it is asked for again."""
        self.spec, self._etag, self.is_resting = spec, etag, True

    def want(self, spec: Specification, etag: str) -> None:
        """Have the deployment as the store asks for it: with new processes, where the old ones don't do.

        `etag` is the request for it: what has failed is tried again when it is asked for again.
        """
        again, self.spec, self._etag = etag != self._etag, spec, etag
        self.is_resting = self.is_resting and not again
        if self.is_resting:
            return
        newest = self.next or self.current
        if newest is not None and newest.spec.launch == spec.launch and not (again and newest.state is State.FAILED):
            return
        if self.next is not None:
            self._leave(self.next)
            self.next = None
        answering = self.current is not None and self.current.state is not State.FAILED
        if not (answering and self.current is not None and self.current.spec.launch == spec.launch):
            self._begin(spec)

    def _begin(self, spec: Specification) -> None:
        log = logs.begun(self._around.place, spec.id, secrets.token_hex(4), int(time.time() * 1000))
        name = f"{spec.name}-{log.stem.rpartition('-')[2]}"
        container = Container(name, spec, log, self._around.register, self._turned)
        self.next = container
        self._tasks[name] = asyncio.ensure_future(self._lives(container))

    async def _lives(self, container: Container) -> None:
        if container.spec.problems:
            container.fail(" ".join(container.spec.problems))
            return
        folder = self._around.place.serving / container.name
        try:
            interpreter = await asyncio.to_thread(self._around.interpreter)
            arguments = (container.spec, self._around.store, self._around.blobs, folder, interpreter)
            prepared = await asyncio.to_thread(preparing.prepare, *arguments, container.log)
        except (Unreachable, Unavailable, OSError) as error:
            container.fail(str(error))
            return
        if container.state is State.STARTING:
            await container.run(prepared, interpreter)

    def _turned(self) -> None:
        if self.next is not None and self.next.state is State.READY:
            before, self.current, self.next = self.current, self.next, None
            if before is not None:
                self._leave(before)
        self._around.changed()

    @property
    def backend(self) -> Backend | None:
        """Who answers requests now, if anybody is ready."""
        ready = self.current is not None and self.current.state is State.READY
        return self.current.backend if self.current is not None and ready else None

    @property
    def is_settled(self) -> bool:
        """Whether what the store asks for is what answers."""
        return self.next is None and self.backend is not None

    @property
    def failure(self) -> AzureError | None:
        """Why what the store asks for can't be had; nothing while it may still come."""
        container = self.next or self.current
        if container is None or container.state is not State.FAILED:
            return None
        if container.pid == 0:
            return AzureError("BadArgument", f"{container.reason}", target=container.spec.id)
        log = logs.unlisted(container.end_of_log(400))
        told = "\n".join(log.splitlines()[-20:])
        why = " ".join(filter(None, (container.reason, logs.telling(log))))
        words = f"{why} Please see troubleshooting guide, available here: {GUIDE}"
        return AzureError("ResourceNotReady", f"{words}\nThe end of its log:\n{told}", target=container.spec.id)

    # Ending ----------------------------------------------------------------------------------------------------------

    def _leave(self, container: Container) -> None:
        """Let a container end when its last request has been answered."""
        task = asyncio.ensure_future(self._left(container))
        self._ending.add(task)
        task.add_done_callback(self._end_told)

    def _end_told(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        self._around.changed()

    async def _left(self, container: Container) -> None:
        if container.state in (State.READY, State.UNREADY):
            await self._drained(container)
        await self._ended(container)

    async def _ended(self, container: Container, grace: float = preparing.GRACE) -> None:
        await container.stop(grace)
        task = self._tasks.pop(container.name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        shutil.rmtree(self._around.place.serving / container.name, ignore_errors=True)

    def leave(self) -> None:
        """Let all of it end when its last request has been answered; `is_gone` says when."""
        for container in (self.next, self.current):
            if container is not None:
                self._leave(container)
        self.next = self.current = None

    @property
    def is_gone(self) -> bool:
        return not self._ending and self.current is None and self.next is None

    @property
    def containers(self) -> list[Container]:
        """Those that have processes now, or are about to."""
        return [one for one in (self.current, self.next) if one is not None and one.state is not State.FAILED]

    async def stop(self) -> None:
        """End everything at once."""
        found = [one for one in (self.next, self.current) if one is not None]
        self.next = self.current = None
        await asyncio.gather(*(self._ended(one, 2.0) for one in found))
        for task in list(self._ending):
            task.cancel()
        if self._ending:
            await asyncio.wait(self._ending)
