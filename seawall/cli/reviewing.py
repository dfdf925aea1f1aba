"""Both sides of a review: plans from folders, or of the working tree and of a Git commit."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from policies import Context, InvalidFile, check
from policies.access import Access
from policies.config import InvalidConfig
from rbac.roles import role_ids
from seawall.cli import changes, planning
from seawall.cli.exits import BadInput, GuardrailRefusal
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.plan.errors import PlanErrors
from seawall.plan.files import read
from seawall.plan.model import Plan
from seawall.review import access, cost, previewed
from seawall.review.comment import Review
from seawall.review.comparison import compared
from stacks.guardrails import access_of, context_of
from stacks.settings import SettingsErrors, load

Pair = tuple[str, Plan, Plan]
"""An environment's name, and its plans before and after the change."""


def from_folders(head: Path, base: Path, environments: Sequence[str]) -> list[Pair]:
    """The environments of two folders of plan files. What only one of them has is new, or gone.

    Raises `BadInput` with every file that can't be read.
    """
    for folder in (head, base):
        if not folder.is_dir():
            raise BadInput(f"{folder}: no such folder")
    found = {path.stem for folder in (head, base) for path in folder.glob("*.json")}
    if missing := sorted(set(environments) - found):
        raise BadInput([f"{name}: neither {head} nor {base} has {name}.json" for name in missing])
    if not found:
        raise BadInput(
            f"neither {head} nor {base} has a plan file", hint="`seawall plan ENV --out DIR/ENV.json` writes one."
        )
    faults: list[str] = []
    pairs = [
        (name, _plan(base / f"{name}.json", name, faults), _plan(head / f"{name}.json", name, faults))
        for name in environments or sorted(found, key=lambda name: (name != "shared", name))
    ]
    if faults:
        raise BadInput(faults)
    return pairs


def _plan(path: Path, name: str, faults: list[str]) -> Plan:
    if not path.exists():
        return Plan(stack=name, project="", resources=())
    try:
        plan = read(path)
    except PlanErrors as errors:
        faults += errors.errors
        return Plan(stack=name, project="", resources=())
    if plan.stack != name:
        faults.append(f"{path}: it is a plan of {plan.stack}, not of {name}")
    return plan


def from_git(project: Project, ref: str, environments: Sequence[str], screen: Screen) -> list[Pair]:
    """The environments as the working tree has them, and as they are in a commit. Raises `BadInput`."""
    with _checked_out(project.root, ref) as folder, tempfile.TemporaryDirectory(prefix="seawall-base-") as plans:
        after = {name: planning.plan(project, name, screen) for name in environments}
        for name in environments:
            if (folder / "stacks" / f"Pulumi.{name}.yaml").exists():
                with screen.working(f"Planning {name} as of {ref}"):
                    _plan_there(folder, name, Path(plans))
        faults: list[str] = []
        return [(name, _plan(Path(plans) / f"{name}.json", name, faults), after[name]) for name in environments]


def _plan_there(folder: Path, name: str, plans: Path) -> None:
    """Plan an environment with the code of another checkout: `-m` takes what is in the current folder first."""
    line = [sys.executable, "-m", "seawall", "plan", name, "--out", str(plans / f"{name}.json")]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadInput(done.stderr.strip().splitlines() or [f"{name} can't be planned as it was"])


