"""Prints what each rule costs on a plan's file: milliseconds, dearest first, by rule and for reading the file.

    python bench/rules.py FILE [RULE ...]

A rule is timed on its own, on a view of the plan of its own: an index that several rules share counts for each. With
rules, those alone are asked, once, and what they find is counted.
"""

from __future__ import annotations

import gc

gc.disable()

import sys  # noqa: E402
import time  # noqa: E402
from datetime import date  # noqa: E402
from pathlib import Path  # noqa: E402

from policies import Context, check  # noqa: E402
from policies.packs import RULES, Levels  # noqa: E402
from policies.rule import Rule  # noqa: E402
from seawall.plan import files  # noqa: E402
from seawall.plan.model import Plan  # noqa: E402

TODAY = date(2026, 11, 21)


def _once(plan: Plan, rule: Rule, levels: Levels) -> float:
    started = time.perf_counter()
    check(plan, Context(), TODAY, exemptions=(), rules={rule: levels})
    return time.perf_counter() - started


def main() -> None:
    started = time.perf_counter()
    plan = files.read(Path(sys.argv[1]))
    if only := sys.argv[2:]:
        asked = {rule: levels for rule, levels in RULES.items() if rule.id in only}
        print(len(check(plan, Context(), TODAY, exemptions=(), rules=asked).violations))
        return
    print(f"{(time.perf_counter() - started) * 1000:.1f} reading")
    costs = []
    check(plan, Context(), TODAY, exemptions=())  # what is done once in a process isn't counted
    for rule, levels in RULES.items():
        costs.append((min(_once(plan, rule, levels) for _ in range(3)) * 1000, rule.id))
    for milliseconds, name in sorted(costs, reverse=True):
        print(f"{milliseconds:.1f} {name}")


if __name__ == "__main__":
    main()
