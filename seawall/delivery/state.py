"""Where a release stands. It is kept on the endpoint itself, in tags that a person can read in the portal.

Only what differs from its default is written, so that a release has a dozen tags at most of the fifty that Azure takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from seawall.delivery.commands import ASK_TAG
from seawall.delivery.durations import moment, stamp
from seawall.delivery.wording import said

PREFIX = "seawall-release"
"""How the keys of all tags of a release start. An update of the endpoint by anyone else carries them along."""

STEP_TAG = f"{PREFIX}-step"
"""A whole number, 1 for the first step with live traffic. The guardrail endpoint-canary reads it."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Phase(StrEnum):
    """What a release is at, in the order in which it goes through them; those that a plan has no use for are skipped.

    A rollback goes to KEEP from wherever it is.
    """

    TIDY = "tidy"
    """Removing what an earlier release left behind."""
    PREFLIGHT = "preflight"
    DEPLOY = "deploy"
    AUTOSCALE = "autoscale"
    SMOKE = "smoke tests"
    BEFORE_TRAFFIC = "before traffic"
    MIRROR = "mirror"
    STEP = "step"
    BEFORE_PROMOTION = "before promotion"
    SOAK = "soak"
    """All traffic is the candidate's, and it is still watched."""
    KEEP = "keep"
    """The outcome is known. The deployment that lost is kept for a while, then removed."""
    DONE = "done"


class Outcome(StrEnum):
    RELEASED = "released"
    ROLLED_BACK = "rolled back"
    ABORTED = "aborted"


@dataclass(frozen=True)
class Paused:
    """Nothing advances until a person says so. Looks go on, and a failing one still rolls back."""

    at: datetime
    by: str
    why: str


@dataclass(frozen=True, kw_only=True)
class State:
    """A release under way, or the last one of its endpoint. Moments are in UTC, to a millisecond."""

    candidate: str
    """The deployment that is released."""
    stable: str | None
    """The deployment that answered when the release began, and that a rollback returns to. None: the first release."""
    model: str
    digest: str
    """Of the release file in effect: another file is another release."""
    by: str
    """Who began it."""
    begun: datetime
    phase: Phase = Phase.TIDY
    step: int = 0
    """The step that the traffic is at; 0 before the first."""
    since: datetime = NEVER
    """When the phase or step began, or when the last hook of a stage was done."""
    hooks: int = 0
    """How many hooks of the stage are done."""
    looked: datetime | None = None
    """When the last look of this step was counted."""
    failures: int = 0
    """Failing looks in the whole release."""
    consecutive: int = 0
    """Failing looks in a row."""
    inconclusive: int = 0
    """Inconclusive looks in a row."""
    paused: Paused | None = None
    cleared: bool = False
    """A person has let the step go on that asks for one."""
    approval: str = ""
    """In whose name the last approval was given, and when. What that proves: `commands.PROOF`."""
    outcome: Outcome | None = None
    reason: str = ""
    """Why it came to the outcome."""
    leftovers: tuple[str, ...] = ()
    """Deployments of earlier releases, to be removed first."""

    @property
    def id(self) -> str:
        return f"{self.candidate} {stamp(self.begun)}"

    @property
    def settled(self) -> bool:
        """Whether the outcome is known, so that nothing is left but to remove the deployment that lost."""
        return self.outcome is not None

    @property
    def over(self) -> bool:
        return self.phase is Phase.DONE


class StateError(Exception):
    """Tags that say no state of a release. `errors` has a sentence for each."""

    def __init__(self, errors: list[str]) -> None:
        self.errors = errors
        super().__init__("\n".join(errors))


def encode(state: State) -> dict[str, str]:
    """The tags of a state, each value at most 256 characters. They replace all that start with the prefix."""
    tags = {
        PREFIX: state.id,
        f"{PREFIX}-phase": str(state.phase),
        STEP_TAG: str(state.step),
        f"{PREFIX}-since": stamp(state.since),
        f"{PREFIX}-stable": state.stable or "",
        f"{PREFIX}-model": state.model,
        f"{PREFIX}-digest": state.digest,
        f"{PREFIX}-by": state.by,
        f"{PREFIX}-hooks": str(state.hooks or ""),
        f"{PREFIX}-looks": _looks(state),
        f"{PREFIX}-pause": _pause(state),
        f"{PREFIX}-approval": state.approval,
        f"{PREFIX}-outcome": ": ".join(part for part in (state.outcome, state.reason) if part),
        f"{PREFIX}-leftovers": ", ".join(state.leftovers),
    }
    return {key: said(value) for key, value in tags.items() if value}


