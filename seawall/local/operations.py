"""Long-running operations: they advance by ticks that the caller gives, never by a clock."""

from __future__ import annotations

import secrets

from seawall.local.deleting import remove
from seawall.local.errors import AzureError
from seawall.local.routes import Route
from seawall.local.store import Operation, Store

IN_PROGRESS = "InProgress"


def begin(store: Store, route: Route, method: str, ticks: int, **outcome: object) -> Operation:
    """Start an operation on a resource. `outcome` is what its end is going to be: `error`, or `force` of a delete."""
    operation = Operation(secrets.token_hex(16), route.key, method, ticks, IN_PROGRESS, dict(outcome))
    store.save_operation(operation)
    return operation


def tick(store: Store, name: str = "") -> int:
    """Advance one operation, or all, by one poll. Returns how many of them are still under way."""
    with store.write():
        found = [store.operation(name)] if name else store.operations()
        under_way = [operation for operation in found if operation and operation.status == IN_PROGRESS]
        return sum(_advance(store, operation) for operation in under_way)


def _advance(store: Store, operation: Operation) -> bool:
    if operation.ticks > 1:
        store.save_operation(operation._replace(ticks=operation.ticks - 1))
        return True
    _finish(store, operation)
    return False


def _finish(store: Store, operation: Operation) -> None:
    failed = bool(operation.outcome.get("error"))
    row = store.resource(operation.key)
    if row is not None and (failed or operation.method == "PUT"):
        store.save(row._replace(state="Failed" if failed else "Succeeded"))
    elif row is not None:
        remove(store, row, force=bool(operation.outcome.get("force")))
    store.save_operation(operation._replace(ticks=0, status="Failed" if failed else "Succeeded"))


def error_of(operation: Operation) -> AzureError | None:
    """Why an operation failed, or nothing."""
    found = operation.outcome.get("error")
    if not found:
        return None
    return AzureError(found["code"], found["message"], status=found.get("status", 409))


def status_path(route: Route, operation: Operation, location: str) -> str:
    """Where a client polls an operation. Source: Azure docs, async-operations."""
    namespace = route.namespace.replace("microsoft.", "Microsoft.")
    return (
        f"/subscriptions/{route.subscription}/providers/{namespace}/locations/{location or 'global'}"
        f"/operationStatuses/{operation.name}"
    )
