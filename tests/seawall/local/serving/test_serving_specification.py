"""What a deployment asks for, read from the store; and where its files lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.local.serving.assets import Location, Unreachable, asset, located
from seawall.local.serving.specification import MOST_WORKERS, Specification, requirements, seconds, specification
from seawall.local.store import Row, Store

GROUP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices"
WORKSPACE = f"{GROUP}/workspaces/w"
REGISTRY = f"{GROUP}/registries/mlrshared"
DEPLOYMENT = f"{WORKSPACE}/onlineEndpoints/fraud/deployments/Blue"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "azure.db") as opened:
        yield opened


def put(store: Store, id: str, **properties: Any) -> Row:
    kind = id.split("/providers/")[1].split("/")
    row = Row(id, "/".join([kind[0], *kind[1::2]]).lower(), "Succeeded", "", "", "", None, {"properties": properties})
    store.save(row)
    return row


def read(store: Store, **properties: Any) -> Specification:
    capacity = properties.pop("capacity", 1)
    row = Row(DEPLOYMENT, "", "", "", "", "", None, {"sku": {"capacity": capacity}, "properties": properties})
    return specification(row, store)


def test_defaults_are_azures(store: Store) -> None:
    """One request at a time, five seconds for it; probes every ten seconds."""
    spec = read(store)
    assert (spec.concurrency, spec.timeout, spec.queue_wait, spec.instances, spec.workers) == (1, 5.0, 0.5, 1, 1)
    assert (spec.liveness.initial_delay, spec.liveness.period, spec.readiness.timeout) == (10, 10, 2)
    assert spec.name == "Blue" and spec.endpoint_id.endswith("/fraud") and spec.workspace_id == WORKSPACE
    assert len(spec.problems) == 1 and "neither a scoring script nor a model" in spec.problems[0]


def test_instances_are_processes_up_to_what_a_laptop_bears(store: Store) -> None:
    """The router still lets in as many requests as Azure's instances would."""
    spec = read(
        store, capacity=40, requestSettings={"maxConcurrentRequestsPerInstance": 3},
        environmentVariables={"WORKER_COUNT": "2"},
    )  # fmt: skip
    assert spec.concurrency == 120 and spec.workers == MOST_WORKERS


def test_only_what_processes_see_makes_new_ones(store: Store) -> None:
    """A time-out or the number of requests at once is the router's; a variable is the process's."""
    before = read(store, environmentVariables={"A": "1"})
    longer = read(store, environmentVariables={"A": "1"}, requestSettings={"requestTimeout": "PT9S"})
    assert longer.launch == before.launch and longer.timeout == 9
    assert read(store, environmentVariables={"A": "2"}).launch != before.launch


def test_secrets_that_nobody_knows_are_left_out(store: Store) -> None:
    """Their names are told."""
    spec = read(store, environmentVariables={"PLAIN": "1", "TOKEN": store.sealer.sealed("hush")})
    assert spec.variables == {"PLAIN": "1"} and spec.sealed == ("TOKEN",)


def test_assets_are_found_in_the_workspace_and_in_registries(store: Store) -> None:
    """By ARM ID, with or without `azureml:`, and by the registry's address."""
    here = put(store, f"{WORKSPACE}/models/fraud/versions/3", modelUri="https://a.blob.core.windows.net/c/m")
    shared = put(store, f"{REGISTRY}/models/fraud/versions/7", modelUri="x", modelType="mlflow_model")
    for reference in (here.id, here.id.upper(), f"azureml:{here.id}"):
        assert asset(store, reference) == here
    assert asset(store, "azureml://registries/mlrshared/models/fraud/versions/7") == shared
    assert asset(store, "azureml://registries/mlrshared/models/fraud/versions/8") is None
    model = read(store, model="azureml://registries/mlrshared/models/fraud/versions/7").model
    assert model is not None and (model.name, model.version, model.mlflow) == ("fraud", "7", True)


def test_all_that_is_missing_is_told_at_once(store: Store) -> None:
    """A model and a code that aren't there are two problems."""
    code = {"codeId": f"{WORKSPACE}/codes/c/versions/1", "scoringScript": "score.py"}
    spec = read(store, model=f"{WORKSPACE}/models/m/versions/1", codeConfiguration=code)
    assert len(spec.problems) == 2


def test_addresses_lead_to_blob_storage(store: Store) -> None:
    """HTTPS addresses, datastores by name, and the workspace's own datastore though no row says so."""
    storage = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/stmlw"
    put(store, WORKSPACE, storageAccount=storage, workspaceId="guid")
    put(store, f"{WORKSPACE}/datastores/lake", accountName="stlake", containerName="raw")
    folder = "LocalUpload/1/my model"
    address = f"https://stmlw.blob.core.windows.net:443/c/{folder.replace(' ', '%20')}/"
    assert located(store, WORKSPACE, address) == Location("stmlw", "c", folder)
    assert located(store, WORKSPACE, f"azureml://datastores/lake/paths/{folder}") == Location("stlake", "raw", folder)
    long = f"azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/workspaceblobstore/paths/{folder}"
    assert located(store, "/elsewhere", long) == Location("stmlw", "azureml-blobstore-guid", folder)
    spark = f"wasbs://c@stlake.blob.core.windows.net/{folder}"
    assert located(store, WORKSPACE, spark) == Location("stlake", "c", folder)


@pytest.mark.parametrize(
    "uri", ["", "/local/path", "https://example.com/model", "azureml://datastores/none/paths/x", "azureml://jobs/x"]
)
def test_an_address_that_leads_nowhere_is_told(store: Store, uri: str) -> None:
    """In one line."""
    with pytest.raises(Unreachable) as caught:
        located(store, WORKSPACE, uri)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=20) | st.none() | st.integers())
def test_a_duration_that_is_none_gives_the_default(text: Any) -> None:
    """Whatever stands there."""
    assert seconds(text, 7.0) >= 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("PT5S", 5), ("PT0.5S", 0.5), ("PT1M30S", 90), ("PT1H", 3600), ("P1DT1S", 86401), ("PT0S", 0), ("P", 7), ("5", 7)],
)
def test_durations_are_iso_8601(text: str, expected: float) -> None:
    """As the REST reference has them."""
    assert seconds(text, 7.0) == expected


def test_an_environments_packages_are_read_from_its_conda_file() -> None:
    """Conda's and pip's alike, in pip's words; Python, pip, channels and options left out."""
    conda = """
name: model
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip<=23
  - numpy=1.26.4=py311_0
  - conda-forge::scipy>=1.11
  - pip:
      - scikit-learn==1.5.0
      - -r other.txt
"""
    assert requirements(conda) == ["numpy==1.26.4", "scipy>=1.11", "scikit-learn==1.5.0"]
    for nothing in (None, "", "a: [", "- x", "dependencies: 3"):
        assert requirements(nothing) == []
