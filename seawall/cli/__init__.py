"""The command line: `seawall COMMAND ENV`."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress

INTERRUPTED = 130
SHOW_CURSOR = "\x1b[?25h"


def main() -> None:
    """The console script: run the command that the arguments name, and exit with its code."""
    # Before anything imports Pulumi: with collection on, planning takes four times as long.
    gc.disable()
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _stop)
    from seawall.cli.app import run

    code = run(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is over: nothing is left to be stopped
    with suppress(OSError):  # whoever read the output is gone
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.flush()
    # Taking a large plan apart, object by object, takes longer than to check it.
    os._exit(code)


def stopped(arguments: list[str]) -> str:
    """What is said when a person stops a command."""
    command = " ".join(("seawall", *arguments))
    return f"stopped; what was begun is on record, and `{command}` goes on from there"


def _stop(*_: object) -> None:
    """End at once, on Ctrl-C.

    Every step of a run is on record before and after it is taken, so a run may end anywhere; planning changes nothing.
    A KeyboardInterrupt, raised wherever the program happens to be, would be lost in a callback or leave the threads of
    Pulumi's SDK behind.
    """
    with suppress(Exception):
        sys.stdout.flush()
    shown = SHOW_CURSOR if os.isatty(sys.stderr.fileno()) else ""
    os.write(sys.stderr.fileno(), f"{shown}\nerror: {stopped(sys.argv[1:])}\n".encode())
    os._exit(INTERRUPTED)
