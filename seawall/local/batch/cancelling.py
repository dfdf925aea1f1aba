"""The action `cancel` of jobs, by Resource Manager. Source: REST reference, jobs - cancel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seawall.local.batch import jobs
from seawall.local.errors import AzureError
from seawall.local.response import Response


def cancel(call: Any) -> Response:
    """Answer `POST {job}/cancel`; `call` is an `ActionCall`. Raises `AzureError`."""
    from seawall.local.batch.app import host_of

    store = call.azure.store
    row = store.resource(call.scope)
    if row is None:
        raise AzureError("ResourceNotFound", f"The Resource {call.scope!r} was not found.", status=404)
    host = host_of(store)
    if host is not None:
        host.cancel(row.id)
    else:
        jobs.move(store, row.id, "Canceled")
    return Response(200)


ACTIONS: Mapping[tuple[str, str], Callable[[Any], Response]] = {(jobs.JOB, "cancel"): cancel}
