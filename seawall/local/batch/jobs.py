"""Batch jobs as resources of the store, so that clients read and list them like any job.

Source of the body: REST reference, jobs - get (PipelineJob); what a batch endpoint starts is a pipeline job.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.store import Row, Store

JOB = "microsoft.machinelearningservices/workspaces/jobs"
ENDPOINT = "microsoft.machinelearningservices/workspaces/batchendpoints"
ENDED = frozenset({"Completed", "Failed", "Canceled"})
_OF_ENDPOINT = "azureml.endpointArmId"
_OF_DEPLOYMENT = "azureml.deploymentname"
_REASON = "azureml.error"


def create(
    store: Store,
    endpoint: Row,
    deployment: str,
    name: str,
    *,
    experiment: str,
    inputs: Mapping[str, Any],
    output: str,
) -> Row:
    """A new job of an endpoint. Raises `AzureError` where its name is taken."""
    id = f"{endpoint.id.rsplit('/', 2)[0]}/jobs/{name}"
    kept = {
        _OF_ENDPOINT: endpoint.id,
        _OF_DEPLOYMENT: deployment,
        "azureml.endpointname": endpoint.id.rsplit("/", 1)[1],
        "azureml.pipelineType": "BatchEndpoint",
    }
    properties = {
        "jobType": "Pipeline",
        "status": "Queued",
        "displayName": name,
        "experimentName": experiment or endpoint.id.rsplit("/", 1)[1],
        "isArchived": False,
        "tags": {},
        "properties": kept,
        "inputs": dict(inputs),
        "outputs": {"score": {"jobOutputType": "uri_folder", "uri": output, "mode": "ReadWriteMount"}},
        "jobs": {},
        "settings": {},
        "services": {},
    }
    made = {"createdAt": datetime.now(UTC).isoformat(), "createdByType": "User"}
    body = {"properties": properties, "systemData": made}
    row = Row(id, JOB, "Succeeded", "2023-10-01", secrets.token_hex(8), "", None, body)
    with store.write():
        if store.exists(id):
            raise AzureError("Conflict", f"A job with the name {name} exists already.", status=409)
        store.save(row)
    return row


def move(store: Store, id: str, status: str, reason: str = "") -> bool:
    """Give a job another status. Returns whether it could be: what has ended stays as it ended."""
    with store.write():
        row = store.resource(id)
        if row is None or status_of(row) in ENDED:
            return False
        properties = {**row.body["properties"], "status": status}
        if reason:
            properties["properties"] = {**properties["properties"], _REASON: reason}
            properties["description"] = reason
        store.save(row._replace(body={**row.body, "properties": properties}, etag=secrets.token_hex(8)))
    return True


def status_of(row: Row) -> str:
    return str(row.body.get("properties", {}).get("status", ""))


def reason_of(row: Row) -> str:
    """Why a job failed, or nothing."""
    return str(row.body.get("properties", {}).get("properties", {}).get(_REASON, ""))


def endpoint_of(row: Row) -> str:
    """The ID of the batch endpoint that started a job, or nothing for another job."""
    return str((row.body.get("properties", {}).get("properties") or {}).get(_OF_ENDPOINT, ""))


def of_endpoint(store: Store, endpoint_id: str) -> list[Row]:
    """The jobs of a batch endpoint."""
    workspace = endpoint_id.rsplit("/", 2)[0]
    return [row for row in store.of_type(JOB, workspace) if endpoint_of(row).lower() == endpoint_id.lower()]


def under_way(store: Store) -> list[Row]:
    """All batch jobs that haven't ended."""
    return [row for row in store.of_type(JOB) if endpoint_of(row) and status_of(row) not in ENDED]


def shown(row: Row) -> dict[str, Any]:
    """A job as the batch endpoint answers it. Source: azure-ai-ml, `BatchJob._from_rest_object`."""
    endpoint = endpoint_of(row)
    return {
        "id": row.id,
        "name": row.id.rsplit("/", 1)[1],
        "type": "Microsoft.MachineLearningServices/workspaces/batchEndpoints/jobs",
        "properties": {**row.body["properties"], "endpointArmId": endpoint},
        "systemData": row.body.get("systemData", {}),
    }


def listed(store: Store, endpoint_id: str) -> dict[str, Any]:
    """Answer `GET {batch endpoint}/jobs` of the data plane. Raises `AzureError` where there is no such endpoint."""
    row = store.resource(endpoint_id)
    if row is None or row.arm_type != ENDPOINT:
        raise AzureError("ResourceNotFound", f"The Resource {endpoint_id!r} was not found.", status=404)
    return {"value": [shown(each) for each in of_endpoint(store, endpoint_id)]}
