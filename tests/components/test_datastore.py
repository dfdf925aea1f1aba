from __future__ import annotations

import pulumi

from components.datastore import Datastore, DatastoreArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import LAKE, WORKSPACE, of_workspace
from tests.components.samples import STORAGE_ACCOUNT, SUBSCRIPTION

DATASTORE = "machinelearningservices:Datastore"


def args(**more: object) -> DatastoreArgs:
    return DatastoreArgs(**of_workspace("raw", **{"storage_account_id": LAKE, "container": "raw", **more}))


def test_a_store_over_a_lake_has_no_credentials(plan, azure_types):
    """A zone of the lake is reached by identity: there is no key, and nothing is read when it is made."""
    planned = plan(lambda: Datastore("raw", args()))
    judge(planned, azure_types)
    assert tree(planned) == {("Datastore", "raw", ""), (DATASTORE, "raw", "Datastore raw")}
    assert inputs(planned, DATASTORE) == {
        **{"name": "raw", "workspaceName": "mlw-larkspur", "resourceGroupName": "rg-larkspur-mlp"},
        "skipValidation": True,
        "properties": {
            **{"datastoreType": "AzureDataLakeGen2", "accountName": "dlslarkspur", "filesystem": "raw"},
            **{"subscriptionId": SUBSCRIPTION, "resourceGroup": "rg-larkspur-mlp"},
            **{"endpoint": "core.windows.net", "protocol": "https"},
            "credentials": {"credentialsType": "None"},
            "serviceDataAccessAuthIdentity": "WorkspaceUserAssignedIdentity",
            "tags": {"env": "test"},
        },
    }


def test_a_store_over_blobs_takes_all_settings(plan, azure_types):
    """A container of a flat account, read by the workspace's own identity, in another cloud."""
    planned = plan(
        lambda: Datastore(
            "raw",
            args(
                kind="blob",
                storage_account_id=STORAGE_ACCOUNT,
                service_identity="WorkspaceSystemAssignedIdentity",
                description="Claims as they come in.",
                storage_endpoint="core.usgovcloudapi.net",
            ),
        )
    )
    judge(planned, azure_types)
    properties = inputs(planned, DATASTORE)["properties"]
    assert (properties["datastoreType"], properties["containerName"]) == ("AzureBlob", "raw")
    assert properties["serviceDataAccessAuthIdentity"] == "WorkspaceSystemAssignedIdentity"
    assert (properties["endpoint"], properties["description"]) == (
        "core.usgovcloudapi.net",
        "Claims as they come in.",
    )


def test_id_and_name_are_known(plan):
    """The store's ID is known beforehand."""

    def program() -> None:
        store = Datastore("raw", args())
        pulumi.export("all", [store.id, store.name])

    planned = plan(program)
    assert planned.outputs["all"] == [f"{WORKSPACE}/datastores/raw", "raw"]
    assert one(planned, DATASTORE).id == f"{WORKSPACE}/datastores/raw"
