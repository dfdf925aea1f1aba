"""Prints what each rule costs on a plan's file: milliseconds, dearest first, by rule and for reading the file.

A rule is timed on its own, on a view of the plan of its own: an index that several rules share counts for each.
"""

from __future__ import annotations

import gc

gc.disable()

import sys  # noqa: E402
import time  # noqa: E402
from datetime import date  # noqa: E402
from pathlib import Path  # noqa: E402

from policies import Context, check  # noqa: E402
from policies.packs import RULES  # noqa: E402
from seawall.plan import files  # noqa: E402


def main() -> None:
    started = time.perf_counter()
    plan = files.read(Path(sys.argv[1]))
    print(f"{(time.perf_counter() - started) * 1000:.1f} reading")
    costs = []
    for rule, levels in RULES.items():
        started = time.perf_counter()
        check(plan, Context(), date(2026, 11, 21), exemptions=(), rules={rule: levels})
        costs.append(((time.perf_counter() - started) * 1000, rule.id))
    for milliseconds, name in sorted(costs, reverse=True):
        print(f"{milliseconds:.1f} {name}")


if __name__ == "__main__":
    main()
