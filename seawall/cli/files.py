"""Files that commands write: whole or not at all, and `-` for stdout."""

from __future__ import annotations

import sys
from pathlib import Path

from seawall.cli.exits import BadInput
from seawall.cli.screen import Screen


def is_stdout(out: Path | None) -> bool:
    return out is not None and str(out) == "-"


def write(screen: Screen, content: bytes, out: Path | None, what: str) -> None:
    """Write to a file, or to stdout where none is named. Raises `BadInput` where the file can't be written."""
    if out is None or is_stdout(out):
        sys.stdout.write(content.decode())
        return
    partial = out.with_name(f".{out.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(f"{out}: can't be written: {error.strerror}") from None
    screen.written(what, out)
