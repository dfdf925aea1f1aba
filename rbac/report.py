"""Readings of who may do what: rows, a matrix, what differs between two stacks, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rbac.assignments import Access, Assignment, permissions_with
from rbac.grants import Grants
from rbac.model import Service, Tables


@dataclass(frozen=True)
class Row:
    """The roles of one principal at one scope, given together. `grant` is empty for what the tables give."""

    persona: str
    resource: str
    roles: tuple[str, ...]
    access: str
    scope: str
    principal: str
    grant: str = ""
    reason: str = ""
    source: str = ""

    @property
    def document(self) -> dict[str, Any]:
        """The row as JSON; of a declared grant with what declares it."""
        said = {
            "persona": self.persona,
            "resource": self.resource,
            "roles": list(self.roles),
            "access": self.access,
            "scope": self.scope,
            "principal": self.principal,
        }
        return said | ({"grant": self.grant, "reason": self.reason, "source": self.source} if self.grant else {})


def rows(assignments: Iterable[Assignment]) -> list[Row]:
    """Assignments with the roles of a cell together, in their order."""
    found: dict[tuple[str, ...], list[Assignment]] = {}
    for one in assignments:
        key = (one.persona, one.resource, one.access, one.scope, one.principal.shown, one.grant)
        found.setdefault(key, []).append(one)
    return [
        Row(
            persona=first.persona,
            resource=first.resource,
            roles=tuple(one.role for one in group),
            access=first.access,
            scope=first.scope,
            principal=first.principal.shown,
            grant=first.grant,
            reason=first.reason,
            source=first.source,
        )
        for group in found.values()
        for first in group[:1]
    ]


@dataclass(frozen=True)
class Held:
    """What a persona has on a resource, wherever it stands."""

    roles: tuple[str, ...]
    access: str

    @property
    def document(self) -> dict[str, Any]:
        return {"roles": list(self.roles), "access": self.access}


def matrix(assignments: Iterable[Assignment]) -> dict[tuple[str, str], Held]:
    """By persona and resource."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for one in assignments:
        found.setdefault((one.persona, one.resource), {})[one.role] = one.access
    return {key: Held(tuple(roles), next(iter(roles.values()))) for key, roles in found.items()}


@dataclass(frozen=True)
class Difference:
    """A persona and a resource that two stacks treat differently; None: no role."""

    persona: str
    resource: str
    before: Held | None
    after: Held | None


def differences(tables: Tables, before: Access, after: Access) -> list[Difference]:
    """What differs between two stacks, in the tables' order; what is declared comes last."""
    found = []
    for one, other in ((before.of_tables, after.of_tables), (before.declared, after.declared)):
        left, right = matrix(one), matrix(other)
        for persona, resource in sorted({*left, *right}, key=lambda key: _order(tables, *key)):
            held, holds = left.get((persona, resource)), right.get((persona, resource))
            if held is None or holds is None or {*held.roles} != {*holds.roles} or held.access != holds.access:
                found.append(Difference(persona, resource, held, holds))
    return found


def _order(tables: Tables, persona: str, resource: str) -> tuple[int, str, int, str]:
    names = [one.name for one in tables.personas]
    return (
        names.index(persona) if persona in names else len(names),
        persona,
        tables.resources.index(resource) if resource in tables.resources else len(tables.resources),
        resource,
    )


@dataclass(frozen=True)
class Answer:
    """An assignment that permits an action, and the pattern of its role that does."""

    assignment: Assignment
    pattern: str
    date: str


def who_says_so(access: Access, grants: Grants, persona: str, action: str, resource: str) -> list[Answer]:
    """The assignments by which a persona may do something on a resource; none: it may not.

    An assignment holds for whatever stands within its scope: that on a resource group for the resources in it.
    """
    permissions = permissions_with(grants)
    targets = {one.scope.lower() for one in access.assignments if one.resource == resource}
    found = []
    for one in access.assignments:
        if one.persona != persona or one.service is not Service.AZURE:
            continue
        scope = one.scope.lower()
        role = permissions.get(one.role)
        if role is not None and any(_within(target, scope) for target in targets) and (said := role.permits(action)):
            found.append(Answer(one, said, role.date))
    return sorted(found, key=lambda answer: answer.assignment.access != "standing")


def _within(target: str, scope: str) -> bool:
    return target == scope or target.startswith(f"{scope}/")


def table_markdown(tables: Tables, tier: str) -> str:
    """A tier's table as the reference prints it, whoever is mapped to it."""
    lines = [["Persona", *tables.resources], ["---"] * (len(tables.resources) + 1)]
    for persona in tables.personas:
        cells = (tables.roles(tier, persona.name, resource) for resource in tables.resources)
        lines.append([persona.name, *(", ".join(map(tables.short, roles)) for roles in cells)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
