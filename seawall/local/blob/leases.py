"""Leases of blobs and containers: pure, the time is given.

Source: Storage REST reference, Lease Blob, "outcomes of lease operations" and "outcomes of use attempts on blobs".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from seawall.local.blob.errors import BlobError

INFINITE = -1
SHORTEST, LONGEST = 15, 60
"""Seconds, of a lease that isn't infinite."""

State = Literal["available", "leased", "expired", "breaking", "broken"]


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What is kept of a lease; its state follows from the time."""

    id: str = ""
    duration: int = 0
    """Seconds, or INFINITE."""
    expires: float = 0.0
    """Seconds since 1970, of a lease that isn't infinite."""
    breaks: float | None = None
    """Seconds since 1970: when a break takes effect."""

    def state(self, now: float) -> State:
        if not self.id:
            return "available"
        if self.breaks is not None:
            return "breaking" if now < self.breaks else "broken"
        return "leased" if self.duration == INFINITE or now < self.expires else "expired"

    def locked(self, now: float) -> bool:
        return self.state(now) in ("leased", "breaking")

    def kind(self, now: float) -> str:
        """`infinite` or `fixed` while it is held, else nothing."""
        if self.state(now) != "leased":
            return ""
        return "infinite" if self.duration == INFINITE else "fixed"


NONE = Lease()
_MISMATCH = "LeaseIdMismatchWithLeaseOperation"


def acquire(lease: Lease, now: float, id: str, duration: int) -> Lease:
    """The lease after an acquisition under an ID, which the caller has made up. Raises BlobError."""
    if duration != INFINITE and not SHORTEST <= duration <= LONGEST:
        raise BlobError("InvalidHeaderValue", "x-ms-lease-duration is -1 or between 15 and 60 seconds.")
    state, same = lease.state(now), lease.id == id
    if state == "breaking" and same:
        raise BlobError("LeaseIsBreakingAndCannotBeAcquired")
    if state == "breaking" or (state == "leased" and not same):
        raise BlobError("LeaseAlreadyPresent")
    return Lease(id=id, duration=duration, expires=now + duration)


def renew(lease: Lease, now: float, id: str) -> Lease:
    """An expired lease can be renewed as long as nobody has written or leased since."""
    if lease.id != id or not lease.id:
        raise BlobError(_MISMATCH)
    if lease.breaks is not None:
        raise BlobError("LeaseIsBrokenAndCannotBeRenewed")
    return replace(lease, expires=now + lease.duration)


def change(lease: Lease, now: float, id: str, proposed: str) -> Lease:
    state = lease.state(now)
    if state in ("available", "expired", "broken"):
        raise BlobError("LeaseNotPresentWithLeaseOperation")
    if lease.id not in (id, proposed):
        raise BlobError(_MISMATCH)
    if state == "breaking":
        raise BlobError("LeaseIsBreakingAndCannotBeChanged")
    return replace(lease, id=proposed)


def release(lease: Lease, id: str) -> Lease:
    if not lease.id or lease.id != id:
        raise BlobError(_MISMATCH)
    return NONE


def break_(lease: Lease, now: float, period: int | None) -> Lease:
    """The lease after a break that takes effect in `period` seconds, or as soon as it may without one."""
    if period is not None and not 0 <= period <= LONGEST:
        raise BlobError("InvalidHeaderValue", "x-ms-lease-break-period is between 0 and 60 seconds.")
    match lease.state(now):
        case "available":
            raise BlobError("LeaseNotPresentWithLeaseOperation")
        case "broken":
            return lease
        case "expired":
            return replace(lease, breaks=now)
        case "breaking":
            ends = lease.breaks or now
            return lease if period is None else replace(lease, breaks=min(ends, now + period))
    if lease.duration == INFINITE:
        return replace(lease, breaks=now + (period or 0))
    return replace(lease, breaks=lease.expires if period is None else min(lease.expires, now + period))


def seconds_left(lease: Lease, now: float) -> int:
    """How long a broken lease still holds, rounded up; what a break answers."""
    return max(0, -int(-((lease.breaks or now) - now) // 1))


def check_use(lease: Lease, now: float, id: str, *, writes: bool, of: str = "Blob") -> None:
    """Whether a request with that lease ID, or none, may go on. `of` is `Blob` or `Container`. Raises BlobError."""
    if lease.locked(now):
        if not id and writes:
            raise BlobError("LeaseIdMissing")
        if id and id != lease.id:
            raise BlobError(f"LeaseIdMismatchWith{of}Operation")
    elif id:
        raise BlobError("LeaseLost" if id == lease.id else f"LeaseNotPresentWith{of}Operation")


def after_write(lease: Lease, now: float) -> Lease:
    """A write ends what is left of an expired or broken lease: it can't be renewed any more."""
    return lease if lease.locked(now) else NONE


def lease_id(text: str, header: str) -> str:
    """A lease ID as sent: a GUID in any of its usual forms. Raises BlobError."""
    import uuid

    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise BlobError("InvalidHeaderValue", f"{header} is not a GUID.") from None
