"""What the tests of the local Azure share: a fresh one, and shortcuts to look into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from arm import GROUP

from seawall.local.azure import LocalAzure
from seawall.local.deploy import RunSettings, up
from seawall.local.events import Summary
from seawall.plan.model import Plan


class ManualClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as local:
        yield local


@pytest.fixture
def deploy(azure: LocalAzure, clock: ManualClock) -> Callable[[Plan], Summary]:
    """Brings a plan up and sees to it that nothing failed."""

    def deployed(plan: Plan) -> Summary:
        summary = up(plan, azure, settings=RunSettings(clock=clock))
        assert summary.succeeded, [str(failure.error) for failure in summary.failures]
        return summary

    return deployed


@pytest.fixture
def group(azure: LocalAzure) -> str:
    """A resource group to put things in."""
    azure.put(GROUP, {"location": "westeurope"})
    return GROUP
