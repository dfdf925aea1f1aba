"""Where an environment's state is kept, and the key that encrypts the secrets in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, Resource, ResourceOptions

from components.base import Component, GuardedArgs, child_id, computed, resource_group_name
from components.diagnostics import diagnostic_setting
from components.guard import guard
from components.private_dns import KEY_VAULT, STORAGE

ACCOUNT, BLOBS, VAULT = "Microsoft.Storage/storageAccounts", "Microsoft.Storage/storageAccounts/blobServices", "vault"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
STATE, BOOTSTRAP = "state", "bootstrap"
"""The containers: the platform's state, and this program's own, which no deployer may write."""

KEPT_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class StateStoreArgs(GuardedArgs):
    """A storage account for state. `allowed_addresses` are let in from the internet; with none, nobody is."""

    allowed_addresses: Sequence[str] = ()
    redundancy: str = "GZRS"


class StateStore(Component):
    """State that only an identity opens, whose every version can be had back, in two regions.

    Sources: Pulumi docs, iac/concepts/state-and-backends, "Azure Blob Storage"; Azure Storage docs,
    blobs/data-protection-overview.
    """

    id: Output[str]
    container_id: Output[str]
    backend: Output[str]

    def __init__(self, name: str, args: StateStoreArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        account = self._account(name, args)
        blobs = azure.storage.BlobServiceProperties(
            name,
            blob_services_name="default",
            account_name=computed(account, lambda: args.resource_name),
            resource_group_name=resource_group_name(args),
            is_versioning_enabled=True,
            delete_retention_policy=_kept(),
            container_delete_retention_policy=_kept(),
            opts=self.child_opts(),
        )
        containers = [self._container(name, args, each, blobs) for each in (STATE, BOOTSTRAP)]
        self.id = child_id(account, args.resource_group_id, ACCOUNT, args.resource_name)
        self._guard(name, args, [blobs, *containers])
        self.container_id = child_id(
            containers[0], args.resource_group_id, CONTAINER, args.resource_name, "default", STATE
        )
        self.backend = self.computed(lambda: f"azblob://{STATE}?storage_account={args.resource_name}")
        self.register_outputs({"id": self.id, "backend": self.backend})

    def _account(self, name: str, args: StateStoreArgs) -> azure.storage.StorageAccount:
        rules = [azure.storage.IPRuleArgs(i_p_address_or_range=one, action="Allow") for one in _bare(args)]
        return azure.storage.StorageAccount(
            name,
            account_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name=f"Standard_{args.redundancy}"),
            access_tier=azure.storage.AccessTier.HOT,
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            default_to_o_auth_authentication=True,
            is_local_user_enabled=False,
            allow_cross_tenant_replication=False,
            allowed_copy_scope="AAD",
            enable_https_traffic_only=True,
            minimum_tls_version="TLS1_2",
            sas_policy=azure.storage.SasPolicyArgs(expiration_action="Block", sas_expiration_period="0.01:00:00"),
            public_network_access="Enabled" if rules else "Disabled",
            network_rule_set=azure.storage.NetworkRuleSetArgs(default_action="Deny", bypass="None", ip_rules=rules),
            encryption=azure.storage.EncryptionArgs(
                require_infrastructure_encryption=True, key_source="Microsoft.Storage"
            ),
            opts=self.child_opts(protect=True),
        )

    def _container(self, name: str, args: StateStoreArgs, container: str, blobs: Resource) -> Resource:
        return azure.storage.BlobContainer(
            f"{name}-{container}",
            container_name=container,
            account_name=computed(blobs, lambda: args.resource_name),
            resource_group_name=resource_group_name(args),
            public_access="None",
            opts=self.child_opts(protect=True),
        )

    def _guard(self, name: str, args: StateStoreArgs, contents: Sequence[Resource]) -> None:
        logs = diagnostic_setting(
            self,
            f"{name}-blob",
            target_id=child_id(contents[0], args.resource_group_id, BLOBS, args.resource_name, "default"),
            target_type=BLOBS,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        before = [*contents, logs] if logs else list(contents)
        guard(
            self, name, args, target_id=self.id, target_type=ACCOUNT, endpoints=[STORAGE["blob"]], before_lock=before
        )


@dataclass(frozen=True, kw_only=True)
class SecretsKeyArgs(GuardedArgs):
    """A vault with one key. `allowed_addresses` as for the state store."""

    tenant_id: str
    key_name: str
    allowed_addresses: Sequence[str] = ()


class SecretsKey(Component):
    """The key that encrypts what is secret in the state.

    `provider` names the key's version: Pulumi decrypts with the version that it is told, and a key that were rotated
    beneath it could decrypt nothing any more. So it isn't rotated by itself. Source: pulumi/pulumi issue 22338.
    """

    id: Output[str]
    key_id: Output[str]
    provider: Output[str]

    def __init__(self, name: str, args: SecretsKeyArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        rules = [azure.keyvault.IPRuleArgs(value=one) for one in args.allowed_addresses]
        vault = azure.keyvault.Vault(
            name,
            vault_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            properties=azure.keyvault.VaultPropertiesArgs(
                tenant_id=args.tenant_id,
                sku=azure.keyvault.SkuArgs(family="A", name=azure.keyvault.SkuName.STANDARD),
                enable_rbac_authorization=True,
                enable_soft_delete=True,
                soft_delete_retention_in_days=KEPT_DAYS,
                enable_purge_protection=True,
                public_network_access="Enabled" if rules else "Disabled",
                network_acls=azure.keyvault.NetworkRuleSetArgs(bypass="None", default_action="Deny", ip_rules=rules),
            ),
            opts=self.child_opts(protect=True),
        )
        self.id = child_id(vault, args.resource_group_id, KEY_VAULT.arm_type, args.resource_name)
        key = azure.keyvault.Key(
            name,
            key_name=args.key_name,
            vault_name=computed(vault, lambda: args.resource_name),
            resource_group_name=resource_group_name(args),
            tags=args.tags,
            properties=azure.keyvault.KeyPropertiesArgs(kty="RSA", key_size=3072, key_ops=["encrypt", "decrypt"]),
            # Resource Manager makes keys and can't delete them: the vault takes it along.
            opts=self.child_opts(retain_on_delete=True),
        )
        guard(
            self,
            name,
            args,
            target_id=self.id,
            target_type=KEY_VAULT.arm_type,
            endpoints=[KEY_VAULT],
            before_lock=[key],
        )
        self.key_id = computed(key, lambda vault_id: f"{vault_id}/keys/{args.key_name}", self.id)
        self.provider = key.key_uri_with_version.apply(lambda uri: uri.replace("https://", "azurekeyvault://", 1))
        self.register_outputs({"id": self.id, "provider": self.provider})


def _kept() -> azure.storage.DeleteRetentionPolicyArgs:
    return azure.storage.DeleteRetentionPolicyArgs(enabled=True, days=KEPT_DAYS)


def _bare(args: StateStoreArgs) -> list[str]:
    """Storage takes single addresses without `/32`. Source: Azure Storage docs, common/storage-network-security."""
    return [one.removesuffix("/32") for one in args.allowed_addresses]
