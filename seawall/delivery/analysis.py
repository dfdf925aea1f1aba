"""What the metrics of one look say of the candidate: pass, fail, or too little to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from seawall.delivery.document import Analysis
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
    """Of one look."""

    result: Result
    verdicts: Sequence[Verdict]


def judge(analysis: Analysis, candidate: Metrics, stable: Metrics | None) -> Judgement:
    """`stable` is None where there is nothing to compare with: those checks are left out."""
    raise NotImplementedError
