"""Who acts in an environment's pipelines, and what each may do with its state."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

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

NEIGHBOUR_ROLE = "Machine Learning Platform Neighbour"
NEIGHBOUR_ACTIONS = (
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/peer/action",
    *(f"Microsoft.Network/virtualNetworks/virtualNetworkPeerings/{may}" for may in ("read", "write", "delete")),
    "Microsoft.Insights/privateLinkScopes/read",
    *(f"Microsoft.Insights/privateLinkScopes/scopedResources/{may}" for may in ("read", "write", "delete")),
    "Microsoft.Insights/privateLinkScopeOperationStatuses/read",
)
"""Peerings, and what is logged privately. Network Contributor, which has them as well, could open the hub's firewall.
Source: Azure docs, virtual-network/virtual-network-manage-peering, "Permissions"; permissions/monitor."""

DNS_CONTRIBUTOR = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
ACCESS_ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
"""Private DNS Zone Contributor; Role Based Access Control Administrator. Source: Azure RBAC docs, built-in-roles."""

RECORDS = "audit"
"""The container in which promotions to the registry are recorded. Source: seawall.delivery.promotion.log."""


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
    does = "Encrypts and decrypts what is secret in Pulumi's state."
    key_actions = [f"Microsoft.KeyVault/vaults/keys/{action}" for action in KEY_ACTIONS]
    role, definition = _role(settings, group, "key-user", KEY_ROLE, does, data_actions=key_actions)
    grants = _Grants(store, key, role, definition)
    principals = {**{use: identity.principal_id for use, identity in made.items()}, **settings.known}
    for use, principal in principals.items():
        grants.of(use, principal, ON_STATE[use])
        if use != "deploy":
            _assigned(f"{use}-reads", f"/subscriptions/{settings.subscription}", principal, "Reader")
    for index, neighbour in enumerate(settings.neighbours):
        grants.of(f"neighbour-{index}", neighbour, READS)
    _on_shared(settings, group)
    grants.of("operators", settings.operators, WRITES, "Group", whole=True)
    return made


def _on_shared(settings: Settings, group: ResourceGroup) -> None:
    """What other environments change in `shared`: their deployers, and those who promote their models.

    A deployer says who uses the registry; in a hub, it makes peerings and names. Who promotes writes the record.
    """
    names, subscription = settings.names, f"/subscriptions/{settings.subscription}"
    groups = {use: f"{subscription}/resourceGroups/{names.of('resource group', use)}" for use in GROUPS_OF_SHARED}
    registry = arm_id(groups["ml"], "Microsoft.MachineLearningServices/registries", names.of("ml registry"))
    only = Condition((ROLES["AzureML Registry User"],)).text()
    for index, deployer in enumerate(settings.neighbours):
        _assigned(f"neighbour-{index}-registry", registry, deployer, ACCESS_ADMINISTRATOR, condition=only)
    if settings.neighbours and settings.hub:
        does = "Connects a network to the hub's, and its logs to the hub's private link."
        scopes = [groups["network"], groups["monitoring"]]
        role, definition = _role(settings, group, "neighbour", NEIGHBOUR_ROLE, does, NEIGHBOUR_ACTIONS, scopes=scopes)
        after = ResourceOptions(depends_on=definition)
        for index, deployer in enumerate(settings.neighbours):
            name = f"neighbour-{index}"
            _assigned(f"{name}-network", groups["network"], deployer, role, opts=after)
            _assigned(f"{name}-names", groups["network"], deployer, DNS_CONTRIBUTOR)
            _assigned(f"{name}-monitoring", groups["monitoring"], deployer, role, opts=after)
    if settings.promoters:
        container = azure.storage.BlobContainer(
            "records",
            account_name=names.of("flow log account"),
            resource_group_name=names.of("resource group", "monitoring"),
            container_name=RECORDS,
        )
        for index, promoter in enumerate(settings.promoters):
            _assigned(f"promoter-{index}-records", container.id, promoter, WRITES)


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


def _role(
    settings: Settings,
    group: ResourceGroup,
    key: str,
    name: str,
    does: str,
    actions: Sequence[str] = (),
    *,
    data_actions: Sequence[str] = (),
    scopes: Sequence[Input[str]] = (),
) -> tuple[str, Resource]:
    """A role of the program's own with just these actions, assignable in its resource group or in `scopes` alone."""
    role = str(uuid.uuid5(uuid.NAMESPACE_URL, f"seawall:bootstrap:{settings.subscription}:{name}".lower()))
    definition = azure.authorization.RoleDefinition(
        key,
        role_definition_id=role,
        # Names are unique in the tenant.
        role_name=f"{name} ({settings.names.environment} {settings.names.hash})",
        role_type="CustomRole",
        description=does,
        scope=scopes[0] if scopes else group.id,
        assignable_scopes=[*scopes] if scopes else [group.id],
        permissions=[azure.authorization.PermissionArgs(actions=[*actions], data_actions=[*data_actions])],
    )
    return role, definition
