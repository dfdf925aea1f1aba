"""Long-running operations: they advance by ticks that the caller gives, never by a clock."""

from __future__ import annotations

import re
import secrets
from typing import Any, Protocol

from seawall.local.deleting import remove
from seawall.local.errors import AzureError
from seawall.local.routes import Route
from seawall.local.store import Operation, Store

IN_PROGRESS = "InProgress"
_POLLED = re.compile(r"/locations/[^/]+/operation(?:statuses|results)/([0-9a-f]+)/?$", re.IGNORECASE)


class Gate(Protocol):
    """Who knows whether what an operation asks for has come about, such as the host of a deployment's processes."""

    def ended(self, operation: Operation) -> bool | AzureError:
        """Asked when an operation's last tick has come, and again at every tick until it isn't False.

        False: still under way; True: done; an error: the operation has failed with it. It must answer at once.
        """


def begin(store: Store, route: Route, method: str, ticks: int, **outcome: object) -> Operation:
    """Start an operation on a resource. `outcome` is what its end is going to be: `error`, or `force` of a delete."""
    operation = Operation(secrets.token_hex(16), route.key, method, ticks, IN_PROGRESS, dict(outcome))
    store.save_operation(operation)
    return operation


def tick(store: Store, name: str = "", gate: Gate | None = None) -> int:
    """Advance one operation, or all, by one poll. Returns how many of them are still under way."""
    found = [store.operation(name)] if name else store.operations()
    under_way = [operation for operation in found if operation and operation.status == IN_PROGRESS]
    return sum(_advance(store, operation, gate) for operation in under_way)


def _advance(store: Store, operation: Operation, gate: Gate | None) -> bool:
    # Asked outside of the transaction: nothing else can be written during one.
    last = operation.ticks <= 1 and not operation.outcome.get("error")
    verdict = gate.ended(operation) if gate and last else True
    with store.write():
        current = store.operation(operation.name)
        if current is None or current.status != IN_PROGRESS:
            return False  # another process ended it meanwhile
        if current.ticks > 1:
            store.save_operation(current._replace(ticks=current.ticks - 1))
            return True
        if verdict is False:
            return True
        if isinstance(verdict, AzureError):
            current = current._replace(outcome={**current.outcome, "error": told(verdict)})
        _finish(store, current)
    return False


def _finish(store: Store, operation: Operation) -> None:
    failed = bool(operation.outcome.get("error"))
    row = store.resource(operation.key)
    if row is not None and (failed or operation.method == "PUT"):
        store.save(row._replace(state="Failed" if failed else "Succeeded"))
    elif row is not None:
        remove(store, row, force=bool(operation.outcome.get("force")))
    store.save_operation(operation._replace(ticks=0, status="Failed" if failed else "Succeeded"))


def told(error: AzureError) -> dict[str, object]:
    """An error as an operation's outcome keeps it."""
    return {"code": error.code, "message": error.message, "status": error.status}


def error_of(operation: Operation) -> AzureError | None:
    """Why an operation failed, or nothing."""
    found = operation.outcome.get("error")
    if not found:
        return None
    return AzureError(found["code"], found["message"], status=found.get("status", 409))


def status_path(route: Route, operation: Operation, location: str) -> str:
    """Where a client polls an operation. Source: Azure docs, async-operations."""
    namespace = route.namespace.replace("microsoft.", "Microsoft.")
    scope = f"/subscriptions/{route.subscription}" if route.subscription else ""
    return f"{scope}/providers/{namespace}/locations/{location or 'global'}/operationStatuses/{operation.name}"


def polling(route: Route, operation: Operation, location: str) -> dict[str, str]:
    """The headers that tell a client where to poll: the operation's state, and what comes out of it."""
    path = status_path(route, operation, location)
    return {"Azure-AsyncOperation": path, "Location": result_path(path), "Retry-After": "1"}


def result_path(path: str) -> str:
    """Where a client gets what comes out of the operation whose state stands at a path."""
    return path.replace("/operationStatuses/", "/operationResults/")


def name_in(path: str) -> str:
    """The operation that a path is about, or nothing."""
    found = _POLLED.search(path)
    return found[1] if found else ""


def status(id: str, operation: Operation) -> dict[str, Any]:
    """An operation's state, as `Azure-AsyncOperation` answers it."""
    error = error_of(operation)
    body = {"id": id, "name": operation.name, "status": operation.status}
    return body | {"resourceId": operation.key} | (error.body if error else {})
