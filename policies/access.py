"""Who may do what: what a stack was given by its tables and declared grants, and what its plan really assigns.

Rules see neither tables nor grants: whoever asks them hands in what follows from both, as data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from policies.reading import ResourceView, UnknownValue
from policies.relations import PlanView

ROLE_ASSIGNMENT = "authorization:RoleAssignment"
ELIGIBILITY = "authorization:PimRoleEligibilitySchedule"
ENTRA_GROUP = "azuread:index/group:Group"
IDENTITY = "managedidentity:UserAssignedIdentity"

PRIVILEGED: Mapping[str, str] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}
"""Roles that can assign roles, by GUID. Source: Azure docs, role-based-access-control/built-in-roles/privileged."""


@dataclass(frozen=True, order=True)
class Granted:
    """A role that the tables, or a declared grant beside them, give to one principal at one scope.

    `role` is a GUID. `principal` is an object ID, or, for what the plan itself makes, the display name of an Entra
    group or the ARM ID of an identity; `principal_id` is its object ID where that is known as well. `holder` is the
    persona. `declared` names the grant that gives it; empty: the tables do.
    """

    scope: str
    principal: str
    role: str
    eligible: bool = False
    holder: str = ""
    principal_id: str = ""
    for_group: bool = True
    declared: str = ""
    role_name: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """What the principal may go by in a plan."""
        name = self.principal.lower().rstrip("/")
        by_name = _by_name(name.rpartition("/")[2]) if name.startswith("/subscriptions/") else ""
        return frozenset({name, self.principal_id.lower(), by_name} - {""})

    def __str__(self) -> str:
        kind = "eligibility for " if self.eligible else ""
        given = f" (grant {self.declared})" if self.declared else ""
        return f"{kind}{self.role_name or self.role} of {self.holder or self.principal} at {self.scope}{given}"


@dataclass(frozen=True)
class Assigned:
    """A role assignment, or an eligibility, of a plan."""

    scope: str
    """In lower case, without a slash at its end."""
    role: str
    """The GUID, in lower case."""
    eligible: bool
    principals: frozenset[str]
    """What the principal goes by: its object ID, and what in the plan it is."""

    @property
    def role_name(self) -> str:
        return PRIVILEGED.get(self.role, f"role {self.role}")


@dataclass(frozen=True)
class Access:
    """All that a stack was given."""

    granted: frozenset[Granted]

    def of(self, assigned: Assigned) -> Granted | None:
        """The grant that an assignment is for; None where nothing gives it."""
        return self._find(assigned, assigned.eligible)

    def of_other_kind(self, assigned: Assigned) -> Granted | None:
        """The grant that would be for it if it were eligible instead of standing, or the other way round."""
        return self._find(assigned, not assigned.eligible)

    def _find(self, assigned: Assigned, eligible: bool) -> Granted | None:
        candidates = self._index.get((assigned.scope, assigned.role, eligible), ())
        return next((one for one in candidates if one.keys & assigned.principals), None)

    @cached_property
    def _index(self) -> Mapping[tuple[str, str, bool], list[Granted]]:
        index: dict[tuple[str, str, bool], list[Granted]] = defaultdict(list)
        for one in sorted(self.granted):
            index[one.scope.lower().rstrip("/"), one.role.lower(), one.eligible].append(one)
        return index


def assigned(view: ResourceView, plan: PlanView) -> Assigned:
    """What a role assignment or an eligibility gives. Raises `UnknownValue` where that can't be told."""
    role = str(view.get("roleDefinitionId", "")).rstrip("/").rpartition("/")[2].lower()
    scope = str(view.get("scope", "")).lower().rstrip("/")
    return Assigned(scope or "/", role, view.type == ELIGIBILITY, principals(view, plan))


def principals(view: ResourceView, plan: PlanView) -> frozenset[str]:
    """What the principal of an assignment goes by. Raises `UnknownValue` where neither value nor source tell."""
    found = {name for source in _sources(view, plan) for name in _names(source)}
    if view.is_unknown("principalId"):
        if not found:
            raise UnknownValue("principalId", view)
        return frozenset(found)
    id_ = str(view.get("principalId", "")).lower()
    return frozenset(found | {id_} | (_by_object_id(plan).get(id_, set()) if not found else set()))


def is_group(view: ResourceView, plan: PlanView) -> bool:
    """Whether the principal is an Entra group of the plan."""
    id_ = None if view.is_unknown("principalId") else str(view.get("principalId", "")).lower()
    own = any(source.type == ENTRA_GROUP for source in _sources(view, plan))
    return own or any(_object_id(group) == id_ for group in plan.of_type(ENTRA_GROUP) if id_)


def _sources(view: ResourceView, plan: PlanView) -> Iterator[ResourceView]:
    """The groups and identities that the principal's ID came from."""
    for urn in view.resource.property_dependencies.get("principalId", ()):
        source = plan.plan.by_urn.get(urn)
        if source is not None and plan.view(source).type in (ENTRA_GROUP, IDENTITY):
            yield plan.view(source)


def _names(source: ResourceView) -> Iterator[str]:
    if source.type == ENTRA_GROUP:
        yield str(source.get("displayName", "")).lower()
    elif source.id:
        yield source.id.lower()
    else:
        # At a first preview the engine knows no ID yet.
        yield _by_name(str(source.get("resourceName", "")).lower())


def _by_name(name: str) -> str:
    return f"identity {name}"


@lru_cache(maxsize=1)
def _by_object_id(plan: PlanView) -> dict[str, set[str]]:
    """What groups and identities of a plan go by, for one that doesn't say where its values come from."""
    index: dict[str, set[str]] = defaultdict(set)
    for view in plan.of_type(ENTRA_GROUP, IDENTITY):
        if _object_id(view):
            index[_object_id(view)].update(_names(view))
    return index


def _object_id(view: ResourceView) -> str:
    value = view.resource.outputs.get("objectId" if view.type == ENTRA_GROUP else "principalId")
    return value.lower() if isinstance(value, str) else ""