def decode(tags: Mapping[str, str]) -> State | None:
    """The state that an endpoint's tags say; None where no release has been there. Raises `StateError`."""
    ours = {key: value for key, value in tags.items() if key.startswith(PREFIX) and key != ASK_TAG}
    if not ours:
        return None
    errors = [f"tag {key}: got a key that no release writes, expected none" for key in ours if key not in _READERS]
    errors += [f"tag {key}: got nothing, expected {_READERS[key].expected}" for key in _REQUIRED if key not in ours]
    fields: dict[str, Any] = {"stable": None}
    for key, value in ours.items():
        if key in _READERS:
            try:
                fields |= _READERS[key].fields(value)
            except ValueError:
                errors.append(f"tag {key}: got {said(value, 80)!r}, expected {_READERS[key].expected}")
    if not errors and (fields.get("outcome") is None) == (fields["phase"] in (Phase.KEEP, Phase.DONE)):
        got, one = ours.get(f"{PREFIX}-outcome"), "none" if fields.get("outcome") else "one"
        errors.append(f"tag {PREFIX}-outcome: got {got or 'nothing'}, expected {one} at the phase {fields['phase']}")
    if errors:
        raise StateError(errors)
    return State(**fields)


def _looks(state: State) -> str:
    if not (state.looked or state.failures or state.consecutive or state.inconclusive):
        return ""
    text = f"{state.failures} failed, {state.consecutive} in a row; {state.inconclusive} inconclusive in a row"
    return f"{text}; last {stamp(state.looked)}" if state.looked else text


def _pause(state: State) -> str:
    if state.paused is None:
        return "cleared" if state.cleared else ""
    words = "cleared, paused" if state.cleared else "paused"
    return f"{words} {stamp(state.paused.at)} by {said(state.paused.by, 60)}: {said(state.paused.why, 140)}"


@dataclass(frozen=True)
class _Tag:
    """How the value of a tag is read: the fields that it gives, or a ValueError."""

    expected: str
    fields: Callable[[str], Mapping[str, Any]]


def _matched(pattern: str, text: str) -> re.Match[str]:
    found = re.fullmatch(pattern, text)
    if found is None:
        raise ValueError(text)
    return found


def _read_id(text: str) -> dict[str, Any]:
    found = _matched(r"([A-Za-z][A-Za-z0-9-]{2,31}) (\S+)", text)
    return {"candidate": found[1], "begun": moment(found[2])}


def _read_looks(text: str) -> dict[str, Any]:
    pattern = r"(\d{1,6}) failed, (\d{1,6}) in a row; (\d{1,6}) inconclusive in a row(?:; last (\S+))?"
    found = _matched(pattern, text)
    failures, consecutive, inconclusive = (int(one) for one in found.groups()[:3])
    looked = moment(found[4]) if found[4] else None
    return {"failures": failures, "consecutive": consecutive, "inconclusive": inconclusive, "looked": looked}


def _read_pause(text: str) -> dict[str, Any]:
    if text == "cleared":
        return {"cleared": True}
    found = _matched(r"(cleared, )?paused (\S+) by (.*?): (.*)", text)
    return {"cleared": bool(found[1]), "paused": Paused(moment(found[2]), found[3], found[4])}


def _read_outcome(text: str) -> dict[str, Any]:
    outcome, _, reason = text.partition(": ")
    return {"outcome": Outcome(outcome), "reason": reason}


def _text(field: str, pattern: str = ".+") -> Callable[[str], dict[str, Any]]:
    return lambda text: {field: _matched(pattern, text)[0]}


def _number(field: str) -> Callable[[str], dict[str, Any]]:
    return lambda text: {field: int(_matched(r"\d{1,3}", text)[0])}


def _read_leftovers(text: str) -> dict[str, Any]:
    return {"leftovers": tuple(_matched(_NAME, name)[0] for name in text.split(", "))}


_NAME = r"[A-Za-z][A-Za-z0-9-]{2,31}"
_READERS: Mapping[str, _Tag] = {
    PREFIX: _Tag("a deployment's name and when its release began", _read_id),
    f"{PREFIX}-phase": _Tag(f"one of {', '.join(Phase)}", lambda text: {"phase": Phase(text)}),
    STEP_TAG: _Tag("a whole number", _number("step")),
    f"{PREFIX}-since": _Tag("a time in UTC", lambda text: {"since": moment(text)}),
    f"{PREFIX}-stable": _Tag("a deployment's name", _text("stable", _NAME)),
    f"{PREFIX}-model": _Tag("a model's name and version", _text("model")),
    f"{PREFIX}-digest": _Tag("a digest in hexadecimal", _text("digest", r"[0-9a-f]{8,64}")),
    f"{PREFIX}-by": _Tag("who began the release", _text("by")),
    f"{PREFIX}-hooks": _Tag("a whole number", _number("hooks")),
    f"{PREFIX}-looks": _Tag("counts as in: 0 failed, 0 in a row; 1 inconclusive in a row", _read_looks),
    f"{PREFIX}-pause": _Tag("`paused`, a time, by whom, and why", _read_pause),
    f"{PREFIX}-approval": _Tag("in whose name it was approved, and when", _text("approval")),
    f"{PREFIX}-outcome": _Tag(f"one of {', '.join(Outcome)}, and why", _read_outcome),
    f"{PREFIX}-leftovers": _Tag("names of deployments", _read_leftovers),
}
_REQUIRED = (PREFIX, STEP_TAG, *(f"{PREFIX}-{key}" for key in ("phase", "since", "digest", "model", "by")))
