"""azure-ai-ml as Microsoft's public samples use it, against a served local Azure. Nothing of it is patched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seawall.local.azure import LocalAzure
from tests.conftest import SUBSCRIPTION

if TYPE_CHECKING:
    from azure.ai.ml import MLClient

    from tests.served import Served

GROUP = "rg-served"
WORKSPACE = "ws-clients"
REGION = "westeurope"


@pytest.fixture(scope="module")
def surroundings(served: Served) -> Iterator[Served]:
    """What `seawall local env` prints is in the environment, and nothing else of Azure is."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in served.env.items():
            patch.setenv(name, value)
        yield served


@pytest.fixture(scope="module")
def credential(surroundings: Served) -> Any:
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


@pytest.fixture(scope="session")
def azure(served: Served) -> Iterator[LocalAzure]:
    """The same local Azure in this process: for what a test needs to be there, or to look at behind the client."""
    with LocalAzure.open(served.place.store) as found:
        yield found


@pytest.fixture(scope="session")
def workspace(azure: LocalAzure) -> str:
    """A workspace, with a cluster, for all tests to share; its ID."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
    account = f"{group}/Microsoft.Storage/storageAccounts/stclients01"
    vault = f"{group}/Microsoft.KeyVault/vaults/kv-clients"
    azure.put(account, {"location": REGION, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}})
    azure.put(vault, {"location": REGION, "properties": {"sku": {"family": "A", "name": "standard"}}})
    id = f"{group}/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
    properties = {"storageAccount": account, "keyVault": vault}
    azure.put(id, {"location": REGION, "identity": {"type": "SystemAssigned"}, "properties": properties})
    cluster = {
        "computeType": "AmlCompute",
        "properties": {"vmSize": "Standard_DS3_v2", "scaleSettings": {"maxNodeCount": 2}},
    }
    azure.put(f"{id}/computes/cpu-cluster", {"location": REGION, "properties": cluster})
    return id


@pytest.fixture(scope="module")
def ml(credential: Any, workspace: str) -> MLClient:
    """A client of the shared workspace."""
    from azure.ai.ml import MLClient

    return MLClient(credential, SUBSCRIPTION, GROUP, WORKSPACE)


@pytest.fixture(scope="module")
def group_client(credential: Any) -> MLClient:
    """A client of the resource group, for workspaces and registries themselves."""
    from azure.ai.ml import MLClient

    return MLClient(credential, SUBSCRIPTION, GROUP)


@pytest.fixture(scope="session")
def registry(azure: LocalAzure) -> str:
    """A registry for all tests to share; its name."""
    name = "reg-clients"
    id = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.MachineLearningServices/registries"
    details = [
        {
            "location": REGION,
            "acrDetails": [{"systemCreatedAcrAccount": {"acrAccountSku": "Premium"}}],
            "storageAccountDetails": [{"systemCreatedStorageAccount": {"storageAccountType": "Standard_LRS"}}],
        }
    ]
    azure.put(f"{id}/{name}", {"location": REGION, "properties": {"regionDetails": details}})
    return name


@pytest.fixture(scope="module")
def registry_client(credential: Any, registry: str) -> MLClient:
    """A client of the shared registry, which finds it by its name alone."""
    from azure.ai.ml import MLClient

    return MLClient(credential, registry_name=registry)


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    """A folder with two files, one of them in a folder of its own."""
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.pkl").write_bytes(bytes(range(256)) * 40)
    (folder / "sub" / "notes.txt").write_text("trained on nothing")
    return folder


@pytest.fixture
def conda(tmp_path: Path) -> Callable[[str], str]:
    """Writes a conda file that asks for one package."""

    def written(package: str) -> str:
        path = tmp_path / f"{package}.yml"
        path.write_text(f"name: env\ndependencies:\n- python=3.11\n- pip:\n  - {package}\n")
        return str(path)

    return written


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
