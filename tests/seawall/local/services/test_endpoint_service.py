"""Online endpoints: traffic, mirrors, limits, names."""

from __future__ import annotations

from typing import Any

import pytest
from arm import GROUP, refusal

from seawall.local.azure import LocalAzure

ML = f"{GROUP}/providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{ML}/workspaces/mlw"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/fraud-online"


def _workspace(mode: str = "", **properties: Any) -> dict[str, Any]:
    if mode:
        properties["managedNetwork"] = {"isolationMode": mode}
    return {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": properties}


def _endpoint(**properties: Any) -> dict[str, Any]:
    return {"location": "westeurope", "properties": {"authMode": "AADToken", **properties}}


def _deployment(instances: int = 1) -> dict[str, Any]:
    sku = {"name": "Default", "capacity": instances}
    return {"location": "westeurope", "sku": sku, "properties": {"endpointComputeType": "Managed"}}


@pytest.fixture
def workspace(azure: LocalAzure, group: str) -> str:
    azure.put(WORKSPACE, _workspace())
    return WORKSPACE


@pytest.fixture
def endpoint(azure: LocalAzure, workspace: str) -> str:
    """An online endpoint with the deployments blue and green, and no traffic."""
    azure.put(ENDPOINT, _endpoint())
    for name in ("blue", "green"):
        azure.put(f"{ENDPOINT}/deployments/{name}", _deployment())
    return ENDPOINT


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"traffic": {"blue": 50}}, "sum to 0 or 100"),
        ({"traffic": {"blue": 60, "green": 60}}, "sum to 0 or 100"),
        ({"traffic": {"red": 100}}, "doesn't exist"),
        ({"traffic": {"blue": 150, "green": -50}}, "no percentage"),
        ({"traffic": {"blue": "100"}}, "no percentage"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"green": 51}}, "At most 50"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"blue": 10}}, "takes live traffic"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"red": 10}}, "doesn't exist"),
        ({"mirrorTraffic": {"blue": 10, "green": 10}}, "one deployment only"),
    ],
)
def test_traffic_that_makes_no_sense_is_refused(
    azure: LocalAzure, endpoint: str, properties: dict[str, Any], reason: str
) -> None:
    """Sums, names, ranges and mirrors are checked as Azure does."""
    assert reason in refusal(azure, "PUT", endpoint, _endpoint(**properties)).message


def test_a_put_without_traffic_stops_it(azure: LocalAzure, endpoint: str) -> None:
    """What is left out is set to nothing."""
    azure.put(endpoint, _endpoint(traffic={"blue": 90, "green": 10}))
    assert not azure.put(endpoint, _endpoint())["properties"].get("traffic")


def test_an_endpoint_takes_no_if_match(azure: LocalAzure, endpoint: str) -> None:
    """An old ETag doesn't stop a PUT."""
    assert azure.request("PUT", endpoint, "", _endpoint(), if_match='W/"old"').status == 200


@pytest.mark.parametrize("kind", ["traffic", "mirrorTraffic"])
def test_a_deployment_with_traffic_stays(azure: LocalAzure, endpoint: str, kind: str) -> None:
    """Its traffic is set to 0 first."""
    weights = {"traffic": {"blue": 100}} if kind == "traffic" else {"mirrorTraffic": {"blue": 20}}
    azure.put(endpoint, _endpoint(**weights))
    assert refusal(azure, "DELETE", f"{endpoint}/deployments/blue").code == "DeploymentHasTraffic"
    azure.put(endpoint, _endpoint())
    azure.delete(f"{endpoint}/deployments/blue")


def test_an_endpoint_s_name_is_unique_in_its_region(azure: LocalAzure, endpoint: str) -> None:
    """In another workspace of the same region it is taken, elsewhere it isn't."""
    other = f"{ML}/workspaces/other"
    azure.put(other, _workspace())
    taken = f"{other}/onlineEndpoints/fraud-online"
    assert refusal(azure, "PUT", taken, _endpoint()).code == "EndpointNameInUse"
    azure.put(taken, {**_endpoint(), "location": "northeurope"})


@pytest.mark.parametrize("name", ["1st", "ab", "a" * 33, "with_underscore"])
def test_an_endpoint_s_name_starts_with_a_letter(azure: LocalAzure, workspace: str, name: str) -> None:
    """3 to 32 letters, digits and hyphens."""
    assert refusal(azure, "PUT", f"{workspace}/onlineEndpoints/{name}", _endpoint()).code == "ValidationError"


def test_a_tag_of_an_endpoint_is_short(azure: LocalAzure, endpoint: str) -> None:
    """At most 256 characters."""
    assert refusal(azure, "PUT", endpoint, {**_endpoint(), "tags": {"t": "x" * 257}}).target == "tags"


def test_an_endpoint_has_at_most_twenty_deployments_of_fifty_instances(azure: LocalAzure, endpoint: str) -> None:
    """The limits of the service."""
    for number in range(18):
        azure.put(f"{endpoint}/deployments/more-{number}", _deployment())
    assert refusal(azure, "PUT", f"{endpoint}/deployments/one-more", _deployment()).code == "QuotaExceeded"
    assert refusal(azure, "PUT", f"{endpoint}/deployments/blue", _deployment(51)).code == "QuotaExceeded"
