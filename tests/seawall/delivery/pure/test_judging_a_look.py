"""What one look at the metrics comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.delivery.analysis import Result, judge
from seawall.delivery.checks import Analysis, Checks, ErrorRate, Latency, Query, Requests, Throttling
from seawall.delivery.readings import Metrics

FINE = Metrics(
    requests=1000, errors=2, throttled=10, latency_ms={"p95": 120.0, "p99": 300.0}, delay_ms=3.0, queries={"score": 0.1}
)
STABLE = Metrics(requests=9000, errors=9, throttled=0, latency_ms={"p95": 100.0, "p99": 250.0})
MILLISECOND = timedelta(milliseconds=1)
CHECKS = Checks(
    requests=Requests(at_least=100),
    error_rate=ErrorRate(at_most=1, above_stable=0.5),
    latency=(Latency(percentile="p95", at_most=150 * MILLISECOND, to_stable=1.2),),
    throttling=Throttling(share=1, delay=5 * MILLISECOND),
    queries=(Query(name="score", kql="…", at_least=0.05, at_most=0.2),),
)
ANALYSIS = Analysis(checks=CHECKS)


@pytest.mark.parametrize(
    ("change", "result", "words"),
    [
        ({}, Result.PASS, "error rate 0.2 %, at most 1 %"),
        ({"requests": 99}, Result.INCONCLUSIVE, "99 requests, of 100 that a look needs"),
        ({"requests": 99, "errors": 99}, Result.INCONCLUSIVE, "99 requests, of 100 that a look needs"),
        ({"requests": 0}, Result.INCONCLUSIVE, "0 requests, of 100 that a look needs"),
        ({"requests": None}, Result.INCONCLUSIVE, "requests: the cloud doesn't say how many there were"),
        ({"errors": 10}, Result.FAIL, "error rate against stable 1 %, at most 0.6 %"),
        ({"errors": 11}, Result.FAIL, "error rate 1.1 %, at most 1 %"),
        ({"errors": None}, Result.INCONCLUSIVE, "error rate: the cloud doesn't say the candidate's"),
        ({"latency_ms": {"p95": 120.1}}, Result.FAIL, "latency p95 against stable 120.1 ms, at most 120 ms"),
        ({"latency_ms": {"p95": 150.5}}, Result.FAIL, "latency p95 150.5 ms, at most 150 ms"),
        ({"latency_ms": {}}, Result.INCONCLUSIVE, "latency p95: the cloud doesn't say the candidate's"),
        ({"throttled": 11}, Result.FAIL, "throttled 1.1 %, at most 1 %"),
        ({"delay_ms": 5.5}, Result.FAIL, "throttling delay 5.5 ms, at most 5 ms"),
        ({"queries": {"score": 0.3}}, Result.FAIL, "score 0.3, at most 0.2"),
        ({"queries": {"score": 0.04}}, Result.FAIL, "score 0.04, at least 0.05"),
        ({"queries": {"score": float("nan")}}, Result.FAIL, "score nan, at least 0.05"),
        ({"queries": {}}, Result.INCONCLUSIVE, "score: the cloud doesn't say the candidate's"),
        ({"errors": None, "throttled": 500}, Result.FAIL, "throttled 50 %, at most 1 %"),
    ],
)
def test_a_look_is_judged(change: dict[str, object], result: Result, words: str) -> None:
    """Too few requests say nothing at all; else one failure is enough, and what isn't known is no pass."""
    judgement = judge(ANALYSIS, replace(FINE, **change), STABLE)  # type: ignore[arg-type]
    assert judgement.result is result
    assert words in judgement.words


def test_without_a_stable_deployment_nothing_is_compared() -> None:
    """A first release, and one that has all traffic, is held to the limits alone."""
    judgement = judge(ANALYSIS, replace(FINE, latency_ms={"p95": 149.0}), None)
    assert judgement.result is Result.PASS
    assert [verdict.check for verdict in judgement.verdicts] == [
        "requests", "error rate", "latency p95", "throttled", "throttling delay", "score",
    ]  # fmt: skip


def test_a_stable_deployment_that_nobody_measured_says_nothing() -> None:
    """What can't be compared is not taken for good."""
    judgement = judge(ANALYSIS, FINE, Metrics())
    assert judgement.result is Result.INCONCLUSIVE
    assert "error rate against stable: the cloud doesn't say the stable deployment's" in judgement.words


numbers = st.none() | st.integers(0, 2000)
metrics = st.builds(
    Metrics,
    requests=numbers,
    errors=numbers,
    throttled=numbers,
    latency_ms=st.dictionaries(st.sampled_from(["p50", "p90", "p95", "p99"]), st.floats(0, 1e6)),
    delay_ms=st.none() | st.floats(0, 1e6),
    queries=st.dictionaries(st.just("score"), st.floats()),
)


@given(metrics, st.none() | metrics)
def test_a_pass_has_seen_everything(candidate: Metrics, stable: Metrics | None) -> None:
    """Whatever the cloud says or doesn't: a pass means that every check knew its value and that it was within."""
    judgement = judge(ANALYSIS, candidate, stable)
    assert judgement.words
    if judgement.result is Result.PASS:
        assert candidate.requests and candidate.requests >= 100
        assert candidate.errors is not None and candidate.errors <= candidate.requests / 100
        assert candidate.latency_ms["p95"] <= 150 and 0.05 <= candidate.queries["score"] <= 0.2
