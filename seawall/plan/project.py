"""A Pulumi project on disk: which program it runs, and the plan of one of its stacks."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from seawall.plan.errors import PlanErrors
from seawall.plan.model import Plan

PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True)
class Project:
    """What a `Pulumi.yaml` says: the project's name, and the folder or file of its program."""

    name: str
    program: Path

    @classmethod
    def read(cls, root: Path) -> Project:
        """The project in a folder. Raises `PlanErrors` with one line where there is none, or it is not a Python one."""
        path = root / PROJECT_FILE
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise PlanErrors([f"{path}: can't be read: {error.strerror}"]) from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise PlanErrors([f"{path}: not YAML: {' '.join(str(error).split())}"]) from None
        if not isinstance(document, dict) or not isinstance(document.get("name"), str):
            raise PlanErrors([f"{path}: it gives no project name"])
        runtime = document.get("runtime")
        language = runtime.get("name") if isinstance(runtime, dict) else runtime
        if language != "python":
            raise PlanErrors([f"{path}: the offline engine runs Python programs, not {language!r}"])
        return cls(document["name"], root / str(document.get("main", ".")))


def plan_project(
    root: Path,
    stack: str,
    config: Mapping[str, str],
    *,
    secret_keys: Iterable[str] = (),
    stack_outputs: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
    """Plan a stack of the project in `root` by running its program offline, as `pulumi preview` would run it.

    `config` is the stack's configuration as Pulumi hands it to a program: namespaced keys, structured values as JSON
    text. Raises `PlanErrors` with every fault.
    """
    project = Project.read(root)
    if not project.program.exists():
        raise PlanErrors([f"{root / PROJECT_FILE}: its program {project.program} doesn't exist"])
    from seawall.plan.engine import plan_program  # not above: it loads Pulumi, which takes half a second

    return plan_program(
        program_of(project),
        stack=stack,
        project=project.name,
        config=config,
        secret_keys=secret_keys,
        stack_outputs=stack_outputs,
    )


def program_of(project: Project) -> Callable[[], Any]:
    """The project's program as a function, run as Pulumi's own executor does: its folder comes first on the path."""

    def program() -> None:
        folder = project.program if project.program.is_dir() else project.program.parent
        with _on_path(folder):
            runpy.run_path(str(project.program), run_name="__main__")

    return program


@contextmanager
def _on_path(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
