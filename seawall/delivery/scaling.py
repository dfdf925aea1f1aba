"""The part of a release file that says how a deployment scales by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seawall.delivery.section import Duration, Items, Label, Section, Text, duration, refused

Instances = Annotated[int, Field(ge=1, le=50)]
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Clock = Annotated[str, Text(r"([01]\d|2[0-3]):[0-5]\d", "a time of day such as 08:00")]
Minutes = Annotated[timedelta, Duration(timedelta(minutes=1), timedelta(hours=12))]
"""Source: Azure Monitor REST, ScaleRule: time windows of 5 minutes to 12 hours, cooldowns of 1 minute to a week."""
TimeZone = Annotated[str, Text(r"[A-Za-z0-9 .()+-]+", "a Windows time zone such as W. Europe Standard Time", 60)]
WEEK: Items[Day] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Rule(Section):
    """More instances above one value of a metric, fewer below another."""

    metric: Literal["cpu", "memory", "requests", "latency"] = Field(
        description="Percent for cpu and memory, requests a minute for each instance, or mean milliseconds."
    )
    above: float = Field(gt=0, description="Adds instances.")
    below: float = Field(ge=0, description="Takes instances away.")
    by: int = Field(default=1, ge=1, le=10, description="How many at a time.")
    window: Annotated[timedelta, Duration(timedelta(minutes=5), timedelta(hours=12))] = duration(
        "5m", "The time over which the metric is averaged."
    )
    cooldown: Minutes = duration("5m", "How long to wait after a change.")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.below >= self.above:
            raise refused("below to be less than above, or it never rests", f"{self.below:g} and {self.above:g}")
        return self


class Schedule(Section):
    """Other bounds at some hours of the week."""

    name: Label
    days: Items[Day] = Field(default=WEEK, min_length=1, max_length=7)
    start: Clock
    end: Clock
    time_zone: TimeZone = "UTC"
    min: Instances
    max: Instances

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise refused("an end after the start", f"{self.start} to {self.end}")
        return self


class Autoscale(Section):
    min: Instances
    max: Instances
    rules: Items[Rule] = Field(default=(Rule(metric="cpu", above=70, below=30),), min_length=1, max_length=5)
    schedule: Items[Schedule] = Field(default=(), max_length=19)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for least, most in ((self.min, self.max), *((one.min, one.max) for one in self.schedule)):
            if least > most:
                raise refused("min no higher than max", f"{least} and {most}")
        return self
