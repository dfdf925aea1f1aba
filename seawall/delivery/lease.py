"""The right to change an endpoint: a lease on a small blob, since the endpoint itself knows no conditional update.

A lease lasts a minute and is renewed by a thread, so that one of a controller that was killed ends by itself; on the
same machine a dead holder is told by its process, and not waited for. The holder stands in the blob's metadata.
Source: Blob service REST reference, "Lease Blob".
"""

from __future__ import annotations

import getpass
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seawall.delivery.clients import told
from seawall.delivery.port import CloudError, LeaseLost, LeaseTaken

SECONDS = 60
"""How long a lease lasts: the longest that isn't for ever."""
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


class BlobLease:
    """A lease on a blob, kept alive by a thread until it is released or lost."""

    def __init__(self, blob: Any, lease: Any, on_lost: Callable[[], None] | None = None) -> None:
        """`blob` is a BlobClient of azure-storage-blob, `lease` its BlobLeaseClient, acquired."""
        self._blob = blob
        self._lease = lease
        self._on_lost = on_lost
        self._until = time.monotonic() + SECONDS
        self._lost = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    @property
    def id(self) -> str:
        return str(self._lease.id)

    def check(self) -> None:
        """Raises `LeaseLost`, with who has it now."""
        if not self._lost and time.monotonic() > self._until:
            self._lost = "it could not be renewed in time"
        if self._lost:
            raise LeaseLost(f"the lease on the endpoint was lost: {self._lost}; nothing more is written")

    def renew(self) -> None:
        """Renew now. Where someone else has it, it is lost; where the storage doesn't answer, time will tell."""
        from azure.core.exceptions import AzureError, HttpResponseError

        asked = time.monotonic()
        try:
            self._lease.renew(timeout=RENEWAL)
            self._until = asked + SECONDS
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
        lease = _acquired(blob, where)
        blob.set_blob_metadata(dict(holder), lease=lease)
        return BlobLease(blob, lease, on_lost)


def _acquired(blob: Any, where: str) -> Any:
    from azure.core.exceptions import HttpResponseError

    for last in (False, True):
        try:
            return blob.acquire_lease(SECONDS)
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
