"""What the workspace's storage account and the data lake share: one closed account, its services, their logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pulumi_azure_native as azure
from pulumi import Input, Output, Resource

from components.base import Component, GuardedArgs, arm_id, child_id, computed, resource_group_name
from components.customer_managed_key import EncryptionKey
from components.diagnostics import diagnostic_setting
from components.guard import guard
from components.key_vault import deploying_tenant
from components.private_dns import STORAGE
from components.private_endpoint import PrivateEndpoint

ARM_TYPE = "Microsoft.Storage/storageAccounts"

Redundancy = Literal["LRS", "ZRS", "GRS", "GZRS", "RAGRS", "RAGZRS"]

SERVICES = ("blob", "file", "queue", "table")


@dataclass(frozen=True, kw_only=True)
class AccountArgs(GuardedArgs):
    """Any storage account of the platform.

    `redundancy`: LRS one data centre, ZRS three zones, GRS and GZRS a second region as well, RA readable there.
    Deleted blobs, containers and shares can be recovered for `soft_delete_days` (1 to 365). `shared_key_access` lets
    account keys and what is signed with them in. `copy_scope` is where data may be copied from: accounts of the same
    tenant ("AAD") or those with a private endpoint in the same network ("PrivateLink").

    `registry_ids` are the Azure Machine Learning registries that models are shared to from here. A registry reads the
    account itself, so the account then takes traffic from these instances of `tenant_id` (whoever deploys, where not
    given) and from nobody else; without one, public network access is off. Source: Azure Machine Learning docs,
    how-to-registry-network-isolation, "Share assets from workspace to registry".

    `encryption_key` encrypts all four services with a customer's key, and follows its rotations.
    Raises ValueError for days or a redundancy that isn't taken.
    """

    redundancy: Redundancy = "ZRS"
    soft_delete_days: int = 30
    shared_key_access: bool = False
    copy_scope: Literal["AAD", "PrivateLink"] = "AAD"
    registry_ids: Sequence[Input[str]] = ()
    tenant_id: Input[str] | None = None
    encryption_key: EncryptionKey | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.soft_delete_days <= 365:
            raise ValueError(f"soft_delete_days is {self.soft_delete_days}; it takes 1 to 365")
        if self.redundancy not in get_args(Redundancy):
            raise ValueError(f"redundancy is {self.redundancy}; it takes {', '.join(get_args(Redundancy))}")


def closed_account(
    parent: Component, name: str, args: AccountArgs, *, hierarchical: bool
) -> azure.storage.StorageAccount:
    """A storage account that takes identities alone and no traffic from the internet, as a child of `parent`."""
    return azure.storage.StorageAccount(
        name,
        account_name=args.resource_name,
        resource_group_name=resource_group_name(args),
        location=args.location,
        tags=args.tags,
        kind="StorageV2",
        sku=azure.storage.SkuArgs(name=f"Standard_{args.redundancy}"),
        access_tier=azure.storage.AccessTier.HOT,
        is_hns_enabled=hierarchical,
        allow_blob_public_access=False,
        allow_shared_key_access=args.shared_key_access,
        default_to_o_auth_authentication=True,
        is_local_user_enabled=False,
        is_sftp_enabled=False,
        allow_cross_tenant_replication=False,
        allowed_copy_scope=args.copy_scope,
        enable_https_traffic_only=True,
        minimum_tls_version="TLS1_2",
        # Logged instead of blocked: Azure Machine Learning signs its own user-delegation SAS, some for longer.
        sas_policy=azure.storage.SasPolicyArgs(expiration_action="Log", sas_expiration_period="1.00:00:00"),
        public_network_access="Enabled" if args.registry_ids else "Disabled",
        network_rule_set=_network_rules(parent, args),
        identity=_identity(args.encryption_key),
        encryption=_encryption(args.encryption_key),
        opts=parent.child_opts(protect=args.delete_protection),
    )


def guard_account(
    parent: Component,
    name: str,
    args: AccountArgs,
    account: azure.storage.StorageAccount,
    *,
    groups: Sequence[str],
    contents: Sequence[Resource],
) -> Mapping[str, Output[str]]:
    """Private endpoints for `groups`, diagnostic settings of the account and its services, and the lock.

    Returns the IDs of the private endpoints by group. `contents` are the service properties, containers and policies
    within the account: an account refuses a second operation while one is under way
    (StorageAccountOperationInProgress), so endpoints wait for them, and so does the lock. The account's own setting
    carries metrics alone; reads, writes and deletes are logged by each service.
    """
    settings = [setting for service in SERVICES if (setting := _service_logs(parent, name, args, account, service))]
    made = guard(
        parent,
        name,
        args,
        target_id=computed(
            account,
            lambda group, *_: arm_id(group, ARM_TYPE, args.resource_name),
            args.resource_group_id,
            *(resource.urn for resource in contents),
        ),
        target_type=ARM_TYPE,
        endpoints=[STORAGE[group] for group in groups],
        before_lock=[*contents, *settings],
    )
    endpoints = [resource for resource in made if isinstance(resource, PrivateEndpoint)]
    return {group: endpoint.id for group, endpoint in zip(groups, endpoints, strict=False)}


def account_name(args: AccountArgs, account: azure.storage.StorageAccount) -> Input[str]:
    """The account's name, with a dependency on it."""
    return computed(account, lambda: args.resource_name)


