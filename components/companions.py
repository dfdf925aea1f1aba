"""What a workspace stands on: storage, keys, images, telemetry, an identity; made here as far as it isn't given."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi import Input

from components.application_insights import ApplicationInsights, ApplicationInsightsArgs
from components.base import Component
from components.container_registry import ContainerRegistry, ContainerRegistryArgs
from components.key_vault import KeyVault, KeyVaultArgs
from components.log_analytics_workspace import LogAnalyticsWorkspace, LogAnalyticsWorkspaceArgs
from components.names import Kind, checked
from components.role_assignment import RoleAssignment, RoleAssignmentArgs
from components.storage_account import StorageAccount, StorageAccountArgs
from components.user_assigned_identity import UserAssignedIdentity, UserAssignedIdentityArgs

if TYPE_CHECKING:
    from components.workspace import WorkspaceArgs

_APPROVER = "Azure AI Enterprise Network Connection Approver"

WORKSPACE_GRANTS: Mapping[str, tuple[str, ...]] = {
    "storage": ("Contributor", "Storage Blob Data Contributor", "Storage File Data Privileged Contributor", _APPROVER),
    "vault": ("Contributor", "Key Vault Administrator", _APPROVER),
    "registry": ("Contributor", _APPROVER),
    "insights": ("Contributor",),
}
"""What the identity of a workspace needs on what it works with, when Azure doesn't see to it.

Sources: Azure Machine Learning docs, how-to-identity-based-service-authentication ("User-assigned managed identity"),
how-to-disable-local-auth-storage, and how-to-managed-network for the approver of private endpoints.
"""

_READ_ENDPOINTS = ("blob", "file")
"""The storage endpoints that the identity has to be Reader of, for the studio's notebooks and previews.

Source: Azure Machine Learning docs, how-to-managed-network, "Azure Machine Learning studio".
"""


@dataclass(frozen=True, kw_only=True)
class Companions:
    """The resources that a workspace works with, given or made.

    `identity` is the one made for it, None where it has another; `grants` are that identity's role assignments, which
    the workspace waits for.
    """

    storage_account_id: Input[str]
    key_vault_id: Input[str]
    container_registry_id: Input[str]
    application_insights_id: Input[str]
    log_analytics_workspace_id: Input[str] | None
    identity: UserAssignedIdentity | None = None
    grants: Sequence[RoleAssignment] = ()


def companions(parent: Component, name: str, args: WorkspaceArgs) -> Companions:
    """Makes what `args` don't give, as children of the workspace component `parent`, whose Pulumi name is `name`."""
    make = _Maker(parent, name, args)
    logs_id = make.log_analytics()
    found = Companions(
        log_analytics_workspace_id=logs_id,
        application_insights_id=make.application_insights(logs_id),
        storage_account_id=make.storage_account(logs_id),
        key_vault_id=make.key_vault(logs_id),
        container_registry_id=make.container_registry(logs_id),
    )
    if args.identity_ids or args.system_identity:
        return found
    identity = make.identity()
    return replace(found, identity=identity, grants=make.grants(identity, found))


