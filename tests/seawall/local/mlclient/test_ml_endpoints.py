"""Online endpoints, their keys and their traffic through azure-ai-ml; deployments, and what Azure refuses of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.local.azure import LocalAzure
from seawall.local.mlservices import quota
from tests.conftest import SUBSCRIPTION

SCORE = """
import json

def init():
    print("begins")

def run(data):
    return {"echo": json.loads(data)["data"]}
"""


def deployment(name: str, endpoint: str, folder: Path, **options: Any) -> Any:
    """A deployment as the samples write it, with its code in a folder."""
    from azure.ai.ml.entities import CodeConfiguration, Environment, ManagedOnlineDeployment, Model

    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "score.py").write_text(SCORE)
    (folder / "model.txt").write_text("a model")
    given = {
        "model": Model(path=str(folder / "model.txt")),
        "environment": Environment(image="mcr.microsoft.com/azureml/minimal-inference:1"),
        "code_configuration": CodeConfiguration(code=str(folder / "code"), scoring_script="score.py"),
        "instance_type": "Standard_DS3_v2",
        "instance_count": 1,
    }
    return ManagedOnlineDeployment(name=name, endpoint_name=endpoint, **(given | options))


@pytest.fixture
def endpoint(ml: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    """An endpoint without deployments; its name."""
    from azure.ai.ml.entities import ManagedOnlineEndpoint

    name = f"ep-{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    ml.online_endpoints.begin_create_or_update(ManagedOnlineEndpoint(name=name, auth_mode="key")).result()
    yield name
    ml.online_endpoints.begin_delete(name=name).result()


def test_an_endpoint_is_made_read_listed_and_has_keys(ml: Any, endpoint: str) -> None:
    """Its address is its own; a regenerated key is another one, and the other stays."""
    found = ml.online_endpoints.get(endpoint)
    assert found.scoring_uri == f"https://{endpoint}.westeurope.inference.ml.azure.com/score"
    assert (found.traffic, found.provisioning_state) == ({}, "Succeeded")
    assert endpoint in [each.name for each in ml.online_endpoints.list()]
    before = ml.online_endpoints.get_keys(endpoint)
    ml.online_endpoints.begin_regenerate_keys(endpoint, key_type="primary").result()
    after = ml.online_endpoints.get_keys(endpoint)
    assert (before.primary_key != after.primary_key, before.secondary_key) == (True, after.secondary_key)


def test_a_deployment_answers_and_keeps_its_log(ml: Any, endpoint: str, tmp_path: Path) -> None:
    """Deployed, given all traffic, invoked, its log read; not deleted while it has traffic."""
    from azure.core.exceptions import HttpResponseError

    made = ml.online_deployments.begin_create_or_update(deployment("blue", endpoint, tmp_path)).result()
    assert made.provisioning_state == "Succeeded"
    found = ml.online_deployments.get("blue", endpoint)
    assert (found.instance_count, found.request_settings.max_concurrent_requests_per_instance) == (1, 1)
    assert [each.name for each in ml.online_deployments.list(endpoint)] == ["blue"]
    live = ml.online_endpoints.get(endpoint)
    live.traffic = {"blue": 100}
    assert ml.online_endpoints.begin_create_or_update(live).result().traffic == {"blue": 100}
    (tmp_path / "request.json").write_text(json.dumps({"data": [1, 2]}))
    answer = ml.online_endpoints.invoke(endpoint_name=endpoint, request_file=str(tmp_path / "request.json"))
    assert json.loads(answer) == {"echo": [1, 2]}
    assert "begins" in ml.online_deployments.get_logs("blue", endpoint, lines=200)
    with pytest.raises(HttpResponseError, match="100 percent"):
        ml.online_deployments.begin_delete("blue", endpoint).result()
    for wrong, words in (({"blue": 60}, "sum to 0 or 100"), ({"green": 100}, "doesn't exist")):
        live.traffic = wrong
        with pytest.raises(HttpResponseError, match=words):
            ml.online_endpoints.begin_create_or_update(live).result()
    live.traffic = {}
    ml.online_endpoints.begin_create_or_update(live).result()
    ml.online_deployments.begin_delete("blue", endpoint).result()
    assert list(ml.online_deployments.list(endpoint)) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"instance_type": "Standard_Nothing"}, "InstanceTypeNotSupported"),
        ({"instance_count": 51}, "at most 50 instances"),
        ({"instance_count": 50, "instance_type": "Standard_DS5_v2"}, "OutOfQuota"),
        ({"model": "azureml://registries/reg-clients/models/none/versions/1"}, "none/versions/1 was not found"),
        ({"environment": "azureml://registries/reg-clients/environments/none/versions/1"}, "was not found"),
    ],
)
def test_what_azure_refuses_of_a_deployment(
    ml: Any, endpoint: str, registry: str, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    """Refused at once, and nothing is left of it."""
    from azure.core.exceptions import HttpResponseError

    with pytest.raises(HttpResponseError, match=words):
        ml.online_deployments.begin_create_or_update(deployment("green", endpoint, tmp_path, **options))
    assert list(ml.online_deployments.list(endpoint)) == []


def test_quota_that_was_lowered_is_what_clients_read(ml: Any, endpoint: str, azure: LocalAzure, tmp_path: Path) -> None:
    """Two instances of four vCPUs need twelve, a fifth of them in reserve: eleven aren't enough."""
    from azure.core.exceptions import HttpResponseError

    quota.set_limit(azure.store, SUBSCRIPTION, "westeurope", "standardFSv2Family", 11)
    try:
        usage = next(each for each in ml.compute.list_usage() if each.name["value"] == "standardFSv2Family")
        assert usage.limit == 11
        options = {"instance_type": "Standard_F4s_v2", "instance_count": 2}
        with pytest.raises(HttpResponseError, match=r"usage/limit: 0/11\. Additional needed: 12"):
            ml.online_deployments.begin_create_or_update(deployment("green", endpoint, tmp_path, **options))
    finally:
        quota.set_limit(azure.store, SUBSCRIPTION, "westeurope", "standardFSv2Family", None)
