"""What one look at the metrics comes to."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.delivery import analysis
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
        ({"requests": 99, "errors": 99}, Result.FAIL, "99 of 99 requests failed: too many to be chance"),
        ({"requests": 5, "errors": 5}, Result.FAIL, "5 of 5 requests failed: too many to be chance, with at most 1 %"),
        ({"requests": 5, "errors": 1}, Result.INCONCLUSIVE, "5 requests, of 100 that a look needs"),
        ({"requests": 4, "errors": 4}, Result.INCONCLUSIVE, "4 requests, of 100 that a look needs"),
        ({"requests": 50, "errors": 4}, Result.FAIL, "4 of 50 requests failed: too many to be chance"),
        ({"requests": 50, "latency_ms": {"p95": 9e9}}, Result.INCONCLUSIVE, "50 requests, of 100 that a look needs"),
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


@pytest.mark.parametrize(
    "checks",
    [
        CHECKS.model_copy(update={"requests": Requests(at_least=100, to_fail=None)}),
        CHECKS.model_copy(update={"error_rate": None}),
        CHECKS.model_copy(update={"error_rate": ErrorRate(at_most=100)}),
    ],
    ids=["few never say anything", "errors aren't checked", "all may fail"],
)
def test_few_requests_fail_by_the_limit_of_the_file_alone(checks: Checks) -> None:
    """Where the file has none, or says that few are never enough, they stay inconclusive."""
    assert judge(Analysis(checks=checks), replace(FINE, requests=9, errors=9), STABLE).result is Result.INCONCLUSIVE


@given(st.integers(0, 99), st.integers(0, 99))
def test_few_requests_never_pass(requests: int, errors: int) -> None:
    """They fail or say nothing, and one more error never makes it better."""
    results = [
        judge(ANALYSIS, replace(FINE, requests=requests, errors=count), STABLE).result for count in (errors, errors + 1)
    ]
    assert Result.PASS not in results
    assert results[0] is Result.INCONCLUSIVE or results[1] is Result.FAIL


def test_the_chance_of_errors_is_binomial() -> None:
    """Known values, and the docstring's."""
    assert doctest.testmod(analysis).failed == 0
    assert analysis.chance(2, 2, 0.5) == pytest.approx(0.25)
    assert analysis.chance(60, 100, 0.5) == pytest.approx(0.0284439668, rel=1e-6)
    assert (analysis.chance(1, 5, 0.0), analysis.chance(1, 5, 1.0)) == (0.0, 1.0)


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