class _Maker:
    """Makes the companions of one workspace."""

    def __init__(self, parent: Component, name: str, args: WorkspaceArgs) -> None:
        self.parent, self.name, self.args = parent, name, args
        self.names = companion_names(args.resource_name, args.unique or _unique(args))
        self.storage: StorageAccount | None = None

    def log_analytics(self) -> Input[str] | None:
        given = self.args.log_analytics_workspace_id
        if given is not None or self.args.application_insights_id is not None:
            return given
        # Open to Entra identities, as Application Insights below: Azure refuses closed telemetry that has no Azure
        # Monitor Private Link Scope, and such a scope is the business of a whole network, not of one workspace.
        workspace = LogAnalyticsWorkspaceArgs(**self._placed("log analytics"), public_ingestion=True, public_query=True)
        return LogAnalyticsWorkspace(f"{self.name}-logs", workspace, self.parent.child_opts()).id

    def application_insights(self, logs_id: Input[str] | None) -> Input[str]:
        if self.args.application_insights_id is not None:
            return self.args.application_insights_id
        assert logs_id is not None, "made above, where there is no Application Insights"
        insights = ApplicationInsightsArgs(
            **self._placed("application insights"),
            log_analytics_workspace_id=logs_id,
            public_ingestion=True,
            public_query=True,
        )
        return ApplicationInsights(f"{self.name}-insights", insights, self.parent.child_opts()).id

    def storage_account(self, logs_id: Input[str] | None) -> Input[str]:
        if self.args.storage_account_id is not None:
            return self.args.storage_account_id
        account = StorageAccountArgs(
            **self._placed("storage account"),
            **self._guarded(logs_id),
            shared_key_access=self.args.datastore_auth == "AccessKey",
            encryption_key=self.args.encryption_key,
        )
        self.storage = StorageAccount(f"{self.name}-storage", account, self.parent.child_opts())
        return self.storage.id

    def key_vault(self, logs_id: Input[str] | None) -> Input[str]:
        if self.args.key_vault_id is not None:
            return self.args.key_vault_id
        vault = KeyVaultArgs(**self._placed("key vault"), **self._guarded(logs_id))
        return KeyVault(f"{self.name}-vault", vault, self.parent.child_opts()).id

    def container_registry(self, logs_id: Input[str] | None) -> Input[str]:
        if self.args.container_registry_id is not None:
            return self.args.container_registry_id
        registry = ContainerRegistryArgs(
            **self._placed("container registry"),
            **self._guarded(logs_id),
            encryption_key=self.args.encryption_key,
        )
        return ContainerRegistry(f"{self.name}-registry", registry, self.parent.child_opts()).id

    def identity(self) -> UserAssignedIdentity:
        """User-assigned, since it has to have its rights before the workspace exists: the workspace's managed network
        and private endpoints are made with them."""
        identity = UserAssignedIdentityArgs(**self._placed("identity"))
        return UserAssignedIdentity(f"{self.name}-identity", identity, self.parent.child_opts())

    def grants(self, identity: UserAssignedIdentity, found: Companions) -> list[RoleAssignment]:
        scopes = {
            "storage": found.storage_account_id,
            "vault": found.key_vault_id,
            "registry": found.container_registry_id,
            "insights": found.application_insights_id,
        }
        endpoints = self.storage.private_endpoint_ids if self.storage else {}
        return [
            *(
                grant(self.parent, f"{self.name}-{what}", identity, scope, role)
                for what, scope in scopes.items()
                for role in WORKSPACE_GRANTS[what]
            ),
            *(
                grant(self.parent, f"{self.name}-storage-{group}", identity, endpoints[group], "Reader")
                for group in _READ_ENDPOINTS
                if group in endpoints
            ),
        ]

    def _placed(self, kind: Kind) -> dict[str, Any]:
        args = self.args
        return {
            "resource_group_id": args.resource_group_id,
            "location": args.location,
            "tags": args.tags,
            "resource_name": self.names[kind],
        }

    def _guarded(self, logs_id: Input[str] | None) -> dict[str, Any]:
        return {"log_analytics_workspace_id": logs_id, "private_link": self.args.private_link}


def grant(parent: Component, name: str, identity: UserAssignedIdentity, scope: Input[str], role: str) -> RoleAssignment:
    """Gives the workspace's identity a role at a scope, as a child of `parent`."""
    assignment = RoleAssignmentArgs(
        scope=scope,
        principal_id=identity.principal_id,
        principal_type="ServicePrincipal",
        role=role,
        description="The workspace's identity works with this.",
    )
    return RoleAssignment(f"{name}-{role.lower().replace(' ', '-')}", assignment, parent.child_opts())


def companion_names(workspace: str, unique: str) -> Mapping[Kind, str]:
    """The names of what is made for a workspace, within Azure's limits; `unique` ends those that are global.

    Raises `components.names.NameRefused` (a ValueError) where `unique` has characters that Azure doesn't take.

    >>> companion_names("mlw-fraud", "x7k2p")["storage account"]
    'stmlwfraudx7k2p'
    """
    letters = "".join(letter for letter in workspace.lower() if letter.isalnum())
    names: dict[Kind, str] = {
        "storage account": f"st{letters[: 22 - len(unique)]}{unique}",
        "key vault": f"kv{letters[: 22 - len(unique)]}{unique}",
        "container registry": f"cr{letters}{unique}",
        "application insights": f"appi-{workspace}",
        "log analytics": f"log-{workspace.replace('_', '-').strip('-')}",
        "identity": f"id-{workspace}",
    }
    return {kind: checked(kind, name) for kind, name in names.items()}


def _unique(args: WorkspaceArgs) -> str:
    """Five characters that are the same in each run and differ from one resource group to the next.

    A resource group that is not known yet is stood for by the subscription that the provider is configured with, the
    project and the stack.
    """
    group = args.resource_group_id
    if not isinstance(group, str):
        subscription = pulumi.Config("azure-native").get("subscriptionId") or ""
        group = "/".join((subscription, pulumi.get_project(), pulumi.get_stack()))
    return b32encode(sha256(f"{group}/{args.resource_name}".lower().encode()).digest()).decode()[:5].lower()
