"""What `up` ends with: what was done, where things are, what the guardrails say, what to do next."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from seawall.cli import gate, runs
from seawall.cli.places import budgets, places
from seawall.cli.screen import Screen
from seawall.cli.wording import azure_name, count, counts, duration
from seawall.local.events import Op, Summary
from seawall.plan.model import Plan


@dataclass(frozen=True)
class Cloud:
    """Where a run took place, as it is told."""

    name: str
    flags: str
    """What a command needs to work there again."""
    local: bool


LOCAL = Cloud("the local Azure", " --local", local=True)
LOCAL_BY_PULUMI = Cloud("the local Azure", " --local --engine pulumi", local=True)
AZURE = Cloud("Azure", "", local=False)


def show(
    screen: Screen,
    env: str,
    plans: Sequence[Plan],
    results: Sequence[Summary],
    verdicts: gate.Verdicts,
    *,
    currency: str,
    seconds: float,
    cloud: Cloud = LOCAL,
) -> None:
    """Print how a run ended. Where it failed, what failed was told as it happened, and is told again by the error."""
    screen.say()
    screen.say(_headline(env, results, duration(seconds), cloud))
    for result in results:
        screen.say(Text.assemble((f"  {result.stack:<10} ", "bold"), _told(result)))
    if not all(result.succeeded for result in results):
        return
    screen.say()
    _show_places(screen, plans, cloud)
    for report in verdicts:
        screen.say(Text.assemble(("  Guardrails   ", "bold"), f"{report.stack:<8} ", gate.verdict(report)))
        if report.violations or report.exempted:
            screen.say(f"{'':24}`{program()} check {report.stack}` says which and why", style="dim")
    for plan in plans:
        for told in budgets(plan, currency):
            screen.say(Text.assemble(("  Budget       ", "bold"), f"{plan.stack:<8} {told}"))
    screen.say()
    screen.say("  Next", style="bold")
    for command, why in next_steps(env, cloud):
        screen.say(Text.assemble(f"    {command:<48} ", (why, "dim")))


def next_steps(env: str, cloud: Cloud = LOCAL) -> tuple[tuple[str, str], ...]:
    """Commands to go on with, as they can be typed here, and what each is for."""
    name = program()
    return (
        (f"{name} preview {env}{cloud.flags}", f"what a change of stacks/Pulumi.{env}.yaml would do"),
        (f"{name} graph {env} --out {env}.svg", "the environment as a picture"),
        (f"{name} destroy {env}{cloud.flags}", "take it down again"),
    )


def program() -> str:
    """How this program is called from here: by its name where that is on the path, else from its environment."""
    if shutil.which("seawall"):
        return "seawall"
    script = Path(sys.executable).with_name("seawall")
    return str(script.relative_to(Path.cwd())) if script.is_relative_to(Path.cwd()) else str(script)


def document(
    env: str, plans: Sequence[Plan], results: Sequence[Summary], verdicts: gate.Verdicts
) -> dict[str, Any]:
    return {
        "environment": env,
        "succeeded": all(result.succeeded for result in results),
        "changed": any(_changed(result) for result in results),
        "stacks": [runs.document(result) for result in results],
        "places": [place.document for plan in plans for place in places(plan)],
        "guardrails": gate.document(verdicts),
    }


def _headline(env: str, results: Sequence[Summary], took: str, cloud: Cloud) -> Text:
    if not all(result.succeeded for result in results):
        return Text(f"{env} is not up yet  ({took})", style="bold red")
    if not any(_changed(result) for result in results):
        return Text(f"{env} is up on {cloud.name}: nothing changed  ({took})", style="bold green")
    return Text(f"{env} is up on {cloud.name}  ({took})", style="bold green")


def _changed(result: Summary) -> bool:
    return any(number for op, number in result.counts.items() if op is not Op.SAME)


def _told(result: Summary) -> str:
    parts = [counts(result.counts)]
    if result.failures:
        parts.append(count(len(result.failures), "failure"))
    if result.skipped:
        parts.append(f"{len(result.skipped)} not tried")
    if result.resumed:
        parts.append(f"finished {count(result.resumed, 'step')} of an interrupted run")
    if result.recovered:
        parts.append("recovered from soft deletion: " + ", ".join(sorted(azure_name(id) for id in result.recovered)))
    return "; ".join(parts)


def _show_places(screen: Screen, plans: Sequence[Plan], cloud: Cloud) -> None:
    """Each place with its resource group, and its address on a line of its own: addresses are long, and copied."""
    found = [place for plan in reversed(plans) for place in places(plan)]
    for place in found:
        screen.say(Text.assemble(f"  {place.kind:<17}", (place.name, "bold"), (f"  in {place.group}", "dim")))
        screen.say(f"{'':19}{place.url}", style="cyan")
    if found and cloud.local:
        told = f"Addresses are Azure's own; `{program()} local start` answers there, in a shell of `seawall local env`."
        screen.say(f"  {told}", style="dim")
    if found:
        screen.say()
