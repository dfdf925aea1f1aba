"""What to do about a server that doesn't run is a command to copy, with the store that was named."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from seawall.cli import serving
from seawall.cli.app import run
from tests.test_house import ROOT


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(serving).failed == 0


@pytest.mark.parametrize("command", ["env", "status"])
def test_the_hint_names_the_store_that_the_command_was_about(
    command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without it, a server over another store would be started."""
    store = tmp_path / "my azure.db"
    assert run(["local", command, "--store", str(store), "--cwd", str(ROOT)]) == 3
    told = " ".join(capfd.readouterr().err.split())
    assert f"`seawall local start --detach --store '{store}'`" in told
