"""What to do next in a release: a pure function of its plan, its state, and one look at the cloud."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from seawall.delivery.actions import Action, SetEndpoint
from seawall.delivery.analysis import Judgement
from seawall.delivery.commands import Command
from seawall.delivery.readings import Endpoint, Readings
from seawall.delivery.state import State
from seawall.delivery.strategy import ReleasePlan


class Kind(StrEnum):
    ADVANCE = "advance"
    """On to the next phase or step, or an action that leads there."""
    HOLD = "hold"
    """Wait, then look again."""
    PAUSE = "pause"
    """Wait for a person."""
    ROLL_BACK = "roll back"
    COMPLETE = "complete"
    """Released; the old deployment is kept for a while."""
    CLEAN_UP = "clean up"
    """The outcome is known, and what lost is kept or removed."""
    DONE = "done"
    """Nothing more to do."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """At most one action, so that there is nothing to be half done; then `wait`, then look again.

    `why` is one sentence for people. `judgement` is there when a look was judged.
    """

    kind: Kind
    why: str
    action: Action | None = None
    wait: timedelta = timedelta(0)
    judgement: Judgement | None = None


class Refused(Exception):
    """A release can't begin. The text is one sentence that a person can act on."""


def begin(
    plan: ReleasePlan, endpoint: Endpoint, last: State | None, now: datetime, *, by: str, again: bool = False
) -> SetEndpoint | State:
    """The update that begins a release; the state itself where this release is under way, or is what answers already.

    `again` begins one anew that was rolled back. Raises `Refused`.
    """
    raise NotImplementedError


def decide(plan: ReleasePlan, state: State, readings: Readings, now: datetime) -> Decision:
    """The next thing to do. A command that is answered stands in `SetEndpoint.answered`, even where it changes nothing."""
    raise NotImplementedError
