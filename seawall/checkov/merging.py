"""checkov's findings in the report of our own rules."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from policies.report import Kind, Report, Suppressed, Violation
from policies.rule import ADVISORY, MANDATORY, References, Severity
from seawall.checkov import templates
from seawall.checkov.environment import python
from seawall.checkov.scan import Answer, Failed, scan
from seawall.checkov.suppressions import Effect, Suppression, covering, read_suppressions
from seawall.plan.model import Plan

HOME = Path(".seawall") / "checkov"
"""The environment of checkov in a project."""


def with_checkov(report: Report, plan: Plan, root: Path, say: Callable[[str], None]) -> Report:
    """The report with what checkov says of the plan.

    A failed check is mandatory, since checkov would end with 1, unless a suppression says otherwise. `say` gets a line
    where checkov has to be installed first. Raises `CheckovError`, and `InvalidFile` for the suppressions.
    """
    suppressions = read_suppressions()
    interpreter = python(root / HOME, say)
    with tempfile.TemporaryDirectory(prefix="seawall-checkov-") as name:
        exported = templates.write(plan, Path(name))
        answers, version = scan(interpreter, Path(name), ("arm",)) if exported else ([], "unused")
    return merged(report, answers, version, exported, suppressions)


def merged(
    report: Report,
    answers: Iterable[Answer],
    version: str,
    exported: Mapping[tuple[str, str], templates.Exported],
    suppressions: Sequence[Suppression],
) -> Report:
    """The report with findings added, sorted among its own; each on the resource that the plan has."""
    violations, suppressed = list(report.violations), list(report.suppressed)
    asked = set(report.asked)
    for answer in answers:
        asked |= {str(passed["check_id"]) for passed in answer.results.passed_checks}
        for failed in answer.results.failed_checks:
            asked.add(failed.check_id)
            found = exported.get((Path(failed.file_path).name, failed.resource))
            body: Mapping[str, Any] = found.body if found else {}
            covered = covering(suppressions, failed.check_id, failed.resource, report.stack, body)
            violation = _violation(failed, found, report, covered)
            if covered and covered.effect is Effect.SUPPRESSED:
                suppressed.append(Suppressed(violation, covered.reason))
            else:
                violations.append(violation)
    return dataclasses.replace(
        report,
        violations=tuple(sorted(violations, key=lambda each: each.order)),
        suppressed=tuple(sorted(suppressed, key=lambda each: each.violation.order)),
        rules=report.rules + len(asked) - len(report.asked),
        asked=tuple(sorted(asked)),
        checkov=version,
    )


def _violation(
    failed: Failed, found: templates.Exported | None, report: Report, covered: Suppression | None
) -> Violation:
    keys = failed.check_result.get("evaluated_keys") or ()
    message = failed.check_name or failed.check_id
    if keys:
        message += f" (it looks at {', '.join(str(key) for key in keys)})"
    softened = covered is not None and covered.effect is Effect.ADVISORY
    return Violation(
        rule=failed.check_id,
        kind=Kind.VIOLATION,
        level=ADVISORY if softened else MANDATORY,
        severity=_severity(failed.severity),
        urn=found.resource.urn if found else failed.resource,
        type=found.resource.type if found else "",
        name=found.resource.name if found else failed.resource,
        message=message,
        fix=f"Advice only: {covered.reason}" if softened and covered else _fix(failed),
        references=References(checkov=(failed.check_id,)),
        title=failed.check_name or failed.check_id,
        why=f"checkov asks for it. {failed.guideline or ''}".strip(),
        group="checkov",
    )


def _fix(failed: Failed) -> str:
    if failed.guideline and not failed.guideline.startswith("http"):
        return failed.guideline
    how = f" ({failed.guideline})" if failed.guideline else ""
    return f"Do as the check asks{how}; where it is wrong, say why in policies/checkov_suppressions.yaml."


def _severity(told: str | None) -> Severity:
    """checkov knows severities only with a key of its vendor: medium where it tells none."""
    return Severity[told.upper()] if told and told.upper() in Severity.__members__ else Severity.MEDIUM
