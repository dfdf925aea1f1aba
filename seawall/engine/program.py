"""What a program, or a policy pack, that failed under the engine says: its exception's own words, and where it arose.

The engine hands the whole traceback on, or, where the program ended by itself, each line that it printed as a message
of its own. Source: pulumi/pulumi, `sdk/python/cmd/pulumi-language-python-exec`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from seawall.engine.errors import EngineError

UNHANDLED = "Program failed with an unhandled exception"
ENDED = "program exited with non-zero exit code"
PACK_FAILED = "policy pack not started"
TRACEBACK = "Traceback (most recent call last):"

_FRAME = re.compile(r'^\s+File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_OTHERS = ("site-packages", "dist-packages", "<frozen", "pulumi-language-python")
_LAST_LINES = 5


def failure(
    errors: Iterable[str], printed: Iterable[str], root: Path, *, env: str, output: str = ""
) -> EngineError | None:
    """The failure of the program, or of the policy pack, as one message; None where neither failed.

    `errors` are the engine's messages with their lines, `printed` what the program or the pack wrote, `output` what the
    CLI wrote; `root` is the project's folder.
    """
    lines = [line for line in "".join(printed).splitlines() if line.strip()]
    if PACK_FAILED in output:
        hint = f"Mend policies/. `seawall check {env}` runs the same rules without Pulumi."
        return _told("the policy pack", lines, root, hint)
    hint = f"Mend the program. `seawall plan {env}` runs it without Pulumi."
    for text in errors:
        if UNHANDLED in text:
            return _told("the program", text.splitlines(), root, hint)
        if ENDED in text:
            return _told("the program", lines, root, hint)
    return None


def _told(what: str, lines: Sequence[str], root: Path, hint: str) -> EngineError:
    if TRACEBACK in lines:
        told = f"{what} failed{_place(lines, root)}: {_exception(lines)}"
    else:
        told = f"{what} ended by itself: {'; '.join(map(str.strip, lines[-_LAST_LINES:])) or 'it says nothing'}"
    if missing := re.search(r"No module named '(?P<module>[^']+)'", told):
        hint = (
            f"If {missing['module']} is a package: install what the project needs where Pulumi.yaml says "
            "(`runtime.options.virtualenv`); `make up` does."
        )
    return EngineError(told, hint=hint)


def _exception(lines: Sequence[str]) -> str:
    """What follows the last frame: the exception with its message, on one line."""
    last = max((at for at, line in enumerate(lines) if _FRAME.match(line)), default=-1)
    own = [line for line in lines[last + 1 :] if line.strip()]
    after = next((at for at, line in enumerate(own) if not line.startswith(" ")), max(len(own) - 1, 0))
    return " ".join(" ".join(own[after:]).split()) or "it gives no reason"


def _place(lines: Sequence[str], root: Path) -> str:
    """` in stacks/__main__.py, line 26, in deep`: the innermost frame of the project's own."""
    frames = [found for line in lines if (found := _FRAME.match(line))]
    for frame in reversed([frame for frame in frames if not any(word in frame["file"] for word in _OTHERS)]):
        path = Path(frame["file"])
        for base in (root, root.resolve()):
            if path.is_relative_to(base):
                function = frame["function"] or "<module>"
                within = "" if function.startswith("<") else f", in {function}"
                return f" in {path.relative_to(base)}, line {frame['line']}{within}"
    return ""