@contextmanager
def _checked_out(root: Path, ref: str) -> Iterator[Path]:
    # By its hash: a name that begins with a dash is no option of the next command's.
    commit = _git(root, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    with tempfile.TemporaryDirectory(prefix="seawall-review-") as folder:
        tree = Path(folder) / "tree"
        _git(root, "worktree", "add", "--detach", "--force", str(tree), commit)
        try:
            yield tree
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def _git(root: Path, *arguments: str) -> str:
    """What git prints. Raises `BadInput`."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BadInput(f"git doesn't run: {error.strerror}", hint="Name plan files with --plans and --base.") from None
    if done.returncode == 0:
        return done.stdout.strip()
    told = done.stderr.strip().splitlines()
    raise BadInput(
        f"git {arguments[0]} {arguments[-1]} failed: {told[-1] if told else 'no reason given'}",
        hint="--against names a commit or branch that this repository has; `git fetch origin` gets the newest.",
    )


def reviewed(
    project: Project, name: str, before: Plan, after: Plan, stacks: Path | None, previews: Path | None = None
) -> Review:
    """What the change does to one environment, judged by this checkout's policies, exemptions, personas and limits.

    `stacks` has the change's stack files: they say which groups the personas are, and nothing else is taken from them.
    `previews` has what its code found against Azure, for some environments or none.
    """
    context, today = _context(project, name), datetime.now(UTC).date()
    changed = dataclasses.replace(context, access=_access(stacks, name)) if stacks else context
    try:
        was, report = check(before, context, today), check(after, changed, today)
    except InvalidFile as invalid:
        raise BadInput(invalid.errors) from None
    known = {(v.rule, v.urn) for v in was.violations}
    preview = previews / f"{name}.json" if previews else None
    role_names = {id.lower(): role for role, id in role_ids().items()}
    return Review(
        environment=name,
        diff=compared(before, after),
        report=report,
        new=frozenset((v.rule, v.urn) for v in report.violations) - known,
        access=access.compared(before, after, role_names),
        cost=cost.compared(before, after, context),
        preview=previewed.read(preview, name, report) if preview and preview.exists() else None,
    )


def refuse_previews(reviews: Sequence[Review], document: dict[str, Any]) -> None:
    """Refuse what a preview refuses. Raises `GuardrailRefusal`."""
    names = [review.environment for review in reviews if review.preview and review.preview.refused]
    if names:
        raise GuardrailRefusal(
            f"the preview against Azure finds mandatory violations in {' and '.join(names)}",
            hint="Mend what the comment lists, or have an exemption granted in policies/exemptions.yaml.",
            document=document,
        )


def _context(project: Project, name: str) -> Context:
    """The limits of an environment; of one that this checkout doesn't know as yet, the strictest."""
    if name not in project.environments:
        return Context()
    try:
        return context_of(planning.configured(project, name), name)
    except InvalidConfig as invalid:
        raise BadInput(invalid.errors) from None


def _access(stacks: Path, name: str) -> Access:
    """What the personas of this checkout get under the change's stack file."""
    file = stacks / f"Pulumi.{name}.yaml"
    if not file.exists():
        return Access(frozenset())
    try:
        return access_of(load(file))
    except SettingsErrors as errors:
        raise BadInput([str(error) for error in errors.errors]) from None


def write_sarif(screen: Screen, reviews: Sequence[Review], folder: Path, root: Path) -> None:
    """The findings of each environment as SARIF, at their places in the stack files below `root`. Raises `BadInput`."""
    from policies.reports import FORMATS, nowhere
    from seawall.cli import files, locations

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: can't be made: {error.strerror}") from None
    for review in reviews:
        name = review.environment
        known = (root / "stacks" / f"Pulumi.{name}.yaml").exists()
        text = FORMATS["sarif"](review.report, None, locations.in_stack_file(root, name) if known else nowhere)
        files.write(screen, text.encode(), folder / f"{name}.sarif", f"the findings in {name}")


def document(review: Review) -> dict[str, Any]:
    """A review as JSON."""
    return {
        "environment": review.environment,
        "refused": review.refused,
        "changes": changes.document(review.diff),
        "violations": [
            {**violation.to_json(), "new": (violation.rule, violation.urn) in review.new}
            for violation in review.report.violations
        ],
        "access": {
            side: [{"who": g.who, "role": g.role, "where": g.where, "lasting": g.lasting} for g in grants]
            for side, grants in (("given", review.access.given), ("taken", review.access.taken))
        },
        "cost": {
            "currency": review.cost.currency,
            "before": str(review.cost.before),
            "after": str(review.cost.after),
            "unpriced": review.cost.unpriced,
        },
        "preview": _preview(review),
    }


def _preview(review: Review) -> dict[str, Any] | None:
    preview = review.preview
    if preview is None:
        return None
    return {
        "failed": preview.failed or None,
        "refused": preview.refused,
        "changes": changes.document(preview.diff),
        "violations": [
            {"rule": v.rule, "level": str(v.level), "urn": v.urn, "message": v.message} for v in preview.violations
        ],
    }
