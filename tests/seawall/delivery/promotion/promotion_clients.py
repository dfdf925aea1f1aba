"""A client of a local Azure in a process of its own, which `promotion_worker` is."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.served import ROOT, Served


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.stdout)
        return found


class Client:
    """Calls of `promotion_worker`, answered in order."""

    def __init__(self, served: Served, log: Path) -> None:
        self.served = served
        self._log = log.open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.seawall.delivery.promotion.promotion_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=ROOT,
            env=served.process_env,
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._log.close()

    def _call(self, call: str, **given: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps({"call": call, "given": given}), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def register(self, folder: Path, version: str, tags: dict[str, str]) -> None:
        assert self._call("register", folder=str(folder), version=version, tags=tags) == version

    def in_registry(self, version: str, folder: Path) -> dict[str, str] | None:
        found: dict[str, str] | None = self._call("in_registry", version=version, folder=str(folder))
        return found

    def environment(self, name: str, version: str) -> None:
        assert self._call("environment", name=name, version=version) == version

    def environment_in_registry(self, name: str, version: str) -> str:
        return str(self._call("environment_in_registry", name=name, version=version))

    def seawall(self, *arguments: str, oid: str = "") -> Ended:
        ended = self._call("seawall", arguments=list(arguments), store=str(self.served.place.store), oid=oid)
        return Ended(ended["code"], ended["out"], ended["err"])
