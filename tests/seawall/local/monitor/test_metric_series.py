"""The arithmetic of metrics, against a naive computation over the same rows."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.local.errors import AzureError
from seawall.local.meters import Meters, Request, Usage
from seawall.local.monitor import filters, times
from seawall.local.monitor.definitions import DEPLOYMENT, METRICS
from seawall.local.monitor.definitions import ENDPOINT as ONLINE
from seawall.local.monitor.series import Ask, percentile, series
from tests.seawall.local.monitor.traffic import ENDPOINT, request

RPM = METRICS[ONLINE]["requestsperminute"]

requests = st.lists(
    st.builds(
        request,
        st.floats(0, 100).map(lambda value: round(value, 3)),
        st.sampled_from(["blue", "green", ""]),
        st.sampled_from([200, 201, 401, 429, 500, 503]),
        st.floats(0.1, 1e4).map(lambda value: round(value, 3)),
        model_code=st.sampled_from([0, 200, 500]),
        mirrored=st.booleans(),
    ),
    max_size=40,
)


def found(rows: list[Request], ask: Ask, folder: Path) -> dict[tuple[str, ...], dict[int, dict[str, float]]]:
    with Meters(folder / "meters.db") as meters:
        meters.rows("DELETE FROM requests")
        meters.record(rows)
        return {
            tuple(each.dimensions.values()): {bucket: dict(values) for bucket, values in each.points.items()}
            for each in series(meters, ask)
        }


def bucket_of(row: Request, ask: Ask) -> int:
    return 0 if math.isinf(ask.interval) else min(ask.buckets - 1, int((row.time - ask.start) / ask.interval))


@settings(max_examples=60, deadline=None)
@given(rows=requests, start=st.floats(0, 50), length=st.floats(0.5, 60), interval=st.sampled_from([1.0, 7.5, math.inf]))
def test_series_are_what_counting_gives(
    rows: list[Request], start: float, length: float, interval: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Requests per minute by deployment and status class are the requests of each bucket over its length; latencies and
    exact percentiles are those of the same rows."""
    folder = tmp_path_factory.getbasetemp()
    clauses = filters.parsed("deployment eq '*' and statusCodeClass eq '*'", RPM.dimensions)
    ask = Ask(RPM, ENDPOINT, start=start, end=start + length, interval=interval, clauses=clauses)
    inside = [row for row in rows if ask.start <= row.time < ask.end]
    expected: dict[tuple[str, ...], dict[int, dict[str, float]]] = {}
    for row in inside:
        points = expected.setdefault((row.deployment, f"{row.code // 100}xx"), {})
        bucket = bucket_of(row, ask)
        count = points.get(bucket, {}).get("average", 0) * ask.length(bucket) / 60 + 1
        points[bucket] = {"average": round(count) * 60 / ask.length(bucket)}
    assert found(rows, ask, folder) == expected

    for name, share in (("requestlatency_p50", 50), ("requestlatency_p95", 95), ("requestlatency_p99", 99)):
        metric = METRICS[ONLINE][name]
        ask = Ask(metric, ENDPOINT, start=start, end=start + length, interval=interval)
        groups: dict[int, list[float]] = {}
        for row in inside:
            if not row.mirrored:
                groups.setdefault(bucket_of(row, ask), []).append(row.duration_ms)
        wanted = {
            bucket: {"average": min(v for v in values if sum(w <= v for w in values) >= share / 100 * len(values))}
            for bucket, values in groups.items()
        }
        assert found(rows, ask, folder) == {(): wanted}


def test_a_bucket_begins_with_the_timespan(tmp_path: Path) -> None:
    """A span of 90 seconds by the minute has a whole bucket and a half one, whose rate is over its 30 seconds."""
    rows = [request(12.0), request(71.9), request(72.0), request(101.9), request(102.0)]
    ask = Ask(RPM, ENDPOINT, start=12.0, end=102.0)
    assert found(rows, ask, tmp_path) == {(): {0: {"average": 2.0}, 1: {"average": 4.0}}}


def test_a_mirrored_request_counts_for_its_deployment_alone(tmp_path: Path) -> None:
    """Unsplit, an endpoint's requests are those that clients sent; by deployment, a shadow's copies are there."""
    rows = [request(1.0, "blue"), request(1.0, "shadow", mirrored=True)]
    whole = Ask(RPM, ENDPOINT, start=0, end=60)
    assert found(rows, whole, tmp_path) == {(): {0: {"average": 1.0}}}
    clauses = filters.parsed("deployment eq 'SHADOW'", RPM.dimensions)
    assert found(rows, Ask(RPM, ENDPOINT, start=0, end=60, clauses=clauses), tmp_path) == {
        ("shadow",): {0: {"average": 1.0}}
    }


