"""A report as Markdown, for a comment on a pull request: a table that a person reads, never longer than one may be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from policies.exemptions import problems
from policies.remedies import Fix
from policies.report import Report, Violation
from policies.rule import Level

MOST = 65_000
"""Bytes of the whole. A comment on GitHub may have 65,536 characters; the difference is for what others add to it."""

_SAFE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    | {sign: f"&#{ord(sign)};" for sign in "|`[@"}
    | {sign: f"\\{sign}" for sign in "*_"}
)
"""What would be markup, or call somebody by name, as what only looks like it."""
_LONG = re.compile(r"\S{23,}")
_SEAM = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[./_:])(?=\w)")
_BREAK, _MARK = "<wbr>", "\x00"
"""A word that is long makes its column wide, and the last one is out of sight: it may break at a seam of its parts."""
_CELL = 300
"""Characters of a cell; what is longer is cut."""
_FOLDED = 15
"""A table with more rows than that is folded."""
_NAMED = 8
"""How many resources a row names."""

Row = Sequence[str]


def of(report: Report, fixes: Iterable[Fix] = ()) -> str:
    """The report as Markdown, at most `MOST` bytes. Resources with the same finding share a row.

    What doesn't fit is counted; refusals come first, so that the last of the advice is what is left out.
    """
    refused = [each for each in report.violations if each.level is Level.MANDATORY]
    advice = [each for each in report.violations if each.level is not Level.MANDATORY]
    columns = ("Severity", "Rule", "Resources", "What is wrong", "To mend it")
    excused = ("Rule", "Resource", "What is wrong", "Why it doesn't count")
    page = Page(_headline(report), MOST)
    page.table(f"{_count(len(refused), 'refusal')}", columns, _rows(refused))
    page.table("What would mend it", ("Rule", "Resource", "Property", "Now", "After"), _changes(fixes))
    page.table(f"Advice: {_count(len(advice), 'finding')}", columns, _rows(advice))
    page.table(f"{len(report.exempted)} exempted", excused, [
        (each.violation.rule, _resource(each.violation), each.violation.message,
         f"{each.exemption.reason} ({each.exemption.owner}, until {each.exemption.expires})")
        for each in report.exempted
    ])  # fmt: skip
    page.table("Exemptions without effect", ("Exemption",), [(line,) for line in problems(report.exemptions)])
    page.table(f"{len(report.suppressed)} of checkov's findings suppressed", excused, [
        (each.violation.rule, _resource(each.violation), each.violation.message, each.reason)
        for each in report.suppressed
    ])  # fmt: skip
    return page.text(f"`seawall check {report.stack}` shows everything")


class Page:
    """Text that grows until it is full, at most so many bytes; what no longer fits is counted."""

    def __init__(self, start: str, most: int) -> None:
        self._parts = [start]
        self._left = most - len(start.encode()) - 300  # for the last lines
        self._missing = 0
        self._last = ""

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Row], *, folded: bool = False) -> None:
        """A table with a title, folded where asked for or where it is long; nothing without rows."""
        if not rows:
            return
        if folded or len(rows) > _FOLDED:
            head, foot = f"\n<details><summary><b>{_cell(title)}</b></summary>\n\n", "\n</details>\n"
        else:
            head, foot = f"\n#### {_cell(title)}\n\n" if title else "\n", ""
        head += f"| {' | '.join(columns)} |\n|{' --- |' * len(columns)}\n"
        room = self._left - len((head + foot).encode())
        lines = []
        for number, row in enumerate(rows):
            line = f"| {' | '.join(_cell(cell) for cell in row)} |\n"
            room -= len(line.encode())
            if room < 0:
                self._missing += len(rows) - number
                break
            lines.append(line)
        if lines:
            text = head + "".join(lines) + foot
            self._parts.append(text)
            self._left -= len(text.encode())

    def line(self, text: str) -> None:
        """The last line, for which there is always room: up to 150 bytes."""
        self._last = f"\n{text}\n"

    def text(self, where: str) -> str:
        """The whole. `where` says what shows the rest, in Markdown."""
        if self._missing:
            self._parts.append(f"\n… and {_count(self._missing, 'row')} more: {where}.\n")
        return "".join(self._parts) + self._last


def _headline(report: Report) -> str:
    told = report.summary
    verdict = "refused" if report.refused else "passed"
    numbers = [f"{told['mandatory']} mandatory", f"{told['advisory']} advisory", f"{told['exempted']} exempted"]
    if report.checkov:
        numbers.append(f"{told['suppressed']} suppressed (checkov {report.checkov})")
    asked = f"{_count(report.rules, 'rule')} on {_count(report.resources, 'resource')}, guarded as {report.guarded_as}"
    return f"### Guardrails of {_cell(report.stack)}: {verdict}\n\n{', '.join(numbers)}; {asked}.\n"


def _rows(violations: Sequence[Violation]) -> list[Row]:
    """A row for each rule and message, with the resources that share it, in the report's order."""
    alike: dict[tuple[str, str], list[Violation]] = defaultdict(list)
    for violation in violations:
        alike[violation.rule, violation.message].append(violation)
    rows: list[Row] = []
    told: set[str] = set()
    for (rule, message), found in alike.items():
        named = ", ".join(_resource(each) for each in found[:_NAMED])
        many = f"{len(found)}, such as " if len(found) > _NAMED else ""
        fix = "as above" if rule in told else found[0].fix
        told.add(rule)
        rows.append((str(found[0].severity), rule, many + named, message, fix))
    return rows


def _changes(fixes: Iterable[Fix]) -> list[Row]:
    return [
        (fix.rule, fix.name, change.path, shown(change.before), shown(change.after))
        for fix in fixes
        for change in fix.changes
    ]


def shown(value: object) -> str:
    """A property's value as people read it."""
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _resource(violation: Violation) -> str:
    return f"{violation.type.removeprefix('azure-native:')} {violation.name}"


def _cell(text: str) -> str:
    """A text that stays within its cell and is nothing but text."""
    flat = " ".join(text.split())
    flat = flat if len(flat) <= _CELL else flat[: _CELL - 1] + "…"
    marked = _LONG.sub(lambda word: _SEAM.sub(_MARK, word[0]), flat.replace(_MARK, ""))
    return marked.translate(_SAFE).replace(_MARK, _BREAK)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
