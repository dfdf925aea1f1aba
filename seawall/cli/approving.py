"""Previews that a person approves: written to a file by `preview`, and what `up` is held to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli import files
from seawall.cli.exits import BadInput, GuardrailRefusal
from seawall.cli.screen import Screen
from seawall.local.diff import Diff
from seawall.pipelines import approval
from seawall.pipelines.approval import Approval, NotApproved
from seawall.plan.model import Plan

SavePlan = Annotated[
    Path | None,
    typer.Option("--save-plan", metavar="FILE", help="Keep the preview there, for `up --plan`. It holds inputs."),
]
Markdown = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Add to FILE what would change, as Markdown for who approves it."),
]
Approved = Annotated[
    Path | None,
    typer.Option("--plan", metavar="FILE", help="Do just what `preview --save-plan` wrote; refuse anything else."),
]


def save(
    screen: Screen,
    out: Path | None,
    env: str,
    cloud: str,
    plans: Sequence[Plan],
    diffs: Sequence[Diff],
    updates: Sequence[Path | None] = (),
) -> None:
    """Write what was previewed, if a file was named, readable by its owner alone. Raises `BadInput`."""
    if out is None:
        return
    each = [
        approval.approved(diff, plan, updates[number] if updates else None)
        for number, (plan, diff) in enumerate(zip(plans, diffs, strict=True))
    ]
    kept = Approval(environment=env, cloud=cloud, stacks={one.stack: one for one in each})
    files.write(screen, approval.encoded(kept), out, f"the preview of {env}")
    out.chmod(0o600)


def load(path: Path | None, env: str, cloud: str) -> Approval | None:
    """What was approved, if a file was named. Raises `BadInput`."""
    if path is None:
        return None
    try:
        return approval.read(path, environment=env, cloud=cloud)
    except NotApproved as wrong:
        raise BadInput(str(wrong), hint=f"`seawall preview {env} --save-plan FILE` writes one.") from None


def hold(kept: Approval | None, plans: Sequence[Plan], diffs: Sequence[Diff], *, lifted: Collection[str] = ()) -> None:
    """Refuse what would be done and wasn't approved. Raises `GuardrailRefusal` before anything changes."""
    if kept is None:
        return
    lines: list[str] = []
    for plan, diff in zip(plans, diffs, strict=True):
        now = approval.steps(diff, plan)
        if diff.stack in kept.stacks:
            lines += approval.differing(kept.stacks[diff.stack], now, lifted)
        elif now:
            lines.append(f"{diff.stack}: the approved preview says nothing of it")
    if lines:
        raise GuardrailRefusal(
            lines,
            hint=f"{' and '.join(diff.stack for diff in diffs)}: nothing was changed. Since the preview something has "
            "changed there: preview anew, and approve that.",
        )


def update_plan(kept: Approval | None, plan: Plan, diff: Diff, folder: Path) -> Path | None:
    """Pulumi's update plan as it was approved, in a file of the folder; None where a part of it is done already."""
    approved = kept.stacks.get(diff.stack) if kept else None
    if approved is None or approved.update_plan is None or not approval.same(approved, approval.steps(diff, plan)):
        return None
    import json

    path = folder / f"{diff.stack}.approved.json"
    path.write_text(json.dumps(approved.update_plan), encoding="utf-8")
    return path


def tell(out: Path | None, env: str, where: str, diffs: Sequence[Diff]) -> None:
    """Add what would change to a file, as Markdown, if one was named. Raises `BadInput`."""
    if out is None:
        return
    from seawall.pipelines.preview import rendered

    try:
        with out.open("a", encoding="utf-8") as file:
            file.write(rendered(env, where, diffs))
    except OSError as error:
        raise BadInput(f"{out}: can't be written: {error.strerror}") from None
