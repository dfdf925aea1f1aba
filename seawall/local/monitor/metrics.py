"""Azure Monitor's metrics API: by Resource Manager for one resource, and in batches at the regional address.

Source: REST reference, Metrics - List, Metric Definitions - List, Metric Namespaces - List, Metrics Batch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.meters import Meters
from seawall.local.monitor import filters, times
from seawall.local.monitor.definitions import DEPLOYMENT, METRICS, NAMESPACES, Metric, definition
from seawall.local.monitor.readers import meters_at
from seawall.local.monitor.series import Ask, Series, ranked, series
from seawall.local.place import Place
from seawall.local.response import Response
from seawall.local.routes import Kind, parse

_HOUR = 3_600.0
_MOST_SERIES = 10
"""Where a filter splits and nothing else is said."""

_PARTS = ("metrics", "metricdefinitions", "metricnamespaces")


@dataclass(frozen=True)
class Resource:
    """Whose metrics are asked for."""

    id: str
    arm_type: str
    region: str

    @property
    def endpoint(self) -> str:
        return self.id.rsplit("/", 2)[0] if self.arm_type == DEPLOYMENT else self.id

    @property
    def deployment(self) -> str:
        return self.id.rsplit("/", 1)[1] if self.arm_type == DEPLOYMENT else ""


def is_metrics(path: str) -> bool:
    """Whether a path of Resource Manager's is one that `answer` answers."""
    scope, _, part = path.lower().rstrip("/").rpartition("/providers/microsoft.insights/")
    return bool(scope) and part in _PARTS


def answer(place: Place, azure: LocalAzure, path: str, query: Mapping[str, str]) -> Response:
    """Answer `GET {resource}/providers/microsoft.insights/{metrics|metricDefinitions|metricNamespaces}`.

    Raises `AzureError`.
    """
    at = path.lower().rindex("/providers/microsoft.insights/")
    resource, part = found(azure, path[:at]), path[at:].rstrip("/").rsplit("/", 1)[1].lower()
    asked = {name.lower(): value for name, value in query.items()}
    match part:
        case "metrics":
            return Response(200, _listed(meters_at(place), resource, asked, now=time.time()))
        case "metricdefinitions":
            known = METRICS[resource.arm_type].values()
            return Response(200, {"value": [definition(resource.id, resource.arm_type, each) for each in known]})
        case "metricnamespaces":
            return Response(200, {"value": [_namespace(resource)]})
    raise AzureError("NotImplemented", f"The local Azure doesn't have microsoft.insights/{part}.", status=501)


def batch(
    place: Place, azure: LocalAzure, region: str, subscription: str, query: Mapping[str, str], body: Any
) -> dict[str, Any]:
    """Answer `POST /subscriptions/{id}/metrics:getBatch`: the same query for resources of one region and subscription.

    Raises `AzureError`.
    """
    asked = {name.lower(): value for name, value in query.items()}
    ids = body.get("resourceids") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise AzureError("BadRequest", "The body needs resourceids: a list of at least one resource ID.")
    if len(ids) > 50:
        raise AzureError("BadRequest", f"At most 50 resources can be asked for at once, not {len(ids)}.")
    start, end = asked.get("starttime", ""), asked.get("endtime", "")
    if end and not start:
        raise AzureError("BadRequest", "endtime needs starttime.")
    now = time.time()
    span = f"{start}/{end or times.text_of(now)}" if start else asked.get("timespan", "")
    resources = [found(azure, each) for each in ids]
    for each in resources:
        _check_place(each, region, subscription)
    meters = meters_at(place)
    return {"values": [_listed(meters, each, asked | {"timespan": span}, now=now, batch=True) for each in resources]}


def _check_place(resource: Resource, region: str, subscription: str) -> None:
    if resource.id.split("/")[2].lower() != subscription.lower():
        raise AzureError("BadRequest", f"{resource.id} is not in subscription {subscription}.")
    if region not in ("global", resource.region):
        raise AzureError("BadRequest", f"{resource.id} is in region {resource.region}, not in {region}.")


def found(azure: LocalAzure, id: str) -> Resource:
    """The resource that has metrics. Raises `AzureError` for one that isn't there, or has none here."""
    route = parse(id)
    row = azure.store.resource(id) if route.kind is Kind.RESOURCE else None
    if row is None:
        raise AzureError("ResourceNotFound", f"The Resource {id!r} was not found.", status=404)
    if row.arm_type not in METRICS:
        raise AzureError("NotImplemented", f"The local Azure doesn't have metrics of {row.arm_type}.", status=501)
    return Resource(row.id, row.arm_type, str(row.body.get("location", "")).lower().replace(" ", ""))


