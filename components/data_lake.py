"""The data lake: a storage account with a hierarchical namespace, one container for each zone of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi_azure_native as azure
from pulumi import Output, Resource, ResourceOptions

from components.base import Component, arm_id, resource_group_name
from components.storage import (
    ARM_TYPE,
    AccountArgs,
    account_name,
    closed_account,
    guard_account,
    soft_delete,
)

_ARCHIVABLE = ("LRS", "GRS", "RAGRS")


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """What happens to data that nobody has changed for some days; None: never.

    Raises ValueError unless the days of what is set increase from cool to archive to delete.
    """

    cool_after_days: int | None = 30
    archive_after_days: int | None = None
    delete_after_days: int | None = None

    def __post_init__(self) -> None:
        steps = (self.cool_after_days, self.archive_after_days, self.delete_after_days)
        days = [day for day in steps if day is not None]
        if any(day < 1 for day in days) or days != sorted(set(days)):
            raise ValueError(f"a lifecycle cools, then archives, then deletes: {days} are not increasing days")


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A zone of the lake, such as raw or curated: a container, and how its data ages."""

    name: str
    lifecycle: Lifecycle = Lifecycle()


@dataclass(frozen=True, kw_only=True)
class DataLakeArgs(AccountArgs):
    """A data lake and its zones.

    Raises ValueError where a zone archives and the redundancy has no archive tier, which zone-redundant accounts lack
    (source: Storage docs, blobs/access-tiers-overview, "Archive access tier"), and where two zones share a name.
    """

    zones: Sequence[Zone] = (Zone(name="raw"), Zone(name="curated"), Zone(name="features"))

    def __post_init__(self) -> None:
        super().__post_init__()
        archives = [zone.name for zone in self.zones if zone.lifecycle.archive_after_days is not None]
        if archives and self.redundancy not in _ARCHIVABLE:
            raise ValueError(f"{self.redundancy} has no archive tier, which {', '.join(archives)} would move to")
        if len({zone.name for zone in self.zones}) < len(self.zones):
            raise ValueError("two zones have the same name")


class DataLake(Component):
    """A data lake that only identities reach, over private endpoints.

    Deleted files and containers can be recovered. Overwritten ones can't: blob versioning is not available with a
    hierarchical namespace, so it is left off. Source: Storage docs, blobs/storage-feature-support-in-storage-accounts.

    `zone_ids` maps each zone's name to its container's ID, `private_endpoint_ids` each service to its endpoint's.
    """

    id: Output[str]
    name: Output[str]
    private_endpoint_ids: Mapping[str, Output[str]]
    zone_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: DataLakeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        account = closed_account(self, name, args, hierarchical=True)
        contents = self._contents(name, args, account)
        # dfs for Data Lake clients; blob as well, since they turn to it for what dfs doesn't offer.
        # Source: Storage docs, common/storage-private-endpoints, "Creating a private endpoint".
        self.private_endpoint_ids = guard_account(self, name, args, account, groups=("blob", "dfs"), contents=contents)
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.zone_ids = {zone.name: self._zone_id(args, zone.name) for zone in args.zones}
        self.register_outputs({"id": self.id, "name": self.name, "zone_ids": dict(self.zone_ids)})

    def _zone_id(self, args: DataLakeArgs, zone: str) -> Output[str]:
        return self.computed(
            lambda group: arm_id(group, f"{ARM_TYPE}/blobServices/containers", args.resource_name, "default", zone),
            args.resource_group_id,
        )

    def _contents(self, name: str, args: DataLakeArgs, account: azure.storage.StorageAccount) -> list[Resource]:
        blobs = azure.storage.BlobServiceProperties(
            name,
            blob_services_name="default",
            account_name=account_name(args, account),
            resource_group_name=resource_group_name(args),
            delete_retention_policy=soft_delete(args.soft_delete_days),
            container_delete_retention_policy=soft_delete(args.soft_delete_days),
            opts=self.child_opts(),
        )
        contents: list[Resource] = [blobs]
        for zone in args.zones:
            contents.append(
                azure.storage.BlobContainer(
                    f"{name}-{zone.name}",
                    container_name=zone.name,
                    account_name=account_name(args, account),
                    resource_group_name=resource_group_name(args),
                    public_access=azure.storage.PublicAccess.NONE,
                    opts=self.child_opts(depends_on=[blobs], protect=args.delete_protection),
                )
            )
        rules = [rule for zone in args.zones if (rule := lifecycle_rule(zone))]
        if rules:
            contents.append(
                azure.storage.ManagementPolicy(
                    name,
                    management_policy_name="default",
                    account_name=account_name(args, account),
                    resource_group_name=resource_group_name(args),
                    policy=azure.storage.ManagementPolicySchemaArgs(rules=rules),
                    opts=self.child_opts(depends_on=[blobs]),
                )
            )
        return contents


def lifecycle_rule(zone: Zone) -> azure.storage.ManagementPolicyRuleArgs | None:
    """The rule that ages a zone's data, or None where it stays as it is."""
    lifecycle = zone.lifecycle
    if lifecycle == Lifecycle(cool_after_days=None):
        return None
    return azure.storage.ManagementPolicyRuleArgs(
        name=f"age-{zone.name}",
        type="Lifecycle",
        enabled=True,
        definition=azure.storage.ManagementPolicyDefinitionArgs(
            filters=azure.storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"], prefix_match=[f"{zone.name}/"]),
            actions=azure.storage.ManagementPolicyActionArgs(
                base_blob=azure.storage.ManagementPolicyBaseBlobArgs(
                    tier_to_cool=_unchanged_for(lifecycle.cool_after_days),
                    tier_to_archive=_unchanged_for(lifecycle.archive_after_days),
                    delete=_unchanged_for(lifecycle.delete_after_days),
                )
            ),
        ),
    )


def _unchanged_for(days: int | None) -> azure.storage.DateAfterModificationArgs | None:
    if days is None:
        return None
    return azure.storage.DateAfterModificationArgs(days_after_modification_greater_than=days)
