"""Leases of blobs and containers, over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from seawall.local.blob import conditions, leases
from seawall.local.blob.call import Answer, Call, versioned
from seawall.local.blob.context import Request
from seawall.local.blob.errors import BlobError
from seawall.local.blob.leases import Lease, lease_id
from seawall.local.blob.rows import Blob, Container

_STATUS = {"acquire": 201, "renew": 200, "change": 200, "release": 200, "break": 202}


def on_blob(request: Request) -> Answer:
    call, change = request.call, _change(request.call, request.now)

    def guard(blob: Blob | None) -> None:
        assert blob is not None
        conditions.check(call, blob.etag, blob.modified)

    blob = request.store.change_lease(call.address, change, guard)
    return _answer(call, blob.lease, versioned(blob.etag, blob.modified), request.now)


def on_container(request: Request) -> Answer:
    call, change = request.call, _change(request.call, request.now)

    def changed(container: Container) -> Container:
        conditions.check(call, container.etag, container.modified)
        return replace(container, lease=change(container.lease))

    container = request.store.change_container(call.account, call.container, changed, touch=False)
    return _answer(call, container.lease, versioned(container.etag, container.modified), request.now)


def _change(call: Call, now: float) -> Callable[[Lease], Lease]:
    """What the request does to a lease. Raises BlobError where it is badly put."""
    action = call.required("x-ms-lease-action").lower()
    if action not in _STATUS:
        raise BlobError("InvalidHeaderValue", f"x-ms-lease-action is {action!r}, none of {', '.join(_STATUS)}.")
    if action == "acquire":
        duration = int((call.required("x-ms-lease-duration") and call.number("x-ms-lease-duration")) or 0)
        proposed = call.headers.get("x-ms-proposed-lease-id", "")
        id = lease_id(proposed, "x-ms-proposed-lease-id") if proposed else str(uuid.uuid4())
        return lambda lease: leases.acquire(lease, now, id, duration)
    if action == "break":
        period = call.number("x-ms-lease-break-period")
        return lambda lease: leases.break_(lease, now, period)
    id = lease_id(call.required("x-ms-lease-id"), "x-ms-lease-id")
    if action == "change":
        proposed = lease_id(call.required("x-ms-proposed-lease-id"), "x-ms-proposed-lease-id")
        return lambda lease: leases.change(lease, now, id, proposed)
    if action == "renew":
        return lambda lease: leases.renew(lease, now, id)
    return lambda lease: leases.release(lease, id)


def _answer(call: Call, lease: Lease, headers: dict[str, str], now: float) -> Answer:
    action = call.headers["x-ms-lease-action"].lower()
    if action == "break":
        headers["x-ms-lease-time"] = str(leases.seconds_left(lease, now))
    elif lease.id:
        headers["x-ms-lease-id"] = lease.id
    return Answer(status=_STATUS[action], headers=headers)
