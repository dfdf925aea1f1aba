"""This machine as a runner of GitHub's: a job's own commands, in their order, in a checkout; artifacts in a folder.

The project's own composite actions run as well. Nothing is fetched: a checkout's `.venv` and the Pulumi CLI are there
already, as on a runner that has made them before.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow_files import ROOT, actions, workflows

from seawall.engine.command import VERSION, installed_root

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
LINKED = ("components", "rbac", "seawall", "tests", "Makefile", "requirements", "pyproject.toml")
COPIED = ("stacks", "policies")
NOT_OURS = ("GITHUB_", "SEAWALL_", "PULUMI_", "PYTEST_", "ARM_", "MAKE", "MFLAGS")


def git(folder: Path, *arguments: str) -> str:
    """Run git with an identity of its own and no configuration of this machine's."""
    who = {
        f"GIT_{role}_{what}": "test@larkspur.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    line = ["git", *arguments]
    return subprocess.run(line, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout.strip()


def project(folder: Path, stacks: Mapping[str, str]) -> Path:
    """A repository with the project's code and these stack files, by environment, on `main`."""
    folder.mkdir()
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
    for environment, text in stacks.items():
        (folder / "stacks" / f"Pulumi.{environment}.yaml").write_text(text)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / ".gitignore").write_text("__pycache__/\n.venv/\n")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "The platform")
    return folder


def checkout(repository: Path, ref: str, folder: Path) -> Path:
    """A work tree of its own of a branch, in which `make` has made the environment already."""
    git(repository, "worktree", "add", "--quiet", "--detach", str(folder), ref)
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, line in (("seawall", "-m seawall"), ("python", ""), ("python3", "")):
        script(programs / name, f'exec "{sys.executable}" {line} "$@"')
    (folder / ".venv" / "pyvenv.cfg").write_text("")
    for name in ("runtime", "dev"):
        (folder / ".venv" / f"{name}.stamp").touch()
    return folder


def script(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)


@dataclass(frozen=True)
class Ended:
    """How a job ended."""

    result: str
    """`success` or `failure`."""
    outputs: Mapping[str, str]
    """Of all steps together, and what the `with` of the others came to."""
    printed: str
    summary: str
    env: Mapping[str, str]
    """What the last step had beside the machine's own variables."""
    path: tuple[str, ...]
    """The folders that steps have put on PATH."""


@dataclass
class Job:
    """A job under way. `values` are those of its expressions."""

    tree: Path
    values: dict[str, str]
    env: dict[str, str]
    path: list[str] = field(default_factory=list)
    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    printed: str = ""
    summary: str = ""

    def resolved(self, given: Mapping[str, Any]) -> dict[str, str]:
        """With every expression's value in its place. Raises `KeyError` for one that has none."""
        return {key: EXPRESSION.sub(lambda found: self.values[found[1]], str(value)) for key, value in given.items()}

    def wanted(self, condition: str) -> bool:
        """Whether a step runs: after a failure only where it says so, and where what it compares is equal."""
        condition = EXPRESSION.sub(lambda found: found[1], condition)
        if "cancelled()" in condition:
            return True
        if self.result == "failure":
            return False
        left, equals, right = condition.partition(" == ")
        return not equals or self._value(left) == self._value(right)

    def _value(self, word: str) -> str:
        return word[1:-1] if word.startswith("'") else self.values[word]


