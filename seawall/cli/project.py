"""The project that a command works on: its environments, and the store of its local Azure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from seawall.cli.exits import BadInput

PROJECT_FILE = "Pulumi.yaml"
STATE = ".seawall"


@dataclass(frozen=True)
class Project:
    root: Path
    store: Path
    """The file of the local Azure; it need not exist yet."""

    @classmethod
    def find(cls, start: Path, store: Path | None = None) -> Project:
        """The project at or above a folder. Raises `BadInput` where there is none."""
        if not start.is_dir():
            raise BadInput(f"{start}: no such folder")
        here = start.resolve()
        for folder in (here, *here.parents):
            if (folder / PROJECT_FILE).is_file():
                return cls(folder, store.absolute() if store else folder / STATE / "azure.db")
        raise BadInput(
            f"{here}: there is no {PROJECT_FILE} here or above",
            hint="Run it inside of a Seawall project, or name one with --cwd DIR.",
        )

    @classmethod
    def of(cls, env: str, start: Path, store: Path | None = None) -> Project:
        """The project at or above a folder, which must have the environment. Raises `BadInput`."""
        project = cls.find(start, store)
        project.environment(env)
        return project

    @property
    def environments(self) -> tuple[str, ...]:
        """By the names of the stack files."""
        files = (self.root / "stacks").glob("Pulumi.*.yaml")
        return tuple(sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in files))

    def environment(self, name: str) -> str:
        """The name, if there is such an environment. Raises `BadInput` that says which there are."""
        if name in self.environments:
            return name
        near = difflib.get_close_matches(name, self.environments, n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        known = ", ".join(self.environments) or "none"
        raise BadInput(
            f"there is no environment {name!r}: stacks/Pulumi.{name}.yaml doesn't exist.{meant}",
            hint=f"Environments of this project: {known}.",
        )
