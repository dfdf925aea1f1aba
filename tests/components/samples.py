"""Arguments that the component tests share: a resource group, a workspace to log to, a private link."""

from __future__ import annotations

from typing import Any

from components.base import PrivateLink
from components.private_dns import PLATFORM, zone_names

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-larkspur-mlp"
"""Larkspur Insurance is invented."""
TAGS = {"owner": "ml-platform@larkspur.example", "env": "test"}
LOGS = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-larkspur"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-larkspur"
SUBNET = f"{NETWORK}/subnets/private-endpoints"
STORAGE_ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stlarkspur"
ZONES = f"{GROUP}/providers/Microsoft.Network/privateDnsZones"


def placed(resource_name: str, **more: Any) -> dict[str, Any]:
    """The keywords of `ResourceArgs`, and more."""
    return {
        "resource_group_id": GROUP,
        "location": "westeurope",
        "tags": TAGS,
        "resource_name": resource_name,
        **more,
    }


def private_link(zones: tuple[str, ...] = zone_names(PLATFORM)) -> PrivateLink:
    """A private link with the zones of the whole platform, in the public cloud."""
    return PrivateLink(
        resource_group_id=GROUP,
        location="westeurope",
        subnet_id=SUBNET,
        zone_ids={zone: f"{ZONES}/{zone}" for zone in zones},
    )
