"""What the metrics of one look say of the candidate: pass, fail, or too little to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from seawall.delivery.checks import Analysis, ErrorRate, Latency, Query, Throttling
from seawall.delivery.readings import Metrics


class Result(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """Of one check. `words` is the sentence to show."""

    check: str
    result: Result
    words: str


@dataclass(frozen=True)
class Judgement:
    """Of one look: too few requests say nothing; else one failure is enough, and what isn't known is no pass."""

    verdicts: Sequence[Verdict]

    @property
    def result(self) -> Result:
        results = {verdict.result for verdict in self.verdicts}
        if any(verdict.check == REQUESTS and verdict.result is Result.INCONCLUSIVE for verdict in self.verdicts):
            return Result.INCONCLUSIVE
        return next((one for one in (Result.FAIL, Result.INCONCLUSIVE) if one in results), Result.PASS)

    @property
    def words(self) -> str:
        """What decided, in one sentence."""
        return "; ".join(verdict.words for verdict in self.verdicts if verdict.result is self.result)


REQUESTS = "requests"


def judge(analysis: Analysis, candidate: Metrics, stable: Metrics | None) -> Judgement:
    """`stable` is None where there is nothing to compare with: those checks are left out."""
    checks = analysis.checks
    verdicts = [_requests(checks.requests.at_least, candidate)]
    if checks.error_rate:
        verdicts += _error_rate(checks.error_rate, candidate, stable)
    for check in checks.latency:
        verdicts += _latency(check, candidate, stable)
    if checks.throttling:
        verdicts += _throttling(checks.throttling, candidate)
    verdicts += [_query(query, candidate) for query in checks.queries]
    return Judgement(tuple(verdicts))


def unread(why: str) -> Judgement:
    """Of a look that saw nothing."""
    return Judgement((Verdict(REQUESTS, Result.INCONCLUSIVE, f"the metrics can't be read: {why}"),))


def _requests(least: int, candidate: Metrics) -> Verdict:
    if candidate.requests is None:
        return _unknown(REQUESTS, "how many there were")
    if candidate.requests < least:
        words = f"{candidate.requests} requests, of {least} that a look needs"
        return Verdict(REQUESTS, Result.INCONCLUSIVE, words)
    return Verdict(REQUESTS, Result.PASS, f"{candidate.requests} requests")


def _error_rate(check: ErrorRate, candidate: Metrics, stable: Metrics | None) -> Iterator[Verdict]:
    name, rate = "error rate", _percent(candidate.errors, candidate.requests)
    if check.at_most is not None:
        yield _limited(name, rate, check.at_most, "%")
    if check.above_stable is not None and stable is not None:
        theirs = _percent(stable.errors, stable.requests)
        limit = None if theirs is None else theirs + check.above_stable
        yield _limited(f"{name} against stable", rate, limit, "%")


def _latency(check: Latency, candidate: Metrics, stable: Metrics | None) -> Iterator[Verdict]:
    name, value = f"latency {check.percentile}", candidate.latency_ms.get(check.percentile)
    if check.at_most is not None:
        yield _limited(name, value, check.at_most / timedelta(milliseconds=1), "ms")
    if check.to_stable is not None and stable is not None:
        theirs = stable.latency_ms.get(check.percentile)
        limit = None if theirs is None else theirs * check.to_stable
        yield _limited(f"{name} against stable", value, limit, "ms")


def _throttling(check: Throttling, candidate: Metrics) -> Iterator[Verdict]:
    if check.share is not None:
        yield _limited("throttled", _percent(candidate.throttled, candidate.requests), check.share, "%")
    if check.delay is not None:
        limit = check.delay / timedelta(milliseconds=1)
        yield _limited("throttling delay", candidate.delay_ms, limit, "ms")


def _query(query: Query, candidate: Metrics) -> Verdict:
    value = candidate.queries.get(query.name)
    if value is not None and query.at_least is not None and not value >= query.at_least:
        return Verdict(query.name, Result.FAIL, f"{query.name} {value:.4g}, at least {query.at_least:g}")
    return _limited(query.name, value, float("inf") if query.at_most is None else query.at_most, "")


def _percent(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else 100 * part / whole


def _limited(check: str, value: float | None, limit: float | None, unit: str) -> Verdict:
    """A value against the most that it may be; not a number is no pass."""
    if value is None or limit is None:
        return _unknown(check, "the candidate's" if value is None else "the stable deployment's")
    result = Result.PASS if value <= limit else Result.FAIL
    most = "" if limit == float("inf") else f", at most {limit:.4g} {unit}".rstrip()
    return Verdict(check, result, f"{check} {value:.4g} {unit}".rstrip() + most)


def _unknown(check: str, what: str) -> Verdict:
    return Verdict(check, Result.INCONCLUSIVE, f"{check}: the cloud doesn't say {what}")
