"""The workspace's own storage account: artifacts, snapshots, logs and file shares of Azure Machine Learning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, Resource, ResourceOptions

from components.base import Component, arm_id, resource_group_name
from components.storage import (
    ARM_TYPE,
    SERVICES,
    AccountArgs,
    account_name,
    closed_account,
    guard_account,
    soft_delete,
)


@dataclass(frozen=True, kw_only=True)
class StorageAccountArgs(AccountArgs):
    """A workspace's default storage: always StorageV2, Standard and flat, since a workspace takes nothing else.

    With `versioning` an overwritten blob stays as a previous version, which is deleted after `version_days`.
    Source: Azure Machine Learning docs, concept-workspace, "Associated resources".
    """

    versioning: bool = True
    version_days: int = 90


class StorageAccount(Component):
    """A storage account without public access and without keys, whose data can be recovered.

    Private endpoints lead to all four services: batch and parallel runs need queues and tables.
    `private_endpoint_ids` has their IDs by service.
    """

    id: Output[str]
    name: Output[str]
    private_endpoint_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: StorageAccountArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        account = closed_account(self, name, args, hierarchical=False)
        contents = self._contents(name, args, account)
        self.private_endpoint_ids = guard_account(self, name, args, account, groups=SERVICES, contents=contents)
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.register_outputs({"id": self.id, "name": self.name})

    def _contents(self, name: str, args: StorageAccountArgs, account: azure.storage.StorageAccount) -> list[Resource]:
        blobs = azure.storage.BlobServiceProperties(
            name,
            blob_services_name="default",
            account_name=account_name(args, account),
            resource_group_name=resource_group_name(args),
            is_versioning_enabled=args.versioning,
            delete_retention_policy=soft_delete(args.soft_delete_days),
            container_delete_retention_policy=soft_delete(args.soft_delete_days),
            opts=self.child_opts(),
        )
        files = azure.storage.FileServiceProperties(
            name,
            file_services_name="default",
            account_name=account_name(args, account),
            resource_group_name=resource_group_name(args),
            share_delete_retention_policy=soft_delete(args.soft_delete_days),
            opts=self.child_opts(depends_on=[blobs]),
        )
        if not args.versioning:
            return [blobs, files]
        policy = azure.storage.ManagementPolicy(
            name,
            management_policy_name="default",
            account_name=account_name(args, account),
            resource_group_name=resource_group_name(args),
            policy=previous_versions_policy(args.version_days),
            opts=self.child_opts(depends_on=[files]),
        )
        return [blobs, files, policy]


def previous_versions_policy(days: int) -> azure.storage.ManagementPolicySchemaArgs:
    """Deletes previous versions and snapshots some days after they were made: versioning keeps them for ever."""
    expiry = azure.storage.DateAfterCreationArgs(days_after_creation_greater_than=days)
    return azure.storage.ManagementPolicySchemaArgs(
        rules=[
            azure.storage.ManagementPolicyRuleArgs(
                name="delete-previous-versions",
                type="Lifecycle",
                enabled=True,
                definition=azure.storage.ManagementPolicyDefinitionArgs(
                    filters=azure.storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
                    actions=azure.storage.ManagementPolicyActionArgs(
                        version=azure.storage.ManagementPolicyVersionArgs(delete=expiry),
                        snapshot=azure.storage.ManagementPolicySnapShotArgs(delete=expiry),
                    ),
                ),
            )
        ]
    )