@dataclass
class Machine:
    """Runs jobs. `known` gives expressions their values; one that isn't there is a mistake.

    `flags` are what commands get on a laptop. `pulumi` is a folder with a CLI: what `seawall tools install` finds.
    """

    folder: Path
    variables: Mapping[str, str]
    known: dict[str, str] = field(default_factory=dict)
    flags: str = "--local"
    pulumi: Path | None = None
    _done: dict[tuple[Any, ...], tuple[dict[str, str], list[str]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        home = self.folder / "home"
        home.mkdir(parents=True)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(NOT_OURS)}
        self._env = {**kept, "HOME": str(home), **self.variables}
        if self.pulumi:
            # Whatever its own version is: it is the pinned one's place, so nothing is fetched.
            told = f'[ "$1" = version ] && echo v{VERSION} && exit'
            script(installed_root(home) / "bin" / "pulumi", told, f'exec "{self.pulumi / "pulumi"}" "$@"')

    def run(self, file: str, name: str, tree: Path, **known: str) -> Ended:
        """Run the steps of a job of a workflow in a checkout. Further values of expressions: `inputs__environment`."""
        workflow = workflows()[file]
        found = workflow["jobs"][name]
        values = {**self.known, **{key.replace("__", "."): value for key, value in known.items()}}
        job = Job(tree, values, {})
        for given in ({**workflow.get("env", {}), "SEAWALL_FLAGS": self.flags}, found.get("env", {})):
            job.env |= job.resolved(given)
            job.values |= {f"env.{key}": value for key, value in job.env.items()}
        for step in found["steps"]:
            self._step(step, job)
        return Ended(job.result, job.outputs, job.printed, job.summary, job.env, tuple(job.path))

    def _step(self, step: dict[str, Any], job: Job) -> None:
        if not job.wanted(str(step.get("if", ""))):
            return
        if "uses" not in step:
            self._ran(step, job)
            return
        action, given = step["uses"].partition("@")[0], job.resolved(step.get("with", {}))
        if action.startswith("./"):
            self._set_up(Path(action).name, given, job)
            return
        if not self._used(action, given, job.tree) and "continue-on-error" not in step:
            job.result = "failure"
        job.outputs |= {f"{action} {key}": value for key, value in given.items()}

    def _set_up(self, name: str, given: dict[str, str], job: Job) -> None:
        """An action of the project's own; in a checkout in which it has run already, what came of it is taken."""
        key = (name, job.tree, *given.items())
        if key not in self._done:
            before, folders = dict(job.env), len(job.path)
            self._composite(actions()[name], given, job)
            new = {key: value for key, value in job.env.items() if before.get(key) != value}
            if job.result == "success":
                self._done[key] = (new, job.path[folders:])
            return
        env, path = self._done[key]
        job.env |= env
        job.path += path

    def _composite(self, action: dict[str, Any], given: dict[str, str], job: Job) -> None:
        """The steps of an action of the project's own, with its inputs."""
        inputs = {key: str(one.get("default", "")) for key, one in action["inputs"].items()} | given
        before = {key: value for key, value in job.values.items() if key.startswith("inputs.")}
        for step in action["runs"]["steps"]:
            job.values |= {f"inputs.{key}": value for key, value in inputs.items()}
            self._step(step, job)
        job.values = {key: value for key, value in job.values.items() if not key.startswith("inputs.")} | before

    def _ran(self, step: dict[str, Any], job: Job) -> None:
        files = {name: self.folder / name for name in ("output", "step_summary", "path", "env")}
        for path in files.values():
            path.write_text("")
        path = os.pathsep.join([*reversed(job.path), self._env["PATH"]])
        named = {f"GITHUB_{name.upper()}": str(path) for name, path in files.items()}
        env = {**self._env, **job.env, **job.resolved(step.get("env", {})), **named, "PATH": path}
        line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(line, cwd=job.tree, env=env, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        found = _pairs(files["output"])
        job.values |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in found.items()}
        job.outputs |= found
        job.env |= _pairs(files["env"])
        job.path += files["path"].read_text().splitlines()
        job.printed += done.stdout + done.stderr
        job.summary += files["step_summary"].read_text()
        if done.returncode:
            job.result = "failure"

    def _used(self, action: str, given: dict[str, str], tree: Path) -> bool:
        """What an action does here: artifacts go to a folder and come from it; what sets up is done already."""
        kept = self.folder / "artifacts"
        if action == "actions/upload-artifact":
            shutil.rmtree(kept / given["name"], ignore_errors=True)
            here = tree / given["path"]
            if not here.is_dir():
                return given.get("if-no-files-found") != "error"
            shutil.copytree(here, kept / given["name"], symlinks=True)
        elif action == "actions/download-artifact":
            names = [path.name for path in kept.iterdir()] if kept.is_dir() else []
            wanted = fnmatch.filter(names, given.get("name") or given["pattern"])
            for name in wanted:
                shutil.copytree(kept / name, tree / given["path"], symlinks=True, dirs_exist_ok=True)
            return bool(wanted) or "pattern" in given
        return True


def _pairs(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())
