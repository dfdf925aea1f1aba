"""What previews against Azure have found, as a pull request's own job left it: data, and nobody's word to trust.

The preview runs the change's code, so whoever wrote the change could have written the answer as well. It is read by its
form, shown as text, and can make a verdict worse but never better.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from policies import Kind, Level, Report, Severity, Violation
from policies.rule import References
from seawall.local.changes import ABSENT, Change
from seawall.local.diff import Diff, ResourceChange
from seawall.local.events import Op

NO_PREVIEW = "what its job left is no preview: that job's log says why"
LEVELS = {str(level): level for level in (Level.ADVISORY, Level.MANDATORY)}


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """One environment's preview. Where `failed` says why there is none, the rest is empty."""

    diff: Diff
    violations: tuple[Violation, ...] = ()
    failed: str = ""

    @property
    def refused(self) -> bool:
        return any(violation.level is Level.MANDATORY for violation in self.violations)

    def beside(self, planned: Diff) -> tuple[ResourceChange, ...]:
        """What would happen in Azure and doesn't follow from comparing the two plans: other resources, or otherwise."""
        known = {_key(change) for change in planned.changing}
        return tuple(change for change in self.diff.changing if _key(change) not in known)


def _key(change: ResourceChange) -> str:
    return json.dumps([change.urn, change.op, [_sides(item) for item in change.changes]], default=str, sort_keys=True)


def _sides(item: Change) -> dict[str, Any]:
    return {"path": item.path} | {k: v for k, v in (("b", item.before), ("a", item.after)) if v is not ABSENT}


# The answer of `seawall preview --json` ------------------------------------------------------------------------------


class _Property(msgspec.Struct, frozen=True):
    path: str
    before: Any = ABSENT
    after: Any = ABSENT


class _Resource(msgspec.Struct, frozen=True):
    urn: str
    type: str
    name: str
    op: Op
    id: str = ""
    reasons: tuple[str, ...] = ()
    changes: tuple[_Property, ...] = ()


class _Stack(msgspec.Struct, frozen=True):
    stack: str
    resources: tuple[_Resource, ...]


class _Found(msgspec.Struct, frozen=True):
    rule: str
    level: str
    urn: str
    message: str


class _Verdict(msgspec.Struct, frozen=True):
    stack: str
    violations: tuple[_Found, ...]


class _Verdicts(msgspec.Struct, frozen=True):
    stacks: tuple[_Verdict, ...]


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    stacks: tuple[_Stack, ...] = ()
    guardrails: _Verdicts | None = None
    policy_pack: tuple[_Found, ...] | None = None
    errors: tuple[str, ...] = ()


def read(file: Path, environment: str, report: Report) -> Previewed:
    """The preview of an environment from a file. Anything else in it is a preview that failed, and no fault of ours.

    `report` is the judge's own: how to mend a violation is taken from there.
    """
    try:
        answer = msgspec.json.decode(file.read_bytes(), type=_Answer)
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _failed(environment, NO_PREVIEW)
    values = (v for one in answer.stacks for r in one.resources for c in r.changes for v in (c.before, c.after))
    if any(_is_deep(value) for value in values):
        return _failed(environment, NO_PREVIEW)
    stack = next((one for one in answer.stacks if one.stack == environment), None)
    if stack is None:
        return _failed(environment, " ".join(answer.errors[:1]) or NO_PREVIEW)
    found = (_violation(one, report) for one in _found(answer, environment))
    # In a report's order: an engine tells them as it comes across them.
    return Previewed(diff=_diff(stack), violations=tuple(sorted(found, key=lambda violation: violation.order)))


def _is_deep(value: Any, left: int = 50) -> bool:
    """Whether a value has more levels than any property of Azure's, and too many for what shows it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_deep(one, left - 1) for one in inner)


def _failed(environment: str, why: str) -> Previewed:
    return Previewed(diff=Diff(stack=environment, resources=()), failed=why)


def _diff(stack: _Stack) -> Diff:
    counts: dict[Op, int] = {}
    for resource in stack.resources:
        counts[resource.op] = counts.get(resource.op, 0) + 1
    resources = tuple(
        ResourceChange(
            urn=one.urn,
            type=one.type,
            name=one.name,
            id=one.id,
            op=one.op,
            reasons=one.reasons,
            changes=tuple(Change(path=item.path, before=item.before, after=item.after) for item in one.changes),
        )
        for one in stack.resources
    )
    return Diff(stack=stack.stack, resources=resources, counts=counts)


def _found(answer: _Answer, environment: str) -> Sequence[_Found]:
    """What the policy pack said under Pulumi's engine; without it, what the offline check did."""
    if answer.policy_pack is not None:
        return [one for one in answer.policy_pack if one.urn.startswith(f"urn:pulumi:{environment}::")]
    stacks: Mapping[str, _Verdict] = {one.stack: one for one in (answer.guardrails.stacks if answer.guardrails else ())}
    return stacks[environment].violations if environment in stacks else ()


def _violation(found: _Found, report: Report) -> Violation:
    """In the judge's words where it has found the same."""
    ours = next((v for v in report.violations if (v.rule, v.urn) == (found.rule, found.urn)), None)
    _, _, type_, name = [*found.urn.split("::", 3), "", "", ""][:4]
    return Violation(
        rule=found.rule,
        kind=Kind.VIOLATION,
        level=LEVELS.get(found.level, Level.MANDATORY),
        severity=ours.severity if ours else Severity.HIGH,
        urn=found.urn,
        type=type_.rpartition("$")[2],
        name=name,
        message=found.message,
        fix=ours.fix if ours else "",
        references=ours.references if ours else References(),
    )
