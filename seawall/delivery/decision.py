"""What `decide` answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from seawall.delivery.actions import Action
from seawall.delivery.analysis import Judgement


class Kind(StrEnum):
    ADVANCE = "advance"
    """On to the next phase or step, or an action that leads there."""
    HOLD = "hold"
    """Wait, or take a look, and stay."""
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
