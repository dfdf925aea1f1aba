"""The metrics that Microsoft documents for online endpoints and their deployments.

Source: Azure Monitor docs, reference/supported-metrics, the pages of
Microsoft.MachineLearningServices/workspaces/onlineEndpoints and …/deployments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENDPOINT = "microsoft.machinelearningservices/workspaces/onlineendpoints"
DEPLOYMENT = f"{ENDPOINT}/deployments"


@dataclass(frozen=True)
class Metric:
    """One metric of a resource type."""

    name: str
    title: str
    description: str
    unit: str
    aggregations: tuple[str, ...]
    """The first is what is answered when none is asked for."""
    dimensions: tuple[str, ...]
    measured: bool = True
    """Whether the local Azure knows it; the others are documented but answered 501."""


_AVERAGE = ("Average",)
_SPREAD = ("Average", "Minimum", "Maximum")
_PERCENTILE = "The P{0} of all request latency values collected over the selected time period"


def _latencies(dimensions: tuple[str, ...]) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            f"RequestLatency_P{each}",
            f"Request Latency P{each}",
            _PERCENTILE.format(each),
            "MilliSeconds",
            _AVERAGE,
            dimensions,
        )
        for each in (50, 90, 95, 99)
    )


def _unmeasured(name: str, title: str, unit: str, *dimensions: str) -> Metric:
    return Metric(name, title, title, unit, _SPREAD, dimensions, measured=False)


_ENDPOINT = (
    Metric(
        "RequestsPerMinute",
        "Requests Per Minute",
        "The number of requests sent to the online endpoint within a minute",
        "Count",
        _AVERAGE,
        ("deployment", "statusCode", "statusCodeClass", "modelStatusCode"),
    ),
    Metric(
        "RequestLatency",
        "Request Latency",
        "The average time taken for a request to be answered, in milliseconds",
        "MilliSeconds",
        _AVERAGE,
        ("deployment",),
    ),
    *_latencies(("deployment",)),
    Metric("NetworkBytes", "Network Bytes", "The bytes per second served", "BytesPerSecond", _AVERAGE, ()),
    _unmeasured("ConnectionsActive", "Connections Active", "Count"),
    _unmeasured("NewConnectionsPerSecond", "New Connections Per Second", "CountPerSecond"),
    _unmeasured(
        "DataCollectionErrorsPerMinute", "Data Collection Errors Per Minute", "Count", "deployment", "reason", "type"
    ),
    _unmeasured("DataCollectionEventsPerMinute", "Data Collection Events Per Minute", "Count", "deployment", "type"),
)

_DEPLOYMENT = (
    Metric(
        "CpuUtilizationPercentage",
        "CPU Utilization Percentage",
        "Percentage of CPU utilization on an instance",
        "Percent",
        _SPREAD,
        ("instanceId",),
    ),
    Metric(
        "CpuMemoryUtilizationPercentage",
        "CPU Memory Utilization Percentage",
        "Percentage of memory utilization on an instance",
        "Percent",
        _SPREAD,
        ("instanceId",),
    ),
    Metric(
        "DeploymentCapacity",
        "Deployment Capacity",
        "The number of instances in the deployment",
        "Count",
        _SPREAD,
        ("instanceId", "State"),
    ),
    Metric(
        "RequestsPerMinute",
        "Requests Per Minute",
        "The number of requests sent to the online deployment within a minute",
        "Count",
        _AVERAGE,
        ("envoy_response_code",),
    ),
    *_latencies(()),
    _unmeasured("DataCollectionErrorsPerMinute", "Data Collection Errors Per Minute", "Count", "instanceId"),
    _unmeasured("DataCollectionEventsPerMinute", "Data Collection Events Per Minute", "Count", "instanceId"),
    _unmeasured("DiskUtilization", "Disk Utilization", "Percent", "instanceId", "disk"),
    _unmeasured("GpuEnergyJoules", "GPU Energy in Joules", "Count", "instanceId"),
    _unmeasured("GpuMemoryUtilizationPercentage", "GPU Memory Utilization Percentage", "Percent", "instanceId"),
    _unmeasured("GpuUtilizationPercentage", "GPU Utilization Percentage", "Percent", "instanceId"),
)

METRICS: Mapping[str, Mapping[str, Metric]] = {
    ENDPOINT: {metric.name.lower(): metric for metric in _ENDPOINT},
    DEPLOYMENT: {metric.name.lower(): metric for metric in _DEPLOYMENT},
}
"""By ARM type and name, both in lower case."""

NAMESPACES = {
    ENDPOINT: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints",
    DEPLOYMENT: "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments",
}


def definition(resource: str, arm_type: str, metric: Metric) -> dict[str, Any]:
    """A metric as `metricDefinitions` lists it. Source: Metric Definitions - List, REST reference."""
    return {
        "id": f"{resource}/providers/microsoft.insights/metricdefinitions/{metric.name}",
        "resourceId": resource,
        "namespace": NAMESPACES[arm_type],
        "name": {"value": metric.name, "localizedValue": metric.title},
        "displayDescription": metric.description,
        "isDimensionRequired": False,
        "unit": metric.unit,
        "primaryAggregationType": metric.aggregations[0],
        "supportedAggregationTypes": list(metric.aggregations),
        "metricAvailabilities": [{"timeGrain": "PT1M", "retention": "P1D"}],
        "dimensions": [{"value": each, "localizedValue": each} for each in metric.dimensions],
    }
