"""The table AmlOnlineEndpointTrafficLog, out of what the router recorded.

Source of the columns: Azure Monitor docs, reference/tables/amlonlineendpointtrafficlog.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from seawall.local.meters import Meters, Request
from seawall.local.monitor.kql import Column, Table
from seawall.local.store import Row

NAME = "AmlOnlineEndpointTrafficLog"
_AGENT = 70
"""Characters of a user agent that are kept. Source: docs, monitor-azure-machine-learning-reference."""


def _reason(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return ""


_Maker = Callable[[Request], Any]

_COLUMNS: tuple[tuple[str, str, _Maker], ...] = (
    ("TimeGenerated", "datetime", lambda one: one.time),
    ("Method", "string", lambda one: one.method),
    ("Path", "string", lambda one: one.path.partition("?")[0]),
    ("DeploymentName", "string", lambda one: one.deployment),
    ("Protocol", "string", lambda one: "HTTP/1.1"),
    ("ResponseCode", "int", lambda one: one.code),
    ("ResponseCodeReason", "string", lambda one: _reason(one.code)),
    ("ModelStatusCode", "int", lambda one: one.model_code or None),
    ("ModelStatusReason", "string", lambda one: _reason(one.model_code)),
    ("RequestPayloadSize", "int", lambda one: one.request_bytes),
    ("ResponsePayloadSize", "int", lambda one: one.response_bytes),
    ("UserAgent", "string", lambda one: one.user_agent[:_AGENT]),
    ("XRequestId", "string", lambda one: one.request_id),
    ("XMSClientRequestId", "string", lambda one: one.request_id),
    ("TotalDurationMs", "int", lambda one: round(one.duration_ms)),
    ("RequestThrottlingDelayMs", "int", lambda one: round(one.throttling_delay_ms)),
    ("ResponseThrottlingDelayMs", "int", lambda one: 0),
)
"""What differs from request to request. RequestDurationMs, ResponseDurationMs and who asked are not recorded."""

_OF_ENDPOINT = (
    "EndpointName",
    "Location",
    "AzureMLWorkspaceName",
    "AzureMLWorkspaceId",
    "OperationName",
    "Type",
    "_ResourceId",
    "_SubscriptionId",
)

COLUMNS = (*(Column(name, type) for name, type, _ in _COLUMNS), *(Column(name, "string") for name in _OF_ENDPOINT))


def rows(meters: Meters, endpoint: Row, workspace_id: str, start: float, end: float) -> list[tuple[Any, ...]]:
    """An endpoint's rows with `start <= TimeGenerated < end`. `workspace_id` is the ML workspace's GUID."""
    parts = endpoint.id.split("/")
    fixed = (
        endpoint.id.rsplit("/", 1)[1],
        str(endpoint.body.get("location", "")),
        parts[8],
        workspace_id,
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/traffic",
        NAME,
        endpoint.key,
        parts[2],
    )
    makers = [make for _, _, make in _COLUMNS]
    return [(*(make(one) for make in makers), *fixed) for one in meters.requests(endpoint.key, start, end)]


def table(found: list[tuple[Any, ...]]) -> Table:
    return Table(COLUMNS, found)


KNOWN_TO_AZURE: Mapping[str, str] = {
    "AmlOnlineEndpointConsoleLog": "the deployments' logs are read by onlineDeployments get-logs",
    "AmlOnlineEndpointEventLog": "events are not kept",
}
"""Tables of endpoints that the local Azure doesn't have, and why."""
