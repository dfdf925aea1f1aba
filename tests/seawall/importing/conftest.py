"""A development environment on a local Azure, exported; and the command, run in a project without its stack file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seawall.cli.app import run
from seawall.local import deploy
from seawall.local.azure import LocalAzure
from tests.seawall.importing.exporting import Bodies, bodies_in
from tests.stack_plans import ROOT, stack_plan

DEV = "22222222-2222-2222-2222-222222222222"


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The store of a local Azure in which shared and dev are up."""
    path = tmp_path_factory.mktemp("deployed") / "azure.db"
    with LocalAzure.open(path) as azure:
        for name in ("shared", "dev"):
            deploy.up(stack_plan(name), azure)
        yield path


@pytest.fixture(scope="session")
def dev_bodies(deployed: Path) -> Bodies:
    """Everything in dev's subscription."""
    with LocalAzure.open(deployed) as azure:
        return bodies_in(azure, DEV)


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.out)
        return made


class ImportProject:
    """A project with the other environments' stack files, in which `seawall import` is run."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    def run(self, *arguments: str) -> Outcome:
        self._capsys.readouterr()
        code = run(["import", *arguments, "--cwd", str(self.root)])
        printed = self._capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    def files(self) -> set[str]:
        """What is in the project, by path."""
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ImportProject:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", root)
    (root / "stacks" / "Pulumi.dev.yaml").unlink()
    return ImportProject(root, capsys)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a file and gives its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write
