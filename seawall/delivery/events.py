"""What happens in a release, as data: for a view that moves, for lines in a pipe, for a pipeline's JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from seawall.delivery.actions import Action
from seawall.delivery.decide import Decision
from seawall.delivery.readings import Answer, Endpoint
from seawall.delivery.state import State


@dataclass(frozen=True)
class Looked:
    """The endpoint was read, and it was decided what to do next."""

    at: datetime
    state: State
    endpoint: Endpoint
    decision: Decision


@dataclass(frozen=True)
class Acting:
    at: datetime
    action: Action


@dataclass(frozen=True)
class Acted:
    at: datetime
    answer: Answer
    seconds: float


@dataclass(frozen=True)
class Moved:
    """The endpoint was updated: where the release stands now, and the traffic that goes with it."""

    at: datetime
    state: State
    traffic: Mapping[str, int]
    mirror: Mapping[str, int]
    why: str


@dataclass(frozen=True)
class Warned:
    """Something that doesn't stop the release."""

    at: datetime
    words: str


@dataclass(frozen=True)
class Ended:
    """The controller has stopped, and why; the release may not be over."""

    at: datetime
    state: State
    endpoint: Endpoint = field(default_factory=Endpoint)


Event = Looked | Acting | Acted | Moved | Warned | Ended
Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """For those who don't listen."""
