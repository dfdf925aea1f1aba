"""Which server runs over a place, if any: what it wrote of itself, and the lock that it holds."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any

from seawall.local.errors import LocalError
from seawall.local.https import secret_files
from seawall.local.place import Place


class NotRunning(LocalError):
    """No server runs over this place."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"no server runs over {place.store}")
        self.place = place


class Running(LocalError):
    """A server runs over this place already."""

    def __init__(self, place: Place, server: Server) -> None:
        super().__init__(f"a server runs over {place.store} already: process {server.pid}, since {server.started} UTC")
        self.place = place
        self.server = server


@dataclass(frozen=True, kw_only=True)
class Server:
    """What a server says of itself. Ports are on 127.0.0.1."""

    pid: int = 0
    started: str = ""
    """UTC, as `2026-01-31 09:30:00`."""
    port: int = 0
    """Of HTTPS: Resource Manager and all of Azure's hosts but those that score."""
    proxy: int = 0
    """Of the proxy through which Azure's host names are reached."""
    router: int = 0
    """Of HTTPS: the hosts that score. 0: nothing is served."""
    outer_proxy: str = ""
    """The proxy through which everything else is reached, if any."""
    outer_bypass: str = ""
    """The hosts that are reached without it."""
    outer_bundle: str = ""
    """The file of certificates that clients trusted before, if any."""
    ready: bool = False

    @property
    def url(self) -> str:
        """Resource Manager's address."""
        return f"https://127.0.0.1:{self.port}"


def read(place: Place) -> Server:
    """What the server that runs, or the last one, wrote of itself; an empty record where there never was one."""
    try:
        found = json.loads(place.server.read_bytes())
    except (OSError, ValueError):
        return Server()
    known = {field.name for field in fields(Server)}
    return Server(**{name: value for name, value in found.items() if name in known}) if _is_map(found) else Server()


def write(place: Place, server: Server) -> None:
    """Say what the server is. Raises `OSError`."""
    secret_files.replace(place.server, json.dumps(asdict(server), indent=2).encode())


def of(place: Place) -> Server:
    """The server that runs, and is ready. Raises `NotRunning`."""
    server = read(place)
    if not is_locked(place) or not server.ready:
        raise NotRunning(place)
    return server


def is_locked(place: Place) -> bool:
    """Whether a server holds the place. A shared lock is asked for, so that two who look don't see each other."""
    try:
        descriptor = os.open(place.lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Hold the place as its one server while the block runs. Raises `Running`, `OSError`."""
    place.folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, place)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, place: Place) -> None:
    """Lock, waiting out the moment for which somebody else only looks."""
    import time

    for attempt in range(20):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt == 19:
                raise Running(place, read(place)) from None
            time.sleep(0.02)
        else:
            return


def _is_map(found: Any) -> bool:
    return isinstance(found, dict)
