"""The right to change an endpoint: a lease on a small blob, since the endpoint itself knows no conditional update.

A lease lasts a minute and is renewed by a thread, so that one of a controller that was killed ends by itself; on the
same machine a dead holder is told by its process, and not waited for. The holder stands in the blob's metadata.
What counts is time that goes on while a machine sleeps: a controller that slept has lost its lease, and knows it.
Source: Blob service REST reference, "Lease Blob".
"""

from __future__ import annotations

import getpass
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seawall.delivery.clients import told
from seawall.delivery.port import CloudError, LeaseLost, LeaseTaken

SECONDS = 60
"""How long a lease lasts: the longest that isn't for ever."""
MARGIN = 2
"""Seconds before its end from which on a lease counts as lost, so that no write begins that may come after it."""
RENEWAL = 15
"""Seconds between renewals; three may fail before the lease is lost."""


def holder(release: str) -> dict[str, str]:
    """Who this process is, for those who find the endpoint taken."""
    return {
        "release": release,
        "host": socket.gethostname(),
        "pid": str(os.getpid()),
        "started": _started(os.getpid()),
        "user": _user(),
        "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def named(holder: Mapping[str, str]) -> str:
    """Who holds a lease, for people."""
    if not holder:
        return "someone who left no name"
    said = {key: holder.get(key, "unknown") for key in ("user", "host", "pid", "since")}
    return "{user} on {host} (process {pid}, since {since})".format(**said)


def is_dead(holder: Mapping[str, str]) -> bool:
    """Whether a holder was a process of this machine that is no more. Nobody can tell of other machines."""
    pid = holder.get("pid", "")
    if holder.get("host") != socket.gethostname() or not pid.isdigit():
        return False
    return _started(int(pid)) != holder.get("started", "")


@dataclass(frozen=True)
class Elapsed:
    """Seconds since some moment, by two clocks, neither of which a suspended machine stops: the later one counts.

    `boot` is the kernel's time since boot, which nobody sets; where it has none, its monotonic clock, which may stand
    still while a machine is suspended. `wall` is set now and then: forwards a lease is given up too early, which is
    safe; backwards it says less than the other. Source: clock_gettime(2), CLOCK_BOOTTIME and CLOCK_MONOTONIC.
    """

    boot: float
    wall: float

    @classmethod
    def now(cls) -> Elapsed:
        return cls(boot_time(), time.time())

    def since(self, before: Elapsed) -> float:
        return max(self.boot - before.boot, self.wall - before.wall)


def boot_time() -> float:
    """Seconds since this machine was started, time asleep included, where the kernel counts that."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class BlobLease:
    """A lease on a blob, kept alive by a thread until it is released or lost."""

    def __init__(
        self,
        blob: Any,
        lease: Any,
        on_lost: Callable[[], None] | None = None,
        *,
        since: Elapsed | None = None,
        now: Callable[[], Elapsed] = Elapsed.now,
    ) -> None:
        """`blob` is a BlobClient of azure-storage-blob, `lease` its BlobLeaseClient, acquired.

        `since` is the moment just before it was asked for; tests give `now`.
        """
        self._now = now
        self._blob = blob
        self._lease = lease
        self._on_lost = on_lost
        self._renewed = since or now()
        self._lost = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    @property
    def id(self) -> str:
        return str(self._lease.id)

    def check(self) -> None:
        """Raises `LeaseLost`, with who has it now; by the clocks alone, so that it can be asked before every write."""
        passed = self._now().since(self._renewed)
        if not self._lost and passed > SECONDS - MARGIN:
            self._lost = f"it could not be renewed in time; the last renewal was {passed:.0f} s ago"
        if self._lost:
            raise LeaseLost(f"the lease on the endpoint was lost: {self._lost}; nothing more is written")

    def renew(self) -> None:
        """Renew now. Where someone else has it, it is lost; where the storage doesn't answer, time will tell."""
        from azure.core.exceptions import AzureError, HttpResponseError

        asked = self._now()
        try:
            self._lease.renew(timeout=RENEWAL)
            self._renewed = asked
        except HttpResponseError as error:
            if error.status_code in (404, 409, 412):
                self._lost = f"{named(holder_of(self._blob))} has it"
        except AzureError:
            return
        if self._lost and self._on_lost:
            self._on_lost()

    def release(self) -> None:
        from azure.core.exceptions import AzureError

        self._stop.set()
        try:
            self._lease.release()
        except AzureError:
            return  # it ends by itself within a minute

    def _keep(self) -> None:
        while not self._stop.wait(RENEWAL) and not self._lost:
            self.renew()


def acquire(
    blob: Any, holder: Mapping[str, str], on_lost: Callable[[], None] | None = None, *, where: str = "the endpoint"
) -> BlobLease:
    """Take the lease on a blob, which is made where there is none. Raises `LeaseTaken` and `CloudError`."""
    from azure.core.exceptions import HttpResponseError, ResourceExistsError

    with told(f"the lease on {where}"):
        try:
            blob.upload_blob(b"", overwrite=False)
        except ResourceExistsError:
            pass
        except HttpResponseError as error:
            if error.status_code not in (409, 412):
                raise
        lease, since = _acquired(blob, where)
        blob.set_blob_metadata(dict(holder), lease=lease)
        return BlobLease(blob, lease, on_lost, since=since)


def _acquired(blob: Any, where: str) -> tuple[Any, Elapsed]:
    """The lease, and the moment just before it was asked for."""
    from azure.core.exceptions import HttpResponseError

    for last in (False, True):
        asked = Elapsed.now()
        try:
            return blob.acquire_lease(SECONDS), asked
        except HttpResponseError as error:
            if error.status_code != 409:
                raise
        found, etag = _seen(blob)
        if last or not is_dead(found):
            raise LeaseTaken(f"{where} is being changed by {named(found)}", found)
        _broken(blob, etag)
    raise CloudError(f"the lease on {where} can't be taken")


def _broken(blob: Any, etag: str) -> None:
    """End the lease of a holder that is no more, unless someone else has ended it and taken it meanwhile."""
    from azure.core import MatchConditions
    from azure.core.exceptions import HttpResponseError
    from azure.storage.blob import BlobLeaseClient

    try:
        BlobLeaseClient(blob).break_lease(0, etag=etag, match_condition=MatchConditions.IfNotModified)
    except HttpResponseError as error:
        if error.status_code not in (409, 412):
            raise


def _seen(blob: Any) -> tuple[dict[str, str], str]:
    properties = blob.get_blob_properties()
    return {str(key).lower(): str(value) for key, value in (properties.metadata or {}).items()}, properties.etag


def holder_of(blob: Any) -> dict[str, str]:
    """What the last holder wrote, whether or not they still hold it; empty where that can't be read."""
    from azure.core.exceptions import AzureError

    try:
        return _seen(blob)[0]
    except AzureError:
        return {}


def held_by(blob: Any) -> dict[str, str]:
    """Who holds the lease right now; empty where nobody does."""
    from azure.core.exceptions import AzureError

    try:
        properties = blob.get_blob_properties()
    except AzureError:
        return {}
    found = {str(key).lower(): str(value) for key, value in (properties.metadata or {}).items()}
    return found if properties.lease.state == "leased" and not is_dead(found) else {}


def _started(pid: int) -> str:
    """When a process of this machine started, in the kernel's ticks; empty where there is no such process."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if told[0] in "ZX" else told[19]  # a zombie was killed, and waits for its parent to notice
    except (OSError, IndexError):
        return "" if not _alive(pid) else "unknown"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