def soft_delete(days: int) -> azure.storage.DeleteRetentionPolicyArgs:
    """Deleted things can be recovered for some days."""
    return azure.storage.DeleteRetentionPolicyArgs(enabled=True, days=days)


def _service_logs(
    parent: Component, name: str, args: AccountArgs, account: azure.storage.StorageAccount, service: str
) -> Resource | None:
    target_type = f"{ARM_TYPE}/{service}Services"
    return diagnostic_setting(
        parent,
        f"{name}-{service}",
        target_id=child_id(account, args.resource_group_id, target_type, args.resource_name, "default"),
        target_type=target_type,
        log_analytics_workspace_id=args.log_analytics_workspace_id,
    )


def _network_rules(parent: Component, args: AccountArgs) -> azure.storage.NetworkRuleSetArgs:
    rules = None
    if args.registry_ids:
        tenant = args.tenant_id if args.tenant_id is not None else deploying_tenant(parent)
        rules = [azure.storage.ResourceAccessRuleArgs(resource_id=id, tenant_id=tenant) for id in args.registry_ids]
    return azure.storage.NetworkRuleSetArgs(
        default_action=azure.storage.DefaultAction.DENY,
        # Azure Machine Learning and Azure Monitor come in by this; both are on Microsoft's list of trusted services.
        # Source: Azure Machine Learning docs, how-to-managed-network, "Secured associated resources".
        bypass="AzureServices",
        resource_access_rules=rules,
    )


def _identity(key: EncryptionKey | None) -> azure.storage.IdentityArgs | None:
    if key is None:
        return None
    return azure.storage.IdentityArgs(type="UserAssigned", user_assigned_identities=[key.identity_id])


def _encryption(key: EncryptionKey | None) -> azure.storage.EncryptionArgs:
    service = azure.storage.EncryptionServiceArgs(enabled=True, key_type="Account")
    return azure.storage.EncryptionArgs(
        # Encrypted twice, with two algorithms. Create-only.
        require_infrastructure_encryption=True,
        # The key of an account for queues and tables is create-only, and an own key reaches them only with it.
        # Source: Storage docs, common/account-encryption-key-create.
        services=azure.storage.EncryptionServicesArgs(blob=service, file=service, queue=service, table=service),
        key_source="Microsoft.Keyvault" if key else "Microsoft.Storage",
        key_vault_properties=azure.storage.KeyVaultPropertiesArgs(key_name=key.key_name, key_vault_uri=key.vault_uri)
        if key
        else None,
        encryption_identity=azure.storage.EncryptionIdentityArgs(encryption_user_assigned_identity=key.identity_id)
        if key
        else None,
    )
