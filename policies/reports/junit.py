"""A report as JUnit XML, which every build server shows: a test for each rule that holds, and for each that is broken
on a resource.

A mandatory violation is a failure, a rule that threw an error. Advice, and what is exempted or suppressed, is skipped
with its message: it is to be seen, and turns nothing red.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from xml.etree import ElementTree as Xml

from policies.report import Kind, Report, Violation
from policies.rule import Level

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write. Source: W3C, Extensible Markup Language (XML) 1.0, "Characters"."""


def of(report: Report) -> str:
    """The report as the text of a JUnit file. It has no times, so that the same verdict is the same text."""
    broken = _by_test(report.violations)
    excused = [
        *((it.violation, f"exempted until {it.exemption.expires}: {it.exemption.reason}") for it in report.exempted),
        *((it.violation, f"suppressed: {it.reason}") for it in report.suppressed),
    ]
    told = {rule for rule, _ in broken} | {violation.rule for violation, _ in excused}
    suite = Xml.Element("testsuite", name=_text(f"seawall {report.stack}"))
    for rule in report.asked:
        if rule not in told:
            _case(suite, report.stack, rule)
    for (rule, _), violations in broken.items():
        _outcome(_case(suite, report.stack, rule, violations[0]), violations)
    for violation, reason in excused:
        case = _case(suite, report.stack, violation.rule, violation)
        Xml.SubElement(case, "skipped", message=_text(f"{reason} ({violation.message})"))
    counts = {kind: len(suite.findall(f"testcase/{tag}")) for kind, tag in _COUNTED.items()}
    whole = {"tests": str(len(suite)), **{kind: str(number) for kind, number in counts.items()}}
    suite.attrib.update(whole)
    root = Xml.Element("testsuites", {"name": "seawall", **whole})
    root.append(suite)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _by_test(violations: Iterable[Violation]) -> dict[tuple[str, str], list[Violation]]:
    """The violations by rule and resource, sorted: one test may have several findings."""
    tests: dict[tuple[str, str], list[Violation]] = defaultdict(list)
    for violation in sorted(violations, key=lambda each: (each.rule, each.urn, each.order)):
        tests[violation.rule, violation.urn].append(violation)
    return dict(tests)


def _case(suite: Xml.Element, stack: str, rule: str, violation: Violation | None = None) -> Xml.Element:
    name = f"{rule}: {violation.type} {violation.name}" if violation else rule
    return Xml.SubElement(suite, "testcase", classname=_text(f"seawall.{stack}.{rule}"), name=_text(name))


def _outcome(case: Xml.Element, violations: list[Violation]) -> None:
    """The findings of a test as one outcome: that of the worst."""
    message = "; ".join(violation.message for violation in violations)
    worst = min(violations, key=lambda each: each.order)
    if worst.level is not Level.MANDATORY:
        Xml.SubElement(case, "skipped", message=_text(f"advisory: {message}"))
        return
    tag = "error" if worst.kind is Kind.ERROR else "failure"
    outcome = Xml.SubElement(case, tag, message=_text(message), type=str(worst.severity))
    outcome.text = _text(f"{worst.urn}\n{worst.title}\nTo mend it: {worst.fix}")


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
