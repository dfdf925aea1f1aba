"""What a service adds to Resource Manager's contract: a record of small functions for each resource type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.routes import Route
from seawall.local.store import Row, Store


@dataclass(frozen=True)
class Put:
    """A create or an update as a service sees it."""

    route: Route
    body: dict[str, Any]
    """What is asked for, whole (a PATCH arrives merged), before Azure fills in the rest."""
    before: Row | None
    """The resource as it is, None for a creation."""
    store: Store

    @property
    def properties(self) -> dict[str, Any]:
        found = self.body.get("properties")
        return found if isinstance(found, dict) else {}

    @property
    def properties_before(self) -> dict[str, Any]:
        found = self.before.body.get("properties") if self.before else None
        return found if isinstance(found, dict) else {}

    def referenced(self, id: Any) -> dict[str, Any]:
        """The body of a resource that this one names by its ID; empty where it isn't here."""
        row = self.store.resource(id) if isinstance(id, str) and id else None
        return row.body if row else {}

    def children(self, arm_type: str) -> list[Row]:
        """The resources of a type below this one."""
        return self.store.of_type(arm_type, self.route.id)


@dataclass(frozen=True)
class SoftDelete:
    """How a type is kept after its deletion, and brought back."""

    recover: tuple[str, Any]
    """The property, and its value, with which a PUT asks to bring the deleted one back."""
    conflict: Callable[[Route], AzureError]
    """What a plain PUT under the deleted one's name is answered."""
    applies: Callable[[dict[str, Any]], bool] = lambda body: True
    purgeable: Callable[[dict[str, Any]], bool] = lambda body: True
    lost: tuple[str, ...] = ()
    """Types, in lower case, of children that don't come back."""
    holds_references: bool = False
    """Whether what it refers to stays in use until it is purged."""
    deleted_type: str = ""
    """The type, in lower case, under whose ID the deleted one can be read and purged:
    `…/locations/{location}/deletedVaults/{name}`."""


@dataclass(frozen=True)
class InUse:
    """A type that can't be deleted while others refer to it."""

    code: str
    by: tuple[str, ...]
    """Types, in lower case, of those whose references count. A prefix stands for all types below it."""
    status: int = 400


@dataclass(frozen=True)
class Service:
    """One resource type. Every part has a default that adds nothing."""

    put_ticks: int = 0
    """How often the operation is polled before a PUT has finished; 0: it is done when it is answered."""
    delete_ticks: int = 0
    created_status: int = 201
    """What the PUT of a new resource is answered with: a client may take one of 201 and 202 only."""
    shown: Callable[[Row, Store], dict[str, Any]] | None = None
    """The body as it is answered, where a part of it depends on other resources."""
    check: Callable[[Put], None] | None = None
    """Raises `AzureError` where the real service refuses."""
    merged: Callable[[Put], dict[str, Any]] | None = None
    """The body to keep, where that isn't simply what was asked for."""
    inline: Callable[[Put], Iterable[tuple[str, dict[str, Any]]]] | None = None
    """Children that come with the body: IDs and bodies."""
    dropped: Callable[[Put], Iterable[str]] | None = None
    """The IDs of children that a body leaves out and so deletes."""
    check_delete: Callable[[Row, Store], None] | None = None
    in_use: InUse | None = None
    nested: tuple[str, ...] = ()
    """Types of children, in lower case, that have to be deleted first."""
    soft_delete: SoftDelete | None = None
    global_name: Callable[[Put], str] | None = None
    """The name that must be unique beyond its parent, empty for none."""
    name_taken: Callable[[Put, str], AzureError] | None = None
    exists_by_itself: Callable[[str], bool] = lambda name: False
    """Whether a resource of this name is always there below its parent, and so is only ever updated and reset."""
    deletable: bool = True
    if_match: bool = True
    """Whether the service looks at If-Match."""
    owned_by_releases: tuple[str, ...] = ()
    """Properties whose live values belong to releases, not to the stack."""
    release_tags: str = ""
    """The prefix of the tags that belong to releases."""

    def name_of(self, route: Route, body: dict[str, Any], store: Store) -> str:
        """The globally unique name that a new resource would have, or nothing."""
        return self.global_name(Put(route, body, None, store)) if self.global_name else ""


def refuse(code: str, message: str, *, status: int = 400, target: str = "") -> AzureError:
    """A service's refusal."""
    return AzureError(code, message, status=status, target=target)


def name_conflict(code: str, what: str) -> Callable[[Put, str], AzureError]:
    """The usual answer to a globally unique name that somebody has already."""

    def taken(put: Put, holder: str) -> AzureError:
        return refuse(code, f"The {what} named {put.route.name} is already taken.", status=409, target="name")

    return taken


def lower_name(put: Put) -> str:
    """The global name of a type whose names are unique in the world, within the type."""
    return f"{put.route.arm_type}:{put.route.name.lower()}"
