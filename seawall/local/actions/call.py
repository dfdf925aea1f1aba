"""What an action is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seawall.local import operations
from seawall.local.errors import AzureError
from seawall.local.response import Response
from seawall.local.routes import Route, parse

if TYPE_CHECKING:
    from seawall.local.azure import LocalAzure
    from seawall.local.store import Row, Store


@dataclass(frozen=True)
class ActionCall:
    """A POST as an action sees it."""

    azure: LocalAzure
    route: Route
    """The path, the action's name as its last part."""
    scope: str
    """The ID of what the action is done to: the path without the action's name."""
    body: dict[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.azure.store

    @property
    def action(self) -> str:
        return self.route.id.rsplit("/", 1)[-1]

    def target(self) -> Row:
        """The resource that the action is done to. Raises `AzureError` where there is none."""
        row = self.store.resource(self.scope)
        if row is None:
            raise missing(self.scope)
        return row

    def parent(self, arm_type: str) -> Row:
        """The resource of a type at or above the scope. Raises `AzureError` where there is none."""
        id = self.scope
        while id.count("/") > 2 and parse(id).arm_type != arm_type:
            id = id.rsplit("/", 2)[0]
        row = self.store.resource(id)
        if row is None:
            raise missing(id)
        return row

    def accepted(self, row: Row, ticks: int = 1) -> Response:
        """The answer of an action that takes time, on a resource that is as it will be; it is busy meanwhile."""
        with self.store.write():
            self.store.save(row._replace(state="Updating"))
            operation = operations.begin(self.store, parse(row.id), "PUT", ticks)
        path = operations.status_path(parse(row.id), operation, str(row.body.get("location", "")))
        headers = {"Azure-AsyncOperation": path, "Location": path, "Retry-After": "1"}
        return Response(202, None, headers, operation.name)


def missing(id: str) -> AzureError:
    """The refusal for a resource that isn't there."""
    return AzureError("ResourceNotFound", f"The Resource '{id}' was not found.", status=404)
