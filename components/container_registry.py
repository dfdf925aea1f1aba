"""The container registry that holds the images of training, inference and image builds."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, ResourceOptions

from components.base import Component, GuardedArgs, arm_id, child_id, resource_group_name
from components.customer_managed_key import EncryptionKey
from components.guard import guard
from components.private_dns import CONTAINER_REGISTRY

ARM_TYPE = CONTAINER_REGISTRY.arm_type


@dataclass(frozen=True, kw_only=True)
class ContainerRegistryArgs(GuardedArgs):
    """A container registry: always Premium, since only that has private endpoints.

    Manifests without a tag are deleted after `retention_days` (0 to 365). `quarantine` holds each image back until a
    scanner marks it as passed: without such a scanner nothing that a workspace builds could be pulled, so it is off
    until there is one. `exports` lets artifacts be copied out to other registries. `zone_redundant` can't be changed
    later and needs a region with zones. `trusted_services` lets Azure Machine Learning and Microsoft Defender in,
    although the registry is closed. `encryption_key` can only be given to a new registry and never be taken away; it
    follows the key's rotations. `dns_suffix` is that of the cloud. Raises ValueError for days out of range.

    Sources: Container Registry docs, container-registry-retention-policy, data-loss-prevention,
    zone-redundancy, allow-access-trusted-services, tutorial-customer-managed-keys.
    """

    retention_days: int = 30
    quarantine: bool = False
    exports: bool = False
    zone_redundant: bool = True
    trusted_services: bool = True
    encryption_key: EncryptionKey | None = None
    dns_suffix: str = "azurecr.io"

    def __post_init__(self) -> None:
        if not 0 <= self.retention_days <= 365:
            raise ValueError(f"retention_days is {self.retention_days}; a container registry takes 0 to 365")


class ContainerRegistry(Component):
    """A container registry that nobody reaches publicly, with neither an admin account nor anonymous pulls.

    `login_server` is the host that images are pushed to and pulled from.
    """

    id: Output[str]
    name: Output[str]
    login_server: Output[str]

    def __init__(self, name: str, args: ContainerRegistryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        registry = azure.containerregistry.Registry(
            name,
            registry_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            sku=azure.containerregistry.SkuArgs(name="Premium"),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            public_network_access="Disabled",
            network_rule_set=azure.containerregistry.NetworkRuleSetArgs(default_action="Deny"),
            network_rule_bypass_options="AzureServices" if args.trusted_services else "None",
            # A host of its own for layers, instead of a storage account's, so that a firewall can let just it through.
            # Source: Container Registry docs, container-registry-dedicated-data-endpoints.
            data_endpoint_enabled=True,
            zone_redundancy="Enabled" if args.zone_redundant else "Disabled",
            policies=_policies(args),
            identity=_identity(args.encryption_key),
            encryption=_encryption(args.encryption_key),
            opts=self.child_opts(protect=args.delete_protection),
        )
        guard(
            self,
            name,
            args,
            target_id=child_id(registry, args.resource_group_id, ARM_TYPE, args.resource_name),
            target_type=ARM_TYPE,
            endpoints=[CONTAINER_REGISTRY],
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.login_server = self.computed(lambda: f"{args.resource_name.lower()}.{args.dns_suffix}")
        self.register_outputs({"id": self.id, "name": self.name, "login_server": self.login_server})


def _policies(args: ContainerRegistryArgs) -> azure.containerregistry.PoliciesArgs:
    # Soft delete is left out: Azure takes it only without a retention policy.
    # Source: Container Registry docs, container-registry-soft-delete-policy, "Known limitations".
    return azure.containerregistry.PoliciesArgs(
        retention_policy=azure.containerregistry.RetentionPolicyArgs(status="enabled", days=args.retention_days),
        quarantine_policy=azure.containerregistry.QuarantinePolicyArgs(status=_status(args.quarantine)),
        export_policy=azure.containerregistry.ExportPolicyArgs(status=_status(args.exports)),
    )


def _status(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"


def _identity(key: EncryptionKey | None) -> azure.containerregistry.IdentityPropertiesArgs | None:
    if key is None:
        return None
    # Unlike other services', its identities are a mapping in the SDK as well.
    return azure.containerregistry.IdentityPropertiesArgs(
        type=azure.containerregistry.ResourceIdentityType.USER_ASSIGNED,
        user_assigned_identities=Output.from_input(key.identity_id).apply(
            lambda id: {id: azure.containerregistry.UserIdentityPropertiesArgs()}
        ),
    )


def _encryption(key: EncryptionKey | None) -> azure.containerregistry.EncryptionPropertyArgs | None:
    if key is None:
        return None
    return azure.containerregistry.EncryptionPropertyArgs(
        status="enabled",
        # The identity goes in by its client ID; a key without a version is followed as it rotates.
        key_vault_properties=azure.containerregistry.KeyVaultPropertiesArgs(
            identity=key.identity_client_id, key_identifier=key.key_uri
        ),
    )
