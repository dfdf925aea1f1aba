"""The Azure Machine Learning workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, ResourceOptions

from components.base import Component, PrivateLink, ResourceArgs, arm_id, child_id, resource_group_name
from components.companions import Companions, companions, grant
from components.customer_managed_key import EncryptionKey
from components.diagnostics import diagnostic_setting
from components.machine_identity import identity_of, system_principal_id
from components.managed_network import ManagedNetwork, managed_network_body
from components.private_dns import WORKSPACE
from components.private_endpoint import private_endpoints

ARM_TYPE = WORKSPACE.arm_type


@dataclass(frozen=True, kw_only=True)
class WorkspaceArgs(ResourceArgs):
    """A workspace and what it stands on.

    `storage_account_id`, `key_vault_id`, `container_registry_id` and `application_insights_id` are what it works
    with; whichever is None is made here, closed as all of Seawall is. With no `log_analytics_workspace_id` nothing is
    logged, unless Application Insights has to be made: it needs a Log Analytics workspace, to which everything made
    here then logs. The storage account must be flat (no hierarchical namespace), Standard and StorageV2.

    Its identity is the first of `identity_ids`; with `system_identity` one of its own; with neither, one is made here
    and granted what it needs (see `components.companions`). The way from system- to user-assigned is one-way.

    `managed_network=None`: computes are in a network of one's own, serverless ones in `serverless_subnet_id`.
    `image_build_compute` is the name of the cluster that builds images, which a private container registry can't
    do; that cluster may exist later. `high_business_impact` (less telemetry to Microsoft, encrypted scratch disks)
    and `data_isolation` (containers apart from other workspaces') can't be changed later. `datastore_auth="AccessKey"`
    needs a storage account with shared keys. `encryption_key` can only be given to a new workspace, and its vault is
    in the workspace's subscription. `unique` ends the global names of what is made here; where it is not given, it is
    a hash of the resource group.

    A workspace takes no delete protection: a lock on it would stop its clusters from scaling down.

    Raises ValueError for a combination that Azure refuses. Sources: Azure Machine Learning docs, concept-workspace,
    how-to-managed-network, how-to-identity-based-service-authentication, concept-customer-managed-keys.
    """

    log_analytics_workspace_id: Input[str] | None
    private_link: PrivateLink | None
    storage_account_id: Input[str] | None = None
    key_vault_id: Input[str] | None = None
    container_registry_id: Input[str] | None = None
    application_insights_id: Input[str] | None = None
    identity_ids: Sequence[Input[str]] = ()
    system_identity: bool = False
    managed_network: ManagedNetwork | None = field(default_factory=ManagedNetwork)
    serverless_subnet_id: Input[str] | None = None
    image_build_compute: str | None = None
    high_business_impact: bool = True
    data_isolation: bool = True
    datastore_auth: Literal["Identity", "AccessKey"] = "Identity"
    encryption_key: EncryptionKey | None = None
    friendly_name: str = ""
    description: str = ""
    unique: str = ""

    def __post_init__(self) -> None:
        if self.identity_ids and self.system_identity:
            raise ValueError("a workspace has identity_ids or a system_identity, not both")
        if self.managed_network and self.serverless_subnet_id is not None:
            raise ValueError("serverless_subnet_id is for a network of one's own: set managed_network to None")


class Workspace(Component):
    """A private workspace that reaches its data by identity.

    `principal_id` is that of the identity it has of its own or that is made here, None where `identity_ids` are given.
    `companions` are the resources that it works with, given or made here. `guid` is what its addresses are made of.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str] | None
    guid: Output[str]
    companions: Companions

    def __init__(self, name: str, args: WorkspaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.companions = companions(self, name, args)
        made = self.companions.identity
        workspace = self._workspace(name, args, [made.id] if made else args.identity_ids)
        workspace_id = child_id(workspace, args.resource_group_id, ARM_TYPE, args.resource_name)
        self._guard(name, args, workspace_id)
        if made:
            grant(self, f"{name}-itself", made, workspace_id, "Contributor")
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.guid = self.computed(lambda known: known, workspace.workspace_id)
        self.principal_id = made.principal_id if made else None
        if args.system_identity:
            self.principal_id = system_principal_id(self, workspace.identity)
        self.register_outputs({"id": self.id, "name": self.name, "principal_id": self.principal_id, "guid": self.guid})

    def _workspace(
        self, name: str, args: WorkspaceArgs, identity_ids: Sequence[Input[str]]
    ) -> azure.machinelearningservices.Workspace:
        return azure.machinelearningservices.Workspace(
            name,
            workspace_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            kind="Default",
            sku=azure.machinelearningservices.SkuArgs(name="Basic", tier=azure.machinelearningservices.SkuTier.BASIC),
            friendly_name=args.friendly_name or args.resource_name,
            description=args.description or None,
            identity=identity_of(identity_ids),
            primary_user_assigned_identity=identity_ids[0] if identity_ids else None,
            storage_account=self.companions.storage_account_id,
            key_vault=self.companions.key_vault_id,
            container_registry=self.companions.container_registry_id,
            application_insights=self.companions.application_insights_id,
            system_datastores_auth_mode=args.datastore_auth,
            public_network_access="Disabled",
            allow_public_access_when_behind_vnet=False,
            v1_legacy_mode=False,
            managed_network=managed_network_body(args.managed_network),
            provision_network_now=args.managed_network.provision_now if args.managed_network else None,
            serverless_compute_settings=_serverless(args.serverless_subnet_id),
            image_build_compute=args.image_build_compute,
            hbi_workspace=args.high_business_impact,
            enable_data_isolation=args.data_isolation,
            encryption=_encryption(args.encryption_key),
            # The identity makes the network and its private endpoints along with the workspace.
            opts=self.child_opts(depends_on=list(self.companions.grants)),
        )

    def _guard(self, name: str, args: WorkspaceArgs, workspace_id: Input[str]) -> None:
        private_endpoints(
            self,
            name,
            args.private_link,
            target_id=workspace_id,
            targets=[WORKSPACE],
            target_name=args.resource_name,
            tags=args.tags,
        )
        diagnostic_setting(
            self,
            name,
            target_id=workspace_id,
            target_type=ARM_TYPE,
            log_analytics_workspace_id=self.companions.log_analytics_workspace_id,
        )


def _serverless(subnet_id: Input[str] | None) -> azure.machinelearningservices.ServerlessComputeSettingsArgs | None:
    if subnet_id is None:
        return None
    return azure.machinelearningservices.ServerlessComputeSettingsArgs(
        serverless_compute_custom_subnet=subnet_id, serverless_compute_no_public_ip=True
    )


def _encryption(key: EncryptionKey | None) -> azure.machinelearningservices.EncryptionPropertyArgs | None:
    if key is None:
        return None
    ml = azure.machinelearningservices
    return ml.EncryptionPropertyArgs(
        status="Enabled",
        identity=ml.IdentityForCmkArgs(user_assigned_identity=key.identity_id),
        # With its version, as `az keyvault key show` gives it: after a rotation, a refresh and the next deployment
        # move the workspace on to the new one. Source: Azure Machine Learning docs, how-to-setup-customer-managed-keys.
        key_vault_properties=ml.KeyVaultPropertiesArgs(
            key_vault_arm_id=key.vault_id,
            key_identifier=key.key_uri_with_version,
            identity_client_id=key.identity_client_id,
        ),
    )
