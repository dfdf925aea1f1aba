"""This machine as a runner of GitHub's: a job's own commands, in their order, in a checkout; artifacts in a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_files import ROOT, workflows

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
LINKED = ("components", "rbac", "seawall", "pyproject.toml")
COPIED = ("stacks", "policies")
NOTHING: Mapping[str, str] = {}


def git(folder: Path, *arguments: str) -> str:
    """Run git with an identity of its own and no configuration of this machine's."""
    who = {
        f"GIT_{role}_{what}": "test@larkspur.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    line = ["git", *arguments]
    return subprocess.run(line, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout.strip()


def project(folder: Path, *environments: str) -> Path:
    """A repository with the project's code, and some of its environments, on `main`."""
    folder.mkdir()
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / "stacks").glob("Pulumi.*.yaml"):
        if path.stem.removeprefix("Pulumi.") not in environments:
            path.unlink()
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "The platform")
    return folder


def checkout(repository: Path, ref: str, folder: Path) -> Path:
    """A work tree of its own of a branch."""
    git(repository, "worktree", "add", "--quiet", "--detach", str(folder), ref)
    return folder


@dataclass(frozen=True)
class Ended:
    """How a job ended."""

    result: str
    """`success` or `failure`."""
    outputs: Mapping[str, str]
    """Of all steps together, and what the `with` of the others came to."""
    printed: str
    summary: str


@dataclass
class Machine:
    """Runs jobs. `known` gives expressions their values; one that isn't there is a mistake."""

    folder: Path
    variables: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put `seawall` on PATH: the one of the checkout that a step runs in."""
        programs = self.folder / "bin"
        programs.mkdir(parents=True)
        for name, line in (("seawall", "-m seawall"), ("python", "")):
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {line} "$@"\n')
            (programs / name).chmod(0o755)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "SEAWALL_"))}
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self._env = {**kept, "PATH": path, **self.variables}
        self._runs = 0

    def run(self, file: str, name: str, tree: Path, **known: str) -> Ended:
        """Run the steps of a job of a workflow in a checkout. Further values of expressions: `inputs__environment`."""
        workflow = workflows()[file]
        job = workflow["jobs"][name]
        self._runs += 1
        values = {**self.known, **{key.replace("__", "."): value for key, value in known.items()}}
        outer = {**self._resolved(workflow.get("env", {}), values), "SEAWALL_FLAGS": "--local"}
        values |= {f"env.{key}": value for key, value in outer.items()}
        inner = self._resolved(job.get("env", {}), values)
        values |= {f"env.{key}": value for key, value in inner.items()}
        ended = Ended("success", {}, "", "")
        for step in job["steps"]:
            if ended.result == "failure" and "cancelled()" not in str(step.get("if", "")):
                continue
            ended = self._step(step, tree, {**outer, **inner}, values, ended)
        return ended

    def _step(
        self, step: dict[str, Any], tree: Path, env: dict[str, str], values: dict[str, str], before: Ended
    ) -> Ended:
        if "uses" in step:
            given = self._resolved(step.get("with", {}), values)
            done = self._used(step["uses"].partition("@")[0], given, tree) or "continue-on-error" in step
            told = {f"{step['uses'].partition('@')[0]} {key}": value for key, value in given.items()}
            result = before.result if done else "failure"
            return Ended(result, {**before.outputs, **told}, before.printed, before.summary)
        outputs, summary = self.folder / "outputs", self.folder / "summary"
        outputs.write_text("")
        summary.write_text("")
        files = {"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)}
        env = {**self._env, **env, **self._resolved(step.get("env", {}), values), **files}
        line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(line, cwd=tree, env=env, capture_output=True, text=True, check=False)
        found = dict(one.split("=", 1) for one in outputs.read_text().splitlines())
        values |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in found.items()}
        assert "Traceback" not in done.stderr, done.stderr
        return Ended(
            before.result if done.returncode == 0 else "failure",
            {**before.outputs, **found},
            before.printed + done.stdout + done.stderr,
            before.summary + summary.read_text(),
        )

    def _used(self, action: str, given: dict[str, str], tree: Path) -> bool:
        """What an action does here: artifacts go to a folder and come from it; what sets up is done already."""
        if not action.startswith("actions/") or not action.endswith("-artifact"):
            return True
        kept, here = self.folder / "artifacts" / given["name"], tree / given["path"]
        if action == "actions/upload-artifact":
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(here, kept, symlinks=True) if here.is_dir() else None
        elif kept.is_dir():
            shutil.copytree(kept, here, symlinks=True, dirs_exist_ok=True)
        else:
            return False
        return True

    @staticmethod
    def _resolved(given: dict[str, Any], values: Mapping[str, str]) -> dict[str, str]:
        """With every expression's value in its place. Raises `KeyError` for one that has none."""
        return {key: EXPRESSION.sub(lambda found: values[found[1]], str(value)) for key, value in given.items()}
