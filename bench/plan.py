"""How long planning takes, and how much memory: `prod`, and storage accounts by the thousand.

    python bench/plan.py

Each figure is taken in a process of its own. The cost of a resource counts planning alone, after the SDK is loaded;
the untuned figure is the same program with garbage collection on and the SDK's aliases kept, in the same run.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import median, run

ROOT = Path(__file__).parent.parent
ACCOUNTS = str(Path(__file__).parent / "accounts.py")
SEAWALL = str(Path(sys.executable).parent / "seawall")


def main() -> None:
    prod = median([SEAWALL, "--cwd", str(ROOT), "plan", "prod", "--out", "/dev/null"])
    print(f"seawall plan prod: {prod.seconds:.2f} s, {prod.megabytes:.0f} MB (at most 4 s and 600 MB)")
    for count in (200, 500, 1000):
        tuned = median([sys.executable, ACCOUNTS, str(count)], runs=3)
        cost = f"{tuned.output.strip()} ms a resource, {tuned.megabytes:.0f} MB"
        print(f"{count:5} storage accounts: {cost} (at most 4 ms)")
    count = 500
    tuned = run([sys.executable, ACCOUNTS, str(count)])
    untuned = run([sys.executable, ACCOUNTS, str(count), "untuned"])
    ratio = float(untuned.output) / float(tuned.output)
    print(f"untuned, {count} accounts: {untuned.output.strip()} ms a resource, {ratio:.1f} times the tuned program")


if __name__ == "__main__":
    main()
