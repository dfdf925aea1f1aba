"""What a check found: violations, sorted and the same from run to run, and what was exempted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies.exemptions import Exemption
from policies.rule import Level, References, Severity


class Kind(StrEnum):
    """Why a rule isn't kept: it is broken, it can't be decided, or the rule itself failed."""

    VIOLATION = "violation"
    UNKNOWN = "unknown"
    ERROR = "error"


@dataclass(frozen=True)
class Violation:
    """One thing that a rule holds against one resource. Its message shows no secret."""

    rule: str
    kind: Kind
    level: Level
    severity: Severity
    urn: str
    type: str
    """The Pulumi token."""
    name: str
    """The logical name in the program."""
    message: str
    fix: str
    references: References
    title: str = ""
    """What the rule demands, in a sentence."""
    why: str = ""
    group: str = ""

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Refusals first, then by rule and resource."""
        return (-self.level, self.rule, self.urn, self.message)

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "level": str(self.level),
            "severity": str(self.severity),
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "message": self.message,
            "fix": self.fix,
            "references": self.references.to_json(),
        }


@dataclass(frozen=True)
class Exempted:
    """What would be a violation, were it not for an exemption."""

    violation: Violation
    exemption: Exemption

    def to_json(self) -> dict[str, Any]:
        granted = self.exemption.model_dump(mode="json", include={"resource", "reason", "owner", "approval", "expires"})
        return {**self.violation.to_json(), "exemption": granted}


@dataclass(frozen=True)
class Suppressed:
    """A finding of another tool that is known to be wrong, with the reason."""

    violation: Violation
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {**self.violation.to_json(), "reason": self.reason}


@dataclass(frozen=True)
class Report:
    """What a check found on a plan."""

    stack: str
    guarded_as: str
    """The tier whose guard holds: production, too, for a lower environment that holds production data."""
    violations: tuple[Violation, ...]
    exempted: tuple[Exempted, ...]
    exemptions: dict[str, list[dict[str, Any]]]
    """Every exemption of the stack by its state: active, expired, tooLong, unknownRule, duplicate, orphaned."""
    rules: int
    """How many rules were asked."""
    resources: int
    """How many resources the plan has."""
    asked: tuple[str, ...] = ()
    """Ids of the rules that were asked, sorted."""
    suppressed: tuple[Suppressed, ...] = ()
    """What checkov says that is known to be wrong."""
    checkov: str = ""
    """The version of checkov whose findings are among the violations; empty where it wasn't asked."""

    @property
    def refused(self) -> bool:
        """Whether anything mandatory stands against the plan."""
        return any(violation.level is Level.MANDATORY for violation in self.violations)

    @property
    def summary(self) -> dict[str, Any]:
        levels = Counter(violation.level for violation in self.violations)
        kinds = Counter(violation.kind for violation in self.violations)
        return {
            "refused": self.refused,
            "guardedAs": self.guarded_as,
            "mandatory": levels[Level.MANDATORY],
            "advisory": levels[Level.ADVISORY],
            "unknown": kinds[Kind.UNKNOWN],
            "errors": kinds[Kind.ERROR],
            "exempted": len(self.exempted),
            "rules": self.rules,
            "resources": self.resources,
            **({"suppressed": len(self.suppressed)} if self.checkov else {}),
        }

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values, for machines. Numbers of `summary` count violations, exempted ones apart."""
        return {
            "stack": self.stack,
            "violations": [violation.to_json() for violation in self.violations],
            "exempted": [exempted.to_json() for exempted in self.exempted],
            "exemptions": self.exemptions,
            **self._of_checkov(),
            "summary": self.summary,
        }

    def _of_checkov(self) -> dict[str, Any]:
        if not self.checkov:
            return {}
        return {"checkov": self.checkov, "suppressed": [suppressed.to_json() for suppressed in self.suppressed]}
