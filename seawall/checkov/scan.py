"""Runs checkov and reads its answer."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from seawall.checkov import CheckovError
from seawall.checkov.environment import surroundings

CHECKS = Path(__file__).parent / "checks"
"""Our own checks, in checkov's form."""


class Failed(msgspec.Struct, frozen=True):
    """A check that a resource fails."""

    check_id: str
    resource: str
    """`type.name`."""
    file_path: str
    check_name: str = ""
    severity: str | None = None
    guideline: str | None = None
    check_result: dict[str, Any] = {}
    file_line_range: tuple[int, int] = (0, 0)


class Answer(msgspec.Struct, frozen=True):
    """What checkov says of one framework's files."""

    class Results(msgspec.Struct, frozen=True):
        passed_checks: list[dict[str, Any]] = []
        failed_checks: list[Failed] = []
        parsing_errors: list[str] = []

    class Summary(msgspec.Struct, frozen=True):
        passed: int = 0
        failed: int = 0
        checkov_version: str = ""

    check_type: str = ""
    results: Results = Results()
    summary: Summary = Summary()


def scan(python: Path, folder: Path, frameworks: Sequence[str]) -> tuple[list[Answer], str]:
    """What checkov says of a folder's files, by framework, and its version. Raises `CheckovError`.

    It downloads nothing and sends nothing. Its exit code, 1 where a check failed, follows from the answer.
    """
    command = (
        str(python), "-m", "checkov.main", "--directory", str(folder), "--framework", *frameworks, "--output", "json",
        "--external-checks-dir", str(CHECKS), "--skip-download", "--compact",
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, env=surroundings(), cwd=folder, check=False)
    if done.returncode not in (0, 1):
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it says nothing"]
        raise CheckovError(f"checkov failed with {done.returncode}: {last[0]}")
    try:
        answer = msgspec.json.decode(done.stdout, type=list[Answer] | Answer | None)
        version = _version(done.stdout)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CheckovError(f"checkov's answer can't be read: {error}") from None
    answers = [answer] if isinstance(answer, Answer) else answer or []
    broken = [path for each in answers for path in each.results.parsing_errors]
    if broken:
        raise CheckovError(f"checkov can't read {', '.join(broken)}")
    return [each for each in answers if each.check_type], version


def _version(answer: bytes) -> str:
    found: Any = msgspec.json.decode(answer) or {}
    first = found[0] if isinstance(found, list) else found
    return str(first.get("summary", first).get("checkov_version", ""))
