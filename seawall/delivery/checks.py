"""The part of a release file that says when a new deployment is good enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from seawall.delivery.section import (
    Duration,
    Interval,
    Items,
    Label,
    Length,
    Percent,
    Section,
    ShortLength,
    Words,
    duration,
    refused,
)

Percentile = Literal["p50", "p90", "p95", "p99"]
Times = Annotated[float, Field(gt=0, le=100)]
Count = Annotated[int, Field(ge=0, le=1000)]


class Requests(Section):
    at_least: int = Field(default=30, ge=0, description="Requests that a look needs: with fewer it is inconclusive.")
    to_fail: Annotated[int, Field(ge=1)] | None = Field(
        default=5,
        description="Requests that a look needs to fail where errors are too many to be chance; null: atLeast.",
    )


class ErrorRate(Section):
    """Percent of the answers that are the deployment's fault: 5xx, 408 and 424."""

    at_most: Percent | None = Field(default=1.0, description="Percent.")
    above_stable: Percent | None = Field(
        default=None, description="Percentage points by which it may be above the stable deployment's."
    )


class Latency(Section):
    percentile: Percentile
    at_most: ShortLength | None = Field(default=None, description="The longest that it may be.")
    to_stable: Times | None = Field(default=None, description="How many times the stable deployment's it may be.")

    @model_validator(mode="after")
    def _limited(self) -> Self:
        if self.at_most is None and self.to_stable is None:
            raise refused("atMost, toStable, or both", "no limit")
        return self


class Throttling(Section):
    share: Percent | None = Field(default=5.0, description="Percent of the requests that may be answered with 429.")
    delay: Annotated[timedelta, Duration(most=timedelta(minutes=3))] | None = Field(
        default=None, description="The longest mean delay by throttling, from the traffic log."
    )


class Query(Section):
    """A metric of one's own: a query of the log workspace, or a metric of Azure Monitor."""

    name: Label
    kql: str | None = Field(
        default=None,
        min_length=1,
        max_length=10_000,
        description="Gives one number. {endpoint} and {deployment} stand for names; the time span is the look's.",
    )
    metric: Words | None = Field(default=None, description="A metric of Azure Monitor, split by deployment.")
    aggregation: Literal["average", "minimum", "maximum", "total", "count"] = "average"
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.kql is None) == (self.metric is None):
            raise refused("either kql or metric", "both" if self.kql else "neither")
        if self.at_least is None and self.at_most is None:
            raise refused("atLeast, atMost, or both", "no limit")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise refused("atLeast no higher than atMost", f"{self.at_least} and {self.at_most}")
        return self


class Checks(Section):
    requests: Requests = Requests()
    error_rate: ErrorRate | None = Field(default=ErrorRate(), description="null: not checked.")
    latency: Items[Latency] = Field(default=(Latency(percentile="p95", to_stable=1.5),), max_length=8)
    throttling: Throttling | None = Field(default=Throttling(), description="null: not checked.")
    queries: Items[Query] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [query.name for query in self.queries]
        if len(set(names)) < len(names):
            raise refused("queries with names of their own", "the same name twice")
        return self


class Analysis(Section):
    """Looks at the metrics while the new deployment answers."""

    interval: Interval = duration("5m", "From look to look. Azure's metrics have a grain of a minute.")
    warm_up: Length = duration("0s", "After the traffic changed; what happens in it isn't counted.")
    window: Interval | None = Field(default=None, description="How far back a look sees: the interval, where not said.")
    checks: Checks = Checks()
    failure_limit: Count = Field(
        default=0, description="Failing looks in a whole release that are forgiven; one more rolls back."
    )
    consecutive_failures: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=2, description="So many failing looks in a row roll back, whatever failureLimit forgives."
    )
    inconclusive_limit: Count = Field(
        default=3, description="Inconclusive looks in a row that are waited through; one more is onInconclusive's."
    )
    on_inconclusive: Literal["pause", "rollBack"] = Field(
        default="pause", description="Wait for a person with the share as it is, or bring all traffic back."
    )

    @property
    def span(self) -> timedelta:
        return self.window or self.interval
