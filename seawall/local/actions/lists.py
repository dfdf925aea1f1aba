"""Lists of Azure Machine Learning: what their queries ask for besides pages.

Source: Azure ML REST reference, `List` of each type (`listViewType`, `$orderBy`, `$top`, `$skip`, `tags`, `properties`,
`hash`). The next page is asked for by `$skip`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seawall.local.actions.call import ActionCall
from seawall.local.response import Response
from seawall.local.routes import Kind
from seawall.local.services.machine_learning import ASSETS, WORKSPACE
from seawall.local.services.service import refuse
from seawall.local.store import Row

_PAGE = 100
_JOBS, _SCHEDULES = f"{WORKSPACE}/jobs", f"{WORKSPACE}/schedules"
_ENDPOINTS = tuple(f"{WORKSPACE}/{kind}" for kind in ("onlineendpoints", "batchendpoints"))


def read(call: ActionCall) -> Response | None:
    """A page of a collection; None for a single resource, which is read as any other."""
    if call.route.kind is not Kind.COLLECTION:
        return None
    above = call.route.id.rsplit("/", 1)[0]
    if not call.azure.world.exists(above) and not call.route.arm_type.endswith("/versions"):
        raise refuse("ResourceNotFound", f"The Resource '{above}' was not found.", status=404)
    rows = [row for row in _ordered(call, above) if _is_viewed(row, call) and _is_asked(row, call)]
    skip, top = _whole(call, "$skip", 0), _whole(call, "$top", _whole(call, "count", _whole(call, "pageSize", _PAGE)))
    page: dict[str, Any] = {"value": [call.azure.shown(row) for row in rows[skip : skip + top]]}
    if len(rows) > skip + top:
        page["nextLink"] = f"{call.route.id}?$skip={skip + top}&$top={top}"
    return Response(200, page)


def _ordered(call: ActionCall, above: str) -> list[Row]:
    """Newest first, unless the query or the type says otherwise."""
    order = (call.query.get("$orderBy") or call.query.get("orderBy") or "createdtime desc").lower()
    # A digest is looked for in all code of the workspace, whatever name was asked for.
    scope = above.rsplit("/", 2)[0] if call.query.get("hash") else above
    rows = call.store.newest(call.route.arm_type, scope)
    return rows if order.endswith(" desc") or order.endswith("desc") else rows[::-1]


def _is_viewed(row: Row, call: ActionCall) -> bool:
    """`ActiveOnly` (as without any), `ArchivedOnly`, `All`; schedules have views of their own."""
    properties = row.body.get("properties") or {}
    view = call.query.get("listViewType", "").lower()
    if row.arm_type == _SCHEDULES:
        wanted = {"": True, "enabledonly": True, "disabledonly": False}.get(view)
        return wanted is None or bool(properties.get("isEnabled", True)) == wanted
    if properties.get("isAnonymous") and view != "all" and not call.query.get("hash"):
        return False
    archived = bool(properties.get("isArchived"))
    return view == "all" or archived == (view == "archivedonly")


def _is_asked(row: Row, call: ActionCall) -> bool:
    return all(name not in call.query or test(row, call.query[name]) for name, test in _TESTS.items())


def _has_tags(row: Row, wanted: str) -> bool:
    """`a,b=c`: the tag a with any value, and b with the value c. A job's and an asset's tags are properties."""
    return _holds((row.body.get("properties") or {}).get("tags") or row.body.get("tags"), wanted)


def _has_properties(row: Row, wanted: str) -> bool:
    return _holds((row.body.get("properties") or {}).get("properties"), wanted)


def _holds(pairs: Any, wanted: str) -> bool:
    found = pairs if isinstance(pairs, dict) else {}
    asked = [part.strip().partition("=") for part in wanted.split(",") if part.strip()]
    return all(name in found and (not equals or str(found[name]) == value) for name, equals, value in asked)


def _has_property(field: str, *, prefix: bool = False) -> Callable[[Row, str], bool]:
    def test(row: Row, wanted: str) -> bool:
        found = str((row.body.get("properties") or {}).get(field, ""))
        return found.lower().startswith(wanted.lower()) if prefix else found.lower() == wanted.lower()

    return test


def _has_name(row: Row, wanted: str) -> bool:
    return row.id.rsplit("/", 1)[-1].lower() == wanted.lower()


def _has_hash(row: Row, wanted: str) -> bool:
    """Code is found by the digest of its content, which the client keeps in its properties."""
    return ((row.body.get("properties") or {}).get("properties") or {}).get("hash_sha256") == wanted


_TESTS: dict[str, Callable[[Row, str], bool]] = {
    "tags": _has_tags,
    "$tags": _has_tags,
    "tag": _has_tags,
    "properties": _has_properties,
    "name": _has_name,
    "version": _has_name,
    "stage": _has_property("stage"),
    "jobType": _has_property("jobType"),
    "description": _has_property("description", prefix=True),
    "computeType": _has_property("endpointComputeType"),
    "hash": _has_hash,
}


def _whole(call: ActionCall, name: str, default: int) -> int:
    given = call.query.get(name, "")
    if given and not given.isdecimal():
        raise refuse("InvalidQueryParameterValue", f"{name} must be a whole number, not {given!r}.")
    return int(given) if given else default


_LISTED = (*ASSETS, *(f"{kind}/versions" for kind in ASSETS), _JOBS, _SCHEDULES, *_ENDPOINTS)

READS = {kind: read for kind in _LISTED}
