"""The Log Analytics query API over the traffic log.

As in Azure, a workspace shows the traffic of those endpoints whose diagnostic settings send it there; without a
setting there is no log. Source: Log Analytics API docs, request and response format; Azure ML docs,
how-to-monitor-online-endpoints.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.monitor import times, traffic_log
from seawall.local.monitor.definitions import ENDPOINT
from seawall.local.monitor.kql import KqlError, Table, Unsupported, run
from seawall.local.monitor.kql.values import shown
from seawall.local.monitor.readers import meters_at
from seawall.local.place import Place
from seawall.local.store import Row

_WORKSPACE = "microsoft.operationalinsights/workspaces"
_SETTING = "microsoft.insights/diagnosticsettings"
MOST_ROWS = 500_000
"""Source: Azure Monitor docs, service-limits, "Log Analytics workspaces", query API."""


class QueryError(Exception):
    """A refusal in the query API's form, which has an inner error that Resource Manager's doesn't."""

    def __init__(self, code: str, message: str, *, status: int = 400, inner: tuple[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        error: dict[str, Any] = {"message": message, "code": code}
        if inner:
            error["innererror"] = {"code": inner[0], "message": inner[1]}
        self.body = {"error": error}


def query_workspace(place: Place, azure: LocalAzure, customer_id: str, body: Any) -> dict[str, Any]:
    """Answer `POST /v1/workspaces/{customerId}/query`. Raises `QueryError`."""
    workspaces = {name: row for row in azure.store.of_type(_WORKSPACE) for name in _names(row)}
    wanted = [customer_id.lower(), *_more_workspaces(body)]
    chosen: list[Row] = []
    for each in wanted:
        if each not in workspaces:
            raise QueryError("WorkspaceNotFoundError", f"The workspace {each} could not be found.", status=404)
        chosen.append(workspaces[each])
    keys = {row.key for row in chosen}
    endpoints = [row for row in azure.store.of_type(ENDPOINT) if keys & set(_destinations(azure, row))]
    return _answer(place, azure, endpoints, body)


def query_resource(place: Place, azure: LocalAzure, resource: str, body: Any) -> dict[str, Any]:
    """Answer `POST /v1/{resource ID}/query`: the logs of one endpoint, wherever they are sent. Raises `QueryError`."""
    row = azure.store.resource(resource)
    if row is None:
        raise QueryError("ResourceNotFoundError", f"The resource {resource} could not be found.", status=404)
    endpoints = [row] if row.arm_type == ENDPOINT and list(_destinations(azure, row)) else []
    return _answer(place, azure, endpoints, body)


def query_batch(place: Place, azure: LocalAzure, body: Any) -> dict[str, Any]:
    """Answer `POST /v1/$batch`: several queries of workspaces, each with its own status. Raises `QueryError`."""
    requests = body.get("requests") if isinstance(body, Mapping) else None
    if not isinstance(requests, list) or not all(isinstance(each, Mapping) for each in requests):
        raise QueryError("BadArgumentError", "The body needs requests: a list of queries.")
    answers = []
    for each in requests:
        try:
            status, found = 200, query_workspace(place, azure, str(each.get("workspace", "")), each.get("body"))
        except QueryError as error:
            status, found = error.status, error.body
        answers.append({"id": str(each.get("id", "")), "status": status, "headers": {}, "body": found})
    return {"responses": answers}


def _answer(place: Place, azure: LocalAzure, endpoints: list[Row], body: Any) -> dict[str, Any]:
    if not isinstance(body, Mapping) or not isinstance(body.get("query"), str):
        raise QueryError("BadArgumentError", "The body needs query: the text of a query.")
    now = time.time()
    try:
        span = body.get("timespan")
        start, end = times.timespan(str(span), now, 0.0) if span else (0.0, now + 86_400.0)
        found = run(body["query"], lambda name: _table(place, azure, endpoints, name, start, end), now)
    except AzureError as error:
        raise QueryError("BadArgumentError", error.message) from None
    except Unsupported as error:
        raise QueryError("NotImplemented", error.message, status=501) from None
    except KqlError as error:
        whole = "The request had some invalid properties"
        raise QueryError("BadArgumentError", whole, inner=(error.code, error.message)) from None
    if len(found.rows) > MOST_ROWS:
        raise QueryError("ResponseSizeError", f"The result has {len(found.rows)} rows, at most {MOST_ROWS} are sent.")
    return {"tables": [_shown(found)]}


def _shown(found: Table) -> dict[str, Any]:
    types = [column.type for column in found.columns]
    return {
        "name": "PrimaryResult",
        "columns": [{"name": column.name, "type": column.type} for column in found.columns],
        "rows": [[shown(value, type) for value, type in zip(row, types, strict=True)] for row in found.rows],
    }


def _table(
    place: Place, azure: LocalAzure, endpoints: list[Row], name: str, start: float, end: float
) -> Table | None:
    if name in traffic_log.KNOWN_TO_AZURE:
        raise Unsupported(f"the table {name}: {traffic_log.KNOWN_TO_AZURE[name]}")
    if name != traffic_log.NAME:
        return None
    meters = meters_at(place)
    found = []
    for endpoint in endpoints:
        workspace = azure.store.resource(endpoint.id.rsplit("/", 2)[0])
        guid = str((workspace.body.get("properties") or {}).get("workspaceId", "")) if workspace else ""
        found += traffic_log.rows(meters, endpoint, guid, start, end)
    return traffic_log.table(found)


def _more_workspaces(body: Any) -> list[str]:
    more = body.get("workspaces") if isinstance(body, Mapping) else None
    return [str(each).lower() for each in more or []]


def _names(row: Row) -> tuple[str, str, str]:
    """What a query may name a workspace by: its customer ID, its resource ID, its name; in lower case."""
    customer = str((row.body.get("properties") or {}).get("customerId", ""))
    return customer.lower(), row.key, row.key.rsplit("/", 1)[1]


def _destinations(azure: LocalAzure, endpoint: Row) -> Iterator[str]:
    """The keys of the workspaces to which diagnostic settings send an endpoint's traffic log."""
    for setting in azure.store.of_type(_SETTING, endpoint.id):
        properties = setting.body.get("properties") or {}
        if any(_sends_traffic(each) for each in properties.get("logs") or []):
            yield str(properties.get("workspaceId") or "").lower()


def _sends_traffic(log: Mapping[str, Any]) -> bool:
    category, group = str(log.get("category") or ""), str(log.get("categoryGroup") or "")
    named = category.lower() == traffic_log.NAME.lower() or group.lower() == "alllogs"
    return bool(log.get("enabled")) and named
