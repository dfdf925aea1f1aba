"""What a rule is: a pure generator over one resource, or over the plan, with its title, its why and its references.

    @rule("storage:StorageAccount", group="data", severity=HIGH, mcsb="NS-2", fix="Set allowBlobPublicAccess to false.")
    def storage_no_anonymous_blob(account):
        \"""Storage accounts refuse anonymous reads.

        Training data must never be readable without an identity.
        \"""
        if account.get("allowBlobPublicAccess", True):
            yield "anonymous reads of blobs are possible"

A rule yields a message, or a `Finding`, for each thing that is wrong. It gets the resource as its first parameter and
whatever else it names: `plan` (a `PlanView`, for relations), `context` (a `Context`) and `today`. A rule without types
runs once for the plan. Its id is the function's name with hyphens; its docstring is its title and its why.

Where the mend is unambiguous, a rule carries it: values by path, or a function of the resource that gives them, and
that may name `plan`, `context` and `today` as well.

    @rule("storage:StorageAccount", ..., remedy={"allowBlobPublicAccess": False})
    @rule("storage:StorageAccount", ..., remedy=lambda account: {"networkRuleSet.defaultAction": "Deny"})

It sets inputs and removes none; a path leads through objects, never through lists. It is asked only where the rule is
broken for certain. `policies.remedies` shows what it would change, and keeps it away from what is unknown or secret.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from policies.reading import ResourceView, UnknownValue

if TYPE_CHECKING:
    from policies.context import Context
    from policies.relations import PlanView


class Level(IntEnum):
    """What a violation of a rule does: nothing, a note, or a refusal."""

    OFF = 0
    ADVISORY = 1
    MANDATORY = 2

    def __str__(self) -> str:
        return self.name.lower()


class Severity(IntEnum):
    """How bad a violation is, wherever it is refused."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


OFF, ADVISORY, MANDATORY = Level.OFF, Level.ADVISORY, Level.MANDATORY
LOW, MEDIUM, HIGH, CRITICAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL


@dataclass(frozen=True)
class References:
    """Where others demand the same: PSRule for Azure, checkov, Azure's built-in policies, Microsoft's benchmark."""

    psrule: tuple[str, ...] = ()
    checkov: tuple[str, ...] = ()
    azure_policy: tuple[str, ...] = ()
    mcsb: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        named = {"psrule": self.psrule, "checkov": self.checkov, "azurePolicy": self.azure_policy, "mcsb": self.mcsb}
        return {key: list(values) for key, values in named.items() if values}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, where a message alone doesn't say it.

    `resource` is the one to blame, if not the one under the rule. `level` is the least level of this finding: it can
    make an advisory rule refuse. `unknown` says that the rule could not be decided; its message names what is missing.
    """

    message: str
    resource: ResourceView | None = None
    level: Level = OFF
    unknown: bool = False


Found = Iterator["str | Finding"]
Remedy = Mapping[str, Any] | Callable[..., Mapping[str, Any]]
"""What mends a violation: values by path, or a function of the resource that gives them."""
_EXTRAS = ("plan", "context", "today")


def over(resources: Iterable[ResourceView], judge: Callable[[ResourceView], Found]) -> Found:
    """What `judge` finds of each resource, for a rule that runs once for the plan.

    A resource of which something can't be known is told as unknown, and doesn't keep the others from being judged.
    """
    for resource in resources:
        try:
            for found in judge(resource):
                yield found if isinstance(found, Finding) else Finding(found, resource=resource)
        except UnknownValue as unknown:
            other = unknown.resource if unknown.resource is not resource else None
            of = f" (of {other.type} {other.name})" if other else ""
            yield Finding(f"{unknown}{of}", resource=resource, unknown=True)


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule with everything that is said about it. Two rules are equal only if they are the same one."""

    id: str
    types: tuple[str, ...]
    """Short types, such as `storage:StorageAccount`, `*` for every resource; none for a rule that runs once."""
    group: str
    severity: Severity
    title: str
    why: str
    fix: str
    references: References
    escalates: bool
    """Whether a finding of it may have a higher level than its pack gives it."""
    extras: tuple[str, ...]
    function: Callable[..., Found]
    remedy: Remedy | None = None
    """What mends a violation where that is unambiguous; `policies.remedies` applies it."""

    @property
    def relational(self) -> bool:
        """Whether it needs the whole plan, and not one resource alone."""
        return not self.types or "plan" in self.extras

    def findings(self, resource: ResourceView | None, plan: PlanView, context: Context, today: date) -> Found:
        """What is wrong with one resource, or with the plan where the rule has no types."""
        extras = self.extras
        subject = () if resource is None else (resource,)
        if not extras:
            return self.function(*subject)
        given = {"plan": plan, "context": context, "today": today}
        return self.function(*subject, **{name: given[name] for name in extras})


def rule(
    *types: str,
    group: str,
    severity: Severity,
    fix: str,
    psrule: str = "",
    checkov: str = "",
    azure_policy: str = "",
    mcsb: str = "",
    escalates: bool = False,
    remedy: Remedy | None = None,
) -> Callable[[Callable[..., Found]], Rule]:
    """Makes a rule of a generator function. References are names with spaces between them.

    Raises `TypeError` for a function that can't be a rule: no generator, no title or why, or a parameter that no rule
    has. Nothing is registered: a rule runs once a pack holds it.
    """

    def decorate(function: Callable[..., Found]) -> Rule:
        title, _, why = (inspect.getdoc(function) or "").partition("\n")
        name = function.__name__
        if not title.strip() or not why.strip() or not fix.strip():
            raise TypeError(f"rule {name} needs a docstring with a title and, after an empty line, a why; and a fix")
        if not inspect.isgeneratorfunction(function):
            raise TypeError(f"rule {name} must be a generator: it yields what is wrong")
        parameters = list(inspect.signature(function).parameters)
        extras = parameters[1:] if types else parameters
        if (types and not parameters) or not set(extras) <= set(_EXTRAS):
            raise TypeError(f"rule {name} may take {'the resource, then ' if types else ''}{', '.join(_EXTRAS)}")
        if remedy is not None and not types:
            raise TypeError(f"rule {name} has no types, so that there is no resource to remedy")
        return Rule(
            id=name.replace("_", "-"),
            types=types,
            group=group,
            severity=severity,
            title=title.strip(),
            why=why.strip(),
            fix=fix.strip(),
            references=References(*(tuple(names.split()) for names in (psrule, checkov, azure_policy, mcsb))),
            escalates=escalates,
            extras=tuple(extras),
            function=function,
            remedy=remedy,
        )

    return decorate
