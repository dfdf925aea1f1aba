"""The workflows as the tests read them: jobs with their steps, templates of Azure Pipelines put in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github" / "workflows"
DEVOPS = ROOT / "azure-pipelines"


class _Loader(yaml.SafeLoader):
    """YAML as GitHub reads it: `on` is a word."""


_LETTERS = "yYnNtTfFoO"
_Loader.yaml_implicit_resolvers = {
    letter: [item for item in resolvers if letter not in _LETTERS or not item[0].endswith(":bool")]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))


def loaded(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)


def workflows() -> dict[str, dict[str, Any]]:
    """By file name."""
    return {path.name: loaded(path) for path in sorted(GITHUB.glob("*.yml"))}


def actions() -> dict[str, dict[str, Any]]:
    """The project's own composite actions, by name."""
    return {path.parent.name: loaded(path) for path in sorted((ROOT / ".github" / "actions").glob("*/action.yml"))}


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job, with its workflow's file name and its own."""
    for file, workflow in workflows().items():
        for name, job in workflow["jobs"].items():
            yield file, name, job


def uses() -> Iterator[tuple[str, str]]:
    """Every action that is used, with where."""
    for file, name, job in jobs():
        for step in (job, *job.get("steps", ())):
            if "uses" in step:
                yield f"{file}, {name}", step["uses"]
    for name, action in actions().items():
        for step in action["runs"]["steps"]:
            if "uses" in step:
                yield f"actions/{name}", step["uses"]


def scripts(job: dict[str, Any]) -> list[str]:
    """The commands of a job, in their order."""
    return [step["run"] for step in job.get("steps", ()) if "run" in step]


def pipelines() -> dict[str, dict[str, Any]]:
    """Azure's, by file name."""
    return {path.name: loaded(path) for path in sorted(DEVOPS.glob("*.yml"))}


def devops_jobs(document: Any) -> Iterator[dict[str, Any]]:
    """Every job of a pipeline, those of its stage templates with it."""
    if isinstance(document, list):
        for item in document:
            yield from devops_jobs(item)
    elif isinstance(document, dict):
        if "job" in document or "deployment" in document:
            yield document
        for key, value in document.items():
            if key == "template" and "deploy-environment" in str(value):
                yield from devops_jobs(loaded(DEVOPS / value))
            yield from devops_jobs(value)


def devops_steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of a job, be it a deployment."""
    if "deployment" in job:
        return list(job["strategy"]["runOnce"]["deploy"]["steps"])
    return list(job["steps"])


def devops_scripts(job: dict[str, Any]) -> list[str]:
    """The commands of a job, those that run with a login included."""
    found = []
    for step in devops_steps(job):
        if "bash" in step:
            found.append(step["bash"])
        elif str(step.get("template", "")).endswith("azure.yml"):
            found.append(step["parameters"]["run"])
    return found


def commands(script: str) -> list[str]:
    """The commands of Seawall's in a script, by their names: `release start`."""
    groups = ("release", "model", "tools", "local")
    found = []
    for first, second in re.findall(r"\bseawall ([a-z]+)(?: ([a-z]+))?", script):
        found.append(f"{first} {second}" if first in groups else first)
    return found
