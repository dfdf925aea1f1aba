"""The comment on a pull request: one for all environments, found again by its first line, never longer than one may be.

What a reviewer decides on comes first: refusals and how to mend them, then what is replaced or deleted, access, cost;
what is only created or updated is folded away. Everything that a plan holds is text here and never markup.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from policies import Level, Report, Violation
from policies.reports.markdown import Page, shown
from seawall.local.changes import ABSENT, Change
from seawall.local.diff import Diff, ResourceChange
from seawall.local.events import Op
from seawall.review.access import GRANTS, AccessChange, Grant
from seawall.review.cost import CostChange
from seawall.review.previewed import Previewed
from seawall.review.words import azure_place, places_in

MARKER = "<!-- seawall: review -->"
"""The first line: whoever posts the comment looks for it, and edits that comment instead of adding one."""

MOST = 64_000
"""Bytes. GitHub takes 65,536 characters; the difference is for what a pipeline adds (`with_note`)."""

_LOSING = (Op.REPLACE, Op.DELETE, Op.FORGET)
_ADDING = (Op.CREATE, Op.UPDATE, Op.IMPORT)
_TITLES = {
    Op.REPLACE: "Replaced",
    Op.DELETE: "Deleted",
    Op.FORGET: "Left in Azure, no longer managed",
    Op.CREATE: "Created",
    Op.UPDATE: "Updated",
    Op.IMPORT: "Imported",
}
_VALUE = 120
"""Characters of a property's value; what is longer is cut."""
_NAMED = 6
"""How many resources a row names to which the same happens."""
_FINDINGS = 80
"""Rows of what guardrails find in one environment, so that there is room for what changes."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """What a change would do to one environment."""

    environment: str
    diff: Diff
    report: Report
    """On the changed plan."""
    new: frozenset[tuple[str, str]] = frozenset()
    """Rule and URN of the violations that the change brings."""
    access: AccessChange
    cost: CostChange
    preview: Previewed | None = None
    """What the change's own code found against Azure, where that was asked."""

    @property
    def refused(self) -> bool:
        """By the judge; a preview may refuse as well, and never lets anything pass."""
        return self.report.refused or (self.preview is not None and self.preview.refused)


def rendered(reviews: Sequence[Review], *, commit: str = "") -> str:
    """The comment as Markdown."""
    page = Page(f"{MARKER}\n{_headline(reviews)}", MOST)
    page.table("", ("Environment", "Verdict", "Resources", "Access", "Cost a month, at most"), _summary(reviews))
    columns = ("Environment", "Verdict", "Resources", "Beside the two plans")
    page.table("Previews against Azure", columns, _previews(reviews))
    for review in reviews:
        _guardrails(page, review, review.environment, review.report.violations)
        if review.preview:
            same = _found(review.preview.violations) == _found(review.report.violations)
            where = f"the preview of {review.environment}"
            _guardrails(page, review, where, review.preview.violations, folded=same)
    for review in reviews:
        _changes(page, review, _LOSING)
    for review in reviews:
        _beside(page, review)
    for review in reviews:
        _access(page, review)
        _cost(page, review)
    for review in reviews:
        _changes(page, review, _ADDING)
    page.table("Guardrail findings that were there before", ("Environment", "Rule", "Resource", "What is wrong"), [
        (review.environment, v.rule, _resource(v.type, v.name), places_in(v.message))
        for review in reviews for v in review.report.violations if (v.rule, v.urn) not in review.new
    ], folded=True)  # fmt: skip
    of = f" of {commit[:12]}" if commit else ""
    asked = "; previews by the change's own code" if any(r.preview for r in reviews) else ""
    page.line(f"<sub>Seawall{of}: worked out from the two plans, without credentials{asked}.</sub>")
    return page.text("the pipeline's log or `seawall review` shows everything")


def with_note(text: str, note: str) -> str:
    """A comment with a paragraph below its headline; without one, as it is."""
    head, line, rest = text.partition("\n\n| ")
    return f"{head}\n\n{note}{line}{rest}" if note and line else f"{text.rstrip()}\n\n{note}\n" if note else text


def failed(log: str = "") -> str:
    """The comment where no review could be made, with the address of a log."""
    where = f"[the log]({log})" if log else "the pipeline's log"
    return (
        f"{MARKER}\n### ⛔ Seawall: this change can't be judged\n\n"
        f"No review of it could be made, so it can't be merged; {where} says why.\n"
    )


