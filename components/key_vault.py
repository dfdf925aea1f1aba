"""Key Vault: secrets and keys, closed to the public and authorised by Azure RBAC alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, InvokeOptions, Output, ResourceOptions

from components.base import Component, GuardedArgs, arm_id, child_id, resource_group_name
from components.guard import guard
from components.private_dns import KEY_VAULT

ARM_TYPE = KEY_VAULT.arm_type


@dataclass(frozen=True, kw_only=True)
class KeyVaultArgs(GuardedArgs):
    """A key vault.

    `tenant_id=None` takes the tenant of whoever deploys. `sku="premium"` keeps keys in hardware (HSM).
    `soft_delete_days` (7 to 90) can't be changed later, and `purge_protection` can't be turned off; a vault with keys
    that encrypt other resources must have it. `trusted_services` lets Azure services on Microsoft's list in, although
    the vault is closed: a workspace, a storage account and a container registry read their keys that way.
    `dns_suffix` is that of the cloud. Raises ValueError for days out of range.

    Sources: Key Vault docs, general/soft-delete-overview and general/overview-vnet-service-endpoints; Azure Machine
    Learning docs, how-to-secure-workspace-vnet.
    """

    tenant_id: Input[str] | None = None
    sku: Literal["standard", "premium"] = "standard"
    soft_delete_days: int = 90
    purge_protection: bool = True
    trusted_services: bool = True
    dns_suffix: str = "vault.azure.net"

    def __post_init__(self) -> None:
        if not 7 <= self.soft_delete_days <= 90:
            raise ValueError(f"soft_delete_days is {self.soft_delete_days}; Key Vault takes 7 to 90")


class KeyVault(Component):
    """A key vault that nobody reaches publicly and that holds no access policies."""

    id: Output[str]
    name: Output[str]
    vault_uri: Output[str]

    def __init__(self, name: str, args: KeyVaultArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        vault = azure.keyvault.Vault(
            name,
            vault_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            properties=_properties(args, self._tenant(args)),
            opts=self.child_opts(protect=args.delete_protection),
        )
        guard(
            self,
            name,
            args,
            target_id=child_id(vault, args.resource_group_id, ARM_TYPE, args.resource_name),
            target_type=ARM_TYPE,
            endpoints=[KEY_VAULT],
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.vault_uri = self.computed(lambda: vault_uri(args.resource_name, args.dns_suffix))
        self.register_outputs({"id": self.id, "name": self.name, "vault_uri": self.vault_uri})

    def _tenant(self, args: KeyVaultArgs) -> Input[str]:
        return args.tenant_id if args.tenant_id is not None else deploying_tenant(self)


def deploying_tenant(component: Component) -> Output[str]:
    """The tenant of whoever deploys, as the provider of `component` knows it."""
    return azure.authorization.get_client_config_output(opts=InvokeOptions(parent=component)).tenant_id


def vault_uri(name: str, dns_suffix: str = "vault.azure.net") -> str:
    """The address of a vault, as Azure itself gives it.

    >>> vault_uri("kv-mlp")
    'https://kv-mlp.vault.azure.net/'
    """
    return f"https://{name.lower()}.{dns_suffix}/"


def _properties(args: KeyVaultArgs, tenant_id: Input[str]) -> azure.keyvault.VaultPropertiesArgs:
    return azure.keyvault.VaultPropertiesArgs(
        tenant_id=tenant_id,
        sku=azure.keyvault.SkuArgs(family="A", name=azure.keyvault.SkuName(args.sku)),
        enable_rbac_authorization=True,
        enable_soft_delete=True,
        soft_delete_retention_in_days=args.soft_delete_days,
        # Azure refuses an explicit false: once on, protection stays, and off is the absence of the property.
        # Source: Key Vault REST reference, Vaults - Create Or Update, enablePurgeProtection.
        enable_purge_protection=args.purge_protection or None,
        enabled_for_deployment=False,
        enabled_for_disk_encryption=False,
        enabled_for_template_deployment=False,
        public_network_access="Disabled",
        network_acls=azure.keyvault.NetworkRuleSetArgs(
            bypass="AzureServices" if args.trusted_services else "None", default_action="Deny"
        ),
    )
