"""What a release file comes to for the state machine: how far the new deployment is exposed, for how long, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from seawall.delivery.checks import Analysis

ALL = 100


@dataclass(frozen=True)
class Stay:
    """One exposure of the candidate. Percent of the live traffic, or of the traffic that is mirrored to it.

    It ends at the first passing look after `bake`; with `waits` it then waits for a person. A `bake` of zero and
    `watched` false: nothing is looked at.
    """

    traffic: int
    bake: timedelta
    mirror: int = 0
    waits: bool = False
    watched: bool = True


@dataclass(frozen=True)
class Gate:
    """One hook of a stage. `approvers` is None for a command or webhook; empty where anyone may approve."""

    name: str
    timeout: timedelta
    approvers: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ReleasePlan:
    """All that `decide` has to know of a release file. `seawall.delivery.planning.planned` makes it of one."""

    candidate: str
    """The name of the deployment that the file asks for."""
    model: str
    """As people know it: `claims-fraud:7`."""
    digest: str
    mirror: Stay | None = None
    steps: Sequence[Stay] = ()
    """With rising traffic below 100 percent."""
    soak: Stay = Stay(ALL, timedelta(0), watched=False)
    analysis: Analysis = field(default_factory=Analysis)
    autoscale: bool = False
    smoke_tests: bool = False
    before_traffic: Sequence[Gate] = ()
    before_promotion: Sequence[Gate] = ()
    provision_within: timedelta = timedelta(hours=1)
    keep_previous: timedelta = timedelta(hours=1)
    keep_failed: timedelta = timedelta(hours=24)
    poll: timedelta = timedelta(seconds=5)
    """How long to wait before asking again after what is under way."""
