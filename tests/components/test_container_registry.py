from __future__ import annotations

import pulumi
import pytest

from components.container_registry import ContainerRegistry, ContainerRegistryArgs
from tests.components.judged import inputs, judge, one, tree
from tests.components.ml_samples import IDENTITY, KEY, REGISTRY
from tests.components.samples import LOGS, placed, private_link


def args(**more: object) -> ContainerRegistryArgs:
    return ContainerRegistryArgs(
        **placed("crlarkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more})
    )


def test_a_registry_is_closed_and_premium_by_default(plan, azure_types):
    """Premium, spread over zones, no admin, no anonymous pulls, nothing public, nothing exported."""
    planned = plan(lambda: ContainerRegistry("images", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("ContainerRegistry", "images", ""),
        ("containerregistry:Registry", "images", "ContainerRegistry images"),
    }
    assert inputs(planned, "containerregistry:Registry") == {
        **{"registryName": "crlarkspur", "resourceGroupName": "rg-larkspur-mlp", "location": "westeurope"},
        "tags": {"owner": "ml-platform@larkspur.example", "env": "test"},
        "sku": {"name": "Premium"},
        **{"adminUserEnabled": False, "anonymousPullEnabled": False, "publicNetworkAccess": "Disabled"},
        "networkRuleSet": {"defaultAction": "Deny"},
        "networkRuleBypassOptions": "AzureServices",
        **{"dataEndpointEnabled": True, "zoneRedundancy": "Enabled"},
        "policies": {
            "retentionPolicy": {"status": "enabled", "days": 30},
            "quarantinePolicy": {"status": "disabled"},
            "exportPolicy": {"status": "disabled"},
        },
    }


def test_a_hardened_registry_has_its_own_key_and_all_guards(plan, azure_types):
    """Encryption goes by the identity's client ID and a key without a version, which follows rotations."""
    planned = plan(
        lambda: ContainerRegistry(
            "images",
            args(
                log_analytics_workspace_id=LOGS,
                private_link=private_link(),
                delete_protection=True,
                quarantine=True,
                trusted_services=False,
                encryption_key=KEY,
            ),
        )
    )
    judge(planned, azure_types)
    assert tree(planned) == {
        ("ContainerRegistry", "images", ""),
        ("containerregistry:Registry", "images", "ContainerRegistry images"),
        ("PrivateEndpoint", "images-registry", "ContainerRegistry images"),
        ("network:PrivateEndpoint", "images-registry", "PrivateEndpoint images-registry"),
        ("network:PrivateDnsZoneGroup", "images-registry", "PrivateEndpoint images-registry"),
        ("monitor:DiagnosticSetting", "images", "ContainerRegistry images"),
        ("authorization:ManagementLockByScope", "images", "ContainerRegistry images"),
    }
    registry = one(planned, "containerregistry:Registry")
    assert registry.options.protect is True
    assert registry.inputs["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    assert registry.inputs["encryption"] == {
        "status": "enabled",
        "keyVaultProperties": {
            "identity": "00000000-0000-0000-0000-00000000dddd",
            "keyIdentifier": "https://kv-larkspur.vault.azure.net/keys/key-data",
        },
    }
    assert registry.inputs["policies"]["quarantinePolicy"] == {"status": "enabled"}
    assert registry.inputs["networkRuleBypassOptions"] == "None"


def test_what_must_be_open_is_opened_by_a_setting(plan, azure_types):
    """Exports and a region without zones are settings."""
    planned = plan(lambda: ContainerRegistry("images", args(exports=True, zone_redundant=False, retention_days=0)))
    judge(planned, azure_types)
    registry = inputs(planned, "containerregistry:Registry")
    assert registry["zoneRedundancy"] == "Disabled"
    assert registry["policies"]["exportPolicy"] == {"status": "enabled"}
    assert registry["policies"]["retentionPolicy"] == {"status": "enabled", "days": 0}


def test_id_name_and_login_server_are_known(plan):
    """Images are named by the login server, which is known beforehand."""

    def program() -> None:
        registry = ContainerRegistry("images", args())
        pulumi.export("all", [registry.id, registry.name, registry.login_server])

    planned = plan(program)
    assert planned.outputs["all"] == [REGISTRY, "crlarkspur", "crlarkspur.azurecr.io"]
    assert one(planned, "containerregistry:Registry").id == REGISTRY


@pytest.mark.parametrize("days", [-1, 366])
def test_days_out_of_range_are_refused(days):
    """Untagged manifests are kept for 0 to 365 days."""
    with pytest.raises(ValueError, match="takes 0 to 365"):
        args(retention_days=days)
