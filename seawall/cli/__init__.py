"""The command line: `seawall COMMAND ENV`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """The console script: run the command that the arguments name, and exit with its code."""
    # Before anything imports Pulumi: with collection on, planning takes four times as long.
    gc.disable()
    from seawall.cli.app import run

    sys.exit(run(sys.argv[1:]))
