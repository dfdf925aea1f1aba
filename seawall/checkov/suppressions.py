"""What checkov says that doesn't count, and why: known to be wrong, or decided otherwise. One file holds it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from policies.files import read

SUPPRESSIONS = Path(__file__).parents[2] / "policies" / "checkov_suppressions.yaml"


class Effect(StrEnum):
    """What becomes of a finding."""

    SUPPRESSED = "suppressed"
    """It is wrong, and only counted."""
    ADVISORY = "advisory"
    """It is right, but this platform decides otherwise: it is told, and refuses nothing, as with `--soft-fail-on`."""


class Suppression(BaseModel):
    """One entry of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    check: Annotated[str, Field(pattern=r"^CKV2?_[A-Z]+_\d+$")]
    resource: str = "*"
    """Pattern for checkov's name of the resource, `type.name`, or for a file of the repository."""
    stack: str = "*"
    when: Mapping[str, str] = {}
    """By path in the resource's ARM body, a pattern that its value, or one of a list's, must have: what makes the
    reason true. `*` asks that there is one."""
    effect: Effect = Effect.SUPPRESSED
    reason: Annotated[str, Field(min_length=30)]

    def covers(self, check: str, resource: str, stack: str, body: Mapping[str, Any]) -> bool:
        return (
            check == self.check
            and fnmatchcase(resource.casefold(), self.resource.casefold())
            and fnmatchcase(stack, self.stack)
            and all(any(_is(value, pattern) for value in _at(body, path)) for path, pattern in self.when.items())
        )


class SuppressionFile(BaseModel):
    """`checkov_suppressions.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suppressions: tuple[Suppression, ...] = ()


def read_suppressions(path: Path = SUPPRESSIONS) -> tuple[Suppression, ...]:
    """The entries of the file. Raises `policies.files.InvalidFile`."""
    return read(path, SuppressionFile).suppressions


def covering(
    suppressions: Iterable[Suppression], check: str, resource: str, stack: str, body: Mapping[str, Any]
) -> Suppression | None:
    """The first entry that covers a finding."""
    return next((each for each in suppressions if each.covers(check, resource, stack, body)), None)


def _at(value: Any, path: str) -> Iterator[Any]:
    """The values at a path, in each item of a list that stands on it; an empty list has none."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield from () if value is None else (value,)
    elif isinstance(value, Mapping):
        step, _, rest = path.partition(".")
        yield from _at(value.get(step), rest)


def _is(value: Any, pattern: str) -> bool:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return fnmatchcase(text.casefold(), pattern.casefold())
