"""Lists: all of a type, all of a resource group, all that is soft-deleted; in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.routes import Kind, Route
from seawall.local.services import soft_deleting
from seawall.local.store import Deleted, Row, Store
from seawall.local.world import is_known_type

PAGE = 1000


def listed(
    store: Store, route: Route, query: Mapping[str, str], present: Callable[[Row], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a collection: `value`, and `nextLink` where there is more. `$top` sets the size of the page."""
    if route.kind is Kind.EVERYTHING:
        rows = [row for row in store.under(route.scope) if _is_tracked(row)]
    elif route.arm_type.rsplit("/", 1)[-1].startswith("deleted"):
        return {"value": [{"id": item.id, "name": item.id.rsplit("/", 1)[-1]} for item in _all_deleted(store, route)]}
    elif is_known_type(route.arm_type):
        rows = store.of_type(route.arm_type, route.id.rsplit("/", 1)[0] if route.names else route.scope)
    else:
        raise AzureError(
            "NotImplemented", f"The local Azure doesn't have the resource type {route.arm_type}.", status=501
        )
    return _page(rows, route, query, present)


def _page(
    rows: Iterable[Row], route: Route, query: Mapping[str, str], present: Callable[[Row], dict[str, Any]]
) -> dict[str, Any]:
    after, size = query.get("$skiptoken", ""), _size(query.get("$top", ""))
    rest = [row for row in rows if row.key > after]
    page: dict[str, Any] = {"value": [present(row) for row in rest[:size]]}
    if len(rest) > size:
        page["nextLink"] = f"{route.id}?$skiptoken={rest[size - 1].key}&$top={size}"
    return page


def _size(top: str) -> int:
    if top and not (top.isdecimal() and int(top)):
        raise AzureError("InvalidQueryParameterValue", f"$top must be a whole number from 1, not {top!r}.")
    return min(int(top), PAGE) if top else PAGE


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
