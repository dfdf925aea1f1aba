"""What the metrics of one look say of the candidate: pass, fail, or too little to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import exp, lgamma, log, log1p

from seawall.delivery.checks import Analysis, ErrorRate, Latency, Query, Requests, Throttling
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
    """Of one look: one failure is enough, and what isn't known is no pass.

    Too few requests say nothing, unless they fail in numbers that are no chance.
    """

    verdicts: Sequence[Verdict]

    @property
    def result(self) -> Result:
        results = {verdict.result for verdict in self.verdicts}
        if self._few:
            return Result.FAIL if self._failing_few else Result.INCONCLUSIVE
        return next((one for one in (Result.FAIL, Result.INCONCLUSIVE) if one in results), Result.PASS)

    @property
    def words(self) -> str:
        """What decided, in one sentence."""
        if self._few and self._failing_few:
            return self._failing_few[0].words
        return "; ".join(verdict.words for verdict in self.verdicts if verdict.result is self.result)

    @property
    def _few(self) -> bool:
        return any(one.check == REQUESTS and one.result is Result.INCONCLUSIVE for one in self.verdicts)

    @property
    def _failing_few(self) -> list[Verdict]:
        return [one for one in self.verdicts if one.check == FEW and one.result is Result.FAIL]


REQUESTS = "requests"
FEW = "errors of few"
CHANCE = 0.001
"""How likely so many errors may be, at most, for few requests to be called failing."""


def judge(analysis: Analysis, candidate: Metrics, stable: Metrics | None) -> Judgement:
    """`stable` is None where there is nothing to compare with: those checks are left out."""
    checks = analysis.checks
    verdicts = [_requests(checks.requests.at_least, candidate)]
    if checks.error_rate:
        verdicts += _few(checks.requests, checks.error_rate, candidate, stable)
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


def _few(asked: Requests, check: ErrorRate, candidate: Metrics, stable: Metrics | None) -> Iterator[Verdict]:
    """Requests too few for a rate, of which more fail than the limit has by chance. They never speak for a pass.

    A candidate that nobody dares to use, or that has a small share of little traffic, is found out all the same.
    """
    count, errors = candidate.requests, candidate.errors
    if count is None or errors is None or asked.to_fail is None or not asked.to_fail <= count < asked.at_least:
        return
    theirs = _percent(stable.errors, stable.requests) if stable else None
    against = None if theirs is None or check.above_stable is None else theirs + check.above_stable
    for limit in (one for one in (check.at_most, against) if one is not None):
        if chance(errors, count, limit / 100) < CHANCE:
            words = f"{errors} of {count} requests failed: too many to be chance, with at most {limit:.4g} %"
            yield Verdict(FEW, Result.FAIL, words)


def chance(errors: int, requests: int, rate: float) -> float:
    """How likely it is that of so many requests at least so many fail, each with the probability `rate`.

    >>> chance(5, 5, 0.01) < 1e-9, round(chance(1, 5, 0.01), 3), chance(0, 5, 0.01)
    (True, 0.049, 1.0)
    """
    if errors <= 0 or rate >= 1:
        return 1.0
    if rate <= 0:
        return 0.0
    logs = (
        lgamma(requests + 1) - lgamma(k + 1) - lgamma(requests - k + 1) + k * log(rate) + (requests - k) * log1p(-rate)
        for k in range(errors, requests + 1)
    )
    return min(1.0, sum(map(exp, logs)))


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
