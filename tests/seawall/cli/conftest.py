"""What the tests of the commands share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sandbox import Sandbox

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.delenv("COLUMNS", raising=False)  # what a test reads is laid out as in a pipe, wherever it runs
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", root)
    return Sandbox(root, capsys)
