"""The tags of one resource, set without touching anything else of it.

Source: Azure REST docs, "Tags - Update At Scope" (Merge, Replace, Delete), "Create Or Update At Scope", "Get At Scope".
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from seawall.local.actions.call import ActionCall, missing
from seawall.local.errors import AzureError
from seawall.local.response import Response
from seawall.local.store import Row

TAGS = "microsoft.resources/tags"
MOST, LONGEST = 50, 256
"""Of a resource, and characters of a value. Source: Azure Resource Manager docs, tag-resources, "Limitations"."""


def read(call: ActionCall) -> Response | None:
    return _shown(call, _of(_row(call)))


def write(call: ActionCall) -> Response | None:
    """A PUT replaces all tags; a PATCH says in its body what it does."""
    given = call.body.get("properties", {})
    wanted = given.get("tags", {}) if isinstance(given, dict) else {}
    operation = str(call.body.get("operation", "Replace")).capitalize()
    if operation not in ("Merge", "Replace", "Delete") or not _are_tags(wanted):
        raise AzureError("InvalidTagsRequest", "The body needs an operation (Merge, Replace, Delete) and tags of text.")
    with call.store.write():
        row = _row(call)
        before = _of(row)
        tags = {
            "Merge": {**before, **wanted},
            "Replace": dict(wanted),
            "Delete": {key: value for key, value in before.items() if wanted.get(key) != value},
        }[operation]
        if len(tags) > MOST:
            raise AzureError("InvalidTagsRequest", f"A resource has at most {MOST} tags, not {len(tags)}.")
        call.store.save(row._replace(body={**row.body, "tags": tags}, etag=f'W/"{secrets.token_hex(8)}"'))
    return _shown(call, tags)


def _are_tags(wanted: object) -> bool:
    return isinstance(wanted, dict) and all(
        isinstance(value, str) and len(value) <= LONGEST for value in wanted.values()
    )


def _row(call: ActionCall) -> Row:
    row = call.store.resource(call.route.scope)
    if row is None:
        raise missing(call.route.scope)
    return row


def _of(row: Row) -> dict[str, str]:
    tags = row.body.get("tags")
    return dict(tags) if isinstance(tags, dict) else {}


def _shown(call: ActionCall, tags: Mapping[str, str]) -> Response:
    shown = {"id": call.route.id, "name": "default", "type": "Microsoft.Resources/tags"}
    return Response(200, {**shown, "properties": {"tags": dict(tags)}})


READS: Mapping[str, Callable[[ActionCall], Response | None]] = {TAGS: read}
WRITES: Mapping[str, Callable[[ActionCall], Response | None]] = {TAGS: write}
