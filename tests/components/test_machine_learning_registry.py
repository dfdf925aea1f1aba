from __future__ import annotations

import pulumi

from components.machine_learning_registry import MachineLearningRegistry, MachineLearningRegistryArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import IDENTITY, PERSON
from tests.components.samples import GROUP, LOGS, placed, private_link


def args(**more: object) -> MachineLearningRegistryArgs:
    return MachineLearningRegistryArgs(
        **placed("mlr-larkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more})
    )


def region(location: str) -> dict[str, object]:
    return {
        "location": location,
        "acrDetails": [{"systemCreatedAcrAccount": {"acrAccountSku": "Premium"}}],
        "storageAccountDetails": [
            {
                "systemCreatedStorageAccount": {
                    "storageAccountType": "Standard_ZRS",
                    "storageAccountHnsEnabled": False,
                    "allowBlobPublicAccess": False,
                }
            }
        ],
    }


def test_a_registry_is_private_and_in_one_region_by_default(plan, azure_types):
    """Its storage and container registry are Microsoft's to create, so they are named nowhere."""
    planned = plan(lambda: MachineLearningRegistry("models", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("MachineLearningRegistry", "models", ""),
        ("machinelearningservices:Registry", "models", "MachineLearningRegistry models"),
    }
    assert inputs(planned, "machinelearningservices:Registry") == {
        **{"registryName": "mlr-larkspur", "resourceGroupName": "rg-larkspur-mlp", "location": "westeurope"},
        "tags": {"owner": "ml-platform@larkspur.example", "env": "test"},
        "identity": {"type": "SystemAssigned"},
        "publicNetworkAccess": "Disabled",
        "regionDetails": [region("westeurope")],
    }


def test_a_hardened_registry_is_replicated_linked_logged_and_protected_without_a_lock(plan, azure_types):
    """Each region comes once, the registry's own first; whoever works in the managed group is named."""
    planned = plan(
        lambda: MachineLearningRegistry(
            "models",
            args(
                log_analytics_workspace_id=LOGS,
                private_link=private_link(),
                delete_protection=True,
                replica_locations=["northeurope", "westeurope"],
                managed_group_principal_ids=[PERSON],
                identity_ids=[IDENTITY],
            ),
        )
    )
    judge(planned, azure_types)
    assert tree(planned) == {
        ("MachineLearningRegistry", "models", ""),
        ("machinelearningservices:Registry", "models", "MachineLearningRegistry models"),
        ("PrivateEndpoint", "models-amlregistry", "MachineLearningRegistry models"),
        ("network:PrivateEndpoint", "models-amlregistry", "PrivateEndpoint models-amlregistry"),
        ("network:PrivateDnsZoneGroup", "models-amlregistry", "PrivateEndpoint models-amlregistry"),
        ("monitor:DiagnosticSetting", "models", "MachineLearningRegistry models"),
    }
    registry = one(planned, "machinelearningservices:Registry")
    assert registry.options.protect is True
    assert registry.inputs["regionDetails"] == [region("westeurope"), region("northeurope")]
    assert registry.inputs["managedResourceGroupSettings"] == {"assignedIdentities": [{"principalId": PERSON}]}
    assert registry.inputs["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}


def test_id_name_and_principal_are_known(plan):
    """A system-assigned identity has a principal ID to grant roles to; user-assigned ones bring their own."""

    def program() -> None:
        own = MachineLearningRegistry("own", args())
        pulumi.export("all", [own.id, own.name])
        pulumi.export("principal", own.principal_id)

    planned = plan(program)
    registry = one(planned, "machinelearningservices:Registry")
    assert planned.outputs["all"] == [registry.id, "mlr-larkspur"]
    assert registry.id == f"{GROUP}/providers/Microsoft.MachineLearningServices/registries/mlr-larkspur"
    assert planned.outputs["principal"] == registry.outputs["identity"]["principalId"]
