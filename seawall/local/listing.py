"""Lists: all of a type, all of a resource group, all that is soft-deleted; filtered, and in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seawall.local import filters
from seawall.local.errors import AzureError
from seawall.local.routes import RESOURCE_GROUP, Kind, Route
from seawall.local.services import soft_deleting
from seawall.local.store import Deleted, Row, Store
from seawall.local.world import is_known_type

PAGE = 1000


def listed(
    store: Store, route: Route, query: Mapping[str, str], present: Callable[[Row], dict[str, Any]], most: int = PAGE
) -> dict[str, Any]:
    """A page of a collection: `value`, and `nextLink` where there is more. `$top` sets the size of the page.

    Raises `AzureError` for a type, or a `$filter`, that isn't known here.
    """
    wanted = query.get("$filter", "")
    if route.kind is Kind.EVERYTHING:
        rows = filters.chosen(filter(_is_tracked, store.under(route.scope)), wanted)
    elif route.arm_type.rsplit("/", 1)[-1].startswith("deleted"):
        return {"value": [{"id": item.id, "name": item.id.rsplit("/", 1)[-1]} for item in _all_deleted(store, route)]}
    elif route.arm_type in filters.INHERITED:
        rows = filters.applying(store, route, wanted)
    elif is_known_type(route.arm_type):
        rows = store.of_type(route.arm_type, route.id.rsplit("/", 1)[0] if route.names else route.scope)
        rows = filters.chosen(rows, wanted) if route.arm_type == RESOURCE_GROUP else rows
    else:
        raise AzureError(
            "NotImplemented", f"The local Azure doesn't have the resource type {route.arm_type}.", status=501
        )
    return _page(rows, route, query, present, most)


def _page(
    rows: Iterable[Row], route: Route, query: Mapping[str, str], present: Callable[[Row], dict[str, Any]], most: int
) -> dict[str, Any]:
    after, size = query.get("$skiptoken", "").lower(), _size(query.get("$top", ""), most)
    rest = sorted((row for row in rows if row.key > after), key=lambda row: row.key)
    page: dict[str, Any] = {"value": [present(row) for row in rest[:size]]}
    if len(rest) > size:
        page["nextLink"] = f"{route.id}?$skiptoken={rest[size - 1].key}&$top={size}"
    return page


def _size(top: str, most: int) -> int:
    if top and not (top.isdecimal() and int(top)):
        raise AzureError("InvalidQueryParameterValue", f"$top must be a whole number from 1, not {top!r}.")
    return min(int(top), most) if top else most


def _is_tracked(row: Row) -> bool:
    """Whether the list of a resource group shows it: top-level resources only, no extensions."""
    return row.key.count("/providers/") == 1 and row.arm_type.count("/") == 1


def _all_deleted(store: Store, route: Route) -> list[Deleted]:
    last = route.arm_type.rsplit("/", 1)[-1]
    for arm_type, soft in soft_deleting():
        if soft.deleted_type.startswith(route.namespace) and soft.deleted_type.endswith(last):
            return [item for item in store.all_deleted(arm_type) if item.key.split("/")[2] == route.subscription]
    return []


def deleted_in(store: Store, route: Route) -> list[Deleted]:
    """The soft-deleted resource that a path such as `…/locations/westeurope/deletedVaults/kv-a` names, if any."""
    for arm_type, soft in soft_deleting():
        if soft.deleted_type and soft.deleted_type == route.arm_type:
            return [
                item
                for item in store.all_deleted(arm_type)
                if item.key.rsplit("/", 1)[-1] == route.name.lower() and item.key.split("/")[2] == route.subscription
            ]
    return []
