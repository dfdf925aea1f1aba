"""What Resource Manager's door and the data plane do with batch jobs: cancel one, list those of an endpoint.

Source: REST reference, jobs - cancel; azure-ai-ml, `BatchEndpointOperations.list_jobs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from seawall.local.batch import jobs
from seawall.local.errors import AzureError
from seawall.local.response import Response
from seawall.local.routes import Kind

if TYPE_CHECKING:
    from seawall.local.actions.call import ActionCall


def cancel(call: ActionCall) -> Response:
    """Answer `POST {job}/cancel`. Raises `AzureError`."""
    from seawall.local.batch.app import host_of

    row = call.target()
    host = host_of(call.store)
    if host is not None:
        host.cancel(row.id)
    else:
        jobs.move(call.store, row.id, "Canceled")
    return Response(200)


def of_endpoint(call: ActionCall) -> Response:
    """Answer `GET {batch endpoint}/jobs`, or one of them. Raises `AzureError`."""
    if call.route.kind is Kind.COLLECTION:
        return Response(200, jobs.listed(call.store, call.route.id.rsplit("/", 1)[0]))
    endpoint, _, name = call.route.id.rsplit("/", 2)
    for row in jobs.of_endpoint(call.store, endpoint):
        if row.id.rsplit("/", 1)[1].lower() == name.lower():
            return Response(200, jobs.shown(row))
    raise AzureError("ResourceNotFound", f"The Resource {call.route.id!r} was not found.", status=404)


ACTIONS: Mapping[tuple[str, str], Callable[[ActionCall], Response]] = {(jobs.JOB, "cancel"): cancel}
READS: Mapping[str, Callable[[ActionCall], Response | None]] = {f"{jobs.ENDPOINT}/jobs": of_endpoint}
