"""What the sections of a release file share: their manners, and the types of their values.

A section is frozen, refuses keys that it doesn't know, and takes values as they are written: `"30"` is not a number.
Keys are camelCase in the file and snake_case in Python.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from seawall.delivery.durations import parse, written


class Section(BaseModel):
    """A mapping in a release file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, validate_by_name=True)


def refused(expected: str, got: str = "") -> PydanticCustomError:
    """The error of a value that is not what was expected. `got` is for what its value alone doesn't say."""
    return PydanticCustomError("expected", "{expected}", {"expected": expected, "got": got})


@dataclass(frozen=True)
class Text:
    """Text that matches the whole pattern; `words` say what the pattern says."""

    pattern: str
    words: str
    most: int = 256

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise refused(f"{self.words}, in quotes" if isinstance(value, bool | int | float) else self.words)
        if len(value) > self.most:
            raise refused(f"{self.words}; at most {self.most} characters, not {len(value)}")
        if not re.fullmatch(self.pattern, value, re.ASCII):
            raise refused(self.words)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^({self.pattern})$", "maxLength": self.most}


@dataclass(frozen=True)
class Duration:
    """A length of time within bounds, both included."""

    least: timedelta = timedelta(0)
    most: timedelta = timedelta(days=30)

    def read(self, value: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        try:
            length = parse(value) if isinstance(value, str) else None
        except ValueError:
            length = None
        if length is None or not self.least <= length <= self.most:
            bounds = f" from {written(self.least)} to {written(self.most)}" if length is not None else ""
            raise refused(f"a duration{bounds} such as 30s, 5m or 1h30m")
        return length

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        serialization = core_schema.plain_serializer_function_ser_schema(written, when_used="json")
        return core_schema.no_info_plain_validator_function(self.read, serialization=serialization)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$", "minLength": 2}


def duration(default: str, about: str) -> Any:
    """A field for a duration that has a default."""
    return Field(default=parse(default), description=about, json_schema_extra={"default": default})


T = TypeVar("T")
Items = Annotated[tuple[T, ...], Strict(False)]
"""A list in the file."""

Length = Annotated[timedelta, Duration()]
ShortLength = Annotated[timedelta, Duration(timedelta(milliseconds=1), timedelta(minutes=3))]
"""Of one request. Azure ends one after 180 seconds. Source: Azure ML docs, how-to-manage-quotas."""
Timeout = Annotated[timedelta, Duration(timedelta(seconds=1), timedelta(days=14))]
Interval = Annotated[timedelta, Duration(timedelta(milliseconds=100), timedelta(days=1))]

Words = Annotated[str, Text(r"[^\x00-\x1f]+", "text on one line")]
Label = Annotated[
    str, Text(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", "a short name of letters, digits, spaces, '.', '_', '-'", 60)
]
RelativePath = Annotated[str, Text(r"(?!/)[^\x00-\x1f\\]+", "a path beside the release file", 400)]
Variable = Annotated[str, Text(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable", 128)]
Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[int, Field(ge=1, le=99)]