def _listed(
    meters: Meters, resource: Resource, asked: Mapping[str, str], *, now: float, batch: bool = False
) -> dict[str, Any]:
    _check_namespace(resource, asked.get("metricnamespace", ""))
    chosen = _metrics(resource, asked.get("metricnames", ""))
    start, end = times.timespan(asked.get("timespan", ""), now, _HOUR)
    interval = _interval(asked.get("interval", ""))
    answers = []
    for metric in chosen:
        clauses = filters.parsed(asked.get("$filter", asked.get("filter", "")), metric.dimensions)
        rolled_up = frozenset(each.strip().lower() for each in asked.get("rollupby", "").split(",") if each.strip())
        ask = Ask(metric, resource.endpoint, resource.deployment, start, end, interval, clauses, rolled_up)
        all_series = series(meters, ask)
        if ask.split:
            all_series = ranked(all_series, asked.get("orderby", ""), _top(asked.get("top", "")))
        wanted = _aggregations(metric, asked.get("aggregation", ""))
        answers.append(_metric(resource, ask, all_series, wanted))
    whole = {
        "cost": 0,
        "interval": asked.get("interval") or "PT1M",
        "namespace": NAMESPACES[resource.arm_type],
        "resourceregion": resource.region,
        "value": answers,
    }
    if batch:
        return {"starttime": times.text_of(start), "endtime": times.text_of(end), **whole, "resourceid": resource.id}
    return {"timespan": f"{times.text_of(start)}/{times.text_of(end)}", **whole}


def _metric(resource: Resource, ask: Ask, found: list[Series], aggregations: tuple[str, ...]) -> dict[str, Any]:
    metric = ask.metric
    return {
        "id": f"{resource.id}/providers/Microsoft.Insights/metrics/{metric.name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": metric.name, "localizedValue": metric.title},
        "displayDescription": metric.description,
        "unit": metric.unit,
        "timeseries": [_series(ask, each, aggregations) for each in found],
        "errorCode": "Success",
    }


def _series(ask: Ask, one: Series, aggregations: tuple[str, ...]) -> dict[str, Any]:
    """A bucket in which nothing was measured is a point without values."""
    names = {name: {"value": name, "localizedValue": name} for name in one.dimensions}
    return {
        "metadatavalues": [{"name": names[name], "value": value} for name, value in one.dimensions.items()],
        "data": [
            {"timeStamp": times.text_of(ask.begins(bucket))}
            | {name: value for name, value in one.points.get(bucket, {}).items() if name in aggregations}
            for bucket in range(ask.buckets)
        ],
    }


def _metrics(resource: Resource, names: str) -> list[Metric]:
    """The metrics by name; all that are measured where none is named."""
    known = METRICS[resource.arm_type]
    asked = [name.strip() for name in names.split(",") if name.strip()]
    if not asked:
        return [metric for metric in known.values() if metric.measured]
    unknown = [name for name in asked if name.lower() not in known]
    if unknown:
        valid = ",".join(metric.name for metric in known.values())
        raise AzureError(
            "BadRequest", f"Failed to find metric configuration for metric {', '.join(unknown)}. Valid metrics: {valid}"
        )
    return [known[name.lower()] for name in asked]


def _aggregations(metric: Metric, text: str) -> tuple[str, ...]:
    """The aggregations, in lower case. Azure documents which a metric has; another one is refused."""
    asked = [each.strip() for each in text.split(",") if each.strip()] or [metric.aggregations[0]]
    valid = {each.lower() for each in metric.aggregations}
    wrong = [each for each in asked if each.lower() not in valid]
    if wrong:
        raise AzureError(
            "BadRequest",
            f"Metric {metric.name} doesn't support the aggregation {', '.join(wrong)}."
            f" Supported: {', '.join(metric.aggregations)}.",
        )
    return tuple(each.lower() for each in asked)


def _check_namespace(resource: Resource, name: str) -> None:
    right = NAMESPACES[resource.arm_type]
    if name and name.lower() != right.lower():
        raise AzureError("BadRequest", f"Metric namespace {name} is not one of {resource.id}, which has {right}.")


def _interval(text: str) -> float:
    if text.strip().upper() == "FULL":
        return math.inf
    found = times.seconds(text) if text else 60.0
    if found <= 0:
        raise AzureError("BadRequest", f"The interval {text!r} is not longer than nothing.")
    return found


def _top(text: str) -> int:
    if not text:
        return _MOST_SERIES
    if not text.isdigit() or int(text) < 1:
        raise AzureError("BadRequest", f"top is a whole number from 1, not {text!r}.")
    return int(text)


def _namespace(resource: Resource) -> dict[str, Any]:
    name = NAMESPACES[resource.arm_type]
    return {
        "id": f"{resource.id}/providers/microsoft.insights/metricNamespaces/{name}",
        "type": "Microsoft.Insights/metricNamespaces",
        "name": name,
        "classification": "Platform",
        "properties": {"metricNamespaceName": name},
    }
