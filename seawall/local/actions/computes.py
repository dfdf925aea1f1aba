"""Actions on computes. Source: Azure ML REST reference, Compute."""

from __future__ import annotations

from seawall.azure.fills.base import private_address
from seawall.local.actions.call import ActionCall
from seawall.local.response import Response
from seawall.local.services.machine_learning import COMPUTE
from seawall.local.services.reading import mapping, text
from seawall.local.services.service import refuse
from seawall.local.store import Row


def start(call: ActionCall) -> Response:
    return _turned(call, "Running", "Start")


def stop(call: ActionCall) -> Response:
    return _turned(call, "Stopped", "Stop")


def restart(call: ActionCall) -> Response:
    return _turned(call, "Running", "Restart")


def _turned(call: ActionCall, state: str, operation: str) -> Response:
    """A compute instance in another state; clusters start and stop by themselves."""
    row = call.target()
    properties = mapping(row.body, "properties")
    if properties.get("computeType") != "ComputeInstance":
        raise refuse("BadRequest", f"{operation} is for compute instances, not for {properties.get('computeType')}.")
    done = {"operationName": operation, "operationStatus": "Succeeded"}
    inner = {**mapping(properties, "properties"), "state": state, "lastOperation": done}
    return call.accepted(row._replace(body={**row.body, "properties": {**properties, "properties": inner}}))


def list_nodes(call: ActionCall) -> Response:
    """The nodes of a cluster; as many as its least size, for nothing runs here."""
    row = call.target()
    inner = mapping(row.body, "properties", "properties")
    return Response(200, {"nodes": [_node(row, number) for number in range(int(inner.get("currentNodeCount") or 0))]})


def _node(row: Row, number: int) -> dict[str, object]:
    return {
        "nodeId": f"tvmps_{number:08x}",
        "privateIpAddress": private_address(row.id, str(number)),
        "port": 50000 + number,
        "nodeState": "idle",
    }


def list_keys(call: ActionCall) -> Response:
    """A cluster has no keys to give."""
    kind = text(call.target().body, "properties", "computeType")
    raise refuse("BadRequest", f"Keys are those of attached computes, not of {kind}.")


def enable_sso(call: ActionCall) -> Response:
    """Single sign-on of a compute instance, on or off."""
    row = call.target()
    properties = mapping(row.body, "properties")
    inner = {**mapping(properties, "properties"), "enableSSO": bool(call.body.get("enableSSO"))}
    with call.store.write():
        call.store.save(row._replace(body={**row.body, "properties": {**properties, "properties": inner}}))
    return Response(200)


ACTIONS = {
    (COMPUTE, "start"): start,
    (COMPUTE, "stop"): stop,
    (COMPUTE, "restart"): restart,
    (COMPUTE, "listnodes"): list_nodes,
    (COMPUTE, "listkeys"): list_keys,
    (COMPUTE, "enablesso"): enable_sso,
}
