"""The arithmetic of metrics: time series out of the rows that the router recorded.

Buckets start at the timespan's start, so that a span of ten seconds is answered exactly, where Azure has whole minutes.
Requests per minute are a rate: what came in a bucket, over the bucket's length. Percentiles are exact (nearest rank).
A mirrored copy counts where its deployment is named, not as a request to the endpoint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from seawall.local.errors import AzureError
from seawall.local.meters import Meters
from seawall.local.monitor.definitions import Metric
from seawall.local.monitor.filters import Clause

MOST_POINTS = 50_000
"""Of one series; more of them are refused."""

Values = Mapping[str, float]
"""A point's values by aggregation, in lower case: average, minimum, maximum."""


@dataclass(frozen=True)
class Ask:
    """What is asked of one metric of one resource."""

    metric: Metric
    endpoint: str
    """The endpoint's ARM ID."""
    deployment: str = ""
    """Where the resource is a deployment."""
    start: float = 0.0
    end: float = 0.0
    interval: float = 60.0
    """Seconds; infinite for one point over the whole span."""
    clauses: tuple[Clause, ...] = ()
    rolled_up: frozenset[str] = frozenset()
    """Dimensions, in lower case, that are filtered by but not split by."""

    @property
    def split(self) -> tuple[str, ...]:
        return tuple(each.dimension for each in self.clauses if each.dimension.lower() not in self.rolled_up)

    @property
    def buckets(self) -> int:
        return 1 if math.isinf(self.interval) else max(1, math.ceil((self.end - self.start) / self.interval))

    def begins(self, bucket: int) -> float:
        return self.start if bucket == 0 else self.start + bucket * self.interval

    def length(self, bucket: int) -> float:
        """Seconds of a bucket; the last one ends with the span."""
        return min(self.begins(bucket + 1) if bucket + 1 < self.buckets else self.end, self.end) - self.begins(bucket)


@dataclass(frozen=True)
class Series:
    """The points of one combination of dimension values, by bucket."""

    dimensions: Mapping[str, str]
    points: Mapping[int, Values] = field(default_factory=dict)


def series(meters: Meters, ask: Ask) -> list[Series]:
    """The series of a metric: one, or where the filter names dimensions one for each combination that was seen.

    Raises `AzureError` for a metric that isn't measured, or too many points.
    """
    if not ask.metric.measured:
        raise AzureError("NotImplemented", f"The local Azure doesn't measure {ask.metric.name}.", status=501)
    if ask.buckets > MOST_POINTS:
        raise AzureError("BadRequest", f"{ask.buckets} points are too many: ask for at most {MOST_POINTS} at once.")
    found: dict[tuple[str, ...], dict[int, Values]] = {}
    if ask.end > ask.start:
        for bucket, dimensions, values in _MEASURES[ask.metric.name](meters, ask):
            found.setdefault(dimensions, {})[bucket] = values
    if not found and not ask.split:
        found[()] = {}
    return [Series(dict(zip(ask.split, key, strict=True)), points) for key, points in found.items()]


Measured = Iterator[tuple[int, tuple[str, ...], Values]]

_COLUMNS = {
    "deployment": "deployment",
    "statusCode": "CAST(code AS TEXT)",
    "statusCodeClass": "(code / 100) || 'xx'",
    "modelStatusCode": "CASE model_code WHEN 0 THEN '' ELSE CAST(model_code AS TEXT) END",
    "envoy_response_code": "CAST(code AS TEXT)",
}


def _selected(meters: Meters, ask: Ask, table: str, what: Sequence[str], tail: str) -> list[tuple]:
    """`bucket, dimensions…, what…` of the rows that the ask is about. `tail` goes after the conditions."""
    split = [_column(each) for each in ask.split]
    # The last bucket takes what a rounded quotient would put just behind it.
    columns = [f"min({ask.buckets - 1}, CAST((time - ?) / ? AS INTEGER)) AS bucket"]
    columns += [f"{sql} AS d{at}" for at, sql in enumerate(split)]
    where = ["endpoint = ?", "time >= ?", "time < ?"]
    parameters: list[object] = [meters.number(ask.endpoint), ask.start, ask.end]
    for clause in ask.clauses:
        for values, negation in ((clause.equal, ""), (clause.unequal, " NOT")):
            if values:
                where.append(f"lower({_column(clause.dimension)}){negation} IN ({', '.join('?' * len(values))})")
                parameters += [value.lower() for value in values]
    if ask.deployment:
        where.append("lower(deployment) = ?")
        parameters.append(ask.deployment.lower())
    if table == "requests" and not ask.deployment and not any(c.dimension == "deployment" for c in ask.clauses):
        where.append("mirrored = 0")
    width = 1e15 if math.isinf(ask.interval) else ask.interval
    sql = f"SELECT {', '.join([*columns, *what])} FROM {table} WHERE {' AND '.join(where)} {tail}"
    return meters.rows(sql, [ask.start, width, *parameters])


