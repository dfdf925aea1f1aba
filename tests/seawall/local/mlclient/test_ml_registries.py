"""Registries through azure-ai-ml: by Resource Manager, and by their data plane on `*.api.azureml.ms`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SUBSCRIPTION
from tests.seawall.local.mlclient.conftest import contents


def test_a_registry_is_made_with_storage_and_images_of_its_own(group_client: Any, tmp_path: Path) -> None:
    """Azure names what it makes for it, in a resource group that it manages."""
    from azure.ai.ml import load_registry

    path = tmp_path / "registry.yml"
    path.write_text("name: reg-made\nlocation: westeurope\nreplication_locations:\n- location: westeurope\n")
    group_client.registries.begin_create(load_registry(str(path))).result()
    found = group_client.registries.get("reg-made")
    home = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/azureml-rg-reg-made"
    assert found.managed_resource_group["resourceId"].startswith(home)
    region = found.replication_locations[0]
    assert region.storage_config.arm_resource_id.startswith(home), vars(region.storage_config)
    assert region.acr_config[0].arm_resource_id.startswith(home)
    assert "reg-made" in [each.name for each in group_client.registries.list()]
    group_client.registries.begin_delete(name="reg-made").result()
    assert "reg-made" not in [each.name for each in group_client.registries.list()]


def test_a_registry_that_is_not_there_is_not_found(credential: Any) -> None:
    """The client looks for it by its name, before anything else."""
    from azure.ai.ml import MLClient
    from azure.core.exceptions import ResourceNotFoundError

    with pytest.raises(ResourceNotFoundError, match="reg-nowhere"):
        MLClient(credential, registry_name="reg-nowhere")


def test_a_model_is_kept_in_a_registry_and_comes_back_as_it_was(
    registry_client: Any, registry: str, model_folder: Path, tmp_path: Path
) -> None:
    """Uploaded to the registry's own storage, named by `azureml://registries/…`, downloaded byte for byte."""
    from azure.ai.ml.entities import Model

    made = registry_client.models.create_or_update(Model(name="kept", version="1", path=str(model_folder)))
    assert made.id == f"azureml://registries/{registry}/models/kept/versions/1"
    assert [each.version for each in registry_client.models.list(name="kept")] == ["1"]
    assert "kept" in [each.name for each in registry_client.models.list()]
    assert registry_client.models.get("kept", label="latest").version == "1"
    registry_client.models.download("kept", "1", download_path=str(tmp_path / "back"))
    assert contents(tmp_path / "back" / "kept" / "model") == contents(model_folder)


def test_a_model_is_shared_from_a_workspace_byte_for_byte(
    ml: Any, registry_client: Any, registry: str, model_folder: Path, tmp_path: Path
) -> None:
    """`models.share` has the registry import it: files, tags and description as they are in the workspace."""
    from azure.ai.ml.entities import Model
    from azure.ai.ml.exceptions import ValidationException

    tags = {"lineage": "run-1"}
    model = ml.models.create_or_update(Model(name="shared", path=str(model_folder), tags=tags, description="of a test"))
    options = {"share_with_name": "shared-there", "share_with_version": "7", "registry_name": registry}
    ml.models.share("shared", model.version, **options)
    found = registry_client.models.get("shared-there", "7")
    assert (found.tags, found.description) == (tags, "of a test")
    registry_client.models.download("shared-there", "7", download_path=str(tmp_path / "back"))
    assert contents(tmp_path / "back" / "shared-there" / "model") == contents(model_folder)
    with pytest.raises(ValidationException, match="already exists in registry"):
        ml.models.share("shared", model.version, **options)


def test_an_environment_is_shared_and_made_in_a_registry(
    ml: Any, registry_client: Any, registry: str, conda: Callable[[str], str]
) -> None:
    """Environments go first where registries are private: shared from a workspace, or made in the registry."""
    from azure.ai.ml.entities import Environment

    here = ml.environments.create_or_update(Environment(name="env-here", image="im:1", conda_file=conda("numpy")))
    options = {"share_with_name": "env-there", "share_with_version": "2", "registry_name": registry}
    assert ml.environments.share("env-here", here.version, **options).id.endswith("/environments/env-there/versions/2")
    own = Environment(name="env-own", version="1", image="im:1", conda_file=conda("pandas"))
    registry_client.environments.create_or_update(own)
    assert "pandas" in str(registry_client.environments.get("env-own", "1").conda_file)
    assert {"env-there", "env-own"} <= {each.name for each in registry_client.environments.list()}


def test_data_and_code_are_kept_in_a_registry(registry_client: Any, model_folder: Path) -> None:
    """Both are uploaded with a signature of the registry's, and lie in its storage."""
    from azure.ai.ml.entities import Data
    from azure.ai.ml.entities._assets import Code

    data = registry_client.data.create_or_update(
        Data(name="rows", version="1", path=str(model_folder), type="uri_folder")
    )
    code = registry_client._code.create_or_update(Code(name="code", version="1", path=str(model_folder)))
    assert data.path.startswith("https://st") and ".blob.core.windows.net/" in data.path
    assert code.path.startswith("https://st")
    assert registry_client.data.get("rows", "1").path == data.path
