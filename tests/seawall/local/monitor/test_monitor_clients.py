"""Azure Monitor as its real clients see it: metrics in batches and by Resource Manager, and Log Analytics queries."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.rest import HttpRequest
from azure.identity import EnvironmentCredential
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.monitor.query import LogsBatchQuery, LogsQueryClient, LogsQueryStatus
from azure.monitor.querymetrics import MetricsClient

from seawall.local.azure import LocalAzure
from seawall.local.meters import Meters, Usage
from tests import served
from tests.seawall.local.monitor.traffic import (
    ENDPOINT,
    GREEN,
    LOGS,
    SUBSCRIPTION,
    platform,
    request,
    send_traffic_log,
)
from tests.served import Served

START = float(int(time.time()) - 120)
"""When the recorded traffic begins."""
NAMESPACE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over an endpoint with known traffic: blue answers 200 in 10 ms, green every fourth time 500 in 40 ms."""
    folder = tmp_path_factory.mktemp("monitor")
    with platform(served.Place(folder / "azure.db")):
        pass
    server = served.start(folder)
    try:
        with Meters.open(server.place.meters) as meters:
            rows = [request(START + number / 10, "blue", 200, 10.0) for number in range(100)]
            codes = [500, 200, 200, 200] * 5
            rows += [request(START + number / 10, "green", code, 40.0) for number, code in enumerate(codes)]
            rows += [request(START + 1, "green", 429, 2.0, model_code=0, throttling_delay_ms=7.0)]
            meters.record(rows)
            meters.sample([Usage(START + number, ENDPOINT, "green", 10.0 * number, 50.0, 2) for number in range(5)])
        yield server
    finally:
        server.stop()


@pytest.fixture
def credential(azure: Served, monkeypatch: pytest.MonkeyPatch) -> EnvironmentCredential:
    """The one that `seawall local env` makes possible; the client's surroundings are set, the client is not changed."""
    for name, value in azure.env.items():
        monkeypatch.setenv(name, value)
    return EnvironmentCredential()


def span(seconds: float) -> tuple[datetime, datetime]:
    start = datetime.fromtimestamp(START, UTC)
    return start, start + timedelta(seconds=seconds)


def metrics(credential: Any, region: str = "westeurope") -> MetricsClient:
    return MetricsClient(f"https://{region}.metrics.monitor.azure.com", credential)


def test_metrics_of_an_endpoint(credential: EnvironmentCredential) -> None:
    """The batch client reads rates by deployment and status class, and exact percentiles, of any timespan."""
    with metrics(credential) as client:
        (result,) = client.query_resources(
            resource_ids=[ENDPOINT],
            metric_namespace=NAMESPACE,
            metric_names=["RequestsPerMinute"],
            timespan=span(10),
            granularity=timedelta(minutes=1),
            aggregations=["Average"],
            filter="deployment eq 'green' and statusCodeClass eq '*'",
        )
        (metric,) = result.metrics
        found = {
            (series.metadata_values["deployment"], series.metadata_values["statusCodeClass"]): series.data[0].average
            for series in metric.timeseries
        }
        # Ten seconds: a request in them is six a minute.
        assert found == {("green", "2xx"): 90.0, ("green", "4xx"): 6.0, ("green", "5xx"): 30.0}
        assert result.granularity == timedelta(minutes=1)
        (latency,) = client.query_resources(
            resource_ids=[ENDPOINT],
            metric_namespace=NAMESPACE,
            metric_names=["RequestLatency_P50", "RequestLatency_P95"],
            timespan=span(10),
            granularity=timedelta(seconds=5),
            aggregations=["Average"],
        )
        points = {each.name: [point.average for point in each.timeseries[0].data] for each in latency.metrics}
        assert points == {"RequestLatency_P50": [10.0, 10.0], "RequestLatency_P95": [40.0, 10.0]}
        assert latency.metrics["RequestLatency_P95"].timeseries[0].data[1].timestamp == span(5)[1]


