"""Requests as the router records them, and an endpoint whose requests they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seawall.local.azure import LocalAzure
from seawall.local.meters import Request
from seawall.local.place import Place

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-mlp"
ML = f"{GROUP}/providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{ML}/workspaces/mlw-larkspur"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/fraud-online"
GREEN = f"{ENDPOINT}/deployments/green"
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-larkspur"
SETTING = f"{ENDPOINT}/providers/Microsoft.Insights/diagnosticSettings/log-analytics"


def request(time: float, deployment: str = "blue", code: int = 200, duration_ms: float = 10.0, **more: Any) -> Request:
    fields: dict[str, Any] = {"model_code": code, "request_bytes": 100, "response_bytes": 50, "request_id": "r"} | more
    return Request(time, ENDPOINT.lower(), deployment, code, duration_ms=duration_ms, **fields)


def platform(place: Place) -> LocalAzure:
    """A local Azure with an online endpoint, its deployment green, and a Log Analytics workspace."""
    azure = LocalAzure.open(place.store)
    for id, body in (
        (GROUP, {"location": "westeurope"}),
        (WORKSPACE, {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {}}),
        (ENDPOINT, {"location": "westeurope", "properties": {"authMode": "AADToken"}}),
        (GREEN, {"location": "westeurope", "properties": {"endpointComputeType": "Managed"}}),
        (LOGS, {"location": "westeurope", "properties": {}}),
    ):
        azure.put(id, body)
    return azure


def send_traffic_log(azure: LocalAzure) -> None:
    """Give the endpoint a diagnostic setting that sends its traffic log to the workspace."""
    log = {"category": "AmlOnlineEndpointTrafficLog", "enabled": True}
    azure.put(SETTING, {"properties": {"workspaceId": LOGS, "logs": [log]}})


def place_in(folder: Path) -> Place:
    return Place(folder / "azure.db")
