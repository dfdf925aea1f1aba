"""What a deployment's processes use of the machine, as Azure Monitor shows it for an instance."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import NamedTuple

import psutil  # type: ignore[import-untyped,unused-ignore]


class Used(NamedTuple):
    """What a process group used since it was last looked at."""

    cpu_percent: float
    """Of all the machine's cores: 100 is all of them busy."""
    memory_percent: float
    """Of the machine's memory."""


class Meter:
    """Looks at process groups by their leaders, time and again."""

    def __init__(self) -> None:
        self._known: dict[int, psutil.Process] = {}

    def looked(self, leaders: Iterable[int]) -> dict[int, Used]:
        """What each group has used since the last look; processes seen for the first time count from now on."""
        cores = psutil.cpu_count() or 1
        found: dict[int, Used] = {}
        seen: set[int] = set()
        for leader in leaders:
            cpu = memory = 0.0
            for process in self._group(leader):
                with contextlib.suppress(psutil.Error):
                    cpu += process.cpu_percent()
                    memory += process.memory_percent()
                    seen.add(process.pid)
            found[leader] = Used(min(100.0, cpu / cores), min(100.0, memory))
        self._known = {pid: process for pid, process in self._known.items() if pid in seen}
        return found

    def _group(self, leader: int) -> list[psutil.Process]:
        try:
            first = self._known.setdefault(leader, psutil.Process(leader))
            return [first, *(self._known.setdefault(one.pid, one) for one in first.children(recursive=True))]
        except psutil.Error:
            return []