def test_usage_is_of_one_deployment(tmp_path: Path) -> None:
    """CPU of a deployment has average, minimum and maximum over its samples, and nobody else's."""
    with Meters(tmp_path / "meters.db") as meters:
        samples = [(1.0, "green", 10.0), (2.0, "green", 30.0), (3.0, "blue", 90.0), (61.0, "green", 50.0)]
        meters.sample([Usage(time, ENDPOINT, name, cpu, 1.0) for time, name, cpu in samples])
        metric = METRICS[DEPLOYMENT]["cpuutilizationpercentage"]
        (one,) = series(meters, Ask(metric, ENDPOINT, "green", 0, 120))
    assert one.points == {
        0: {"average": 20.0, "minimum": 10.0, "maximum": 30.0},
        1: {"average": 50.0, "minimum": 50.0, "maximum": 50.0},
    }


def test_percentiles_are_nearest_ranks() -> None:
    """Of 1 to 100 the 95th percentile is 95; of one value every percentile is that value."""
    assert [percentile(range(1, 101), share) for share in (50, 90, 95, 99, 100)] == [50, 90, 95, 99, 100]
    assert percentile([7.0], 1) == percentile([7.0], 99) == 7.0
    assert percentile([1.0, 2.0], 50) == 1.0


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [
        ("deployment eq 'green'", {"deployment": "GREEN"}, {"deployment": "blue"}),
        ("deployment ne 'green'", {"deployment": "blue"}, {"deployment": "green"}),
        ("statusCode eq '429' or statuscode eq '503'", {"statusCode": "503"}, {"statusCode": "200"}),
        ("deployment eq 'it''s'", {"deployment": "it's"}, {"deployment": "its"}),
        ("deployment eq '*'", {"deployment": "any"}, None),
        ("", {}, None),
    ],
)
def test_filters(text: str, holds: dict[str, str], fails: dict[str, str] | None) -> None:
    """A filter names dimensions in any case, joins values by `or` and dimensions by `and`."""
    clauses = {clause.dimension: clause for clause in filters.parsed(text, RPM.dimensions)}
    assert clauses.keys() == holds.keys()
    assert all(clauses[name].holds(value) for name, value in holds.items())
    assert fails is None or not any(clauses[name].holds(value) for name, value in fails.items())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("deployment", "ends within a condition"),
        ("deployment eq green", "a condition is"),
        ("colour eq 'red'", "colour is not supported. Supported: deployment, statusCode"),
        ("deployment eq 'a' or statusCode eq '200'", "or can't separate two dimensions"),
        ("deployment eq 'a' and deployment eq 'b'", "two values at once"),
        ("deployment eq 'a' and", "ends with 'and'"),
        ("deployment eq 'a' , statusCode eq '1'", "joined by and or or"),
        ("deployment gt 'a'", "'gt' isn't known"),
        ("deployment eq 'a", "a condition is"),
    ],
)
def test_bad_filters_say_what_is_wrong(text: str, why: str) -> None:
    """A filter that can't be read is refused with the reason."""
    with pytest.raises(AzureError, match=why):
        filters.parsed(text, RPM.dimensions)


def test_times() -> None:
    """Timespans are read in all the forms that clients send, .NET's seven digits included."""
    assert times.seconds("PT1M") == 60
    assert times.seconds("P1DT1H30M1.5S") == 86_400 + 5_400 + 1.5
    assert times.timespan("PT5M", 1000.0, 60) == (700.0, 1000.0)
    assert times.timespan("", 1000.0, 60) == (940.0, 1000.0)
    half = times.moment("2026-01-31T09:30:00.5000000Z")
    assert times.moment("2026-01-31T10:30:00.5+01:00") == half == times.moment("2026-01-31T09:30:00.5")
    assert times.text_of(half) == "2026-01-31T09:30:00.500000Z"
    span = "2026-01-31T09:30:00Z/PT1H"
    start, end = times.timespan(span, 0, 0)
    assert end - start == 3_600
    assert times.timespan("PT1H/2026-01-31T10:30:00Z", 0, 0) == (start, end)
    for wrong in ("P", "PT", "1 hour", "2026-01-31T10:00:00Z/2026-01-31T09:00:00Z", "yesterday/today"):
        with pytest.raises(AzureError):
            times.timespan(wrong, 0, 0)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    """No filter and no timespan, whatever it is, raises anything but a refusal."""
    for read in (lambda: filters.parsed(text, RPM.dimensions), lambda: times.timespan(text, 0.0, 60.0)):
        try:
            read()
        except AzureError as error:
            assert error.status == 400
