"""`seawall review --against REF`: the pull request's comment on a laptop, before there is a pull request."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from machine import checkout, git, project
from small_stacks import SMALL


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the project on a branch, with `dev` alone."""
    folder = tmp_path_factory.mktemp("against")
    return checkout(project(folder / "repository", {"dev": SMALL["dev"]}), "main", folder / "tree")


def review(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GITHUB_"))}
    line = [sys.executable, "-m", "seawall", "review", *arguments]
    return subprocess.run(line, cwd=tree, env=env, capture_output=True, text=True, check=False)


def test_the_working_tree_is_compared_with_a_commit(tree: Path, tmp_path: Path) -> None:
    """What isn't committed as yet counts: here a budget, and a resource without its expiry, which is refused."""
    file = tree / "stacks" / "Pulumi.dev.yaml"
    text = file.read_text()
    file.write_text(text.replace("amount: 1500", "amount: 1600").replace("2027-06-30", "2026-01-31"))
    before = git(tree, "status", "--short")
    done = review(tree, "dev", "--against", "main", "--out", str(tmp_path / "comment.md"))
    comment = (tmp_path / "comment.md").read_text()
    assert done.returncode == 1, done.stderr
    assert "mandatory violations in dev" in done.stderr
    assert "can't be merged" in comment and "required-tags" in comment
    assert "| Budget budget | amount | 1500 | 1600 |" in comment
    assert "Previews against Azure" not in comment
    assert git(tree, "status", "--short") == before, "the working tree is left as it was"
    assert len(git(tree, "worktree", "list").splitlines()) == 2, "what was checked out is gone again"
    file.write_text(text)


def test_an_environment_that_the_commit_lacks_is_new_as_a_whole(tree: Path) -> None:
    """It has nothing to be compared with; nothing is asked of the commit's code then."""
    git(tree, "rm", "--quiet", "--cached", "stacks/Pulumi.dev.yaml")
    git(tree, "commit", "--quiet", "--message", "Without dev")
    done = review(tree, "dev", "--against", "HEAD")
    git(tree, "checkout", "--quiet", "--force", "--detach", "main")
    assert done.returncode == 0, done.stderr
    assert "Created in dev" in done.stdout and "Updated in dev" not in done.stdout


@pytest.mark.parametrize("ref", ["origin/main", "--help"])
def test_a_commit_that_is_not_there_is_told_at_once(tree: Path, ref: str) -> None:
    """Before anything is planned, with what to do; the default is what a clone calls the target branch."""
    done = review(tree, *(() if ref == "origin/main" else (f"--against={ref}",)))
    assert done.returncode == 2
    assert f"{ref}^{{commit}} failed" in done.stderr and "git fetch origin" in done.stderr
    assert "Traceback" not in done.stderr
