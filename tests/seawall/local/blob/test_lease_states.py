"""The lease's states, without a server: what may follow what, at any time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seawall.local.blob import leases
from seawall.local.blob.errors import BlobError
from seawall.local.blob.leases import INFINITE, NONE, Lease

_IDS = st.sampled_from(["a", "b"])
_STEP = st.tuples(
    st.sampled_from(["acquire", "renew", "change", "release", "break", "write"]),
    _IDS,
    _IDS,
    st.sampled_from([15, 30, 60, INFINITE]),
    st.sampled_from([None, 0, 5, 60]),
    st.sampled_from([0.0, 1.0, 14.0, 15.0, 61.0]),
)
_SEQUENCES = st.lists(_STEP, max_size=12)
_OPERATION_CODES = {409, 412}


def step(lease: Lease, now: float, action: str, id: str, other: str, duration: int, period: int | None) -> Lease:
    match action:
        case "acquire":
            return leases.acquire(lease, now, id, duration)
        case "renew":
            return leases.renew(lease, now, id)
        case "change":
            return leases.change(lease, now, id, other)
        case "release":
            return leases.release(lease, id)
        case "break":
            return leases.break_(lease, now, period)
    leases.check_use(lease, now, id, writes=True)
    return leases.after_write(lease, now)


@given(_SEQUENCES)
def test_nobody_takes_a_lease_from_its_holder(steps: list[tuple[str, str, str, int, int | None, float]]) -> None:
    """While a lease is held, only its own ID changes, renews or releases it, and only its own ID writes."""
    lease, now = NONE, 1000.0
    for action, id, other, duration, period, passes in steps:
        now += passes
        before, held = lease, lease.locked(now)
        try:
            lease = step(lease, now, action, id, other, duration, period)
        except BlobError as error:
            assert error.status in _OPERATION_CODES
            continue
        if held and action not in ("break", "change"):
            assert id == before.id
        if held and action == "change":
            assert before.id in (id, other)
        if action in ("acquire", "renew"):
            assert lease.state(now) == "leased" and lease.id == id


@given(_SEQUENCES)
def test_a_lease_ends_by_itself(steps: list[tuple[str, str, str, int, int | None, float]]) -> None:
    """A minute after the last request, whatever it was, nothing but an infinite lease that nobody broke is held."""
    lease, now = NONE, 1000.0
    for action, id, other, duration, period, passes in steps:
        now += passes
        try:
            lease = step(lease, now, action, id, other, duration, period)
        except BlobError:
            continue
    later = now + 60.0
    assert not lease.locked(later) or (lease.duration == INFINITE and lease.breaks is None)


def test_seconds_left_of_a_break_are_rounded_up() -> None:
    """A client that waits for what a break answers doesn't come too early."""
    held = leases.acquire(NONE, 100.0, "a", 60)
    broken = leases.break_(held, 130.5, None)
    assert leases.seconds_left(broken, 130.5) == 30
    assert leases.seconds_left(leases.break_(broken, 131.0, 5), 131.0) == 5
    assert leases.seconds_left(broken, 200.0) == 0
