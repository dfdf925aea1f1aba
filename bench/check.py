"""How long a check of a plan's file takes, and how much memory; each rule's cost; and conftest on the same file.

    python bench/check.py

Each figure is taken in a process of its own, from the command's start to its end, with the report written as JSON.
conftest is taken from the path, or built from the Go module proxy into a temporary folder; without either it is left
out with a line that says so. Its Rego is in bench/rego; both must find the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import Run, median, run

ROOT = Path(__file__).parent.parent
SEAWALL = str(Path(sys.executable).parent / "seawall")
PLANS = str(Path(__file__).parent / "plans.py")
RULES = str(Path(__file__).parent / "rules.py")
REGO = Path(__file__).parent / "rego"
CONFTEST = "github.com/open-policy-agent/conftest@v0.71.1"
BUDGETS = {1_000: "", 10_000: " (at most 1.5 s)", 100_000: " (at most 15 s and 2,048 MB)"}
REFUSED = (0, 1)
"""Exit codes of a check that came to a verdict."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="seawall-bench-") as name:
        folder = Path(name)
        source = folder / "prod.json"
        run([SEAWALL, "plan", "prod", "--cwd", str(ROOT), "--out", str(source)])
        for count, budget in BUDGETS.items():
            # In a process of its own: what this one takes would count as the least memory of all that it starts.
            size = int(run([sys.executable, PLANS, str(source), str(folder / f"{count}.json"), str(count)]).output)
            taken = _check(folder, count, runs=5 if count < 100_000 else 3)
            each = taken.seconds / count * 1000
            print(f"{count:7,} resources ({size / 1e6:.0f} MB): {taken.seconds:.2f} s ({taken.cpu:.2f} of processor), "
                  f"{taken.megabytes:,.0f} MB, {each:.3f} ms a resource{budget}")  # fmt: skip
        _large(folder)
        _rules(folder)
        _conftest(folder)


def _check(folder: Path, count: int, runs: int) -> Run:
    command = [SEAWALL, "check", "--cwd", str(ROOT), "--plan", str(folder / f"{count}.json")]
    return median([*command, "--format", "json", "--out", str(folder / "report.json")], runs=runs, codes=REFUSED)


def _large(folder: Path) -> None:
    """A file that is too large, and one that isn't JSON as large as may be: memory stays bounded."""
    for size, what in ((200_000_000, "too large"), (190_000_000, "no JSON, as large as may be")):
        path = folder / "large.json"
        with path.open("wb") as file:
            file.write(b'{"version": 1, "stack": "prod", "resources": [')
            for _ in range(size // 1_000_000 - 1):
                file.write(b" " * 1_000_000)
            file.write(b"x".rjust(size - file.tell()))
        taken = run([SEAWALL, "check", "--plan", str(path)], codes=(2,))
        told = [line for line in taken.output.splitlines() if line.startswith("error")]
        print(f"a file of {size / 1e6:.0f} MB, {what}: {taken.seconds:.2f} s, {taken.megabytes:,.0f} MB, "
              f"{len(told)} line")  # fmt: skip
        path.unlink()


def _rules(folder: Path) -> None:
    small, large = (_costs(folder / f"{count}.json") for count in (1_000, 10_000))
    print("cost of each rule on 10,000 resources, and how it grows from 1,000 (10 is linear):")
    for name, milliseconds in large.items():
        # Below a millisecond the clock, and not the rule, is what is measured.
        growth = f"{milliseconds / small[name]:5.1f} times" if small.get(name, 0) >= 1 else ""
        print(f"  {milliseconds:8.1f} ms  {name:<36}{growth}")


def _costs(path: Path) -> dict[str, float]:
    lines = run([sys.executable, RULES, str(path)]).output.splitlines()
    return {name: float(cost) for cost, name in (line.split() for line in lines)}


def _conftest(folder: Path) -> None:
    """conftest with Rego for some of the rules, and Seawall with all of them, on the same file."""
    conftest = shutil.which("conftest") or _built(folder)
    if conftest is None:
        return
    command = [conftest, "test", str(folder / "10000.json"), "--policy", str(REGO), "--no-color"]
    theirs = median(command, runs=3, codes=REFUSED)
    asked = sorted(set(re.findall(r'said\("([a-z0-9-]+)"', (REGO / "guardrails.rego").read_text())))
    answer = json.loads(run([*command, "--output", "json"], codes=REFUSED).output)
    found = {tuple(each["msg"].split(" ", 1)) for each in answer[0].get("failures", ())}
    ours = _check(folder, 10_000, runs=3)
    report = json.loads((folder / "report.json").read_text())
    mine = {(each["rule"], each["urn"]) for each in report["violations"] if each["rule"] in asked}
    if mine != found:
        raise SystemExit(f"the verdicts differ: {sorted(mine ^ found)[:5]}")
    rules = report["summary"]["rules"]
    same = median([sys.executable, RULES, str(folder / "10000.json"), *asked], runs=3)
    print(f"10,000 resources, the same {len(found)} findings:")
    for what, number, taken in (
        ("conftest", len(asked), theirs), ("the same rules here", len(asked), same), ("seawall check", rules, ours)
    ):  # fmt: skip
        print(f"  {what:<20} {number:3} rules: {taken.seconds:.2f} s ({taken.cpu:.2f} s of processor), "
              f"{taken.megabytes:,.0f} MB; conftest takes {theirs.seconds / taken.seconds:.1f} times as long, "
              f"{theirs.cpu / taken.cpu:.1f} times the processor")  # fmt: skip


def _built(folder: Path) -> str | None:
    """conftest from the Go module proxy; None, with a line, where there is no Go or no proxy within reach."""
    go = shutil.which("go")
    if go is None:
        print("conftest: left out, since there is neither it nor Go on the path")
        return None
    environment = {**os.environ, "GOBIN": str(folder / "bin"), "GOFLAGS": ""}
    done = subprocess.run([go, "install", CONFTEST], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"conftest: left out, since it can't be built: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return None
    return str(folder / "bin" / "conftest")


if __name__ == "__main__":
    main()
