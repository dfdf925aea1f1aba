"""Runs rules on a plan. What one rule says of one resource is decided here, for every host alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from policies.context import Context, Tier
from policies.exemptions import Exempting, Exemption, read_exemptions
from policies.packs import RULES, Levels, effective
from policies.reading import ResourceView, UnknownValue, short_type
from policies.relations import PlanView
from policies.report import Exempted, Kind, Report, Violation
from policies.rule import ADVISORY, Finding, Level, Rule
from seawall.plan.model import Plan

STACK_TYPE = "pulumi:pulumi:Stack"


def check(
    plan: Plan,
    context: Context,
    today: date,
    *,
    exemptions: Iterable[Exemption] | None = None,
    rules: Mapping[Rule, Levels] = RULES,
) -> Report:
    """What the rules hold against a plan. `exemptions` are those of `exemptions.yaml` where not given.

    Raises `files.InvalidFile` where that file can't be used.
    """
    granted = tuple(read_exemptions() if exemptions is None else exemptions)
    exempting = Exempting(granted, plan.stack, today, frozenset(rule.id for rule in rules))
    levels = effective(context, rules)
    view = PlanView(plan)
    judge = Judge(view, context, today)
    verdicts = [*_of_resources(judge, levels), *_of_plan(judge, levels)]

    violations: list[Violation] = []
    exempted: list[Exempted] = []
    for verdict in verdicts:
        violation = verdict.violation(view)
        exemption = None if verdict.kind is Kind.ERROR else exempting.covering(verdict.rule.id, verdict.resource)
        if exemption:
            exempted.append(Exempted(violation, exemption))
        else:
            violations.append(violation)
    return Report(
        stack=plan.stack,
        guarded_as=(Tier.PRODUCTION if context.production else Tier.PREPRODUCTION).value,
        violations=tuple(sorted(violations, key=lambda violation: violation.order)),
        exempted=tuple(sorted(exempted, key=lambda exempted: exempted.violation.order)),
        exemptions=exempting.to_json(),
        rules=len(levels),
        resources=len(plan.resources),
        asked=tuple(sorted(rule.id for rule in levels)),
    )


@dataclass(frozen=True)
class Verdict:
    """What a rule says: a finding with the level that it has here."""

    rule: Rule
    kind: Kind
    level: Level
    message: str
    resource: ResourceView | None

    def violation(self, plan: PlanView) -> Violation:
        """The verdict as people see it: with its secrets masked, against the stack where it is about no resource."""
        project, stack = plan.plan.project, plan.plan.stack
        name = f"{project}-{stack}"
        urn, type = f"urn:pulumi:{stack}::{project}::{STACK_TYPE}::{name}", STACK_TYPE
        if self.resource:
            urn, type, name = self.resource.urn, self.resource.resource.type, self.resource.name
        return Violation(
            rule=self.rule.id,
            kind=self.kind,
            level=self.level,
            severity=self.rule.severity,
            urn=urn,
            type=type,
            name=name,
            message=plan.secrets.masked(self.message),
            fix=self.rule.fix,
            references=self.rule.references,
            title=self.rule.title,
            why=self.rule.why,
            group=self.rule.group,
        )


@dataclass(frozen=True)
class Judge:
    """Asks rules about the resources of a plan."""

    plan: PlanView
    context: Context
    today: date

    def verdicts(self, rule: Rule, level: Level, resource: ResourceView | None) -> Iterator[Verdict]:
        """What a rule holds against one resource, or against the plan.

        A property that can't be known has the rule's level in production and is advice elsewhere. A rule that fails
        is itself a violation of that rule: nothing passes because a rule has a fault.
        """
        try:
            for found in rule.findings(resource, self.plan, self.context, self.today):
                finding = Finding(found) if isinstance(found, str) else found
                subject = finding.resource or resource
                if finding.unknown:
                    yield self._unknown(rule, level, finding.message, subject)
                else:
                    yield Verdict(rule, Kind.VIOLATION, max(level, finding.level), finding.message, subject)
        except UnknownValue as unknown:
            message = f"property {unknown.path} can't be known before deployment"
            subject = resource or unknown.resource
            if unknown.resource and unknown.resource is not subject:
                message += f" (of {unknown.resource.type} {unknown.resource.name})"
            yield self._unknown(rule, level, message, subject)
        except Exception as fault:  # whatever a rule raises, the check goes on and the rule counts as broken
            message = f"the rule failed: {type(fault).__name__}: {fault}"
            yield Verdict(rule, Kind.ERROR, level, message, resource)

    def _unknown(self, rule: Rule, level: Level, message: str, resource: ResourceView | None) -> Verdict:
        held = level if self.context.production else min(level, ADVISORY)
        return Verdict(rule, Kind.UNKNOWN, held, f"unknown: {message}", resource)


def _of_resources(judge: Judge, levels: Mapping[Rule, Level]) -> Iterator[Verdict]:
    """The verdicts of rules with types: each resource meets only the rules of its type."""
    by_type: dict[str, list[tuple[Rule, Level]]] = defaultdict(list)
    for rule, level in levels.items():
        for short in rule.types:
            by_type[short].append((rule, level))
    of_all = by_type.get("*", [])
    by_token: dict[str, list[tuple[Rule, Level]]] = {}
    for resource in judge.plan.plan.resources:
        asked = by_token.get(resource.type)
        if asked is None:
            asked = by_token[resource.type] = [*by_type.get(short_type(resource.type), ()), *of_all]
        if asked:
            view = judge.plan.view(resource)
            for rule, level in asked:
                yield from judge.verdicts(rule, level, view)


def _of_plan(judge: Judge, levels: Mapping[Rule, Level]) -> Iterator[Verdict]:
    """The verdicts of rules without types."""
    for rule, level in levels.items():
        if not rule.types:
            yield from judge.verdicts(rule, level, None)
