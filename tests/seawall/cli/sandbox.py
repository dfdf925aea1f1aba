"""A project of its own for a test: the stack files of this one, to be changed at will, and an empty local Azure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from seawall.cli.app import run


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Sandbox:
    """A project in a folder, and commands run in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys

    @property
    def store(self) -> Path:
        return self.root / ".seawall" / "azure.db"

    def run(self, *arguments: str) -> Answer:
        self._capsys.readouterr()
        code = run([*arguments, "--cwd", str(self.root)])
        printed = self._capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    def stack_file(self, env: str) -> Path:
        return self.root / "stacks" / f"Pulumi.{env}.yaml"

    def change(self, env: str, old: str, new: str) -> None:
        """Change a stack file, which must have what is to be changed."""
        text = self.stack_file(env).read_text()
        assert old in text
        self.stack_file(env).write_text(text.replace(old, new))

    def owned(self) -> dict[str, int]:
        """How many resources each stack owns on the local Azure."""
        from seawall.local import deploy
        from seawall.local.azure import LocalAzure

        with LocalAzure.open(self.store) as azure:
            return {info.stack: len(info.ids) for info in deploy.stacks(azure) if info.ids}
