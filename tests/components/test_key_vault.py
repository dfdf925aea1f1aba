from __future__ import annotations

import pulumi
import pytest

from components.key_vault import KeyVault, KeyVaultArgs, vault_uri
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.samples import GROUP, LOGS, placed, private_link

TENANT = "00000000-0000-0000-0000-00000000bbbb"


def args(**more: object) -> KeyVaultArgs:
    return KeyVaultArgs(**placed("kv-larkspur", **{"log_analytics_workspace_id": None, "private_link": None, **more}))


def test_a_vault_is_closed_and_protected_by_default(plan, azure_types):
    """Without more settings a vault has RBAC, purge protection, 90 days of soft delete and no public access."""
    planned = plan(lambda: KeyVault("vault", args(tenant_id=TENANT)))
    judge(planned, azure_types)
    assert tree(planned) == {("KeyVault", "vault", ""), ("keyvault:Vault", "vault", "KeyVault vault")}
    assert inputs(planned, "keyvault:Vault")["properties"] == {
        "tenantId": TENANT,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 90,
        "enablePurgeProtection": True,
        "enabledForDeployment": False,
        "enabledForDiskEncryption": False,
        "enabledForTemplateDeployment": False,
        "publicNetworkAccess": "Disabled",
        "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"},
    }
    assert one(planned, "keyvault:Vault").options.protect is False


def test_a_hardened_vault_is_linked_logged_and_locked(plan, azure_types):
    """All guards are children of the component, and the vault is protected in Pulumi as well."""
    planned = plan(
        lambda: KeyVault(
            "vault",
            args(
                log_analytics_workspace_id=LOGS,
                private_link=private_link(),
                delete_protection=True,
                sku="premium",
                trusted_services=False,
            ),
        )
    )
    judge(planned, azure_types)
    assert tree(planned) == {
        ("KeyVault", "vault", ""),
        ("keyvault:Vault", "vault", "KeyVault vault"),
        ("PrivateEndpoint", "vault-vault", "KeyVault vault"),
        ("network:PrivateEndpoint", "vault-vault", "PrivateEndpoint vault-vault"),
        ("network:PrivateDnsZoneGroup", "vault-vault", "PrivateEndpoint vault-vault"),
        ("monitor:DiagnosticSetting", "vault", "KeyVault vault"),
        ("authorization:ManagementLockByScope", "vault", "KeyVault vault"),
    }
    vault = one(planned, "keyvault:Vault")
    assert vault.options.protect is True
    assert vault.inputs["properties"]["sku"]["name"] == "premium"
    assert vault.inputs["properties"]["networkAcls"]["bypass"] == "None"
    lock = one(planned, "authorization:ManagementLockByScope")
    assert lock.inputs["scope"] == vault.id
    assert "keyvault:Vault vault" in waits_for(planned, lock)


def test_purge_protection_that_is_off_is_left_out(plan, azure_types):
    """Azure refuses an explicit false, so the property is absent."""
    planned = plan(lambda: KeyVault("vault", args(purge_protection=False)))
    judge(planned, azure_types)
    assert "enablePurgeProtection" not in inputs(planned, "keyvault:Vault")["properties"]


def test_the_tenant_is_that_of_whoever_deploys(plan):
    """A vault without a tenant takes the one that the provider knows."""
    planned = plan(lambda: KeyVault("vault", args()), **{"azure-native:tenantId": TENANT})
    assert inputs(planned, "keyvault:Vault")["properties"]["tenantId"] == TENANT


def test_id_name_and_address_are_known_and_depend_on_the_vault(plan):
    """Whoever uses an output waits for the vault, and knows the value beforehand."""

    def program() -> None:
        vault = KeyVault("vault", args())
        pulumi.export("all", [vault.id, vault.name, vault.vault_uri])
        KeyVault("after", args_named_by(vault))

    def args_named_by(vault: KeyVault) -> KeyVaultArgs:
        return KeyVaultArgs(
            **placed("kv-after", log_analytics_workspace_id=None, private_link=None),
            tenant_id=vault.id.apply(lambda _: TENANT),
        )

    planned = plan(program)
    vault_id = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-larkspur"
    assert planned.outputs["all"] == [vault_id, "kv-larkspur", "https://kv-larkspur.vault.azure.net/"]
    assert one(planned, "keyvault:Vault", "vault").id == vault_id
    assert "keyvault:Vault vault" in waits_for(planned, one(planned, "keyvault:Vault", "after"))


@pytest.mark.parametrize("days", [6, 91])
def test_days_out_of_range_are_refused(days):
    """Key Vault keeps what is deleted for 7 to 90 days."""
    with pytest.raises(ValueError, match="Key Vault takes 7 to 90"):
        args(soft_delete_days=days)


def test_an_address_is_of_the_vaults_cloud():
    """The suffix is a setting, for clouds other than the public one."""
    assert vault_uri("KV-a", "vault.usgovcloudapi.net") == "https://kv-a.vault.usgovcloudapi.net/"
