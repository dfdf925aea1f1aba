"""The Entra directory and the Azure DevOps organisation that belong to this Azure: objects that no ARM ID names.

Requests come through `LocalAzure.request` under the IDs that Pulumi has of them. A body is
`{"type": token, "properties": {...}}`, the properties in the shape of the SDK's outputs. There is one tenant and one
organisation. Not simulated: people, applications and service principals (an object ID that isn't a group's here may be
anyone's, and passes), sign-in, licences, replication delays, and what is in a project.
"""

from __future__ import annotations

import secrets
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.services import object_type
from seawall.local.services.directory_type import Entry
from seawall.local.store import Row, Store
from seawall.local.world import check_preconditions


class Directory:
    """The objects in one store. Its methods run within a transaction of the caller's."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def get(self, id: str) -> dict[str, Any]:
        """An object as it is answered. Raises where there is none."""
        row = self.store.resource(id)
        if row is None:
            raise AzureError(
                "Request_ResourceNotFound", f"Resource '{id}' does not exist in the directory.", status=404
            )
        return _shown(row)

    def put(
        self, id: str, body: dict[str, Any], *, if_none_match: str = "", origin: str = ""
    ) -> tuple[dict[str, Any], bool]:
        """Create or change an object. Returns it, and whether it is new."""
        kind = object_type(str(body.get("type", "")))
        if kind is None:
            raise AzureError("NotImplemented", f"The directory doesn't have the type {body.get('type')!r}.", status=501)
        before = self.store.resource(id)
        check_preconditions(before, "", if_none_match)
        if before is not None and before.arm_type != kind.token.lower():
            raise AzureError("ObjectConflict", f"{id} is a {before.arm_type}, not a {kind.token}.", status=409)
        properties = self.store.sealer.seal(dict(body.get("properties") or {}))
        entry = Entry(id, properties, before, self.store)
        name = kind.unique(entry) if kind.unique else ""
        holder = self.store.holder_of_name(name) if name else ""
        if holder and holder.lower() != id.lower():
            raise kind.taken(entry, holder)
        if kind.check:
            kind.check(entry)
        row = Row(
            id=id,
            arm_type=kind.token.lower(),
            state="Succeeded",
            api_version="",
            etag=f'W/"{secrets.token_hex(8)}"',
            origin=before.origin if before else origin,
            global_name=name or None,
            body={"type": kind.token, "properties": properties},
        )
        self.store.save(row, kind.goes_with(entry))
        return _shown(row), before is None

    def delete(self, id: str) -> bool:
        """Delete an object, with all that can't be without it. Returns whether there was one."""
        row = self.store.resource(id)
        if row is None:
            return False
        kind = object_type(row.arm_type)
        if kind is None or kind.stays:
            return True
        for source in self.store.referrers(row.id):
            other = self.store.resource(source)
            if other is not None and object_type(other.arm_type):
                self.store.remove(source)
        self.store.remove(row.id)
        return True


def _shown(row: Row) -> dict[str, Any]:
    return {"id": row.id, **row.body}
