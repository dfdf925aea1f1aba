"""What the local Azure does for machine learning beyond Resource Manager, without a client."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.mlservices import files, quota
from seawall.local.mlservices.vm_sizes import SIZES, families, vm_size

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws-rules"
LOCATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/westeurope"


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as found:
        found.put(GROUP, {"location": "westeurope"})
        account = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/strules"
        found.put(account, {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"})
        found.put(WORKSPACE, {"location": "westeurope", "properties": {"storageAccount": account}})
        yield found


def listed(azure: LocalAzure, path: str, **query: str) -> list[str]:
    found = azure.request(
        "GET", f"{WORKSPACE}/{path}", query={f"${k[1:]}" if k[0] == "_" else k: v for k, v in query.items()}
    )
    return [each["name"] for each in found.body["value"]]


@given(st.integers(1, 50), st.sampled_from(sorted(SIZES)))
def test_a_fifth_of_the_machines_is_in_reserve(instances: int, name: str) -> None:
    """`ceil(1.2 * instances) * cores`. Source: Azure ML docs, how-to-manage-quotas."""
    assert quota.needed(name, instances) == math.ceil(instances * 12 / 10) * SIZES[name].cores


def test_every_size_belongs_to_a_family_with_a_usage(azure: LocalAzure) -> None:
    """So that whoever asks for quota of a size finds it."""
    usages = {each["name"]["value"] for each in azure.request("GET", f"{LOCATION}/usages").body["value"]}
    assert {size.family for size in SIZES.values()} == set(families())
    assert set(families()) <= usages
    assert vm_size("STANDARD_ds3_V2") is vm_size("Standard_DS3_v2")


def test_a_limit_is_changed_on_request(azure: LocalAzure) -> None:
    """-1 gives back what was there at first; what isn't a quota is refused."""
    body: dict[str, Any] = {"value": [{"id": f"{LOCATION}/quotas/standardDSv2Family", "limit": 7, "unit": "Count"}]}
    azure.request("POST", f"{LOCATION}/updateQuotas", "", body)
    assert quota.limit(azure.store, SUBSCRIPTION, "West Europe", "standardDSv2Family") == 7
    assert quota.limit(azure.store, SUBSCRIPTION, "northeurope", "standardDSv2Family") == quota.LIMIT
    body["value"][0]["limit"] = -1
    azure.request("POST", f"{LOCATION}/updateQuotas", "", body)
    assert quota.limit(azure.store, SUBSCRIPTION, "westeurope", "standardDSv2Family") == quota.LIMIT
    with pytest.raises(AzureError, match="no quota"):
        azure.request("POST", f"{LOCATION}/updateQuotas", "", {"value": [{"id": "x", "limit": 1}]})


def test_lists_are_filtered_ordered_and_paged(azure: LocalAzure) -> None:
    """Newest first; by tags, properties and pages."""
    for number in range(5):
        properties = {"modelUri": f"azureml://datastores/workspaceblobstore/paths/{number}", "tags": {"n": str(number)}}
        azure.put(f"{WORKSPACE}/models/m/versions/{number}", {"properties": properties})
    assert listed(azure, "models/m/versions") == ["4", "3", "2", "1", "0"]
    assert listed(azure, "models/m/versions", _orderBy="createdtime asc", _top="2") == ["0", "1"]
    assert listed(azure, "models/m/versions", _skip="1", _top="2") == ["3", "2"]
    assert listed(azure, "models/m/versions", tags="n=2") == ["2"]
    assert listed(azure, "models/m/versions", tags="n", listViewType="ArchivedOnly") == []
    page = azure.request("GET", f"{WORKSPACE}/models/m/versions", query={"$top": "2"}).body
    assert page["nextLink"].endswith("$skip=2&$top=2")
    with pytest.raises(AzureError, match="whole number"):
        listed(azure, "models/m/versions", _top="many")


@pytest.mark.parametrize(
    ("kind", "first", "second", "status"),
    [
        ("models", {"modelUri": "azureml://a"}, {"modelUri": "azureml://b"}, 409),
        ("data", {"dataUri": "https://a", "dataType": "uri_file"}, {"dataUri": "https://b"}, 409),
        ("codes", {"codeUri": "https://a"}, {"codeUri": "https://b"}, 400),
        ("environments", {"image": "a:1", "condaFile": "x"}, {"image": "a:1", "condaFile": "y"}, 409),
    ],
)
def test_another_content_for_a_version_is_refused(
    azure: LocalAzure, kind: str, first: dict[str, Any], second: dict[str, Any], status: int
) -> None:
    """What describes it may change, what it consists of may not."""
    id = f"{WORKSPACE}/{kind}/x/versions/1"
    azure.put(id, {"properties": first})
    azure.put(id, {"properties": {**first, "description": "told later"}})
    with pytest.raises(AzureError) as caught:
        azure.put(id, {"properties": {**first, **second}})
    assert caught.value.status == status
    assert (azure.get(id) or {})["properties"]["description"] == "told later"


def test_uris_of_files_are_understood(azure: LocalAzure) -> None:
    """Long and short paths in datastores, and addresses in Blob storage; anything else is refused."""
    container = files.workspace_files(azure.store.resource(WORKSPACE)).container  # type: ignore[arg-type]
    long = WORKSPACE.removeprefix("/").replace("/providers/Microsoft.MachineLearningServices", "")
    for uri in (
        f"azureml://{long}/datastores/workspaceblobstore/paths/a/b",
        "azureml://datastores/workspaceblobstore/paths/a/b/",
    ):
        assert files.locate(azure.store, uri, WORKSPACE) == ("strules", container, "a/b")
    assert files.locate(azure.store, "https://acc.blob.core.windows.net/c/d/e?sig=x") == ("acc", "c", "d/e")
    for uri in ("", "runs:/1/model", "azureml://jobs/j/outputs/o", "azureml://datastores/none/paths/x"):
        with pytest.raises(AzureError):
            files.locate(azure.store, uri, WORKSPACE)


def test_an_action_that_is_not_simulated_says_so(azure: LocalAzure) -> None:
    """501 with its name."""
    with pytest.raises(AzureError, match="operation package") as caught:
        azure.request("POST", f"{WORKSPACE}/models/m/versions/1/package", "", {})
    assert caught.value.status == 501


@pytest.mark.parametrize(
    "action",
    ["listKeys", "diagnose", "computes/c/start", "onlineEndpoints/e/listKeys", "datastores/none/listSecrets"],
)
def test_actions_on_what_is_not_there_are_not_found(azure: LocalAzure, action: str) -> None:
    """404, whatever the action."""
    base = WORKSPACE + "2" if action in ("listKeys", "diagnose") else WORKSPACE
    with pytest.raises(AzureError) as caught:
        azure.request("POST", f"{base}/{action}", "", {})
    assert caught.value.status == 404
