"""A release's traffic and tags outlive every update, replacement of a neighbour, refresh and killed run of a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builder import TAGS, Builder

from seawall.local.azure import LocalAzure
from seawall.local.deploy import preview, refresh, up
from seawall.local.errors import AzureError
from seawall.local.events import Op, Summary
from seawall.plan.model import Plan

Deploy = Callable[[Plan], Summary]

RELEASE = {"seawall-release": "fraud/7", "seawall-release-step": "2 of 5"}


def _plan(**inputs: Any) -> Plan:
    b = Builder()
    group = b.group()
    account, vault = b.storage(group, "stmlp"), b.vault(group, "kv-mlp")
    workspace = b.workspace(group, account, vault, b.insights(group, b.logs(group)))
    b.endpoint(group, workspace, **inputs)
    return b.plan()


def _endpoint() -> str:
    return _plan().resources[-1].id


@pytest.fixture
def canary(azure: LocalAzure, deploy: Deploy) -> dict[str, Any]:
    """A stack's endpoint on which a release is under way: 90 % blue, 10 % green."""
    deploy(_plan())
    for name in ("blue", "green", "shadow"):
        body = {"location": "westeurope", "properties": {"endpointComputeType": "Managed"}}
        azure.put(f"{_endpoint()}/deployments/{name}", body)
    live = azure.get(_endpoint()) or {}
    weights = {"traffic": {"blue": 90, "green": 10}, "mirrorTraffic": {"shadow": 20}}
    body = {**live, "properties": {**live["properties"], **weights}, "tags": {**live["tags"], **RELEASE}}
    return azure.put(_endpoint(), body)


def _check_untouched(azure: LocalAzure, canary: dict[str, Any], **tags: str) -> None:
    live = azure.get(_endpoint()) or {}
    for name in ("traffic", "mirrorTraffic"):
        assert live["properties"][name] == canary["properties"][name]
    assert live["tags"] == {**TAGS, **RELEASE, **tags}


def test_an_update_carries_the_live_traffic(azure: LocalAzure, deploy: Deploy, canary: dict[str, Any]) -> None:
    """And the release's tags, while the stack's own tags change."""
    assert deploy(_plan(tags={**TAGS, "owner": "platform"})).counts[Op.UPDATE] == 1
    _check_untouched(azure, canary, owner="platform")


def test_the_traffic_is_read_right_before_the_put(azure: LocalAzure, deploy: Deploy, canary: dict[str, Any]) -> None:
    """A step that a release takes while the update waits to be retried isn't undone."""
    azure.fail("PUT", _endpoint(), AzureError("ServiceUnavailable", "later", status=503))

    class ReleaseMeanwhile:
        def now(self) -> float:
            return 0.0

        def sleep(self, seconds: float) -> None:
            live = azure.get(_endpoint()) or {}
            properties = {**live["properties"], "traffic": {"blue": 0, "green": 100}}
            azure.put(_endpoint(), {**live, "properties": properties})

    from seawall.local.deploy import RunSettings

    plan = _plan(tags={**TAGS, "owner": "platform"})
    assert up(plan, azure, settings=RunSettings(clock=ReleaseMeanwhile())).succeeded
    assert (azure.get(_endpoint()) or {})["properties"]["traffic"] == {"blue": 0, "green": 100}


def test_a_program_s_own_traffic_counts_at_the_creation_only(
    azure: LocalAzure, deploy: Deploy, canary: dict[str, Any]
) -> None:
    """Afterwards it is neither sent nor shown as a change."""
    properties = {"authMode": "AADToken", "publicNetworkAccess": "Disabled", "traffic": {"blue": 100}}
    assert not preview(_plan(properties=properties), azure).changed
    deploy(_plan(properties=properties, tags={}))
    assert (azure.get(_endpoint()) or {})["properties"]["traffic"] == {"blue": 90, "green": 10}
    assert (azure.get(_endpoint()) or {})["tags"] == RELEASE


def test_a_release_is_no_drift(azure: LocalAzure, deploy: Deploy, canary: dict[str, Any]) -> None:
    """A refresh finds nothing, and what it finds beside the traffic is repaired without it."""
    assert refresh("test", azure).drifts == ()
    azure.put(_endpoint(), {**canary, "tags": {**TAGS, **RELEASE, "by": "hand"}})
    (drift,) = refresh("test", azure).drifts
    assert [change.path for change in drift.changes] == ["tags.by"]
    deploy(_plan())
    _check_untouched(azure, canary)


def test_a_rewrite_after_a_failure_carries_it_too(azure: LocalAzure, deploy: Deploy, canary: dict[str, Any]) -> None:
    """Also where the endpoint is written only because a run was cut short."""
    azure.fail("PUT", _endpoint(), AzureError("Internal", "failed", status=409), when="operation")
    plan = _plan(tags={**TAGS, "owner": "platform"})
    assert not up(plan, azure).succeeded
    deploy(plan)
    _check_untouched(azure, canary, owner="platform")


def test_a_deployment_that_a_release_owns_goes_with_its_endpoint_and_is_announced(
    azure: LocalAzure, deploy: Deploy, canary: dict[str, Any]
) -> None:
    """Dropping the endpoint from the program takes the release's deployments with it: the preview warns."""
    whole = _plan()
    without = Plan(stack=whole.stack, project=whole.project, resources=whole.resources[:-1])
    (warning,) = preview(without, azure).warnings
    assert "deployments/blue" in warning
    deploy(without)
    assert azure.get(_endpoint()) is None