def _column(dimension: str) -> str:
    if dimension not in _COLUMNS:
        raise AzureError("NotImplemented", f"The local Azure doesn't record the dimension {dimension}.", status=501)
    return _COLUMNS[dimension]


def _keys(ask: Ask) -> str:
    return ", ".join(["bucket", *(f"d{at}" for at in range(len(ask.split)))])


def _grouped(meters: Meters, ask: Ask, table: str, *what: str) -> Iterator[tuple[int, tuple[str, ...], tuple]]:
    depth = 1 + len(ask.split)
    for row in _selected(meters, ask, table, what, f"GROUP BY {_keys(ask)} ORDER BY {_keys(ask)}"):
        yield row[0], row[1:depth], row[depth:]


def _requests_per_minute(meters: Meters, ask: Ask) -> Measured:
    for bucket, dimensions, (count,) in _grouped(meters, ask, "requests", "count(*)"):
        yield bucket, dimensions, {"average": count * 60 / ask.length(bucket)}


def _bytes_per_second(meters: Meters, ask: Ask) -> Measured:
    for bucket, dimensions, (total,) in _grouped(meters, ask, "requests", "sum(request_bytes + response_bytes)"):
        yield bucket, dimensions, {"average": total / ask.length(bucket)}


def _latency(meters: Meters, ask: Ask) -> Measured:
    for bucket, dimensions, (average,) in _grouped(meters, ask, "requests", "avg(duration_ms)"):
        yield bucket, dimensions, {"average": average}


def _percentile(share: float) -> Callable[[Meters, Ask], Measured]:
    def measure(meters: Meters, ask: Ask) -> Measured:
        rows = _selected(meters, ask, "requests", ["duration_ms"], f"ORDER BY {_keys(ask)}, duration_ms")
        for key, group in groupby(rows, key=lambda row: row[:-1]):
            yield key[0], key[1:], {"average": percentile([row[-1] for row in group], share)}

    return measure


def _usage(column: str) -> Callable[[Meters, Ask], Measured]:
    def measure(meters: Meters, ask: Ask) -> Measured:
        what = (f"avg({column})", f"min({column})", f"max({column})")
        for bucket, dimensions, (average, minimum, maximum) in _grouped(meters, ask, "usage", *what):
            yield bucket, dimensions, {"average": average, "minimum": minimum, "maximum": maximum}

    return measure


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 100) of all are not above (nearest rank)."""
    return ordered[max(1, math.ceil(share / 100 * len(ordered))) - 1]


_MEASURES: Mapping[str, Callable[[Meters, Ask], Measured]] = {
    "RequestsPerMinute": _requests_per_minute,
    "RequestLatency": _latency,
    **{f"RequestLatency_P{share}": _percentile(share) for share in (50, 90, 95, 99)},
    "NetworkBytes": _bytes_per_second,
    "CpuUtilizationPercentage": _usage("cpu_percent"),
    "CpuMemoryUtilizationPercentage": _usage("memory_percent"),
    "DeploymentCapacity": _usage("instances"),
}


def ranked(found: Iterable[Series], order: str, top: int) -> list[Series]:
    """The first `top` series by `average desc` and the like. Raises `AzureError` for another order."""
    aggregation, _, direction = (order.strip().lower() or "average desc").partition(" ")
    if aggregation not in ("average", "minimum", "maximum") or direction.strip() not in ("asc", "desc", ""):
        raise AzureError("BadRequest", f"The order {order!r} isn't known: average, minimum or maximum, asc or desc.")

    def rank(one: Series) -> float:
        values = [point[aggregation] for point in one.points.values() if aggregation in point]
        return sum(values) / len(values) if values else -math.inf

    return sorted(found, key=rank, reverse=direction.strip() != "asc")[:top]
