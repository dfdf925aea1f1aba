"""From tables, grants and what a stack has, to the assignments that they demand. No Azure, no Pulumi, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from rbac.conditions import Condition
from rbac.grants import DEPLOYER, Grant, Grants
from rbac.model import COLLECTION_ADMINISTRATORS, PRIVILEGED, RESOURCES, Service, Tables
from rbac.permissions import Role, load_permissions
from rbac.roles import assignment_name, custom_role_id, role_ids

PrincipalType = Literal["Group", "ServicePrincipal"]
AccessKind = Literal["standing", "eligible"]


@dataclass(frozen=True)
class Place:
    """Something that roles are assigned at. `scope` is its own ARM ID, or its address in Azure DevOps.

    `keys_off`: storage that takes no account keys. `tables_only`: it is a second place of a resource of the tables,
    for which grants have a name of its own.
    """

    resource: str
    scope: str
    name: str
    keys_off: bool = False
    organisation: str = ""
    tables_only: bool = False


@dataclass(frozen=True)
class Principal:
    """Who gets roles. `key` tells it from the stack's others; `id` is its object ID, empty until it exists.

    `shown` is what reports call it: the object ID, the identity's ARM ID, or the name of the group to be made.
    """

    key: str
    type: PrincipalType
    shown: str
    id: str = ""
    project: str = ""
    is_made: bool = False


@dataclass(frozen=True)
class Estate:
    """What a stack has: its places, and the principals of its personas and of its identities (`workspace`, `ci`...).

    `name` tells the stack from others in the tenant. `kind` is production, preproduction or shared; `tier` the table
    that holds: shared's is production's.
    """

    tier: str
    kind: str
    name: str
    subscription: str
    places: Sequence[Place]
    principals: Mapping[str, Sequence[Principal]]
    lacks: Mapping[str, str] = field(default_factory=dict)
    """Why a resource of the tables has no place, or a persona no principal."""


@dataclass(frozen=True)
class Assignment:
    """One role of one principal at one scope. `grant` names the declared grant that gives it; empty: the tables do."""

    persona: str
    resource: str
    role: str
    role_id: str
    scope: str
    place: str
    principal: Principal
    access: AccessKind
    service: Service = Service.AZURE
    condition: Condition | None = None
    grant: str = ""
    reason: str = ""
    source: str = ""
    by_component: bool = False
    """Whether the component that needs it makes it, so that nobody else may."""

    @property
    def name(self) -> str:
        """The assignment's name in Azure, the same in every run; empty while the principal doesn't exist."""
        return assignment_name(self.scope, self.principal.id, self.role_id) if self.principal.id else ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What Azure takes once: a role of a principal at a scope."""
        return (self.scope.lower(), self.principal.key, self.role)


@dataclass(frozen=True)
class LeftOut:
    """Cells or a grant that come to nothing in a stack, and why."""

    persona: str
    resource: str
    roles: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        where = f" on {self.resource}" if self.resource else ""
        return f"{self.persona}{where}: {', '.join(self.roles) or 'everything'} left out: {self.reason}"


@dataclass(frozen=True)
class Access:
    """Who may do what in a stack."""

    assignments: tuple[Assignment, ...]
    left_out: tuple[LeftOut, ...]

    @cached_property
    def of_tables(self) -> tuple[Assignment, ...]:
        return tuple(one for one in self.assignments if not one.grant)

    @cached_property
    def declared(self) -> tuple[Assignment, ...]:
        return tuple(one for one in self.assignments if one.grant)


@dataclass(frozen=True)
class Demand:
    """An assignment as a guardrail looks for it in a plan: an ARM scope, a role's GUID and a principal.

    `principal_id` is empty for what the plan makes itself: `principal` is then the identity's ARM ID, or the display
    name of the group. `declared` names the grant that asks for it; empty: the tables do. `for_group`: the principal is
    a group. `privileged`: the role can assign roles.
    """

    persona: str
    resource: str
    role: str
    role_id: str
    scope: str
    principal: str
    principal_id: str
    for_group: bool
    eligible: bool
    privileged: bool
    declared: str


def demanded(access: Access) -> tuple[Demand, ...]:
    """What tables and grants demand of a plan's role assignments and eligibilities in Azure."""
    return tuple(
        Demand(
            persona=one.persona,
            resource=one.resource,
            role=one.role,
            role_id=one.role_id,
            scope=one.scope,
            principal=one.principal.shown,
            principal_id=one.principal.id,
            for_group=one.principal.type == "Group",
            eligible=one.access == "eligible",
            privileged=one.role in PRIVILEGED,
            declared=one.grant,
        )
        for one in access.assignments
        if one.service is Service.AZURE
    )


