"""PUT and PATCH: everything that is checked, filled in and kept when a resource is written."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from seawall.azure.fills import filled
from seawall.azure.types import ArmType, of_arm_type
from seawall.local import deleting, operations
from seawall.local.errors import AzureError
from seawall.local.references import outward, referenced_ids
from seawall.local.routes import Route, parse
from seawall.local.sealing import Sealer
from seawall.local.services import service_of
from seawall.local.services.machine_learning import ASSETS
from seawall.local.services.reading import unreadable
from seawall.local.services.service import Put, Service
from seawall.local.store import Operation, Row, Store
from seawall.local.world import World, check_idle, check_preconditions, not_found

_SHAPES = {"location": str, "kind": str, "tags": dict, "properties": dict, "sku": dict, "identity": dict}
_READ_ONLY = ("id", "name", "type", "etag", "systemData", "apiVersion")


class Writer:
    """Writes resources of one store. Its methods run within a transaction of the caller's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store: Store = world.store

    def put(
        self,
        route: Route,
        arm: ArmType,
        body: dict[str, Any],
        *,
        api_version: str = "",
        if_match: str = "",
        if_none_match: str = "",
        origin: str = "",
        fails: AzureError | None = None,
    ) -> tuple[Row, Operation | None, bool]:
        """Create or update a resource. Returns it, its operation if that takes time, and whether it is new."""
        service, before = service_of(arm.arm_type), self.store.resource(route.id)
        check_preconditions(before, if_match if service.if_match else "", if_none_match)
        check_idle(before)
        self.world.check_unlocked(route, deleting=False)
        body = cleaned(body, self.store.sealer)
        if before is None:
            self.world.check_place(route)
            self._make_container(route)
            recovered = self._recovered(route, service, body)
            if recovered is not None:
                row = self._save(recovered._replace(origin=origin), service, "Creating", None)
                return row, self._begin(route, service, row, fails), True
        else:
            route = replace(route, id=before.id)
            _check_location(before, body)
        put = Put(route, body, before, self.store)
        name = self._check_name(put, service)
        body = service.merged(put) if service.merged else body
        targets = outward(referenced_ids(body), route.id)
        self.world.check_references(route, targets)
        if service.check:
            service.check(replace(put, body=body))
        whole = filled(arm.arm_type, route.id, body)
        row = Row(route.id, arm.arm_type.lower(), "", api_version or arm.api_version, "", origin, name or None, whole)
        if before is not None:
            row = row._replace(origin=before.origin)
        row = self._save(row, service, "Updating" if before else "Creating", targets)
        self._put_children(put, service)
        return row, self._begin(route, service, row, fails), before is None

    def _save(self, row: Row, service: Service, state: str, targets: list[str] | None) -> Row:
        row = row._replace(state=state if service.put_ticks else "Succeeded", etag=f'W/"{secrets.token_hex(8)}"')
        self.store.save(row, targets)
        return row

    def _begin(self, route: Route, service: Service, row: Row, fails: AzureError | None) -> Operation | None:
        if fails is not None:
            error = {"code": fails.code, "message": fails.message, "status": fails.status}
            return operations.begin(self.store, route, "PUT", max(1, service.put_ticks), error=error)
        if not service.put_ticks:
            return None
        return operations.begin(self.store, route, "PUT", service.put_ticks)

    def patch(
        self, route: Route, arm: ArmType, changes: dict[str, Any], **options: Any
    ) -> tuple[Row, Operation | None, bool]:
        """Change a part of a resource, as JSON Merge Patch (RFC 7396). Raises where there is none."""
        row = self.store.resource(route.id)
        if row is None and not self.world.exists_by_itself(route):
            raise not_found(route.id)
        merged = merge_patch(row.body if row else {}, changes)
        return self.put(route, arm, merged if isinstance(merged, dict) else {}, **options)

    # Parts ---------------------------------------------------------------------------------------------------------

    def _check_name(self, put: Put, service: Service) -> str:
        """The globally unique name, which nobody else may have."""
        name = service.global_name(put) if service.global_name else ""
        holder = self.store.holder_of_name(name) if name else ""
        if holder and holder.lower() != put.route.key and service.name_taken:
            raise service.name_taken(put, holder)
        return name

    def _recovered(self, route: Route, service: Service, body: dict[str, Any]) -> Row | None:
        """The soft-deleted resource of that ID, brought back, if the body asks for it."""
        soft = service.soft_delete
        if soft is None:
            return None
        property_, value = soft.recover
        properties = body.get("properties")
        asked = isinstance(properties, dict) and properties.pop(property_, None) == value
        deleted = self.store.deleted(route.id)
        if deleted is None:
            if asked:
                raise AzureError("NotFound", f"There is no soft-deleted {route.id} to recover.", status=404)
            return None
        if not asked:
            raise soft.conflict(route)
        self.store.remove_deleted(deleted.id)
        for child in deleted.children:
            restored = Row(*child)
            self.store.save(restored, outward(referenced_ids(restored.body), restored.id))
        row = Row(deleted.id, deleted.arm_type, "", "", "", "", deleted.global_name, deleted.body)
        self.store.save(row, outward(referenced_ids(row.body), row.id))
        return row

    def _make_container(self, route: Route) -> None:
        parent = parse(route.parent) if len(route.names) > 1 else None
        if parent is None or parent.arm_type not in ASSETS or self.store.exists(parent.id):
            return
        etag = f'W/"{secrets.token_hex(8)}"'
        self.store.save(Row(parent.id, parent.arm_type, "Succeeded", "", etag, "", None, {"properties": {}}), ())

    def _put_children(self, put: Put, service: Service) -> None:
        for id in service.dropped(put) if service.dropped else ():
            row = self.store.resource(id)
            if row is not None:
                deleting.check_deletable(row, self.store)
                deleting.remove(self.store, row)
        for id, body in service.inline(put) if service.inline else ():
            child = parse(id)
            self.put(child, of_arm_type(child.arm_type), body)


def cleaned(body: dict[str, Any], sealer: Sealer) -> dict[str, Any]:
    """A request's body without what Azure ignores in it, and with its secrets sealed.

    Raises where a part that all types have in common isn't what it has to be.
    """
    sealed = {name: value for name, value in sealer.seal(body).items() if name not in _READ_ONLY}
    result = {name: value for name, value in sealed.items() if value is not None}
    for name, kind in _SHAPES.items():
        if name in result and not isinstance(result[name], kind):
            raise unreadable(name, "an object" if kind is dict else "text")
    for key, value in result.get("tags", {}).items():
        if not isinstance(value, str):
            raise unreadable(f"tags.{key}", "text")
    if "properties" in result:
        result["properties"].pop("provisioningState", None)
    return result


def _check_location(before: Row, body: dict[str, Any]) -> None:
    old, new = before.body.get("location"), body.get("location")
    if not old or not new or _plain(old) == _plain(new):
        return
    name = before.id.rsplit("/", 1)[-1]
    raise AzureError(
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{old}'. A resource with the same name cannot be created in "
        f"location '{new}'. Please select a new resource name.",
        status=409,
        target="location",
    )


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result
