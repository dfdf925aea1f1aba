"""What Azure Monitor and the traffic log say of deployments in a window of time.

Requests by status code and the percentiles of latency are metrics; how long requests were held back by throttling
stands in the traffic log alone.
Source: Azure Machine Learning docs, monitor-azure-machine-learning-reference, "onlineEndpoints" and
"AmlOnlineEndpointTrafficLog".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from seawall.delivery.checks import Checks, Query
from seawall.delivery.port import CloudError, MetricPoint, Port
from seawall.delivery.readings import Metrics

REQUESTS = "RequestsPerMinute"
MINUTE = timedelta(minutes=1)
THROTTLED = "429"
ERRORS = ("408", "424")
"""Codes under 500 that are the deployment's fault: it took too long, or its model failed."""


@dataclass(frozen=True)
class Window:
    """What is looked at, in an endpoint by its name in Azure."""

    endpoint: str
    start: datetime
    end: datetime


def measured(port: Port, checks: Checks, names: Sequence[str], window: Window) -> dict[str, Metrics]:
    """What the checks need to know of each deployment. Raises `CloudError`."""
    requests = port.metric(REQUESTS, start=window.start, end=window.end, split=True)
    latency = {
        one.percentile: port.metric(
            f"RequestLatency_{one.percentile.upper()}", start=window.start, end=window.end, whole=True
        )
        for one in checks.latency
    }
    delays = _delays(port, window) if checks.throttling and checks.throttling.delay is not None else None
    return {
        name: Metrics(
            requests=_count(requests, name, window),
            errors=_count(requests, name, window, errors=True),
            throttled=_count(requests, name, window, code=THROTTLED),
            latency_ms={key: value for key, points in latency.items() if (value := _value(points, name)) is not None},
            delay_ms=None if delays is None else delays.get(name.lower()),
            queries={
                query.name: value
                for query in checks.queries
                if (value := _queried(port, query, name, window)) is not None
            },
        )
        for name in names
    }


def is_error(code: str) -> bool:
    """Whether an answer's status is the deployment's fault. 499 and other 4xx are the caller's."""
    return code.startswith("5") or code in ERRORS


def _count(
    points: Sequence[MetricPoint], name: str, window: Window, *, code: str = "", errors: bool = False
) -> int:
    """Requests of a deployment: the metric is a rate, so each of its minutes counts for as much as is in the window."""
    return round(
        sum(
            point.value * (overlap(point.time, window) / MINUTE)
            for point in points
            if point.deployment.lower() == name.lower()
            and (not code or point.status == code)
            and (not errors or is_error(point.status))
        )
    )


def overlap(minute: datetime, window: Window) -> timedelta:
    """How much of the minute that begins at a moment lies in a window."""
    return max(timedelta(0), min(minute + MINUTE, window.end) - max(minute, window.start))


def _value(points: Sequence[MetricPoint], name: str) -> float | None:
    return next((point.value for point in points if point.deployment.lower() == name.lower()), None)


def _delays(port: Port, window: Window) -> dict[str, float]:
    rows = port.query_log(delay_query(window.endpoint), start=window.start, end=window.end)
    return {str(row["DeploymentName"]).lower(): float(row["Delay"]) for row in rows if row.get("Delay") is not None}


def delay_query(endpoint: str) -> str:
    """The mean delay by throttling of an endpoint's requests, in milliseconds, by deployment."""
    return (
        "AmlOnlineEndpointTrafficLog\n"
        f'| where EndpointName =~ "{endpoint}"\n'
        "| extend Held = RequestThrottlingDelayMs + ResponseThrottlingDelayMs\n"
        "| summarize Delay = avg(Held) by DeploymentName"
    )


def _queried(port: Port, query: Query, name: str, window: Window) -> float | None:
    """The one number that a query of the release file's own gives."""
    if query.metric:
        found = port.metric(query.metric, start=window.start, end=window.end, aggregation=query.aggregation, whole=True)
        return _value(found, name)
    text = str(query.kql).replace("{deployment}", name).replace("{endpoint}", window.endpoint)
    rows = port.query_log(text, start=window.start, end=window.end)
    for value in rows[0].values() if rows else ():
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    if rows:
        raise CloudError(f"query {query.name}: its first row has no number")
    return None