def compiled(tables: Tables, grants: Grants, estate: Estate) -> Access:
    """The assignments of a stack, each once: the tables' first, then those of the declared grants."""
    compiler = _Compiler(tables, grants, estate)
    found: dict[tuple[str, str, str], Assignment] = {}
    for one in (*compiler.of_tables(), *compiler.of_grants()):
        found.setdefault(one.key, one)
    return Access(tuple(found.values()), tuple(dict.fromkeys(compiler.left_out)))


class _Compiler:
    def __init__(self, tables: Tables, grants: Grants, estate: Estate) -> None:
        self.tables, self.grants, self.estate = tables, grants, estate
        self.left_out: list[LeftOut] = []
        self.ids = role_ids() | {
            name: custom_role_id(estate.subscription, f"{name} {estate.name}") for name in grants.roles
        }
        self.places: dict[str, list[Place]] = {}
        for place in estate.places:
            self.places.setdefault(place.resource, []).append(place)

    def of_tables(self) -> Iterator[Assignment]:
        for persona in self.tables.personas:
            if not self.estate.principals.get(persona.name):
                reason = self.estate.lacks.get(persona.name, "access.personas names nobody for it")
                self._leave_out(persona.name, "", (), reason)
        for cell in self.tables.cells(self.estate.tier):
            principals = self.estate.principals.get(cell.persona.name, ())
            places = self.places.get(cell.resource, ())
            if principals and not places:
                reason = self.estate.lacks.get(cell.resource, "the stack has none")
                self._leave_out(cell.persona.name, cell.resource, cell.roles, reason)
            access: AccessKind = "eligible" if cell.persona.just_in_time else "standing"
            for place in places:
                for principal in principals:
                    for role in cell.roles:
                        yield self._assignment(cell.persona.name, place, role, principal, access)

    def of_grants(self) -> Iterator[Assignment]:
        for grant in self.grants.grants:
            if self.estate.kind not in grant.stacks:
                continue
            principals = self.estate.principals.get(grant.to, ())
            if not principals and grant.to == DEPLOYER:
                self._leave_out(grant.persona, grant.on, grant.roles, "access.deployer isn't set")
            for place in self.places.get(grant.on, ()):
                if place.tables_only or (grant.keys_off and not place.keys_off):
                    continue
                for principal in principals:
                    for role in grant.roles:
                        yield self._assignment(grant.persona, place, role, principal, "standing", grant)

    def _assignment(
        self,
        persona: str,
        place: Place,
        role: str,
        principal: Principal,
        access: AccessKind,
        grant: Grant | None = None,
    ) -> Assignment:
        service = RESOURCES.get(place.resource, Service.AZURE)
        return Assignment(
            persona=persona,
            resource=place.resource,
            role=role,
            role_id=self.ids.get(role, "") if service is Service.AZURE else "",
            scope=place.organisation if role == COLLECTION_ADMINISTRATORS else place.scope,
            place=place.name,
            principal=principal,
            access=access,
            service=service,
            condition=self._condition(role, grant) if service is Service.AZURE else None,
            grant=grant.id if grant else "",
            reason=grant.reason if grant else "",
            source=grant.source if grant else "",
            by_component=grant.by_component if grant else False,
        )

    def _condition(self, role: str, grant: Grant | None) -> Condition | None:
        """For a role that can assign roles: those that Seawall assigns, no other.

        The tables' owners may assign none that is privileged. The deployer has to, but to no one that the tables
        don't make an owner.
        """
        if role not in PRIVILEGED:
            return None
        if grant is None or grant.to != DEPLOYER:
            return Condition(self.assignable)
        return Condition(self.assignable, (self.ids["Owner"],), self.owners)

    @cached_property
    def assignable(self) -> tuple[str, ...]:
        """The GUIDs of all roles that tables and grants give in Azure and that let nobody make himself more."""
        names = {role for tier in self.tables.rows for cell in self.tables.cells(tier) for role in cell.roles}
        names |= {role for grant in self.grants.grants for role in grant.roles}
        escalating = {name for name, role in permissions_with(self.grants).items() if role.escalates}
        return tuple(sorted(self.ids[name] for name in names - escalating if name in self.ids))

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """The keys of the principals that the tables of this stack make owners for good."""
        return _keys(
            principal
            for cell in self.tables.cells(self.estate.tier)
            if "Owner" in cell.roles and not cell.persona.just_in_time
            for principal in self.estate.principals.get(cell.persona.name, ())
        )

    def _leave_out(self, persona: str, resource: str, roles: tuple[str, ...], reason: str) -> None:
        self.left_out.append(LeftOut(persona, resource, roles, reason))


def permissions_with(grants: Grants) -> dict[str, Role]:
    """What each role permits, by name: Azure's and our own."""
    own = {name: role.permissions for name, role in grants.roles.items()}
    return {**load_permissions().roles, **own}


def _keys(principals: Iterable[Principal]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(principal.key for principal in principals))
