"""Online endpoints: traffic, mirrors, limits, names."""

from __future__ import annotations

from typing import Any

import pytest
from arm import ENDPOINT, ML, deployment_body, endpoint_body, refusal, workspace_body

from seawall.local.azure import LocalAzure


@pytest.fixture
def endpoint(azure: LocalAzure, workspace: str) -> str:
    """An online endpoint with the deployments blue and green, and no traffic."""
    azure.put(ENDPOINT, endpoint_body())
    for name in ("blue", "green"):
        azure.put(f"{ENDPOINT}/deployments/{name}", deployment_body())
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
    assert reason in refusal(azure, "PUT", endpoint, endpoint_body(**properties)).message


def test_a_put_without_traffic_stops_it(azure: LocalAzure, endpoint: str) -> None:
    """What is left out is set to nothing."""
    azure.put(endpoint, endpoint_body(traffic={"blue": 90, "green": 10}))
    assert not azure.put(endpoint, endpoint_body())["properties"].get("traffic")


def test_an_endpoint_takes_no_if_match(azure: LocalAzure, endpoint: str) -> None:
    """An old ETag doesn't stop a PUT."""
    assert azure.request("PUT", endpoint, "", endpoint_body(), if_match='W/"old"').status == 200


@pytest.mark.parametrize("kind", ["traffic", "mirrorTraffic"])
def test_a_deployment_with_traffic_stays(azure: LocalAzure, endpoint: str, kind: str) -> None:
    """Its traffic is set to 0 first."""
    weights = {"traffic": {"blue": 100}} if kind == "traffic" else {"mirrorTraffic": {"blue": 20}}
    azure.put(endpoint, endpoint_body(**weights))
    assert refusal(azure, "DELETE", f"{endpoint}/deployments/blue").code == "DeploymentHasTraffic"
    azure.put(endpoint, endpoint_body())
    azure.delete(f"{endpoint}/deployments/blue")


def test_an_endpoint_s_name_is_unique_in_its_region(azure: LocalAzure, endpoint: str) -> None:
    """In another workspace of the same region it is taken, elsewhere it isn't."""
    other = f"{ML}/workspaces/other"
    azure.put(other, workspace_body())
    taken = f"{other}/onlineEndpoints/fraud-online"
    assert refusal(azure, "PUT", taken, endpoint_body()).code == "EndpointNameInUse"
    azure.put(taken, {**endpoint_body(), "location": "northeurope"})


@pytest.mark.parametrize("name", ["1st", "ab", "a" * 33, "with_underscore"])
def test_an_endpoint_s_name_starts_with_a_letter(azure: LocalAzure, workspace: str, name: str) -> None:
    """3 to 32 letters, digits and hyphens."""
    assert refusal(azure, "PUT", f"{workspace}/onlineEndpoints/{name}", endpoint_body()).code == "ValidationError"


def test_a_tag_of_an_endpoint_is_short(azure: LocalAzure, endpoint: str) -> None:
    """At most 256 characters."""
    assert refusal(azure, "PUT", endpoint, {**endpoint_body(), "tags": {"t": "x" * 257}}).target == "tags"


def test_an_endpoint_has_at_most_twenty_deployments_of_fifty_instances(azure: LocalAzure, endpoint: str) -> None:
    """The limits of the service."""
    for number in range(18):
        azure.put(f"{endpoint}/deployments/more-{number}", deployment_body())
    assert refusal(azure, "PUT", f"{endpoint}/deployments/one-more", deployment_body()).code == "QuotaExceeded"
    assert refusal(azure, "PUT", f"{endpoint}/deployments/blue", deployment_body(51)).code == "QuotaExceeded"
