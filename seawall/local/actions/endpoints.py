"""Actions on online, batch and serverless endpoints. Source: Azure ML REST reference, Online Endpoints."""

from __future__ import annotations

import time

from seawall.local.actions.call import ActionCall
from seawall.local.place import Place
from seawall.local.response import Response
from seawall.local.services.machine_learning import WORKSPACE
from seawall.local.services.online_endpoints import BATCH_ENDPOINT, DEPLOYMENT, ENDPOINT, MOST_INSTANCES
from seawall.local.services.reading import text
from seawall.local.services.service import refuse
from seawall.local.serving import keys
from seawall.local.serving.logs import logs

_LINES = 500
"""Of a log, where a request doesn't say how many."""

SERVERLESS = f"{WORKSPACE}/serverlessendpoints"


def list_keys(call: ActionCall) -> Response:
    """The two keys of an endpoint whose `authMode` is `Key`."""
    row = call.target()
    mode = text(row.body, "properties", "authMode", default="Key")
    if mode.lower() != "key":
        raise refuse("BadRequest", f"Endpoint {row.id.rsplit('/', 1)[-1]} has no keys: its authentication is {mode}.")
    primary, secondary = keys.keys(call.store, row.id)
    return Response(200, {"primaryKey": primary, "secondaryKey": secondary})


def regenerate_keys(call: ActionCall) -> Response:
    """Another key in place of one of the two."""
    row, kind = call.target(), text(call.body, "keyType", default="Primary").lower()
    if kind not in ("primary", "secondary"):
        raise refuse("BadRequest", f"keyType must be Primary or Secondary, not {kind!r}.")
    keys.regenerate(call.store, row.id, "primary" if kind == "primary" else "secondary")
    return list_keys(call)


def token(call: ActionCall) -> Response:
    """A token of an endpoint whose `authMode` is `AMLToken`."""
    row = call.target()
    mode = text(row.body, "properties", "authMode")
    if mode.lower() != "amltoken":
        name = row.id.rsplit("/", 1)[-1]
        raise refuse("BadRequest", f"Endpoint {name} gives no tokens: its authentication is {mode}.")
    made = keys.token(call.store, row.id, time.time())
    return Response(
        200,
        {
            "accessToken": made.access_token,
            "expiryTimeUtc": made.expiry_time_utc,
            "refreshAfterTimeUtc": made.refresh_after_time_utc,
            "tokenType": made.token_type,
        },
    )


def get_logs(call: ActionCall) -> Response:
    """The last lines of a deployment's container: `tail` of them."""
    row = call.target()
    tail = call.body.get("tail")
    if tail is not None and (isinstance(tail, bool) or not isinstance(tail, int) or tail < 1):
        raise refuse("BadRequest", f"tail must be a whole number from 1, not {tail!r}.")
    container = text(call.body, "containerType", default="InferenceServer")
    return Response(200, {"content": logs(Place(call.store.path), row.id, tail or _LINES, container)})


def skus(call: ActionCall) -> Response:
    """How many instances a deployment can have."""
    id = call.route.id.rsplit("/", 1)[0]
    if not call.store.exists(id):
        raise refuse("ResourceNotFound", f"The Resource '{id}' was not found.", status=404)
    capacity = {"default": 1, "minimum": 1, "maximum": MOST_INSTANCES, "scaleType": "Manual"}
    kind = "Microsoft.MachineLearningServices/endpoints/deployments"
    sku = {"name": "Default", "tier": "Standard"}
    return Response(200, {"value": [{"resourceType": kind, "sku": sku, "capacity": capacity}]})


ACTIONS = {
    (ENDPOINT, "listkeys"): list_keys,
    (ENDPOINT, "regeneratekeys"): regenerate_keys,
    (ENDPOINT, "token"): token,
    (BATCH_ENDPOINT, "listkeys"): list_keys,
    (SERVERLESS, "listkeys"): list_keys,
    (SERVERLESS, "regeneratekeys"): regenerate_keys,
    (DEPLOYMENT, "getlogs"): get_logs,
}

READS = {f"{DEPLOYMENT}/skus": skus}
