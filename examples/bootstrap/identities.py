"""Who acts in an environment's pipelines, and what each may do with its state."""

from __future__ import annotations

import uuid

import pulumi_azure_native as azure
from pulumi import Input, Resource, ResourceOptions
from settings import Settings
from state import SecretsKey, StateStore

from components.resource_group import ResourceGroup
from components.role_assignment import PrincipalType, RoleAssignment, RoleAssignmentArgs
from components.user_assigned_identity import UserAssignedIdentity, UserAssignedIdentityArgs

KEY_ROLE = "Pulumi Secrets Key User"
KEY_ACTIONS = ("read", "encrypt/action", "decrypt/action")
"""Azure's own Key Vault Crypto User could disable the key as well."""


def identities(
    settings: Settings, group: ResourceGroup, store: StateStore, key: SecretsKey
) -> tuple[UserAssignedIdentity, UserAssignedIdentity]:
    """The deployer and the previewer, with what each needs of the state; and the operators, who repair it."""
    deployer, previewer = (
        UserAssignedIdentity(
            f"identity-{use}",
            UserAssignedIdentityArgs(
                resource_group_id=group.id,
                location=settings.location,
                tags=settings.tags,
                resource_name=settings.names.of("identity", use),
                federated_credentials=trusted,
            ),
        )
        for use, trusted in (("deploy", settings.deployers), ("preview", settings.previewers))
    )
    role, definition = _key_role(settings, group)
    grants = _Grants(store, key, role, definition)
    grants.of("deployer", deployer.principal_id, "Storage Blob Data Contributor")
    grants.of("previewer", previewer.principal_id, "Storage Blob Data Reader")
    for index, reader in enumerate(settings.readers):
        grants.of(f"reader-{index}", reader, "Storage Blob Data Reader")
    grants.of("operators", settings.operators, "Storage Blob Data Contributor", "Group", whole=True)
    _assigned("previewer-reads", f"/subscriptions/{settings.subscription}", previewer.principal_id, "Reader")
    return deployer, previewer


class _Grants:
    """What a principal gets of the state: a role on its container, and the use of the key."""

    def __init__(self, store: StateStore, key: SecretsKey, role: str, definition: Resource) -> None:
        self.store, self.key, self.role, self.definition = store, key, role, definition

    def of(
        self,
        name: str,
        principal: Input[str],
        on_state: str,
        kind: PrincipalType = "ServicePrincipal",
        *,
        whole: bool = False,
    ) -> None:
        """`whole`: on the account, with this program's own container."""
        _assigned(f"{name}-state", self.store.id if whole else self.store.container_id, principal, on_state, kind)
        after = ResourceOptions(depends_on=self.definition)
        _assigned(f"{name}-key", self.key.key_id, principal, self.role, kind, after)


def _assigned(
    name: str,
    scope: Input[str],
    principal: Input[str],
    role: str,
    kind: PrincipalType = "ServicePrincipal",
    opts: ResourceOptions | None = None,
) -> None:
    args = RoleAssignmentArgs(scope=scope, principal_id=principal, principal_type=kind, role=role)
    RoleAssignment(name, args, opts)


def _key_role(settings: Settings, group: ResourceGroup) -> tuple[str, Resource]:
    """A role that encrypts and decrypts with the key and can't change it, assignable in this resource group alone."""
    role = str(uuid.uuid5(uuid.NAMESPACE_URL, f"seawall:bootstrap:{settings.subscription}:{KEY_ROLE}".lower()))
    definition = azure.authorization.RoleDefinition(
        "key-user",
        role_definition_id=role,
        # Names are unique in the tenant.
        role_name=f"{KEY_ROLE} ({settings.names.environment} {settings.names.hash})",
        role_type="CustomRole",
        description="Encrypts and decrypts what is secret in Pulumi's state.",
        scope=group.id,
        assignable_scopes=[group.id],
        permissions=[
            azure.authorization.PermissionArgs(
                data_actions=[f"Microsoft.KeyVault/vaults/keys/{action}" for action in KEY_ACTIONS]
            )
        ],
    )
    return role, definition
