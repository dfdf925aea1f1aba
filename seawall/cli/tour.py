"""The tour of README.md, really taken: its commands are run on a copy of the project, and what they print is pasted."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from seawall.cli.app import run
from seawall.cli.exits import ExitCode

PROGRAM = ".venv/bin/seawall"
FIRST_STEPS = 3
"""So many of the steps of a run are shown; the others are left out."""


def taken(root: Path) -> Mapping[str, str]:
    """What each stop of the tour prints, by name, as a block of Markdown. The same for the same project.

    Raises `RuntimeError` where a command doesn't end as the tour says, `ValueError` where the stack file has changed.

    How long something took and in which order parallel steps ended differs from run to run, and is left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        shutil.copytree(root / "stacks", project / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "Pulumi.yaml", project)
        stack = project / "stacks" / "Pulumi.dev.yaml"
        first = _told(ExitCode.DONE, project, "up", "dev", "--local", "--yes")
        _edit(stack, lambda text: text.replace("amount: 1500", "amount: 1600").replace("maxNodes: 4", "maxNodes: 6"))
        second = _told(ExitCode.DONE, project, "preview", "dev", "--local")
        _edit(stack, lambda text: text.replace("amount: 1600", "amount: 50000"))
        third = _told(ExitCode.REFUSED, project, "up", "dev", "--local")
        _edit(stack, lambda text: text.replace("amount: 50000", "amount: lots").replace("westeurope", "atlantis"))
        fourth = _told(ExitCode.BAD_INPUT, project, "up", "dev", "--local")
    return {
        "tour-up": _block("make up", _shortened(first)),
        "tour-preview": _block(f"{PROGRAM} preview dev --local", second),
        "tour-refused": _block(f"{PROGRAM} up dev --local", third),
        "tour-wrong": _block(f"{PROGRAM} up dev --local", fourth),
    }


def _edit(file: Path, change: Callable[[str], str]) -> None:
    """Change a stack file. Raises `ValueError` where there is nothing to change: the tour must follow the file."""
    text = file.read_text(encoding="utf-8")
    if change(text) == text:
        raise ValueError(f"{file.name} no longer has what the tour changes")
    file.write_text(change(text), encoding="utf-8")


def _told(expected: ExitCode, project: Path, *arguments: str) -> str:
    """Both streams of a command, in the order in which they were written.

    Raises `RuntimeError` where it doesn't end as the tour says: no README shows a run that failed.
    """
    written = io.StringIO()
    with redirect_stdout(written), redirect_stderr(written):
        code = run([*arguments, "--cwd", str(project), "--store", str(project / "azure.db")])
    if code != expected:
        raise RuntimeError(f"seawall {' '.join(arguments)} ended with {code}, not {expected}:\n{written.getvalue()}")
    return written.getvalue()


def _shortened(text: str) -> str:
    """The output of a run with its first steps only, without durations, the program called as the README calls it."""
    lines = text.splitlines()
    steps = [index for index, line in enumerate(lines) if re.match(r"  [-+~=] ", line)]
    # Resource groups come first, whatever runs beside what.
    groups = sorted(line for line in lines[: steps[-1]] if " resources:ResourceGroup " in line and "-shared-" in line)
    lines[steps[0] : steps[-1] + 1] = [*groups[:FIRST_STEPS], "  ..."]
    text = re.sub(r"  \(\d+(\.\d+)? s\)$", "", "\n".join(lines), flags=re.MULTILINE)
    text = re.sub(r"`\S*seawall check", f"`{PROGRAM} check", text)
    return re.sub(r"^    \S*seawall (\w.*?)  +", _called, text, flags=re.MULTILINE)


def _called(found: re.Match[str]) -> str:
    return f"    {f'{PROGRAM} {found[1]}':<48} "


def _block(command: str, output: str) -> str:
    return f"```text\n$ {command}\n{output.rstrip()}\n```"
