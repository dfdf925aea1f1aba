"""Who acts in an environment's pipelines, and what each may do with its state."""

from __future__ import annotations

import uuid

import pulumi_azure_native as azure
from pulumi import Input, Resource, ResourceOptions
from settings import Settings
from state import SecretsKey, StateStore

from components.base import arm_id
from components.resource_group import ResourceGroup
from components.role_assignment import ROLES, PrincipalType, RoleAssignment, RoleAssignmentArgs
from components.user_assigned_identity import UserAssignedIdentity, UserAssignedIdentityArgs
from rbac.conditions import Condition

KEY_ROLE = "Pulumi Secrets Key User"
KEY_ACTIONS = ("read", "encrypt/action", "decrypt/action")
"""Azure's own Key Vault Crypto User could disable the key as well."""


WRITES, READS = "Storage Blob Data Contributor", "Storage Blob Data Reader"
ON_STATE = {"deploy": WRITES, "preview": READS, "drift": WRITES}
"""A refresh writes what it has found into the state."""

NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
ACCESS_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
"""Network Contributor, and Role Based Access Control Administrator. Source: Azure RBAC docs, built-in-roles."""


def identities(
    settings: Settings, group: ResourceGroup, store: StateStore, key: SecretsKey
) -> dict[str, UserAssignedIdentity]:
    """The identities that are made here, by use, with what each needs; and what those of elsewhere and people need.

    The deployer gets nothing on the subscription: the platform's own stack grants that (rbac/grants.yaml).
    """
    made = {
        use: UserAssignedIdentity(
            f"identity-{use}",
            UserAssignedIdentityArgs(
                resource_group_id=group.id,
                location=settings.location,
                tags=settings.tags,
                resource_name=settings.names.of("identity", use),
                federated_credentials=trusted,
            ),
        )
        for use, trusted in settings.trusted.items()
    }
    role, definition = _key_role(settings, group)
    grants = _Grants(store, key, role, definition)
    principals = {**{use: identity.principal_id for use, identity in made.items()}, **settings.known}
    for use, principal in principals.items():
        grants.of(use, principal, ON_STATE[use])
        if use != "deploy":
            _assigned(f"{use}-reads", f"/subscriptions/{settings.subscription}", principal, "Reader")
    for index, neighbour in enumerate(settings.neighbours):
        grants.of(f"neighbour-{index}", neighbour, READS)
        _on_shared(settings, f"neighbour-{index}", neighbour)
    grants.of("operators", settings.operators, WRITES, "Group", whole=True)
    return made


def _on_shared(settings: Settings, name: str, deployer: str) -> None:
    """What an environment's deployer changes in `shared`: who uses the registry; in a hub, peerings and names."""
    names, subscription = settings.names, f"/subscriptions/{settings.subscription}"
    groups = {use: f"{subscription}/resourceGroups/{names.of('resource group', use)}" for use in GROUPS_OF_SHARED}
    registry = arm_id(groups["ml"], "Microsoft.MachineLearningServices/registries", names.of("ml registry"))
    only = Condition((ROLES["AzureML Registry User"],)).text()
    _assigned(f"{name}-registry", registry, deployer, ACCESS_ADMINISTRATOR, condition=only)
    if settings.hub:
        _assigned(f"{name}-network", groups["network"], deployer, NETWORK_CONTRIBUTOR)
        _assigned(f"{name}-monitoring", groups["monitoring"], deployer, "Monitoring Contributor")


GROUPS_OF_SHARED = ("ml", "network", "monitoring")


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
    condition: str = "",
) -> None:
    args = RoleAssignmentArgs(
        scope=scope, principal_id=principal, principal_type=kind, role=role, condition=condition
    )
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
