"""What would mend violations: the remedies that rules carry, as changes of inputs, shown before anything is changed.

A remedy is asked only where its rule is broken for certain. It changes nothing where a property that it sets, or what
that stands in, is unknown, secret or a list: what can't be seen is not overwritten.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from policies.context import Context
from policies.packs import RULES, Levels
from policies.reading import ResourceView, UnknownValue
from policies.relations import PlanView
from policies.report import Kind, Report
from policies.rule import Rule
from seawall.plan.model import Plan
from seawall.plan.values import UNKNOWN, Secret


class NoRemedy(Exception):
    """A remedy can't be applied here; the message says why."""


@dataclass(frozen=True)
class Change:
    """One property with its value before, None where it is absent, and after."""

    path: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Fix:
    """What mends a violation of a rule on a resource. Without changes, `why_not` says why there are none."""

    rule: str
    urn: str
    type: str
    name: str
    changes: tuple[Change, ...]
    why_not: str = ""

    def to_json(self) -> dict[str, Any]:
        told = {"rule": self.rule, "urn": self.urn, "type": self.type, "name": self.name}
        changes = [change.to_json() for change in self.changes]
        return {**told, "changes": changes, **({"whyNot": self.why_not} if self.why_not else {})}


def fixes(
    report: Report, plan: Plan, context: Context, today: date, rules: Mapping[Rule, Levels] = RULES
) -> tuple[Fix, ...]:
    """The fix of each violation whose rule carries a remedy, in the report's order; one for a rule and resource."""
    carrying = {rule.id: rule for rule in rules if rule.remedy is not None}
    view = PlanView(plan)
    found: dict[tuple[str, str], Fix] = {}
    for violation in report.violations:
        key = (violation.rule, violation.urn)
        rule, resource = carrying.get(violation.rule), plan.by_urn.get(violation.urn)
        if rule is None or resource is None or violation.kind is not Kind.VIOLATION or key in found:
            continue
        try:
            made, why_not = changes(rule, view.view(resource), view, context, today), ""
        except NoRemedy as reason:
            made, why_not = (), str(reason)
        if made or why_not:
            found[key] = Fix(rule.id, resource.urn, resource.type, resource.name, made, why_not)
    return tuple(found.values())


def changes(rule: Rule, resource: ResourceView, plan: PlanView, context: Context, today: date) -> tuple[Change, ...]:
    """What a rule's remedy would change, by path; nothing where all is as it would have it. Raises `NoRemedy`."""
    try:
        wanted = _wanted(rule, resource, {"plan": plan, "context": context, "today": today})
        made = [Change(path, _current(resource.resource.inputs, path), wanted[path]) for path in sorted(wanted)]
    except UnknownValue as unknown:
        raise NoRemedy(f"property {unknown.path} can't be known before deployment") from None
    except NoRemedy:
        raise
    except Exception as fault:  # as for rules: whatever a remedy raises, the check goes on
        raise NoRemedy(f"the remedy failed: {type(fault).__name__}: {fault}") from None
    return tuple(change for change in made if change.before != change.after)


def mended(inputs: Mapping[str, Any], made: Iterable[Change]) -> dict[str, Any]:
    """The inputs with changes made; whatever they don't touch is the same object as before."""
    result = dict(inputs)
    for change in made:
        place = result
        *steps, last = change.path.split(".")
        for step in steps:
            place[step] = dict(place.get(step) or {})
            place = place[step]
        place[last] = change.after
    return result


def mended_plan(plan: Plan, made: Iterable[Fix]) -> Plan:
    """The plan as it would be with every fix made."""
    by_urn: dict[str, list[Change]] = {}
    for fix in made:
        by_urn.setdefault(fix.urn, []).extend(fix.changes)
    resources = tuple(
        msgspec.structs.replace(resource, inputs=mended(resource.inputs, by_urn[resource.urn]))
        if resource.urn in by_urn
        else resource
        for resource in plan.resources
    )
    return msgspec.structs.replace(plan, resources=resources)


def _wanted(rule: Rule, resource: ResourceView, given: Mapping[str, Any]) -> Mapping[str, Any]:
    remedy = rule.remedy
    if not callable(remedy):
        return remedy or {}
    named = list(inspect.signature(remedy).parameters)[1:]
    return remedy(resource, **{name: given[name] for name in named})


def _current(inputs: Mapping[str, Any], path: str) -> Any:
    """The value that a remedy would replace; None where it is absent. Raises `NoRemedy` where it must stay."""
    value: Any = inputs
    walked: list[str] = []
    for step in path.split("."):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise NoRemedy(f"{'.'.join(walked)} is {_kind(value)}, which a remedy doesn't change")
        value = value.get(step)
        walked.append(step)
    hidden = next(_hidden(value), None)
    if hidden is None:
        return value
    raise NoRemedy(f"{path} is {_kind(hidden)}, which a remedy doesn't change")


def _hidden(value: Any) -> Iterator[Any]:
    """The parts of a value that nobody may see, or can."""
    if isinstance(value, Secret) or value is UNKNOWN:
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _hidden(part)


def _kind(value: Any) -> str:
    if isinstance(value, Secret):
        return "a secret"
    if value is UNKNOWN:
        return "unknown before deployment"
    return "a list" if isinstance(value, list) else "no object"
