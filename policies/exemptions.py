"""Exemptions: who may break which rule where, why, on whose word and until when. Data, never code.

An exemption hides nothing: what it covers is shown and counted. One that has expired, reaches further than 90 days,
names a rule that doesn't exist or repeats another exempts nothing and is reported; so is one that covers nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from policies.files import read
from policies.reading import ResourceView

EXEMPTIONS = Path(__file__).parent / "exemptions.yaml"
LONGEST = timedelta(days=90)
"""How far ahead an exemption may expire."""


class Exemption(BaseModel):
    """One entry of `exemptions.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]+$")]
    resource: str
    """What it covers: a pattern with `*` and `?`, in any case, for the logical name, the URN or the ARM ID."""
    stack: str = "*"
    """The stack that it holds in; every stack where not given."""
    reason: Annotated[str, Field(min_length=15)]
    owner: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    approval: Annotated[str, Field(pattern=r"^https://\S+$")]
    """Where the approval can be read."""
    expires: date
    """The last day on which it holds."""

    @field_validator("resource")
    @classmethod
    def _names_something(cls, pattern: str) -> str:
        if len(re.sub(r"[*?\s]", "", pattern)) < 3:
            raise ValueError("must name something: a pattern of wildcards covers everything")
        return pattern

    def covers(self, resource: ResourceView) -> bool:
        return any(self._pattern.match(name) for name in (resource.name, resource.urn, resource.id) if name)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(translate(self.resource), re.IGNORECASE)

    @property
    def order(self) -> tuple[str, str, str, date]:
        return (self.rule, self.resource, self.stack, self.expires)

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")


class ExemptionFile(BaseModel):
    """`exemptions.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exemptions: tuple[Exemption, ...] = ()

    @field_validator("exemptions", mode="before")
    @classmethod
    def _none_yet(cls, value: Any) -> Any:
        return value or ()


def read_exemptions(path: Path = EXEMPTIONS) -> tuple[Exemption, ...]:
    """The exemptions in a file. Raises `files.InvalidFile`."""
    return read(path, ExemptionFile).exemptions


class State(StrEnum):
    """What an exemption is worth on a given day; only an active one exempts."""

    ACTIVE = "active"
    EXPIRED = "expired"
    TOO_LONG = "tooLong"
    UNKNOWN_RULE = "unknownRule"
    DUPLICATE = "duplicate"
    ORPHANED = "orphaned"
    """Good in itself, but it covers nothing."""


@dataclass
class Exempting:
    """The exemptions of one stack on one day, while a check uses them."""

    exemptions: tuple[Exemption, ...]
    stack: str
    today: date
    rules: frozenset[str]
    """Ids of the rules that there are."""

    def __post_init__(self) -> None:
        self._used: dict[Exemption, int] = defaultdict(int)
        self._states: list[tuple[Exemption, State]] = []
        seen: set[tuple[str, str, str]] = set()
        for exemption in self.exemptions:
            if exemption.stack in ("*", self.stack):
                self._states.append((exemption, self._state(exemption, seen)))

    def covering(self, rule: str, resource: ResourceView | None) -> Exemption | None:
        """The active exemption of a rule for a resource, which is from now on in use. Nothing exempts a whole stack."""
        if resource is None:
            return None
        for exemption in self._active.get(rule, ()):
            if exemption.covers(resource):
                self._used[exemption] += 1
                return exemption
        return None

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Every exemption of the stack by its state, with how many findings it covers."""
        report: dict[str, list[dict[str, Any]]] = {state.value: [] for state in State}
        for exemption, state in sorted(self._states, key=lambda pair: pair[0].order):
            used = self._used[exemption] if state is State.ACTIVE else 0
            shown = State.ORPHANED if state is State.ACTIVE and not used else state
            report[shown.value].append({**exemption.to_json(), "used": used})
        return report

    @cached_property
    def _active(self) -> dict[str, list[Exemption]]:
        active: dict[str, list[Exemption]] = defaultdict(list)
        for exemption, state in self._states:
            if state is State.ACTIVE:
                active[exemption.rule].append(exemption)
        return active

    def _state(self, exemption: Exemption, seen: set[tuple[str, str, str]]) -> State:
        if exemption.rule not in self.rules:
            return State.UNKNOWN_RULE
        if exemption.expires < self.today:
            return State.EXPIRED
        if exemption.expires > self.today + LONGEST:
            return State.TOO_LONG
        key = (exemption.rule, exemption.resource.lower(), exemption.stack)
        if key in seen:
            return State.DUPLICATE
        seen.add(key)
        return State.ACTIVE


def problems(report: dict[str, list[dict[str, Any]]]) -> Iterable[str]:
    """One line for each exemption that exempts nothing, and why."""
    why = {
        State.EXPIRED: "has expired",
        State.TOO_LONG: f"expires more than {LONGEST.days} days from now",
        State.UNKNOWN_RULE: "names a rule that doesn't exist",
        State.DUPLICATE: "repeats another",
        State.ORPHANED: "covers nothing",
    }
    for state, reason in why.items():
        for entry in report[state.value]:
            what = f"{entry['rule']} for {entry['resource']} ({entry['owner']}) until {entry['expires']}"
            yield f"exemption of {what} {reason}"
