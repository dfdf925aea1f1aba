"""What a client is answered that polls a long-running operation. Source: Azure docs, async-operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seawall.local import operations
from seawall.local.response import Response
from seawall.local.routes import Route
from seawall.local.store import Row, Store
from seawall.local.world import not_found


def polled(store: Store, route: Route, shown: Callable[[Row], dict[str, Any]]) -> Response:
    """Where an operation stands (`Azure-AsyncOperation`), or what came out of it (`Location`).

    Raises `AzureError`: the one with which it failed, where its result is asked for.
    """
    operation = store.operation(operations.name_in(route.id))
    if operation is None:
        raise not_found(route.id)
    if route.arm_type.endswith("/operationstatuses"):
        return Response(200, operations.status(route.id, operation))
    if operation.status == operations.IN_PROGRESS:
        return Response(202, None, {"Location": route.id})
    error = operations.error_of(operation)
    if error is not None:
        raise error
    row = store.resource(operation.key)
    return Response(200, shown(row)) if row and operation.method == "PUT" else Response(204)
