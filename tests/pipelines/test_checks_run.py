"""The project's own checks by the workflow's commands, reduced: a few tests of many, and linters that only answer.

What narrows them are pytest's and make's own variables, which no workflow sets; in full they run where this test does.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from machine import Ended, Machine, checkout, project, script
from small_stacks import SMALL
from workflow_files import ROOT, jobs

from seawall.engine.command import VERSION
from tests.seawall.engine.projects import put_stand_in

SAYS = 'echo "$(basename "$0") $*"'


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checks")
    return checkout(project(folder / "repository", SMALL), "main", folder / "tree")


def run(job: str, tree: Path, folder: Path, **variables: str) -> Ended:
    return Machine(folder / "runner", variables, pulumi=put_stand_in(folder / "bin")).run("ci.yml", job, tree)


def test_what_is_checked_is_there(tree: Path, tmp_path: Path) -> None:
    """`make check` asks two linters and two modules of the project's, which exist, as do the folders that they get."""
    programs = tree / ".venv" / "bin"
    script(programs / "ruff", SAYS)
    script(programs / "mypy", SAYS)
    script(programs / "python", f'[ "$1" = -m ] && {SAYS} && exit', f'exec "{sys.executable}" "$@"')
    ended = run("check", tree, tmp_path)
    script(programs / "python", f'exec "{sys.executable}" "$@"')
    assert ended.result == "success", ended.printed
    assert "'.venv/dev.stamp' is up to date" in ended.printed
    asked = [line.split() for line in ended.printed.splitlines() if not line.startswith("make")]
    assert [line[0] for line in asked] == ["ruff", "mypy", "python", "python"]
    assert [path for path in asked[1][1:] if not (ROOT / path).is_dir()] == []
    assert [line[2] for line in asked[2:] if find_spec(line[2]) is None] == []
    assert asked[2][3:] == ["--check"]


def test_the_tests_run(tree: Path, tmp_path: Path) -> None:
    """One file of them, in one worker."""
    narrowed = "tests/seawall/review/test_previewed.py -p no:cacheprovider"
    ended = run("test", tree, tmp_path, JOBS="1", PYTEST_ADDOPTS=narrowed)
    assert ended.result == "success", ended.printed
    assert " passed" in ended.printed and "failed" not in ended.printed


def test_conformance_has_a_pulumi_and_tells_what_it_skips(tree: Path, tmp_path: Path) -> None:
    """The CLI is that which the setup has put on PATH; of the tests, those run that need no engine."""
    ended = run("conformance", tree, tmp_path, PYTEST_ADDOPTS="-k test_comparison -p no:cacheprovider")
    assert ended.result == "success", ended.printed
    assert f"v{VERSION}" in ended.printed.split()
    assert " passed" in ended.printed and "deselected" in ended.printed
    assert [Path(one).parts[-2:] for one in ended.path] == [(".venv", "bin"), (VERSION, "bin")]


def test_every_job_runs_in_a_test() -> None:
    """Of all workflows: a job that is added wants one, too."""
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*_run.py"))
    called = [(file, name) for file, name, job in jobs() if "uses" not in job]
    assert len(called) > 10
    found = {("ci.yml", name) for name in ("check", "test", "conformance") if f'run("{name}"' in text}
    found |= {(file, name) for file, name in called if f'"{file}", "{name}"' in text}
    assert [one for one in called if one not in found] == []
