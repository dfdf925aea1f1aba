"""Whether the cloud answers, and whether this machine's clock agrees with it."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, fault, ok, skipped, warning

MOST_SKEW = 300
"""Seconds by which clocks may differ until tokens are refused. Source: Entra docs, access-tokens ("validate tokens"):
five minutes of clock skew are allowed for."""
SKEW = 60
"""Seconds from which a clock is odd."""

SET_CLOCK = "Let the clock be set from the network: `timedatectl set-ntp true`, or restart the virtual machine."


def check(case: Case) -> Iterator[Finding]:
    """Azure answers. Source: REST reference, Metadata - Get cloud endpoints, which needs no login."""
    case.port.reach()
    yield ok(f"{case.port.name} answers at {case.port.address}")


def clock(case: Case) -> Iterator[Finding]:
    """The clock is right by the `Date` of Azure's answer: what is signed or issued in the future isn't accepted."""
    ahead = case.port.reach()
    if ahead is None:
        yield skipped("not examined: the cloud has the clock of this machine")
        return
    seconds = round(abs(ahead))
    told = f"the clock of this machine is {seconds} s {'ahead' if ahead > 0 else 'behind'}"
    if seconds >= MOST_SKEW:
        yield fault(f"{told}: tokens are refused", SET_CLOCK)
    elif seconds >= SKEW:
        yield warning(told, SET_CLOCK)
    else:
        yield ok("the clock of this machine is right")
