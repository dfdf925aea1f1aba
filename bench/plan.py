"""How long planning takes, and how much memory: `prod`, and storage accounts by the thousand.

    python bench/plan.py

Each figure is taken in a process of its own. The cost of a resource counts planning alone, after the SDK is loaded;
the untuned figure is the same program with garbage collection on and the SDK's aliases kept, in the same run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parent))

from measure import median, run

ROOT = Path(__file__).parent.parent
ACCOUNTS = str(Path(__file__).parent / "accounts.py")
SEAWALL = str(Path(sys.executable).parent / "seawall")


def main() -> None:
    with TemporaryDirectory() as folder:
        prod = median([SEAWALL, "plan", "prod", "--cwd", str(ROOT), "--out", f"{folder}/prod.json"])
        print(f"seawall plan prod: {prod.seconds:.2f} s, {prod.megabytes:.0f} MB (at most 4 s and 600 MB)")
        up = [SEAWALL, "up", "dev", "--local", "--yes", "--cwd", str(ROOT), "--store", f"{folder}/azure.db"]
        first = run(up)
        second = median(up)
        print(f"seawall up dev --local, with shared: {first.seconds:.2f} s")
        print(f"the same again, which changes nothing: {second.seconds:.2f} s (at most 6 s)")
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
