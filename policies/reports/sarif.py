"""A report as SARIF 2.1.0, which code scanning on GitHub and in Azure DevOps reads.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; GitHub docs, "SARIF support for code
scanning", for `security-severity`, `partialFingerprints` and the limits.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from policies.exemptions import problems
from policies.report import Exempted, Kind, Report, Suppressed, Violation
from policies.reports.locations import Location, Locator, nowhere
from policies.rule import Level, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_SCORES = {Severity.LOW: "3.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
"""Where GitHub draws its lines: over 0.1 low, over 4.0 medium, over 7.0 high, over 9.0 critical."""
_LEVELS = {Level.OFF: "none", Level.ADVISORY: "warning", Level.MANDATORY: "error"}


def of(report: Report, locate: Locator = nowhere) -> str:
    """The report as the text of a SARIF file. Exempted and suppressed findings are results that are suppressed."""
    excused: list[Exempted | Suppressed] = [*report.exempted, *report.suppressed]
    every = [*report.violations, *(each.violation for each in excused)]
    by_rule = {violation.rule: violation for violation in sorted(every, key=lambda each: each.order)}
    index = {rule: number for number, rule in enumerate(sorted(by_rule))}
    results = [
        *(_result(each, index, locate) for each in report.violations),
        *(_excused(each, index, locate) for each in excused),
    ]
    run = {
        "tool": {"driver": {"name": "Seawall", "rules": [_rule(by_rule[rule]) for rule in sorted(by_rule)]}},
        "automationDetails": {"id": f"seawall/{report.stack}/"},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": True, **_notifications(report)}],
        "results": results,
        "properties": {"stack": report.stack, **report.summary},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rule(violation: Violation) -> dict[str, Any]:
    title = violation.title or violation.rule
    return {
        "id": violation.rule,
        "shortDescription": {"text": title},
        "fullDescription": {"text": violation.why or title},
        "help": {"text": violation.fix},
        "defaultConfiguration": {"level": _LEVELS[violation.level]},
        "properties": {
            "tags": sorted({"security", violation.group} - {""}),
            "security-severity": _SCORES[violation.severity],
            "references": violation.references.to_json(),
        },
    }


def _result(violation: Violation, index: dict[str, int], locate: Locator) -> dict[str, Any]:
    """A finding that stands. What can't be decided fails as well, so that it isn't overlooked; a property tells it."""
    first, *others = locate(violation) or (None,)
    logical = {"name": violation.name, "fullyQualifiedName": violation.urn, "kind": "resource"}
    result: dict[str, Any] = {
        "ruleId": violation.rule,
        "ruleIndex": index[violation.rule],
        "level": _LEVELS[violation.level],
        "message": {"text": f"{violation.name}: {violation.message}. To mend it: {violation.fix}"},
        "locations": [{**(_physical(first) if first else {}), "logicalLocations": [logical]}],
        "partialFingerprints": {"seawall/v1": _fingerprint(violation)},
        "properties": {"kind": violation.kind.value, "type": violation.type, "severity": str(violation.severity)},
    }
    if others:
        result["relatedLocations"] = [
            {"id": number, **_physical(other), "message": {"text": other.what or other.path}}
            for number, other in enumerate(others, 1)
        ]
    return result


def _excused(excused: Exempted | Suppressed, index: dict[str, int], locate: Locator) -> dict[str, Any]:
    """A finding that doesn't count, with the reason."""
    if isinstance(excused, Exempted):
        granted = excused.exemption
        why = f"{granted.reason} ({granted.owner}, until {granted.expires}, {granted.approval})"
    else:
        why = excused.reason
    suppression = {"kind": "external", "status": "accepted", "justification": why}
    return {**_result(excused.violation, index, locate), "suppressions": [suppression]}


def _physical(location: Location) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": location.path, "uriBaseId": "%SRCROOT%"}}
    if location.line:
        place["region"] = {"startLine": location.line}
    return {"physicalLocation": place}


def _fingerprint(violation: Violation) -> str:
    """The same for the same finding, wherever it stands in the file."""
    parts = (violation.rule, violation.urn, violation.message if violation.kind is Kind.VIOLATION else violation.kind)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _notifications(report: Report) -> dict[str, Any]:
    """Exemptions that exempt nothing are told by the tool, not by a result: they stand against no resource."""
    told = [{"level": "warning", "message": {"text": line}} for line in problems(report.exemptions)]
    return {"toolExecutionNotifications": told} if told else {}
