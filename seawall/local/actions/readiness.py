"""What is asked before a deployment: may I, is there room, would a policy deny it, was it deleted lately?

Everybody may do everything here, and Azure Policy isn't enforced: what is assigned is kept and not evaluated.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from seawall.local.actions.call import ActionCall
from seawall.local.mlservices.quota import plain
from seawall.local.response import Response
from seawall.local.services.machine_learning import WORKSPACE

NETWORK_LIMITS: Mapping[str, tuple[str, int]] = {
    "VirtualNetworks": ("microsoft.network/virtualnetworks", 1000),
    "NetworkSecurityGroups": ("microsoft.network/networksecuritygroups", 5000),
    "RouteTables": ("microsoft.network/routetables", 200),
    "PublicIPAddresses": ("microsoft.network/publicipaddresses", 1000),
    "NatGateways": ("microsoft.network/natgateways", 100),
    "PrivateEndpoints": ("microsoft.network/privateendpoints", 65536),
}
"""By usage, what it counts and the default limit. Source: Azure docs, azure-subscription-service-limits."""

STORAGE_ACCOUNTS = 250
"""In a region. Source: Azure docs, scalability-targets-standard-account."""


def permissions(call: ActionCall) -> Response:
    """Permissions - List For Resource Group, List For Resource, and for a subscription."""
    everything = {"actions": ["*"], "notActions": [], "dataActions": ["*"], "notDataActions": []}
    return Response(200, {"value": [everything]})


def restrictions(call: ActionCall) -> Response:
    """Policy Restrictions - Check At Subscription Scope: nothing is denied."""
    return Response(200, {"fieldRestrictions": [], "contentEvaluationResult": {"policyEvaluations": []}})


def network_usages(call: ActionCall) -> Response:
    """Usages - List of networks, in a region."""
    return Response(
        200, {"value": [_usage(call, name, arm_type, limit) for name, (arm_type, limit) in NETWORK_LIMITS.items()]}
    )


def storage_usages(call: ActionCall) -> Response:
    """Usages - List By Location of storage accounts."""
    return Response(
        200, {"value": [_usage(call, "StorageAccounts", "microsoft.storage/storageaccounts", STORAGE_ACCOUNTS)]}
    )


def _usage(call: ActionCall, name: str, arm_type: str, limit: int) -> dict[str, object]:
    rows = call.store.of_type(arm_type, f"/subscriptions/{call.route.subscription}")
    used = sum(plain(row.body.get("location")) == plain(call.route.names[0]) for row in rows)
    return {
        "id": f"{call.route.id}/{name}",
        "unit": "Count",
        "currentValue": used,
        "limit": limit,
        "name": {"value": name, "localizedValue": name},
    }


def activity(call: ActionCall) -> Response:
    """Activity Logs - List: of all that ever happened, the deletion of workspaces that are soft-deleted.

    When they were deleted isn't kept; it is told as now.
    """
    wanted = call.query.get("$filter", "").lower()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    deleted = [row for row in call.store.all_deleted(WORKSPACE) if row.key.split("/")[2] == call.route.subscription]
    return Response(
        200,
        {
            "value": [
                {
                    "resourceId": row.id,
                    "operationName": {"value": "Microsoft.MachineLearningServices/workspaces/delete"},
                    "status": {"value": "Succeeded"},
                    "eventTimestamp": stamp,
                }
                for row in deleted
                if "resourceuri" not in wanted or f"'{row.key}'" in wanted
            ]
        },
    )


READS = {
    "microsoft.authorization/permissions": permissions,
    "microsoft.network/locations/usages": network_usages,
    "microsoft.storage/locations/usages": storage_usages,
    "microsoft.insights/eventtypes/values": activity,
}

ACTIONS = {("microsoft.policyinsights", "checkpolicyrestrictions"): restrictions}
