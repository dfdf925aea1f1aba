"""Who talks to whom in a stack's network: flow logs, kept in an account of their own."""

from __future__ import annotations

from pulumi import Output

import components
from stacks.composition.data import Data, own_keys
from stacks.composition.ground import Ground, Guards
from stacks.composition.network import Network

WATCHERS = "NetworkWatcherRG"
"""Azure makes this resource group, and a network watcher for the region, with the first network of a subscription.
Source: Azure docs, network-watcher/network-watcher-create."""

SOFT_DELETE_DAYS = 7
"""Short: each minute's flows are written over the last one's."""


def flows(ground: Ground, guards: Guards, net: Network, kept: Data) -> None:
    """Log the flows of a production stack's network for 90 days, in a storage account that takes no keys."""
    settings = ground.settings
    if not settings.is_production:
        return
    account = components.StorageAccount(
        "flows",
        components.StorageAccountArgs(
            **ground.placed("monitoring", "flow log account"),
            **guards.on(settings),
            redundancy=settings.storage.redundancy,
            soft_delete_days=SOFT_DELETE_DAYS,
            version_days=SOFT_DELETE_DAYS,
            tenant_id=settings.tenant,
            encryption_key=own_keys(ground, kept.vault)("flows"),
        ),
        ground.opts,
    )
    writer = components.UserAssignedIdentity(
        "identity-flows",
        components.UserAssignedIdentityArgs(**ground.placed("security", "identity", "flows")),
        ground.opts,
    )
    granted = components.RoleAssignment(
        "grant-flows",
        components.RoleAssignmentArgs(
            scope=account.id,
            principal_id=writer.principal_id,
            principal_type="ServicePrincipal",
            role="Storage Blob Data Contributor",
        ),
        ground.opts,
    )
    components.FlowLog(
        "flows",
        components.FlowLogArgs(
            network_watcher_id=_watcher(settings.subscription, settings.location),
            location=settings.location,
            tags=ground.tags,
            resource_name=ground.name("flow log"),
            virtual_network_id=net.id,
            storage_account_id=account.id,
            identity_id=Output.all(writer.id, granted.id).apply(lambda ids: ids[0]),
            log_analytics_workspace_id=guards.log_analytics_workspace_id,
        ),
        ground.opts,
    )


def _watcher(subscription: str, region: str) -> str:
    """The ID of the network watcher that Azure makes in a region."""
    group = f"/subscriptions/{subscription}/resourceGroups/{WATCHERS}"
    return f"{group}/providers/Microsoft.Network/networkWatchers/NetworkWatcher_{region}"
