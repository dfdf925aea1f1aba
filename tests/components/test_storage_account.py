from __future__ import annotations

import pulumi
import pytest

from components.storage_account import StorageAccount, StorageAccountArgs
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.ml_samples import IDENTITY, KEY, TENANT
from tests.components.samples import GROUP, LOGS, STORAGE_ACCOUNT, placed, private_link

ML_REGISTRY = f"{GROUP}/providers/Microsoft.MachineLearningServices/registries/mlr-larkspur"


def args(**more: object) -> StorageAccountArgs:
    return StorageAccountArgs(
        **placed("stlarkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more})
    )


def test_an_account_is_closed_and_keyless_by_default(plan, azure_types):
    """Flat, Standard, StorageV2: what a workspace takes; no public access, no keys, no anonymous blobs."""
    planned = plan(lambda: StorageAccount("data", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("StorageAccount", "data", ""),
        ("storage:StorageAccount", "data", "StorageAccount data"),
        ("storage:BlobServiceProperties", "data", "StorageAccount data"),
        ("storage:FileServiceProperties", "data", "StorageAccount data"),
        ("storage:ManagementPolicy", "data", "StorageAccount data"),
    }
    service = {"enabled": True, "keyType": "Account"}
    assert inputs(planned, "storage:StorageAccount") == {
        **{"accountName": "stlarkspur", "resourceGroupName": "rg-larkspur-mlp", "location": "westeurope"},
        "tags": {"owner": "ml-platform@larkspur.example", "env": "test"},
        **{"kind": "StorageV2", "sku": {"name": "Standard_ZRS"}, "accessTier": "Hot", "isHnsEnabled": False},
        **{"allowBlobPublicAccess": False, "allowSharedKeyAccess": False, "defaultToOAuthAuthentication": True},
        **{"isLocalUserEnabled": False, "isSftpEnabled": False, "allowCrossTenantReplication": False},
        **{"allowedCopyScope": "AAD", "enableHttpsTrafficOnly": True, "minimumTlsVersion": "TLS1_2"},
        "sasPolicy": {"expirationAction": "Log", "sasExpirationPeriod": "1.00:00:00"},
        "publicNetworkAccess": "Disabled",
        "networkRuleSet": {"defaultAction": "Deny", "bypass": "AzureServices"},
        "encryption": {
            "requireInfrastructureEncryption": True,
            "services": {"blob": service, "file": service, "queue": service, "table": service},
            "keySource": "Microsoft.Storage",
        },
    }


def test_deleted_and_overwritten_data_can_be_recovered(plan):
    """Soft delete of blobs, containers and shares, and versions that are deleted when they are old."""
    planned = plan(lambda: StorageAccount("data", args(soft_delete_days=7, version_days=60)))
    kept = {"enabled": True, "days": 7}
    blobs = inputs(planned, "storage:BlobServiceProperties")
    assert blobs["isVersioningEnabled"] is True
    assert (blobs["deleteRetentionPolicy"], blobs["containerDeleteRetentionPolicy"]) == (kept, kept)
    assert inputs(planned, "storage:FileServiceProperties")["shareDeleteRetentionPolicy"] == kept
    (rule,) = inputs(planned, "storage:ManagementPolicy")["policy"]["rules"]
    old = {"delete": {"daysAfterCreationGreaterThan": 60}}
    assert rule["definition"]["actions"] == {"version": old, "snapshot": old}


def test_without_versions_there_is_nothing_to_age(plan, azure_types):
    """Versioning that is off takes its lifecycle policy along."""
    planned = plan(lambda: StorageAccount("data", args(versioning=False)))
    judge(planned, azure_types)
    assert inputs(planned, "storage:BlobServiceProperties")["isVersioningEnabled"] is False
    assert "storage:ManagementPolicy" not in {kind for kind, _, _ in tree(planned)}


def test_a_hardened_account_has_its_own_key_and_all_guards(plan, azure_types):
    """An endpoint and a setting for each service, one more setting for the account, protect and a lock."""
    planned = plan(
        lambda: StorageAccount(
            "data",
            args(
                log_analytics_workspace_id=LOGS,
                private_link=private_link(),
                delete_protection=True,
                redundancy="GZRS",
                copy_scope="PrivateLink",
                encryption_key=KEY,
            ),
        )
    )
    judge(planned, azure_types)
    component = "StorageAccount data"
    services = ("blob", "file", "queue", "table")
    assert tree(planned) == {
        ("StorageAccount", "data", ""),
        ("storage:StorageAccount", "data", component),
        ("storage:BlobServiceProperties", "data", component),
        ("storage:FileServiceProperties", "data", component),
        ("storage:ManagementPolicy", "data", component),
        ("monitor:DiagnosticSetting", "data", component),
        ("authorization:ManagementLockByScope", "data", component),
        *((("monitor:DiagnosticSetting"), f"data-{service}", component) for service in services),
        *((("PrivateEndpoint"), f"data-{service}", component) for service in services),
        *(("network:PrivateEndpoint", f"data-{service}", f"PrivateEndpoint data-{service}") for service in services),
        *(
            ("network:PrivateDnsZoneGroup", f"data-{service}", f"PrivateEndpoint data-{service}")
            for service in services
        ),
    }
    account = one(planned, "storage:StorageAccount")
    assert account.options.protect is True
    assert account.inputs["sku"] == {"name": "Standard_GZRS"}
    assert account.inputs["allowedCopyScope"] == "PrivateLink"
    assert account.inputs["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]}
    encryption = account.inputs["encryption"]
    assert encryption["keySource"] == "Microsoft.Keyvault"
    assert encryption["keyVaultProperties"] == {
        "keyName": "key-data",
        "keyVaultUri": "https://kv-larkspur.vault.azure.net/",
    }
    assert encryption["encryptionIdentity"] == {"encryptionUserAssignedIdentity": IDENTITY}


def test_logs_are_asked_of_each_service(plan):
    """Reads, writes and deletes are logged by the services; the account itself has metrics alone."""
    planned = plan(lambda: StorageAccount("data", args(log_analytics_workspace_id=LOGS)))
    logged = {
        resource.inputs["resourceUri"]: "logs" in resource.inputs
        for resource in planned.resources
        if resource.type.endswith("DiagnosticSetting")
    }
    services = [f"{STORAGE_ACCOUNT}/{service}Services/default" for service in ("blob", "file", "queue", "table")]
    assert logged == {STORAGE_ACCOUNT: False, **dict.fromkeys(services, True)}


def test_an_account_is_changed_one_step_after_the_other(plan):
    """Service properties follow each other and endpoints follow them; the lock is the last of all."""
    planned = plan(
        lambda: StorageAccount(
            "data", args(log_analytics_workspace_id=LOGS, private_link=private_link(), delete_protection=True)
        )
    )
    assert "storage:BlobServiceProperties data" in waits_for(planned, one(planned, "storage:FileServiceProperties"))
    assert "storage:FileServiceProperties data" in waits_for(planned, one(planned, "storage:ManagementPolicy"))
    assert "storage:ManagementPolicy data" in waits_for(planned, one(planned, "network:PrivateEndpoint", "data-blob"))
    lock = waits_for(planned, one(planned, "authorization:ManagementLockByScope"))
    assert {
        "storage:ManagementPolicy data",
        "monitor:DiagnosticSetting data-table",
        "network:PrivateEndpoint data-table",
    } <= lock


def test_models_are_shared_through_resource_instances(plan, azure_types):
    """A registry that reads models from here is let in by name, and the default stays to deny everybody else."""
    planned = plan(lambda: StorageAccount("data", args(registry_ids=[ML_REGISTRY], tenant_id=TENANT)))
    judge(planned, azure_types)
    account = inputs(planned, "storage:StorageAccount")
    assert account["publicNetworkAccess"] == "Enabled"
    assert account["networkRuleSet"] == {
        "defaultAction": "Deny",
        "bypass": "AzureServices",
        "resourceAccessRules": [{"resourceId": ML_REGISTRY, "tenantId": TENANT}],
    }


def test_the_tenant_of_shared_registries_is_that_of_whoever_deploys(plan):
    """Without a tenant the rule has the provider's."""
    planned = plan(
        lambda: StorageAccount("data", args(registry_ids=[ML_REGISTRY])), **{"azure-native:tenantId": TENANT}
    )
    (rule,) = inputs(planned, "storage:StorageAccount")["networkRuleSet"]["resourceAccessRules"]
    assert rule["tenantId"] == TENANT


def test_id_name_and_endpoints_are_known(plan):
    """Outputs are known beforehand."""

    def program() -> None:
        account = StorageAccount("data", args(private_link=private_link()))
        pulumi.export("all", [account.id, account.name, account.private_endpoint_ids["queue"]])

    assert plan(program).outputs["all"] == [
        STORAGE_ACCOUNT,
        "stlarkspur",
        f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pep-stlarkspur-queue",
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"soft_delete_days": 0}, "it takes 1 to 365"), ({"redundancy": "XRS"}, "it takes LRS, ZRS")],
)
def test_what_storage_does_not_take_is_refused(wrong, message):
    """Days and redundancy have limits."""
    with pytest.raises(ValueError, match=message):
        args(**wrong)