def test_metrics_of_a_deployment(credential: EnvironmentCredential) -> None:
    """A deployment has its own CPU, memory, instances and requests."""
    with metrics(credential) as client:
        (result,) = client.query_resources(
            resource_ids=[GREEN],
            metric_namespace=f"{NAMESPACE}/deployments",
            metric_names=["CpuUtilizationPercentage", "DeploymentCapacity"],
            timespan=span(60),
            aggregations=["Average", "Maximum"],
        )
        cpu, capacity = (each.timeseries[0].data[0] for each in result.metrics)
        assert (cpu.average, cpu.maximum, capacity.average) == (20.0, 40.0, 2.0)
        (result,) = client.query_resources(
            resource_ids=[GREEN],
            metric_namespace=f"{NAMESPACE}/deployments",
            metric_names=["RequestsPerMinute"],
            timespan=span(60),
            filter="envoy_response_code eq '429'",
        )
        assert result.metrics[0].timeseries[0].data[0].average == 1.0


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"metric_names": ["Errors"]}, "Valid metrics: RequestsPerMinute,RequestLatency"),
        ({"metric_namespace": "Microsoft.Storage/storageAccounts"}, "Metric namespace"),
        ({"aggregations": ["Total"]}, "doesn't support the aggregation Total. Supported: Average"),
        ({"filter": "region eq 'x'"}, "Metric dimension region is not supported"),
        ({"order_by": "median desc", "filter": "deployment eq '*'"}, "median desc"),
    ],
)
def test_wrong_questions_are_refused(credential: EnvironmentCredential, asked: dict[str, Any], why: str) -> None:
    """A metric, namespace, aggregation or dimension that isn't there answers 400 and names what there is."""
    right = {
        "resource_ids": [ENDPOINT],
        "metric_namespace": NAMESPACE,
        "metric_names": ["RequestsPerMinute"],
        "timespan": span(60),
    }
    with metrics(credential) as client, pytest.raises(HttpResponseError, match=why) as caught:
        client.query_resources(**(right | asked))
    assert caught.value.status_code == 400


def test_what_is_not_measured_says_so(credential: EnvironmentCredential) -> None:
    """A documented metric that nothing here measures is 501 by its name; another region's door is 400."""
    asked: dict[str, Any] = {"resource_ids": [ENDPOINT], "metric_namespace": NAMESPACE, "timespan": span(60)}
    with metrics(credential) as client, pytest.raises(HttpResponseError, match="ConnectionsActive") as caught:
        client.query_resources(metric_names=["ConnectionsActive"], **asked)
    assert caught.value.status_code == 501
    with metrics(credential, "northeurope") as client, pytest.raises(HttpResponseError, match="region westeurope"):
        client.query_resources(metric_names=["RequestsPerMinute"], **asked)
    asked["resource_ids"] = [f"{ENDPOINT}-gone"]
    with metrics(credential) as client, pytest.raises(ResourceNotFoundError):
        client.query_resources(metric_names=["RequestsPerMinute"], **asked)


def test_a_token_for_something_else_is_refused(credential: EnvironmentCredential) -> None:
    """The doors take tokens for themselves alone."""
    wrong = MetricsClient(
        "https://westeurope.metrics.monitor.azure.com", credential, audience="https://management.azure.com"
    )
    with wrong, pytest.raises(ClientAuthenticationError):
        wrong.query_resources(resource_ids=[ENDPOINT], metric_namespace=NAMESPACE, metric_names=["RequestsPerMinute"])


