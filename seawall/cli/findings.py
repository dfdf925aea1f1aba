"""What a check found, told to people: by rule, worst first, with what is wrong on which resource and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from policies import Level, Report, Violation
from policies.remedies import Fix
from seawall.cli.wording import count, short_type, shown

MOST = 20
"""How many findings of one rule are told one by one."""


def lines(report: Report) -> Iterator[Text]:
    """The violations, then what is exempted or suppressed, each with its reason."""
    for _, group in groupby(report.violations, key=lambda each: (each.level, each.rule)):
        yield from _of_rule(report.stack, tuple(group))
    for exempted in report.exempted:
        reason = f"exempted until {exempted.exemption.expires}: {exempted.exemption.reason}"
        yield _excused("exempted", exempted.violation, reason)
    for suppressed in report.suppressed:
        yield _excused("suppressed", suppressed.violation, suppressed.reason)


def fix_lines(fixes: Sequence[Fix]) -> Iterator[Text]:
    """What would mend violations, property by property; nothing is changed."""
    if not fixes:
        yield Text("No violation here has a mend that is unambiguous.")
        return
    yield Text("What would mend violations, and is not done:", style="bold")
    for fix in fixes:
        yield Text.assemble("  ", (fix.rule, "bold"), f"  {short_type(fix.type)} {fix.name}")
        for change in fix.changes:
            before = "not set" if change.before is None else shown(change.before)
            yield Text.assemble(
                f"    {change.path}: ", (before, "red"), " -> ", (shown(change.after), "green")
            )
        if fix.why_not:
            yield Text(f"    left as it is: {fix.why_not}", style="yellow")


def after(before: Report, mended: Report) -> Text:
    """What the fixes would come to: violations now, and those that would be left."""
    now, then = before.summary, mended.summary
    told = [f"{now[level]} {level} to {then[level]}" for level in ("mandatory", "advisory")]
    return Text(f"With these changes violations fall from {' and from '.join(told)}.")


def _of_rule(stack: str, violations: Sequence[Violation]) -> Iterator[Text]:
    """One rule's violations: a single one on its own, several under the rule."""
    first = violations[0]
    style = "bold red" if first.level is Level.MANDATORY else "yellow"
    several = len(violations) > 1
    what = f"{first.title} ({len(violations):,} times)" if several else f"{short_type(first.type)} {first.name}"
    yield Text.assemble((f"  {first.level!s:<10} ", style), (first.rule, "bold"), f"  {stack}: {what}")
    for violation in violations[:MOST]:
        resource = f"{short_type(violation.type)} {violation.name}: " if several else ""
        yield Text(f"             {resource}{violation.message}")
    if len(violations) > MOST:
        yield Text(f"             and {count(len(violations) - MOST, 'more finding')}; --format json tells them all")
    yield Text.assemble(("             To mend it: ", "dim"), first.fix)


def _excused(word: str, violation: Violation, reason: str) -> Text:
    return Text.assemble((f"  {word:<10} ", "cyan"), f"{violation.rule}  {violation.name}  ", (reason, "dim"))
