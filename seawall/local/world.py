"""What surrounds a resource: parents, references, locks. Questions that Resource Manager asks for every type."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.azure.types import UnknownType, of_arm_type
from seawall.local.errors import AzureError
from seawall.local.routes import RESOURCE_GROUP, Kind, Route, is_below, parse
from seawall.local.services import object_type, service_of
from seawall.local.services.authorization import LOCK, locked
from seawall.local.services.machine_learning import ASSETS
from seawall.local.store import Row, Store

TERMINAL = ("Succeeded", "Failed", "Canceled")

_UNCHECKED = ("microsoft.authorization/roledefinitions",)
"""Types that are mostly Azure's own, so that a name that isn't here says nothing."""


def is_known_type(arm_type: str) -> bool:
    try:
        of_arm_type(arm_type)
    except UnknownType:
        return False
    return True


class World:
    """The surroundings, in one store. `externals` are IDs that count as existing, with all that is below them."""

    def __init__(self, store: Store, externals: Iterable[str] = ()) -> None:
        self.store = store
        self.externals = tuple(externals)

    def exists(self, id: str) -> bool:
        """Whether a resource is there: made by someone, there by itself, or taken as existing."""
        return self.store.exists(id) or self.is_external(id) or self.exists_by_itself(parse(id))

    def is_external(self, id: str) -> bool:
        return any(is_below(id, external) for external in self.externals)

    def exists_by_itself(self, route: Route) -> bool:
        """Whether Azure always has it, such as a storage account's blob service."""
        if route.kind is Kind.OBJECT:
            return self._is_taken_up(route.id)
        if route.kind is not Kind.RESOURCE or not service_of(route.arm_type).exists_by_itself(route.name):
            return False
        return not route.parent or parse(route.parent).kind is Kind.SUBSCRIPTION or self.exists(route.parent)

    def _is_taken_up(self, id: str) -> bool:
        row = self.store.resource(id)
        kind = object_type(row.arm_type) if row else None
        return bool(row and kind and kind.taken_up(row))

    # Parents -------------------------------------------------------------------------------------------------------

    def check_place(self, route: Route) -> None:
        """Raises where the resource group, the parent or the scope of a new resource isn't there."""
        self._check_group(route)
        if not self._parent_exists(route.parent):
            name = route.parent.rsplit("/", 1)[-1]
            if len(route.names) > 1:
                raise AzureError(
                    "ParentResourceNotFound",
                    f"Failed to perform the operation on {route.id}: its parent resource '{name}' could not be found.",
                    status=404,
                )
            raise not_found(route.parent)

    def _check_group(self, route: Route) -> None:
        parts = route.id.split("/")
        if len(parts) < 6 or parts[3].lower() != "resourcegroups":
            return
        group = "/".join(parts[:5])
        row = self.store.resource(group)
        if row is None and not self.is_external(route.parent) and not self.exists_by_itself(parse(group)):
            raise not_found(group)
        if row is not None and row.state == "Deleting":
            raise AzureError(
                "ResourceGroupBeingDeleted",
                f"The resource group '{parts[4]}' is in deprovisioning state and cannot perform this operation.",
                status=409,
            )

    def _parent_exists(self, parent: str) -> bool:
        if not parent or parent.lower().startswith("/providers/microsoft.management/"):
            return True
        route = parse(parent)
        if route.kind is Kind.SUBSCRIPTION or self.exists(parent):
            return True
        # A type that only groups others, such as a data factory's managedVirtualNetworks, or that comes with its
        # first version.
        if route.arm_type in ASSETS or not is_known_type(route.arm_type):
            return self._parent_exists(route.parent)
        return False

    # References ----------------------------------------------------------------------------------------------------

    def check_references(self, route: Route, targets: Iterable[str]) -> None:
        """Raises where something that a body names by its ID isn't there; every missing one is a detail."""
        missing = [target for target in targets if self._is_missing(route, target)]
        if not missing:
            return
        code = "InvalidResourceReference" if route.namespace == "microsoft.network" else "LinkedResourceNotFound"
        details = [AzureError("NotFound", f"Resource {target} not found.", target=target) for target in missing]
        raise AzureError(
            code,
            f"Resource {missing[0]} referenced by resource {route.id} was not found. Please make sure that the "
            "referenced resource exists.",
            details=details,
        )

    def _is_missing(self, route: Route, target: str) -> bool:
        named = parse(target)
        if named.kind is not Kind.RESOURCE or named.arm_type in (*_UNCHECKED, RESOURCE_GROUP):
            return False
        if not is_known_type(named.arm_type) or self.exists(target):
            return False
        return named.subscription == route.subscription or self._knows_subscription(named.subscription)

    def _knows_subscription(self, subscription: str) -> bool:
        """Whether anything was ever made in a subscription; of another one, nothing can be said."""
        return self.store.count(RESOURCE_GROUP, f"/subscriptions/{subscription}") > 0

    # Locks -----------------------------------------------------------------------------------------------------------

    def check_unlocked(self, route: Route, *, deleting: bool) -> None:
        """Raises where a lock on a scope forbids it. Source: Azure docs, lock-resources."""
        found = [] if route.arm_type == LOCK else [lock for lock in self.locks() if forbids(lock, route.id, deleting)]
        if found:
            raise locked(route.id, [lock.id.rsplit("/providers/", 1)[0] for lock in found])

    def locks(self) -> list[Row]:
        return self.store.of_type(LOCK)


def forbids(lock: Row, id: str, deleting: bool) -> bool:
    """Whether a lock forbids to delete a resource, with what is below it, or to write it."""
    level, scope = lock.body.get("properties", {}).get("level"), lock.key.rsplit("/providers/", 1)[0]
    if deleting:
        return is_below(id, scope) or is_below(scope, id)
    return level == "ReadOnly" and is_below(id, scope)


def not_found(id: str) -> AzureError:
    """A resource, or a resource group, that isn't there."""
    route = parse(id)
    if route.arm_type == RESOURCE_GROUP:
        return AzureError("ResourceGroupNotFound", f"Resource group '{route.name}' could not be found.", status=404)
    return AzureError("ResourceNotFound", f"The Resource '{route.id}' was not found.", status=404)


def check_idle(row: Row | None) -> None:
    """Raises while an operation on the resource is under way."""
    if row is not None and row.state not in TERMINAL:
        raise AzureError(
            "AnotherOperationInProgress",
            f"Another operation on {row.id} is in progress (state {row.state}). Please try again later.",
            status=409,
            retry_after=1,
        )


def check_preconditions(row: Row | None, if_match: str, if_none_match: str) -> None:
    """Raises where the resource isn't in the version that the client has seen. Source: ARM docs, async and ETags."""
    matches = not if_match or (row is not None and if_match in ("*", row.etag))
    if not matches or (if_none_match == "*" and row is not None):
        raise AzureError(
            "PreconditionFailed",
            "The condition specified using HTTP conditional header(s) is not met: the resource was changed meanwhile.",
            status=412,
        )