def test_metrics_by_resource_manager(azure: Served, credential: EnvironmentCredential) -> None:
    """A resource's metrics, definitions and namespaces stand below it in Resource Manager."""
    client = ResourceManagementClient(
        credential, SUBSCRIPTION, base_url=azure.url, credential_scopes=["https://management.azure.com/.default"]
    )

    def get(part: str, **query: str) -> dict[str, Any]:
        path = f"{azure.url}{ENDPOINT}/providers/microsoft.insights/{part}"
        response = client._client.send_request(HttpRequest("GET", path, params={"api-version": "2023-10-01", **query}))
        response.raise_for_status()
        return response.json()

    start, end = (each.isoformat().replace("+00:00", "Z") for each in span(60))
    found = get(
        "metrics",
        metricnames="RequestsPerMinute",
        timespan=f"{start}/{end}",
        aggregation="average",
        **{"$filter": "deployment eq '*'", "orderby": "average asc", "top": "1"},
    )
    (series,) = found["value"][0]["timeseries"]
    assert series["metadatavalues"][0]["value"] == "green"
    assert series["data"] == [{"timeStamp": start, "average": 21.0}]
    definitions = get("metricDefinitions")["value"]
    assert "statusCodeClass" in [dimension["value"] for dimension in definitions[0]["dimensions"]]
    assert get("metricNamespaces")["value"][0]["name"] == NAMESPACE


def test_the_traffic_log(azure: Served, credential: EnvironmentCredential) -> None:
    """A query sees the traffic of endpoints whose diagnostic setting sends it to that workspace, and no other."""
    with LocalAzure.open(azure.place.store) as local:
        customer = local.get(LOGS)["properties"]["customerId"]  # type: ignore[index]
        text = (
            "AmlOnlineEndpointTrafficLog | where EndpointName == 'fraud-online'"
            " | summarize n = count(), failed = countif(ResponseCode >= 500), throttled = countif(ResponseCode == 429),"
            " delay = max(RequestThrottlingDelayMs), p95 = percentile(TotalDurationMs, 95), first = min(TimeGenerated)"
            " by DeploymentName | order by DeploymentName asc"
        )
        with LogsQueryClient(credential) as client:
            before = client.query_workspace(customer, text, timespan=span(60))
            assert list(before.tables[0].rows) == [], "without a diagnostic setting there is no log"
            send_traffic_log(local)
            result = client.query_workspace(customer, text, timespan=span(60))
            assert result.status == LogsQueryStatus.SUCCESS
            names = ["DeploymentName", "n", "failed", "throttled", "delay", "p95", "first"]
            assert result.tables[0].columns == names
            assert [list(row) for row in result.tables[0].rows] == [
                ["blue", 100, 0, 0, 0, 10, span(0)[0]],
                ["green", 21, 5, 1, 7, 40, span(0)[0]],
            ]
            by_resource = client.query_resource(ENDPOINT, "AmlOnlineEndpointTrafficLog | count", timespan=span(60))
            assert by_resource.tables[0].rows[0]["Count"] == 121
            sample = (
                'AmlOnlineEndpointTrafficLog | where ResponseCode != "200" and ResponseCode != "100"'
                " | project TimeGenerated, Method, Path, Subscription = _SubscriptionId, ModelStatusCode"
                " | top 3 by TimeGenerated"
            )
            answers = client.query_batch(
                [LogsBatchQuery(customer, sample, timespan=None), LogsBatchQuery("none", "T", timespan=None)]
            )
            assert answers[0].tables[0].rows[0]["Subscription"] == SUBSCRIPTION  # type: ignore[union-attr]
            assert answers[1].status == LogsQueryStatus.FAILURE
        other = LogsQueryClient(credential, endpoint="https://api.loganalytics.azure.com")
        with other, pytest.raises(HttpResponseError) as caught:
            other.query_workspace(customer, "AmlOnlineEndpointTrafficLog | join T on x", timespan=None)
        assert caught.value.status_code == 501 and "operator join" in str(caught.value)
        with LogsQueryClient(credential) as client:
            with pytest.raises(HttpResponseError) as caught:
                client.query_workspace(customer, "AppRequests | take 1", timespan=None)
            assert caught.value.status_code == 400 and "AppRequests" in str(caught.value)
            with pytest.raises(HttpResponseError, match="could not be found") as caught:
                client.query_workspace("00000000-0000-0000-0000-00000000ffff", text, timespan=None)
            assert caught.value.status_code == 404
