"""What a person asks of a release that is under way, and the tag that carries it to another process's controller."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from seawall.delivery.durations import moment, stamp
from seawall.delivery.wording import MOST_CHARACTERS, said

ASK_TAG = "seawall-release-ask"
"""The tag in which a command waits for the controller, which removes it with the update that answers it."""


PROOF = (
    "the name is the one that whoever wrote to the endpoint gave: anybody who may write its tags can give another's. "
    "Azure's activity log of the endpoint has who wrote, and when"
)
"""What an approval proves. Azure checks who may write a tag, and tells nobody who reads it who that was."""


class Ask(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    """Skip the rest of the steps. Hooks and approvals before promotion still hold."""
    ABORT = "abort"
    APPROVE = "approve"


class Effect(StrEnum):
    """What a command came to: what scripts go by."""

    DONE = "done"
    ALREADY = "already"
    """What was asked for is so already: nothing was changed."""
    REFUSED = "refused"
    """It can't be, and nothing was changed."""


@dataclass(frozen=True)
class Command:
    """Who asks for what, when. `by` is a user principal name or object ID, which an approval is held against.

    Nobody vouches for it: see `PROOF`.
    """

    ask: Ask
    by: str
    at: datetime
    why: str = ""

    def __str__(self) -> str:
        """As the tag says it: `pause 2026-12-01T10:00:00.000Z by ml-platform@larkspur.example: reason`."""
        head = f"{self.ask} {stamp(self.at)} by {said(self.by, 120)}"
        return f"{head}: {said(self.why, MOST_CHARACTERS - len(head) - 2)}" if self.why else head


_WRITTEN = re.compile(r"(\w+) (\S+) by (.*?)(?:: (.*))?")


def command(text: str) -> Command:
    """The command that a tag's value says. Raises ValueError with words for a person."""
    found = _WRITTEN.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        return Command(Ask(found[1]), found[3], moment(found[2]), found[4] or "")
    except ValueError:
        words = ", ".join(Ask)
        raise ValueError(f"tag {ASK_TAG}: got {text!r}, expected one of {words}, a time, and `by` whom") from None
