"""The gate: every plan is checked against the policies before anything changes, and a mandatory violation stops it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from policies import InvalidFile, Level, Report, Violation, check
from policies.config import InvalidConfig
from seawall.cli import planning
from seawall.cli.exits import BadInput, GuardrailRefusal
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.cli.wording import count, short_type
from seawall.plan.model import Plan
from stacks.guardrails import context_of

Verdicts = Sequence[Report]


def judge(project: Project, plans: Sequence[Plan]) -> Verdicts:
    """The reports on plans, in their order. Raises `BadInput` where limits or exemptions can't be read."""
    today = datetime.now(UTC).date()
    try:
        return [
            check(plan, context_of(planning.configured(project, plan.stack), plan.stack), today) for plan in plans
        ]
    except (InvalidConfig, InvalidFile) as invalid:
        raise BadInput(invalid.errors) from None


def refused(verdicts: Verdicts) -> bool:
    return any(report.refused for report in verdicts)


def refuse(verdicts: Verdicts, document: Mapping[str, Any]) -> None:
    """Raise `GuardrailRefusal` where anything mandatory stands against a plan."""
    if refused(verdicts):
        number = sum(report.summary["mandatory"] for report in verdicts)
        names = " and ".join(report.stack for report in verdicts if report.refused)
        raise GuardrailRefusal(
            f"{count(number, 'mandatory violation')} in {names}; nothing was changed",
            hint="Mend what is listed above, or have an exemption granted in policies/exemptions.yaml.",
            document=document,
        )


def show(screen: Screen, verdicts: Verdicts, *, least: Level = Level.ADVISORY) -> None:
    """Each violation with what is wrong and how to mend it, then the verdict of each stack in one line.

    Violations below a level are only counted.
    """
    for report in verdicts:
        for violation in report.violations:
            if violation.level >= least:
                _show(screen, report.stack, violation)
        for item in report.exempted if least is Level.ADVISORY else ():
            reason = f"exempted until {item.exemption.expires}: {item.exemption.reason}"
            what = f"{item.violation.rule}  {item.violation.name}  "
            screen.say(Text.assemble(("  exempted   ", "cyan"), what, (reason, "dim")))
    for report in verdicts:
        for line in unusable_exemptions(report):
            screen.warn(line)
        screen.say(Text.assemble(("Guardrails ", "bold"), (f"{report.stack}: ", "bold"), verdict(report)))


def _show(screen: Screen, stack: str, violation: Violation) -> None:
    style = "bold red" if violation.level is Level.MANDATORY else "yellow"
    screen.say(
        Text.assemble(
            (f"  {violation.level!s:<10} ", style),
            (violation.rule, "bold"),
            f"  {stack}: {short_type(violation.type)} {violation.name}",
        )
    )
    screen.say(f"             {violation.message}")
    screen.say(Text.assemble(("             To mend it: ", "dim"), violation.fix))


def verdict(report: Report) -> Text:
    """`15 rules: 14 passed, 1 advisory`, in colours."""
    told = tally(report)
    parts: list[str | tuple[str, str]] = [f"{count(told['rules'], 'rule')}: ", (f"{told['passed']} passed", "green")]
    for key, style in (("mandatory", "bold red"), ("advisory", "yellow"), ("exempted", "cyan")):
        if told[key]:
            parts += [", ", (f"{told[key]} {key}", style)]
    return Text.assemble(*parts, (f"  (guarded as {report.guarded_as})", "dim"))


def tally(report: Report) -> dict[str, int]:
    """How many rules ran and passed, and how many violations there are."""
    broken = {violation.rule for violation in report.violations} | {item.violation.rule for item in report.exempted}
    numbers = report.summary
    return {
        "rules": report.rules,
        "passed": report.rules - len(broken),
        "mandatory": numbers["mandatory"],
        "advisory": numbers["advisory"],
        "exempted": numbers["exempted"],
    }


def unusable_exemptions(report: Report) -> list[str]:
    """A line for each exemption that exempts nothing, so that none is silent."""
    told = {
        "expired": "has expired",
        "tooLong": "reaches too far ahead",
        "unknownRule": "names no rule",
        "duplicate": "repeats another",
        "orphaned": "covers nothing",
    }
    return [
        f"{report.stack}: the exemption of {entry['rule']} for {entry['resource']} {told[state]}, and has no effect"
        for state, entries in report.exemptions.items()
        if state in told
        for entry in entries
    ]


def document(verdicts: Verdicts) -> dict[str, Any]:
    """The verdict as JSON: the whole in numbers, and each stack's report."""
    whole: Counter[str] = Counter()
    for report in verdicts:
        whole.update(tally(report))
    return {"refused": refused(verdicts), **whole, "stacks": [report.to_json() for report in verdicts]}
