"""The release file: what its keys are called, what they are for, and what they may say."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, alias_generator=to_camel, validate_by_name=True)


class Analysis(Section):
    interval: timedelta = timedelta(minutes=5)
