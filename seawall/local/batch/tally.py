"""Mini-batches, and when too many files have failed. Nothing here has a clock or a process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MiniBatch:
    """Files that one call of the scoring script gets."""

    number: int
    files: tuple[str, ...]


def mini_batches(files: Sequence[str], size: int) -> Iterator[MiniBatch]:
    """All files in their order, `size` at a time."""
    for number, start in enumerate(range(0, len(files), size)):
        yield MiniBatch(number, tuple(files[start : start + size]))


@dataclass
class Tally:
    """How a job fares."""

    threshold: int
    """Files that may fail; -1: any number."""
    done: int = 0
    """Files that were scored."""
    failed: int = 0
    """Files of mini-batches that failed in every attempt."""
    rows: int = 0
    attempts: int = 0
    errors: list[str] = field(default_factory=list)
    """What went wrong with each mini-batch that failed for good, a line each."""

    @property
    def exceeded(self) -> bool:
        return 0 <= self.threshold < self.failed

    @property
    def summary(self) -> str:
        return f"{self.done} files scored, {self.failed} failed, {self.rows} rows, {self.attempts} attempts"
