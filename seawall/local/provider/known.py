"""The resources that a provider can look up: those that the engine has told it of, and those in the store."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from seawall.azure.bodies import outputs
from seawall.azure.types import UnknownType, of_arm_type
from seawall.local.azure import LocalAzure
from seawall.local.store import Row
from seawall.plan.directory import KINDS
from seawall.plan.model import Resource
from seawall.plan.provider import Known


class StoredResources(Known):
    """`Known`, over the store of a local Azure. Several threads may ask at once."""

    def __init__(self, azure: LocalAzure) -> None:
        super().__init__({}, {})
        self._azure = azure
        self._told: dict[str, Resource] = {}
        self._lock = threading.Lock()

    def remember(self, resource: Resource) -> None:
        """Take note of a resource that isn't in the store as yet, such as one of a preview."""
        with self._lock:
            self._told[resource.id.lower()] = resource

    def by_id(self, id: str) -> Resource | None:
        with self._lock:
            told = self._told.get(id.lower())
        row = None if told else self._azure.store.resource(id)
        return _resource(row) if row else told

    def of_type(self, token: str) -> Iterable[Resource]:
        with self._lock:
            found = {key: resource for key, resource in self._told.items() if resource.type == token}
        # Objects of the directory have no path, so no scope has them all.
        rows = (row for row in self._azure.store.resources() if row.arm_type == token.lower())
        return [*found.values(), *(_resource(row) for row in rows if row.key not in found)]


def _resource(row: Row) -> Resource:
    kind = next((token for token in KINDS if token.lower() == row.arm_type), "")
    name = row.id.rsplit("/", 1)[-1]
    if kind:
        return Resource(urn=row.id, type=kind, name=name, id=row.id, outputs=dict(row.body.get("properties") or {}))
    try:
        token = of_arm_type(row.arm_type).token
    except UnknownType:
        return Resource(urn=row.id, type=row.arm_type, name=name, id=row.id)
    return Resource(urn=row.id, type=token, name=name, id=row.id, outputs=outputs(token, row.id, row.body))
