"""Scans the project's own workflows, pipelines and Dockerfiles with checkov; for `make check`.

    python -m seawall.checkov [DIR]

Exits with 1 where a check fails that policies/checkov_suppressions.yaml doesn't answer, with 2 where checkov can't be
had, and with 0 at once where there is nothing to scan.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from policies.files import InvalidFile
from seawall.checkov import CheckovError
from seawall.checkov.environment import python
from seawall.checkov.merging import HOME
from seawall.checkov.scan import scan
from seawall.checkov.suppressions import Effect, covering, read_suppressions

FRAMEWORKS = ("dockerfile", "github_actions", "azure_pipelines")
PLACES = (
    "**/Dockerfile",
    "**/Dockerfile.*",
    "**/*.Dockerfile",
    ".github/workflows/*.y*ml",
    "azure-pipelines/**/*.y*ml",
)
"""Where such files stand."""
SKIPPED = frozenset({".git", ".venv", ".seawall", "node_modules", "build", "dist"})
REPOSITORY = "repository"
"""The stack that suppressions name for such a file."""


def main(arguments: list[str]) -> int:
    root = Path(arguments[0] if arguments else ".").resolve()
    files = sorted(set(scanned(root)))
    if not files:
        print("checkov: no workflow, pipeline or Dockerfile to scan")
        return 0
    try:
        standing, suppressed, version = findings(root, files)
    except (CheckovError, InvalidFile) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path, line, check, name in standing:
        print(f"{path}:{line}: {check} {name}")
    told = f"{len(files)} files, {len(standing)} findings, {suppressed} suppressed"
    print(f"checkov {version}: {told}")
    return 1 if standing else 0


def scanned(root: Path) -> Iterator[Path]:
    """The files that checkov is to see, relative to the root."""
    for pattern in PLACES:
        for path in root.glob(pattern):
            relative = path.relative_to(root)
            if path.is_file() and not SKIPPED & set(relative.parts):
                yield relative


def findings(root: Path, files: list[Path]) -> tuple[list[tuple[str, int, str, str]], int, str]:
    """What checkov holds against files, sorted: path, line, check and its name; what was suppressed; its version.

    It sees copies of these alone, so that it doesn't walk through all that a working folder holds.
    """
    suppressions = read_suppressions()
    interpreter = python(root / HOME, lambda line: print(line, file=sys.stderr))
    with tempfile.TemporaryDirectory(prefix="seawall-checkov-") as name:
        for path in files:
            copy = Path(name) / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, copy)
        answers, version = scan(interpreter, Path(name), FRAMEWORKS)
    standing, suppressed = [], 0
    for answer in answers:
        for failed in answer.results.failed_checks:
            file = failed.file_path.lstrip("/")
            covered = covering(suppressions, failed.check_id, file, REPOSITORY, {})
            if covered is not None and covered.effect is Effect.SUPPRESSED:
                suppressed += 1
            else:
                standing.append((file, failed.file_line_range[0], failed.check_id, failed.check_name))
    return sorted(standing), suppressed, version


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
