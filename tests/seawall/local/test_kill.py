"""A run that is killed at any point is finished by the next one, as if nothing had happened."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from platform_plan import platform

from seawall.local.azure import LocalAzure
from seawall.local.database import Database
from seawall.local.deploy import RunSettings, destroy, preview, up
from seawall.plan.model import Plan

SEED = 20260131
KILLS = 20

Command = Callable[[LocalAzure], Any]


def _up(plan: Plan) -> Command:
    def run(azure: LocalAzure) -> None:
        assert up(plan, azure, settings=RunSettings(workers=4)).succeeded

    return run


def _destroy(azure: LocalAzure) -> None:
    assert destroy("test", azure, purge=True, lift_protection=True).succeeded


def _run(path: Path, command: Command) -> dict[str, Any]:
    with LocalAzure.open(path) as azure:
        command(azure)
        return azure.snapshot()


def _die_at(number: int) -> None:
    """Let this process be killed right before its n-th change of the store, or its n-th commit."""
    counter = itertools.count(1)

    def deadly(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Database, *args: Any) -> Any:
            if next(counter) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(self, *args)

        return call

    Database.execute = deadly(Database.execute)  # type: ignore[method-assign]
    Database._commit = deadly(Database._commit)  # type: ignore[method-assign]


def _killed(path: Path, command: Command, number: int) -> None:
    def child() -> None:
        _die_at(number)
        _run(path, command)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _count(path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many changes and commits an uninterrupted run makes."""
    counts = itertools.count()
    for name in ("execute", "_commit"):
        original = getattr(Database, name)

        def counting(self: Database, *args: Any, original: Callable[..., Any] = original) -> Any:
            next(counts)
            return original(self, *args)

        monkeypatch.setattr(Database, name, counting)
    _run(path, command)
    monkeypatch.undo()
    return next(counts)


_BEFORE, _AFTER = platform(), platform(edited=True)

SCENARIOS: dict[str, tuple[list[Command], Command]] = {
    "create": ([], _up(_BEFORE)),
    "change": ([_up(_BEFORE)], _up(_AFTER)),
    "change back": ([_up(_BEFORE), _up(_AFTER)], _up(_BEFORE)),
    "destroy": ([_up(_BEFORE)], _destroy),
    "recover": ([_up(_BEFORE), _destroy], _up(_BEFORE)),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_next_run_finishes_what_a_killed_one_began(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a SIGKILL at any point the same command again leaves the store as an uninterrupted run does."""
    earlier, command = SCENARIOS[name]

    def prepared(path: Path) -> Path:
        for before in earlier:
            _run(path, before)
        return path

    total = _count(prepared(tmp_path / "counted.db"), command, monkeypatch)
    expected = _run(prepared(tmp_path / "whole.db"), command)
    for number in random.Random(SEED).sample(range(2, total), KILLS):
        path = prepared(tmp_path / f"killed-{number}.db")
        _killed(path, command, number)
        assert _run(path, command) == expected, f"killed at {number} of {total}"


def test_a_run_that_is_killed_again_and_again_still_gets_there(tmp_path: Path) -> None:
    """Each attempt may be killed as well; none of them makes things worse."""
    expected = _run(tmp_path / "whole.db", _up(_BEFORE))
    path = tmp_path / "killed.db"
    for number in (40, 150, 90, 200, 60):
        _killed(path, _up(_BEFORE), number)
    assert _run(path, _up(_BEFORE)) == expected


def test_a_preview_after_a_kill_shows_what_is_left(tmp_path: Path) -> None:
    """A preview counts the open steps, and knows a half-made resource for the stack's own."""
    path = tmp_path / "killed.db"
    _killed(path, _up(_BEFORE), 300)
    with LocalAzure.open(path) as azure:
        diff = preview(_BEFORE, azure)
        assert diff.pending > 0
        assert diff.problems == ()
        assert up(_BEFORE, azure, expected=diff).resumed == diff.pending
