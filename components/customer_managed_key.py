"""Customer-managed keys: a key that its owner rotates, and the identity that encrypted resources read it with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, ResourceArgs, applied, id_segment, last_segment
from components.key_vault import vault_uri
from components.role_assignment import RoleAssignment, RoleAssignmentArgs
from components.user_assigned_identity import UserAssignedIdentity, UserAssignedIdentityArgs

_ROLE = "Key Vault Crypto Service Encryption User"
_EXPIRES_AFTER_ROTATION_DAYS = 90
_NOTIFIED_BEFORE_EXPIRY_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class EncryptionKey:
    """What a resource needs to be encrypted with a customer's key.

    `key_uri` names no version: whoever uses it follows rotations by itself. `key_uri_with_version` names the current
    one, for a workspace, which takes no other. `identity_id` is the user-assigned identity that may wrap and unwrap.
    """

    vault_id: Input[str]
    vault_uri: Input[str]
    key_name: str
    key_uri: Input[str]
    key_uri_with_version: Input[str]
    identity_id: Input[str]
    identity_client_id: Input[str]


@dataclass(frozen=True, kw_only=True)
class CustomerManagedKeyArgs(ResourceArgs):
    """A key in a vault that has purge protection, and an identity that may use it.

    `resource_name` is the key's name. The resource group is where `identity_name` is made; the key lives in the
    vault's. `hardware` needs a premium vault. A new version is made `rotation_days` after the last one (28 to 730),
    and each version that rotation makes expires 90 days later than that. Azure keeps the first settings of a key: a
    changed size or rotation reaches only a key of another name. `dns_suffix` is that of the vault's cloud. Raises
    ValueError for days or a size that isn't taken.

    Sources: Key Vault docs, keys/how-to-configure-key-rotation; REST reference, Keys - Create If Not Exist.
    """

    vault_id: Input[str]
    identity_name: str
    key_size: Literal[2048, 3072, 4096] = 3072
    hardware: bool = False
    rotation_days: int = 365
    dns_suffix: str = "vault.azure.net"

    def __post_init__(self) -> None:
        if not 28 <= self.rotation_days <= 730:
            raise ValueError(f"rotation_days is {self.rotation_days}; it takes 28 to 730")
        if self.key_size not in (2048, 3072, 4096):
            raise ValueError(f"key_size is {self.key_size}; it takes 2048, 3072 or 4096")


class CustomerManagedKey(Component):
    """A key that encrypts other resources.

    `encryption` is what those resources take. A role takes up to 10 minutes to take effect: a resource that is made
    right after this one may be refused at first, and made when the deployment is run again.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str]
    encryption: EncryptionKey

    def __init__(self, name: str, args: CustomerManagedKeyArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        key = self._key(name, args)
        identity = UserAssignedIdentity(
            name,
            UserAssignedIdentityArgs(
                resource_group_id=args.resource_group_id,
                location=args.location,
                tags=args.tags,
                resource_name=args.identity_name,
            ),
            self.child_opts(),
        )
        RoleAssignment(
            name,
            RoleAssignmentArgs(
                scope=args.vault_id,
                principal_id=identity.principal_id,
                principal_type="ServicePrincipal",
                role=_ROLE,
                description="Wraps and unwraps the keys of what is encrypted with this vault's keys.",
            ),
            self.child_opts(),
        )
        self.id = self.computed(lambda vault: f"{vault}/keys/{args.resource_name}", args.vault_id)
        self.name = self.computed(lambda: args.resource_name)
        # Through the component, so that whoever uses the identity waits for its role.
        self.principal_id = self.computed(lambda known: known, identity.principal_id)
        self.encryption = self._encryption(args, key, identity)
        self.register_outputs({"id": self.id, "name": self.name, "principal_id": self.principal_id})

    def _key(self, name: str, args: CustomerManagedKeyArgs) -> azure.keyvault.Key:
        return azure.keyvault.Key(
            name,
            key_name=args.resource_name,
            vault_name=last_segment(args.vault_id),
            resource_group_name=applied(lambda id: id_segment(id, "resourceGroups"), args.vault_id),
            tags=args.tags,
            properties=azure.keyvault.KeyPropertiesArgs(
                kty="RSA-HSM" if args.hardware else "RSA",
                key_size=args.key_size,
                key_ops=["wrapKey", "unwrapKey"],
                rotation_policy=rotation_policy(args.rotation_days),
            ),
            # A key is made through Resource Manager but deleted through its vault, which is closed to whoever deploys
            # from outside; and what it encrypts is lost with it. The vault takes its keys along when it goes.
            opts=self.child_opts(retain_on_delete=True),
        )

    def _encryption(
        self, args: CustomerManagedKeyArgs, key: azure.keyvault.Key, identity: UserAssignedIdentity
    ) -> EncryptionKey:
        def address(vault_id: str) -> str:
            return vault_uri(vault_id.rsplit("/", 1)[-1], args.dns_suffix)

        return EncryptionKey(
            vault_id=self.computed(lambda vault: vault, args.vault_id),
            vault_uri=self.computed(address, args.vault_id),
            key_name=args.resource_name,
            key_uri=self.computed(lambda vault: f"{address(vault)}keys/{args.resource_name}", args.vault_id),
            key_uri_with_version=self.computed(lambda known: known, key.key_uri_with_version),
            identity_id=self.computed(lambda known: known, identity.id),
            identity_client_id=self.computed(lambda known: known, identity.client_id),
        )


def rotation_policy(rotation_days: int) -> azure.keyvault.RotationPolicyArgs:
    """Rotates by itself, well before a version expires, and tells 30 days before it does. Durations are ISO 8601."""
    return azure.keyvault.RotationPolicyArgs(
        attributes=azure.keyvault.KeyRotationPolicyAttributesArgs(
            expiry_time=f"P{rotation_days + _EXPIRES_AFTER_ROTATION_DAYS}D"
        ),
        lifetime_actions=[
            azure.keyvault.LifetimeActionArgs(
                action=azure.keyvault.ActionArgs(type=azure.keyvault.KeyRotationPolicyActionType.ROTATE),
                trigger=azure.keyvault.TriggerArgs(time_after_create=f"P{rotation_days}D"),
            ),
            azure.keyvault.LifetimeActionArgs(
                action=azure.keyvault.ActionArgs(type=azure.keyvault.KeyRotationPolicyActionType.NOTIFY),
                trigger=azure.keyvault.TriggerArgs(time_before_expiry=f"P{_NOTIFIED_BEFORE_EXPIRY_DAYS}D"),
            ),
        ],
    )
