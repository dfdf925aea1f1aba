"""Resource Manager's contract, in process: the Azure that runs on a laptop.

    with LocalAzure.open(path) as azure:
        answer = azure.request("PUT", id, "2024-01-01", {"location": "westeurope", ...})

It stands in for Azure to preview, learn and test; it isn't Azure. There is no transport here: a front translates.
Any API version is answered, with the same body. Not simulated: regions' offers, soft-deleted keys and secrets within a
vault, the private endpoint connections that a private endpoint makes on its target.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seawall.azure.fills import filled
from seawall.azure.types import ArmType, UnknownType, of_arm_type
from seawall.local import account, deleting, filters, operations
from seawall.local.actions import ACTIONS, READS, WRITES, ActionCall
from seawall.local.directory import Directory
from seawall.local.errors import AzureError
from seawall.local.faults import Fault, Faults
from seawall.local.listing import PAGE, deleted_in, listed
from seawall.local.operations import Gate
from seawall.local.polling import polled
from seawall.local.response import Response
from seawall.local.routes import Kind, Route, parse
from seawall.local.services import service_of
from seawall.local.store import Row, Store
from seawall.local.world import TERMINAL, World, check_idle, check_preconditions, not_found
from seawall.local.writing import Writer

GATE_POLL = 0.02  # seconds between two questions to the gate of operations


class LocalAzure:
    """One local Azure over one store; threads and processes may share it."""

    def __init__(self, store: Store, *, externals: Iterable[str] = (), gate: Gate | None = None) -> None:
        """`externals`: IDs of what lies outside and counts as existing with all below it, such as a central hub.

        `gate` knows when operations have come about; without one they succeed when their ticks have run out.
        """
        self.store = store
        self.gate = gate
        self.page = PAGE  # how many resources a page of a list holds at most
        self.world = World(store, externals)
        self.faults = Faults()
        self._writer = Writer(self.world)
        self._directory = Directory(store)

    @classmethod
    def open(cls, path: Path, *, externals: Iterable[str] = (), gate: Gate | None = None) -> LocalAzure:
        """Open the store's file, or make it where there is none. Raises `StoreError`."""
        return cls(Store(path), externals=externals, gate=gate)

    def __enter__(self) -> LocalAzure:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    # The one door ----------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        id: str,
        api_version: str = "",
        body: dict[str, Any] | None = None,
        *,
        if_match: str = "",
        if_none_match: str = "",
        query: Mapping[str, str] | None = None,
        origin: str = "",
    ) -> Response:
        """Answer a request. `id` is the path; `origin` names the client's request, and is kept on what it creates.

        Raises `AzureError` for what Azure refuses, and `StoreError`.
        """
        method, route, body = method.upper(), parse(id), body or {}
        self._strike(method, route, "before")
        if route.kind is Kind.OBJECT:
            response = self._object(method, id, body, if_none_match, origin)
            self._strike(method, route, "after")
            return response
        match method:
            case "GET" | "HEAD":
                return self._get(route, query or {})
            case "PUT" | "PATCH":
                given = {"if_match": if_match, "if_none_match": if_none_match, "origin": origin}
                response = self._write(method, route, body, api_version, **given)
            case "DELETE":
                response = self._delete(route, if_match, query or {})
            case "POST":
                response = self._post(route, body, query or {})
            case _:
                raise AzureError("MethodNotAllowed", f"{method} is not a method of Resource Manager.", status=405)
        self._strike(method, route, "after")
        return response

    def tick(self, operation: str = "") -> int:
        """Let one long-running operation, or all, advance by one poll. Returns how many are still under way."""
        return operations.tick(self.store, operation, self.gate)

    # For those in the same process -----------------------------------------------------------------------------------

    def get(self, id: str) -> dict[str, Any] | None:
        """The resource's body as Azure answers it, or nothing."""
        try:
            return self.request("GET", id).body
        except AzureError as error:
            if error.status == 404:
                return None
            raise

    def put(self, id: str, body: dict[str, Any], *, origin: str = "") -> dict[str, Any]:
        """Create or update a resource and wait until that is done. Returns its body."""
        response = self.request("PUT", id, "", body, origin=origin)
        self.finish(id)
        return self.get(id) or response.body

    def delete(self, id: str) -> None:
        """Delete a resource and wait until that is done."""
        self.request("DELETE", id)
        self.finish(id)

    def finish(self, id: str) -> None:
        """Let the operations on a resource run to their end. Raises the error with which the last one ended."""
        for operation in self.store.operations(id.lower()):
            while self.tick(operation.name):
                if self.gate:
                    time.sleep(GATE_POLL)  # what it waits for takes its time
            ended = self.store.operation(operation.name)
            error = operations.error_of(ended) if ended else None
            if error is not None:
                raise error

    def is_soft_deleted(self, id: str) -> bool:
        return self.store.deleted(id) is not None

    def purge(self, id: str) -> None:
        """Give up a soft-deleted resource, by the ID that it had. Raises where purge protection forbids it."""
        self._strike("PURGE", parse(id), "before")
        with self.store.write():
            found = self.store.deleted(id)
            if found is None:
                raise not_found(id)
            deleting.purge(self.store, found)

    def fail(self, method: str, id: str, error: AzureError, **when: Any) -> None:
        """Let requests fail: the `nth` that matches and `times - 1` after it. `id` may be `*`. See `faults.Fault`."""
        self.faults.add(Fault(method.upper(), id, error, **when))

    def snapshot(self) -> dict[str, Any]:
        """See `Store.snapshot`."""
        return self.store.snapshot()

    # Methods -------------------------------------------------------------------------------------------------------

    def _strike(self, method: str, route: Route, when: Any) -> None:
        error = self.faults.struck(method, route.id, when)
        if error is not None:
            raise error

    def _get(self, route: Route, query: Mapping[str, str]) -> Response:
        if route.kind is Kind.SUBSCRIPTION:
            return Response(200, account.subscription(route.name, account.tenant(self.store)))
        if route.kind is Kind.ACCOUNT:
            return Response(200, account.read(self.store, route))
        if operations.name_in(route.id):
            return polled(self.store, route, self.shown)
        read = READS.get(route.arm_type)
        found = read(ActionCall(self, route, route.id, {}, query)) if read else None
        if found is not None:
            return found
        if route.kind is not Kind.RESOURCE:
            return Response(200, listed(self.store, route, query, self.shown, self.page))
        row = self.store.resource(route.id)
        if row is None and route.arm_type == filters.ROLE_DEFINITION:
            row = filters.built_in(route.id)
        if row is not None:
            return Response(200, self.shown(row), {"ETag": row.etag})
        deleted = deleted_in(self.store, route)
        if deleted:
            return Response(200, {"id": route.id, "name": route.name, "properties": {"vaultId": deleted[0].id}})
        if not self.world.exists_by_itself(route):
            raise not_found(route.id)
        arm = _arm_type(route)
        return Response(200, _envelope(arm, route.id, filled(arm.arm_type, route.id, {"properties": {}})))

    def _object(self, method: str, id: str, body: dict[str, Any], if_none_match: str, origin: str) -> Response:
        """See `directory`."""
        with self.store.write():
            match method:
                case "GET":
                    return Response(200, self._directory.get(id))
                case "PUT":
                    shown, created = self._directory.put(id, body, if_none_match=if_none_match, origin=origin)
                    return Response(201 if created else 200, shown)
                case "DELETE":
                    return Response(200 if self._directory.delete(id) else 204)
        raise AzureError("MethodNotAllowed", f"{method} is not a method of the directory.", status=405)

    def _write(self, method: str, route: Route, body: dict[str, Any], api_version: str, **options: Any) -> Response:
        if route.kind is not Kind.RESOURCE:
            raise AzureError("MethodNotAllowed", f"{method} needs a resource, {route.id} is none.", status=405)
        write_otherwise = WRITES.get(route.arm_type)
        found = write_otherwise(ActionCall(self, route, route.id, body)) if write_otherwise else None
        if found is not None:
            return found
        arm = _arm_type(route)
        fails = self.faults.struck(method, route.id, "operation")
        with self.store.write():
            write = self._writer.put if method == "PUT" else self._writer.patch
            row, operation, created = write(route, arm, body, api_version=api_version, fails=fails, **options)
        headers, status = {"ETag": row.etag}, service_of(arm.arm_type).created_status if created else 200
        if operation is None:
            return Response(status, self.shown(row), headers)
        headers |= operations.polling(route, operation, str(row.body.get("location", "")))
        return Response(status, self.shown(row), headers, operation.name)

    def _delete(self, route: Route, if_match: str, query: Mapping[str, str]) -> Response:
        force = query.get("forceToPurge", query.get("force", "")).lower() == "true"
        with self.store.write():
            row = self.store.resource(route.id)
            if row is None:
                return self._delete_missing(route, force)
            service = service_of(row.arm_type)
            if row.state == "Deleting":
                under_way = self.store.operations(row.key)
                headers = operations.polling(route, under_way[0], "") if under_way else {}
                return Response(202, None, headers, under_way[0].name if under_way else "")
            check_preconditions(row, if_match if service.if_match else "", "")
            check_idle(row)
            self.world.check_unlocked(route, deleting=True)
            deleting.check_deletable(row, self.store)
            if not service.delete_ticks:
                deleting.remove(self.store, row, force=force)
                return Response(200)
            self.store.save(row._replace(state="Deleting"))
            operation = operations.begin(self.store, route, "DELETE", service.delete_ticks, force=force)
            location = str(row.body.get("location", ""))
            return Response(202, None, operations.polling(route, operation, location), operation.name)

    def _delete_missing(self, route: Route, force: bool) -> Response:
        own = self.store.deleted(route.id) if force else None
        for deleted in [own] if own else deleted_in(self.store, route):
            deleting.purge(self.store, deleted)
            return Response(200)
        if not service_of(route.arm_type).deletable and self.world.exists_by_itself(route):
            raise AzureError("MethodNotAllowed", f"{route.id} can't be deleted, only changed.", status=405)
        return Response(204)

    def _post(self, route: Route, body: dict[str, Any], query: Mapping[str, str]) -> Response:
        scope, _, action = route.id.rpartition("/")
        if action.lower() == "purge":
            with self.store.write():
                found = deleted_in(self.store, parse(scope))
                if not found:
                    raise not_found(scope)
                deleting.purge(self.store, found[0])
            return Response(202)
        if route.kind is Kind.ACCOUNT or action.lower() == account.NAME_CHECK:
            return Response(200, account.done(self.store, route, body))
        # An action on a type below a scope (`…/locations/westeurope/usages`) reads like a resource of an odd type.
        arm_type = route.arm_type.rpartition("/")[0] if route.kind is Kind.COLLECTION else route.arm_type
        known = ACTIONS.get((arm_type, action.lower() if route.kind is Kind.COLLECTION else ""))
        if known is None:
            raise AzureError(
                "NotImplemented", f"The local Azure doesn't have the operation {action} of {scope}.", status=501
            )
        return known(ActionCall(self, route, scope if route.kind is Kind.COLLECTION else route.id, body, query))

    def shown(self, row: Row) -> dict[str, Any]:
        """A resource as Azure answers it."""
        arm, shown = of_arm_type(row.arm_type), service_of(row.arm_type).shown
        body = _envelope(arm, row.id, shown(row, self.store) if shown else row.body)
        if row.state not in TERMINAL[:1] and isinstance(body.get("properties"), dict):
            body["properties"] = {**body["properties"], "provisioningState": row.state}
        return body


def _envelope(arm: ArmType, id: str, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "id": id, "name": id.rsplit("/", 1)[-1], "type": arm.arm_type}


def _arm_type(route: Route) -> ArmType:
    try:
        return of_arm_type(route.arm_type)
    except UnknownType:
        raise AzureError(
            "NotImplemented", f"The local Azure doesn't have the resource type {route.arm_type}.", status=501
        ) from None
