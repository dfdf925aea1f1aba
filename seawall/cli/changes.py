"""A diff for people: by component, with Pulumi's symbols, property by property; and the same for machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from seawall.cli.screen import Screen
from seawall.cli.wording import (
    FUTURE,
    SYMBOLS,
    by_name,
    called,
    count,
    counts,
    readable,
    resource_group,
    short_type,
    shown,
)
from seawall.local.changes import ABSENT, Change
from seawall.local.deploy import Diff, ResourceChange
from seawall.local.events import Op
from seawall.plan.graph.picture import words
from seawall.plan.model import Plan
from seawall.plan.values import masked

GONE = "no longer in the program"


def show(screen: Screen, diff: Diff, plan: Plan | None, *, details: bool = False) -> None:
    """Print what a run would do. With `details`, the properties of what is created as well."""
    by_component: dict[str, list[ResourceChange]] = defaultdict(list)
    for change in diff.changing:
        by_component[component_of(change, plan)].append(change)
    for component, changes in by_component.items():
        screen.say()
        screen.say(f"  {component}", style="bold")
        for change in changes:
            for line in lines(change, plan if details else None):
                screen.say(line)
    if diff.changed:
        screen.say()
    screen.say(Text.assemble(("  " + counts(diff.counts, FUTURE), "bold")))
    if diff.pending:
        screen.say(f"  {count(diff.pending, 'step')} of an interrupted run will be finished first", style="yellow")
    for warning in diff.warnings:
        screen.warn(readable(warning))


def component_of(change: ResourceChange, plan: Plan | None) -> str:
    """The outermost component that a resource is in, in words; what the plan lacks is told apart by resource group."""
    resource = plan.by_urn.get(change.urn) if plan else None
    if plan is None or resource is None:
        where = resource_group(change.id) or "the subscription"
        return f"{where}, {GONE}" if plan else where
    outermost = resource
    while (parent := plan.by_urn.get(outermost.parent)) is not None and not parent.type.startswith("pulumi:"):
        outermost = parent
    if outermost.custom:
        return "Outside of components"
    return f"{words(outermost.type.rpartition(':')[2])} {outermost.name}"


def lines(change: ResourceChange, plan: Plan | None) -> Iterator[Text]:
    """A resource's lines: what is done to it, why, and each property that differs."""
    symbol, style, _ = SYMBOLS[change.op]
    name = called(change.id, change.name)
    reasons = f"  ({'; '.join(change.reasons)})" if change.reasons else ""
    moved = f"  (was {change.renamed_from.rpartition('::')[2]})" if change.renamed_from else ""
    what = f"{short_type(change.type)} "
    yield Text.assemble((f"    {symbol:<2} ", style), what, (name, "bold"), (reasons + moved, "dim"))
    for item in change.changes:
        yield property_line(item)
    if plan is not None and change.op is Op.CREATE and change.urn in plan.by_urn:
        for key, value in masked(plan.by_urn[change.urn].inputs).items():
            yield Text.assemble("         ", ("+ ", "green"), f"{key}: {shown(value)}")


def property_line(item: Change) -> Text:
    if item.before is ABSENT:
        return Text.assemble("         ", ("+ ", "green"), f"{item.path}: {shown(item.after)}")
    if item.after is ABSENT:
        return Text.assemble("         ", ("- ", "red"), f"{item.path}: {shown(item.before)}")
    return Text.assemble("         ", ("~ ", "yellow"), f"{item.path}: {shown(item.before)} => {shown(item.after)}")


def document(diff: Diff) -> dict[str, Any]:
    """The diff as JSON: what stays as it is appears in the counts alone."""
    return {
        "stack": diff.stack,
        "changed": diff.changed,
        "counts": by_name(diff.counts),
        "pending": diff.pending,
        "problems": list(diff.problems),
        "warnings": list(diff.warnings),
        "resources": [_entry(change) for change in diff.changing],
    }


def _entry(change: ResourceChange) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "urn": change.urn,
        "type": change.type,
        "name": change.name,
        "id": change.id,
        "op": change.op.value,
        "reasons": list(change.reasons),
        "changes": [property_document(item) for item in change.changes],
    }
    return entry | ({"renamedFrom": change.renamed_from} if change.renamed_from else {})


def property_document(item: Change) -> dict[str, Any]:
    """One property; a side on which it isn't there is left out."""
    sides = {"before": item.before, "after": item.after}
    return {"path": item.path} | {side: masked(value) for side, value in sides.items() if value is not ABSENT}