def _headline(reviews: Sequence[Review]) -> str:
    refused = [review.environment for review in reviews if review.refused]
    if refused:
        return f"### ⛔ Seawall: this change can't be merged\n\nGuardrails refuse it in {_and(refused)}.\n"
    changed = [review.environment for review in reviews if review.diff.changed]
    if not changed:
        return "### ✅ Seawall: nothing changes\n\nEvery environment stays as it is.\n"
    return f"### ✅ Seawall: guardrails let this change pass\n\nIt changes {_and(changed)}.\n"


def _summary(reviews: Sequence[Review]) -> list[tuple[str, ...]]:
    return [
        (
            review.environment,
            "refused" if review.report.refused else "passed",
            counted(review.diff),
            _access_count(review.access),
            review.cost.told,
        )
        for review in reviews
    ]


def counted(diff: Diff) -> str:
    """What a diff does, in numbers: `2 to create, 1 to update`."""
    words = {Op.CREATE: "to create", Op.UPDATE: "to update", Op.REPLACE: "to replace", Op.DELETE: "to delete",
             Op.FORGET: "to let go", Op.IMPORT: "to import"}  # fmt: skip
    told = [f"{diff.counts[op]:,} {words[op]}" for op in words if diff.counts.get(op)]
    return ", ".join(told) or "no change"


def _previews(reviews: Sequence[Review]) -> list[tuple[str, ...]]:
    """What previews say, where there are any, beside what comparing the plans does."""
    rows: list[tuple[str, ...]] = []
    for review in reviews:
        if (preview := review.preview) is None:
            continue
        if preview.failed:
            rows.append((review.environment, "failed", "", preview.failed))
            continue
        more = len(preview.beside(review.diff))
        told = f"{more:,} resource{'' if more == 1 else 's'} otherwise" if more else "nothing"
        if preview.refused:  # the engine ends there
            rows.append((review.environment, "refused", "", ""))
        else:
            rows.append((review.environment, "passed", counted(preview.diff), told))
    return rows


def _found(violations: Sequence[Violation]) -> frozenset[tuple[str, str, Level]]:
    return frozenset((violation.rule, violation.urn, violation.level) for violation in violations)


def _access_count(access: AccessChange) -> str:
    told = [f"{len(access.given)} given"] if access.given else []
    return ", ".join([*told, *([f"{len(access.taken)} taken away"] if access.taken else [])]) or "no change"


def _guardrails(
    page: Page, review: Review, where: str, violations: Sequence[Violation], *, folded: bool = False
) -> None:
    """The violations that the change brings, and all that refuse it; resources with the same one share a row."""
    old = {(v.rule, v.urn) for v in review.report.violations} - review.new
    shown_here = [v for v in violations if (v.rule, v.urn) not in old or v.level is Level.MANDATORY]
    alike: dict[tuple[Level, str, str], list[Violation]] = {}
    for violation in sorted(shown_here, key=lambda v: v.level is not Level.MANDATORY):
        alike.setdefault((violation.level, violation.rule, violation.message), []).append(violation)
    rows: list[tuple[str, ...]] = []
    told: set[str] = set()
    for (level, rule, message), found in list(alike.items())[:_FINDINGS]:
        more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
        resources = _names([_resource(v.type, v.name) for v in found[:_NAMED]]) + more
        rows.append(
            (str(level), rule, resources, places_in(message), "as above" if found[0].fix in told else found[0].fix)
        )
        told.add(found[0].fix)
    hidden = len(shown_here) - sum(min(len(found), _NAMED) for found in list(alike.values())[:_FINDINGS])
    if hidden:
        rows.append(("", "", f"… and {hidden:,} rows more, each with its resource", "", "seawall check shows them"))
    refused = sum(v.level is Level.MANDATORY for v in shown_here)
    numbers = [f"{refused:,} mandatory"] if refused else []
    numbers += [f"{len(shown_here) - refused:,} advisory"] if len(shown_here) > refused else []
    title = f"Guardrails in {where}: {', '.join(numbers)}"
    page.table(title, ("Level", "Rule", "Resource", "What is wrong", "To mend it"), rows, folded=folded)


