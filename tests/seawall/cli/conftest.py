"""What the tests of the commands share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sandbox import Sandbox

ROOT = Path(__file__).parents[3]


@pytest.fixture
def sandbox(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Sandbox:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", root)
    return Sandbox(root, capsys)
