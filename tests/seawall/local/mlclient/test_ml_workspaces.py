"""Workspaces and their datastores through azure-ai-ml."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.local.azure import LocalAzure


def test_a_workspace_is_made_with_all_that_it_needs(group_client: Any, azure: LocalAzure) -> None:
    """The client deploys its template: storage, vault, logs and insights first, which the workspace then uses."""
    from azure.ai.ml.entities import Workspace

    made = group_client.workspaces.begin_create(
        Workspace(name="ws-made", location="westeurope", display_name="Made", tags={"team": "ml"})
    ).result()
    assert made.name == "ws-made"
    assert made.tags["team"] == "ml"
    for part in (made.storage_account, made.key_vault, made.application_insights):
        assert azure.get(part), part
    assert made.mlflow_tracking_uri.startswith("azureml://westeurope.api.azureml.ms/mlflow/v1.0/subscriptions/")
    assert made.discovery_url == "https://westeurope.api.azureml.ms/discovery"


def test_a_workspace_is_updated_listed_and_deleted(group_client: Any) -> None:
    """An update reaches what is read next; a deleted one is no longer listed."""
    from azure.ai.ml.entities import Workspace

    operations = group_client.workspaces
    found = operations.begin_create(Workspace(name="ws-passing", location="westeurope")).result()
    found.description = "of this test"
    assert operations.begin_update(found).result().description == "of this test"
    assert operations.get("ws-passing").description == "of this test"
    assert "ws-passing" in [each.name for each in operations.list()]
    operations.begin_delete("ws-passing", delete_dependent_resources=False, permanently_delete=True).result()
    assert "ws-passing" not in [each.name for each in operations.list()]


def test_keys_are_given_out_and_diagnosis_finds_nothing(ml: Any, workspace: str) -> None:
    """Keys of storage and notebooks; a workspace whose parts are all there has nothing wrong."""
    keys = ml.workspaces.get_keys(workspace.rsplit("/", 1)[-1])
    assert keys.user_storage_key and keys.notebook_access_keys.primary_access_key
    assert ml.workspaces.begin_sync_keys().result() is None
    assert ml.workspaces.begin_diagnose(workspace.rsplit("/", 1)[-1]).result().storage_account_results == []


def test_a_workspace_has_its_datastores_by_itself(ml: Any, workspace: str, azure: LocalAzure) -> None:
    """Four of them, the first the default; its container is named by the workspace's ID."""
    names = {each.name for each in ml.datastores.list()}
    assert names >= {"workspaceblobstore", "workspaceartifactstore", "workspaceworkingdirectory", "workspacefilestore"}
    default = ml.datastores.get_default()
    guid = (azure.get(workspace) or {})["properties"]["workspaceId"]
    assert default.name == "workspaceblobstore"
    assert default.container_name == f"azureml-blobstore-{guid}"


def test_the_secret_of_a_datastore_is_a_signature_for_its_container(ml: Any) -> None:
    """What the client asks for is expirable: a SAS, with which Blob storage can be used."""
    from azure.storage.blob import ContainerClient

    found = ml.datastores.get("workspaceblobstore", include_secrets=True)
    url = f"https://{found.account_name}.blob.core.windows.net/{found.container_name}"
    container = ContainerClient.from_container_url(f"{url}?{found.credentials.sas_token}")
    container.upload_blob("of-a-signature.txt", b"hello", overwrite=True)
    assert container.download_blob("of-a-signature.txt").readall() == b"hello"


def test_a_datastore_is_made_and_deleted(ml: Any) -> None:
    """One's own datastore is listed beside the workspace's, until it is deleted."""
    from azure.ai.ml.entities import AzureBlobDatastore
    from azure.core.exceptions import ResourceNotFoundError

    ml.datastores.create_or_update(
        AzureBlobDatastore(name="mine", account_name="stclients01", container_name="azureml", description="mine")
    )
    assert ml.datastores.get("mine").description == "mine"
    ml.datastores.delete("mine")
    with pytest.raises(ResourceNotFoundError):
        ml.datastores.get("mine")
