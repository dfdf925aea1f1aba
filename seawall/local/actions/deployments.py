"""Deployments of templates to a resource group. Source: Resource Manager REST reference, Deployments."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from seawall.azure.guid import TENANT
from seawall.local.actions.call import ActionCall, missing
from seawall.local.errors import AzureError
from seawall.local.response import Response
from seawall.local.routes import parse
from seawall.local.services.reading import mapping
from seawall.local.store import Row
from seawall.local.templates.functions import Context
from seawall.local.templates.template import NESTED, Wanted, opened, resources


def deploy(call: ActionCall) -> Response | None:
    """Deploy a template: all that it wants, one after another; the answer comes when that is done.

    None where the body has no template: then the deployment is kept as it is written. Raises `AzureError`.
    """
    properties = mapping(call.body, "properties")
    template = properties.get("template")
    if not isinstance(template, dict) or "/resourcegroups/" not in call.route.key:
        return None
    group = call.store.resource(call.route.scope)
    if group is None:
        raise AzureError("ResourceGroupNotFound", f"Resource group of {call.route.id} could not be found.", status=404)
    parts = group.id.split("/")
    context = Context(
        parts[2], parts[4], str(group.body.get("location", "")), TENANT, lambda id, full: _read(call, id, full)
    )
    scope = opened(template, mapping(properties, "parameters"), context)
    wanted = resources(template, scope)
    created = call.store.resource(call.route.id) is None
    _keep(call, wanted, "Running", properties)
    try:
        for one in wanted:
            call.azure.put(one.id, one.body())
    except AzureError as error:
        _keep(call, wanted, "Failed", properties)
        message = "At least one resource deployment operation failed. Please list deployment operations for details."
        raise AzureError("DeploymentFailed", message, status=409, details=[error]) from None
    row = _keep(call, wanted, "Succeeded", properties)
    return Response(201 if created else 200, call.azure.shown(row))


def _read(call: ActionCall, id: str, full: bool) -> Any:
    body = call.azure.get(id)
    if body is None:
        raise missing(id)
    return body if full else body.get("properties") or {}


def _keep(call: ActionCall, wanted: list[Wanted], state: str, asked: dict[str, Any]) -> Row:
    properties = {
        "provisioningState": state,
        "mode": str(asked.get("mode", "Incremental")).capitalize(),
        "timestamp": datetime.now(UTC).isoformat(),
        "duration": "PT0S",
        "correlationId": secrets.token_hex(16),
        "outputResources": [{"id": one.id} for one in wanted],
        "outputs": {},
    }
    before = call.store.resource(call.route.id)
    body = {"properties": properties}
    kept = "Failed" if state == "Failed" else "Succeeded"
    row = Row(before.id if before else call.route.id, NESTED, kept, "", secrets.token_hex(8), "", None, body)
    call.store.save(row, ())
    return row


def operations(call: ActionCall) -> Response:
    """What a deployment did: an operation for each resource."""
    id = call.route.id.rsplit("/operations", 1)[0]
    row = call.store.resource(id)
    if row is None:
        raise missing(id)
    properties = row.body["properties"]
    return Response(200, {"value": [_operation(id, one["id"], properties) for one in properties["outputResources"]]})


def _operation(deployment: str, id: str, properties: dict[str, Any]) -> dict[str, Any]:
    name = secrets.token_hex(8).upper()
    route = parse(id)
    return {
        "id": f"{deployment}/operations/{name}",
        "operationId": name,
        "properties": {
            "provisioningOperation": "Create",
            "provisioningState": properties["provisioningState"],
            "timestamp": properties["timestamp"],
            "duration": properties["duration"],
            "statusCode": "OK",
            "targetResource": {"id": id, "resourceType": route.arm_type, "resourceName": "/".join(route.names)},
        },
    }


WRITES = {NESTED: deploy}
READS = {f"{NESTED}/operations": operations}