def _access(page: Page, review: Review) -> None:
    rows = [("given", *_grant(grant)) for grant in review.access.given]
    rows += [("taken away", *_grant(grant)) for grant in review.access.taken]
    page.table(f"Access in {review.environment}", ("", "Who and why", "Role", "Where", "When"), rows)


def _grant(grant: Grant) -> tuple[str, str, str, str]:
    return grant.who, grant.role, azure_place(grant.where), grant.lasting


def _cost(page: Page, review: Review) -> None:
    rows = [(line.name, line.what, _money(line.before), _money(line.after)) for line in review.cost.lines]
    title = f"Cost in {review.environment} a month, in {review.cost.currency}, if everything ran all the time"
    page.table(title, ("Compute", "Size", "Before", "After"), rows)


def _money(amount: Decimal | None) -> str:
    return "-" if amount is None else f"{amount:,.0f}"


def _changes(page: Page, review: Review, ops: Sequence[Op]) -> None:
    # What gives access is told by the table of access, in words.
    changed_resources(page, review.environment, review.diff.changing, ops, told_before=GRANTS)


def _beside(page: Page, review: Review) -> None:
    """What the preview shows and comparing the plans doesn't: it was changed behind the platform's back, or not yet."""
    if review.preview and not review.preview.refused:
        changes = review.preview.beside(review.diff)
        changed_resources(page, f"the preview of {review.environment} alone", changes, told_before=GRANTS)


def changed_resources(
    page: Page,
    environment: str,
    changes: Sequence[ResourceChange],
    ops: Sequence[Op] = (*_LOSING, *_ADDING),
    *,
    told_before: Container[str] = (),
) -> None:
    """A table for each operation, in their order; resources to which the same happens share their rows.

    Those of the types `told_before` are only counted.
    """
    for op in ops:
        of_op = [change for change in changes if change.op is op]
        found = [change for change in of_op if change.type not in told_before]
        alike: dict[tuple[object, ...], list[ResourceChange]] = {}
        for change in found:
            # What has no properties to show is alike where it is of one type.
            key = (_told(change), *(() if change.changes else (change.type,)))
            alike.setdefault(key, []).append(change)
        rows = [row for each in alike.values() for row in _rows(each)]
        columns = ["Resource", "Property", "Before", "After"]
        if not any("".join(row[1:]) for row in rows):
            columns, rows = columns[:1], [row[:1] for row in rows]
        besides = f", besides {len(of_op) - len(found):,} of access" if len(of_op) > len(found) else ""
        title = f"{_TITLES[op]} in {environment}: {len(found):,}{besides}"
        page.table(title, columns, rows, folded=op in (Op.CREATE, Op.UPDATE))


def _told(change: ResourceChange) -> tuple[object, ...]:
    return (change.reasons, tuple(_property(item) for item in change.changes))


def _rows(alike: Sequence[ResourceChange]) -> list[tuple[str, ...]]:
    """Rows for resources to which the same happens: each is named, some in a row."""
    change = alike[0]
    resources = [_resource(each.type, each.name) for each in alike]
    first, *others = [_names(resources[n : n + _NAMED]) for n in range(0, len(resources), _NAMED)]
    if not change.changes:
        return [(names, "; ".join(change.reasons), "", "") for names in (first, *others)]
    rows: list[tuple[str, ...]] = [(first if n == 0 else "", *_property(item)) for n, item in enumerate(change.changes)]
    if change.reasons:
        rows.append(("", f"replaced: {'; '.join(change.reasons)}", "", ""))
    return [*rows, *((names, "the same", "", "") for names in others)]


def _names(resources: Sequence[str]) -> str:
    """One after the other, a type not repeated: `StorageAccount one, two, Vault three`."""
    named = [resources[0]]
    for before, this in pairwise(resources):
        (old, _, _), (token, _, name) = before.partition(" "), this.partition(" ")
        named.append(name if token == old else this)
    return ", ".join(named)


def _property(item: Change) -> tuple[str, ...]:
    return item.path, *(_cut("" if side is ABSENT else shown(side)) for side in (item.before, item.after))


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE else text[: _VALUE - 1] + "…"


def _resource(token: str, name: str) -> str:
    """Short, so that a table fits: the type without its service, which the rule or the name tells."""
    return f"{token.rpartition(':')[2]} {name}"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
