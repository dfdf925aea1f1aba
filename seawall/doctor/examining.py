"""Running the checks: side by side, each on its own, and those that need another after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from seawall.doctor.case import Case
from seawall.doctor.finding import Finding, Level, fault, ok, skipped, warning
from seawall.doctor.port import NO_ANSWER, CloudError

AT_ONCE = 8
"""So many checks run at the same time."""

CONNECTION = "connection"
"""The check that a lost network is told under, wherever it was lost."""

NETWORK_HINT = (
    "Check the network, its proxy (HTTPS_PROXY) and DNS; where the Internet is closed, management.azure.com and "
    "login.microsoftonline.com must be let through (service tags AzureResourceManager, AzureActiveDirectory)."
)


class Side(Enum):
    """Where a fault that a check finds has to be mended."""

    HERE = "here"
    """On this machine: programs, the stack file."""
    CLOUD = "cloud"


@dataclass(frozen=True)
class Check:
    """One question. `run` yields findings, none where there is nothing that it could ask about."""

    name: str
    title: str
    """What it looks at, in a few words."""
    run: Callable[[Case], Iterable[Finding]]
    needs: tuple[str, ...] = ()
    """The names of checks without whose good end this one makes no sense."""
    side: Side = Side.CLOUD


@dataclass(frozen=True)
class Examined:
    """A check and what it found."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def level(self) -> Level:
        """The worst of its findings."""
        return max((finding.level for finding in self.findings), default=Level.OK)

    @property
    def document(self) -> dict[str, Any]:
        """The check as JSON."""
        return {
            "check": self.check.name,
            "title": self.check.title,
            "level": str(self.level),
            "findings": [finding.document for finding in self.findings],
        }


Told = Callable[[Sequence[str], int, int], Any]
"""Gets the titles of what is being examined, how many checks are done, and how many there are."""


def examine(case: Case, checks: Sequence[Check], told: Told = lambda running, done, of: None) -> tuple[Examined, ...]:
    """Run every check. Never raises for what a check does: that becomes its finding. In the checks' order."""
    done: dict[str, Examined] = {}
    running: dict[Future[Examined], Check] = {}
    left = list(checks)
    lost: list[CloudError] = []
    lock = threading.Lock()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="checking") as pool:
        while left or running:
            for check in [one for one in left if all(name in done for name in one.needs)]:
                left.remove(check)
                blocked = [name for name in check.needs if _stands_against(done[name])]
                if blocked:
                    done[check.name] = Examined(check, (skipped(_because(done[blocked[0]])),))
                else:
                    running[pool.submit(_run, check, case, lost, lock)] = check
            told([check.title for check in running.values()], len(done), len(checks))
            if running:
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    check = running.pop(future)
                    done[check.name] = future.result()
            elif left and not any(all(name in done for name in one.needs) for one in left):
                raise ValueError(f"checks that need each other or none that there is: {[one.name for one in left]}")
    return tuple(_with_network(done[check.name], lost, case) for check in checks)


def _run(check: Check, case: Case, lost: list[CloudError], lock: threading.Lock) -> Examined:
    try:
        found = tuple(check.run(case))
    except CloudError as error:
        if error.code == NO_ANSWER:
            with lock:
                lost.append(error)
            return Examined(check, (skipped("not examined: the network failed"),))
        return Examined(check, (_refused(error),))
    except Exception as error:  # one check's mistake must not hide what the others find
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        return Examined(check, (warning(f"this check itself failed ({what})", "Please report it; the others count."),))
    return Examined(check, found or (ok("nothing to examine"),))


def _refused(error: CloudError) -> Finding:
    """What the cloud doesn't let the caller look at is no fault of the environment."""
    mend = "Reader on the subscription lets it be examined." if error.status in (401, 403) else "Try again later."
    return warning(f"can't be examined: {error}", mend)


def _stands_against(examined: Examined) -> bool:
    return examined.level is Level.FAULT or all(one.level is Level.SKIPPED for one in examined.findings)


def _because(examined: Examined) -> str:
    worst = max(examined.findings, key=lambda finding: finding.level)
    if worst.level is Level.SKIPPED:
        return worst.message
    return f"not examined: {examined.check.title} must be mended first"


def _with_network(examined: Examined, lost: Sequence[CloudError], case: Case) -> Examined:
    """A network that failed is one finding, however many checks it befell."""
    if not lost or examined.check.name != CONNECTION:
        return examined
    told = fault(f"{case.port.name} doesn't answer at {case.port.address}: {lost[0]}", NETWORK_HINT)
    return replace(examined, findings=(told,))
