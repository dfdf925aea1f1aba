"""An infrastructure `up` in the middle of a canary, through the real in-process deployment path."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import components
from components.online_endpoint import RELEASE_TAGS, OnlineEndpoint, OnlineEndpointArgs
from seawall.delivery import state as states
from seawall.delivery.commands import ASK_TAG, Ask, Command
from seawall.delivery.durations import moment
from seawall.delivery.state import Phase, State, decode, encode
from seawall.local import deploy
from seawall.local.azure import LocalAzure
from seawall.plan.model import Plan

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-larkspur"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/fraud-online-dev"
NOW = moment("2026-12-01T10:00:00.000Z")
UNDER_WAY = State(
    candidate="v7-1a2b3c4d", stable="v6-5e6f7a8b", model="claims-fraud:7", digest="0123456789abcdef",
    by="ana@larkspur.example", begun=NOW, phase=Phase.STEP, step=1, since=NOW,
)  # fmt: skip


def program(description: str) -> Callable[[], None]:
    def make() -> None:
        OnlineEndpoint(
            "online-fraud",
            OnlineEndpointArgs(
                workspace_id=WORKSPACE,
                resource_name="fraud-online-dev",
                location="westeurope",
                tags={"owner": "ml-platform@larkspur.example"},
                log_analytics_workspace_id=None,
                description=description,
            ),
        )

    return make


@pytest.fixture
def azure(tmp_path: Path, plan: Callable[..., Plan]) -> Any:
    """An endpoint that a stack brought up, and on which a release is at its first step."""
    with LocalAzure.open(tmp_path / "azure.db", externals=[GROUP]) as azure:
        assert deploy.up(plan(program("before")), azure).succeeded
        for name in (UNDER_WAY.stable, UNDER_WAY.candidate):
            body = {"location": "westeurope", "sku": {"name": "Default", "capacity": 1}}
            azure.put(f"{ENDPOINT}/deployments/{name}", body | {"properties": {"endpointComputeType": "Managed"}})
        live = azure.get(ENDPOINT)
        assert live is not None
        properties = live["properties"] | {"traffic": {"v6-5e6f7a8b": 90, "v7-1a2b3c4d": 10}}
        azure.put(ENDPOINT, live | {"properties": properties, "tags": live["tags"] | encode(UNDER_WAY)})
        yield azure


def test_an_up_in_a_canary_leaves_its_traffic_and_its_tags_alone(azure: LocalAzure, plan: Callable[..., Plan]) -> None:
    """The endpoint's own change arrives; the split of the traffic and the release's memory are as they were."""
    summary = deploy.up(plan(program("after")), azure)
    live = azure.get(ENDPOINT)
    assert summary.succeeded and live is not None
    assert live["properties"]["description"] == "after"
    assert live["properties"]["traffic"] == {"v6-5e6f7a8b": 90, "v7-1a2b3c4d": 10}
    assert decode(live["tags"]) == UNDER_WAY
    assert live["tags"]["owner"] == "ml-platform@larkspur.example"


def test_an_up_without_a_change_sees_nothing_to_do_in_a_canary(azure: LocalAzure, plan: Callable[..., Plan]) -> None:
    """Traffic and tags of a release are no drift."""
    before = azure.get(ENDPOINT)
    assert not deploy.preview(plan(program("before")), azure).changed
    assert azure.get(ENDPOINT) == before


def test_a_command_is_a_tag_that_touches_nothing_else(azure: LocalAzure) -> None:
    """Merged through Azure's tags API: traffic, the release's tags and its owner's stay as they are."""
    before = azure.get(ENDPOINT)
    asked = str(Command(Ask.PAUSE, "ben@larkspur.example", NOW, "lunch"))
    body = {"operation": "Merge", "properties": {"tags": {ASK_TAG: asked}}}
    answer = azure.request("PATCH", f"{ENDPOINT}/providers/Microsoft.Resources/tags/default", "2021-04-01", body)
    live = azure.get(ENDPOINT)
    assert before is not None and live is not None and answer.status == 200
    assert live["tags"] == before["tags"] | {ASK_TAG: asked}
    assert live["properties"] == before["properties"]


def test_the_component_ignores_every_tag_that_a_release_writes() -> None:
    """Pulumi names ignored properties one by one: the list has all that the state's codec knows."""
    assert set(RELEASE_TAGS) == {*states._READERS, ASK_TAG}
    full = dataclasses.replace(
        UNDER_WAY, hooks=1, looked=NOW, failures=1, approval="board", leftovers=("v5-aaaaaaaa",),
        paused=states.Paused(NOW, "ben", "lunch"),
    )  # fmt: skip
    assert set(encode(full)) <= set(RELEASE_TAGS)
    assert components.OnlineEndpoint is OnlineEndpoint
