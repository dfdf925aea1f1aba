"""Runs a command as a process of its own and tells what the operating system counted: wall time and peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One run of a command: seconds on the wall, peak memory in MB."""

    seconds: float
    megabytes: float
    output: str
    cpu: float = 0.0
    """Seconds of processor time: what a busy machine changes least."""


def run(command: Sequence[str], *, codes: Sequence[int] = (0,), **environment: str) -> Run:
    """Run a command to its end. Raises RuntimeError with its output if its exit code is none of those given."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}
    )
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    elapsed = time.perf_counter() - started
    return Run(elapsed, usage.ru_maxrss / 1024, output, usage.ru_utime + usage.ru_stime)


def median(command: Sequence[str], runs: int = 5, *, codes: Sequence[int] = (0,), **environment: str) -> Run:
    """The run of median wall time among several, after one that isn't counted."""
    run(command, codes=codes, **environment)
    counted = [run(command, codes=codes, **environment) for _ in range(runs)]
    middle = statistics.median_low(one.seconds for one in counted)
    return next(one for one in counted if one.seconds == middle)
