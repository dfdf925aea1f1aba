"""What Azure keeps of a deleted resource, and what it never lets change in one that exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class SoftDelete:
    """How long a deleted resource of a type keeps its name, and how that ends.

    `days` is how long it is kept, `days_property` the REST path of the property that sets it, if one does. `purge`
    says how it is given up before that; where the property at `protected_by` is true it can't be. `lost` are the
    types below it that aren't kept with it.
    """

    days: int
    purge: str
    source: str
    days_property: str = ""
    protected_by: str = ""
    lost: tuple[str, ...] = ()


_ML: Final = "Microsoft.MachineLearningServices/workspaces"

SOFT_DELETE: Final[Mapping[str, SoftDelete]] = MappingProxyType(
    {
        _ML: SoftDelete(
            days=14,
            purge="DELETE with forceToPurge=true",
            lost=tuple(f"{_ML}/{kind}" for kind in ("computes", "onlineEndpoints", "batchEndpoints")),
            source="Azure ML docs, concept-soft-delete",
        ),
        "Microsoft.KeyVault/vaults": SoftDelete(
            days=90,
            days_property="properties.softDeleteRetentionInDays",
            protected_by="properties.enablePurgeProtection",
            purge="POST locations/{location}/deletedVaults/{name}/purge",
            source="Key Vault docs, soft-delete-overview",
        ),
        "Microsoft.CognitiveServices/accounts": SoftDelete(
            days=2,
            purge="DELETE locations/{location}/resourceGroups/{group}/deletedAccounts/{name}",
            source="Azure AI services docs, recover-purge-resources",
        ),
        "Microsoft.ApiManagement/service": SoftDelete(
            days=2,
            purge="DELETE locations/{location}/deletedservices/{name}",
            source="API Management docs, soft-delete",
        ),
        "Microsoft.OperationalInsights/workspaces": SoftDelete(
            days=14,
            purge="DELETE with force=true",
            source="Azure Monitor docs, delete-workspace",
        ),
    }
)
"""By ARM type. A creation under the name of a soft-deleted resource fails until that is recovered or purged."""

FIXED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        # "This cannot be changed once the workspace has been created", and what an update has no place for
        # (Workspaces - Update, REST reference). enableDataIsolation: Azure ML docs, concept-workspace.
        _ML: (
            "kind",
            "properties.storageAccount",
            "properties.keyVault",
            "properties.hbiWorkspace",
            "properties.hubResourceId",
            "properties.enableDataIsolation",
        ),
        # Only the scale of a cluster and the shutdown of an instance can be updated. Source: Compute - Update, REST
        # reference; Azure ML docs, how-to-create-attach-compute-cluster.
        f"{_ML}/computes": (
            "properties.computeType",
            "properties.resourceId",
            "properties.disableLocalAuth",
            "properties.properties.vmSize",
            "properties.properties.vmPriority",
            "properties.properties.osType",
            "properties.properties.subnet.id",
            "properties.properties.enableNodePublicIp",
        ),
        # Source: Storage Accounts - Create, REST reference ("immutable", "at creation"); double encryption: Storage
        # docs, infrastructure-encryption-enable.
        "Microsoft.Storage/storageAccounts": (
            "properties.isHnsEnabled",
            "properties.isNfsV3Enabled",
            "properties.dnsEndpointType",
            "properties.immutableStorageWithVersioning.enabled",
            "properties.encryption.requireInfrastructureEncryption",
        ),
        "Microsoft.Storage/storageAccounts/blobServices/containers": (
            "properties.immutableStorageWithVersioning.enabled",
        ),
        # Source: Key Vault docs, soft-delete-overview (retention); REST reference.
        "Microsoft.KeyVault/vaults": ("properties.softDeleteRetentionInDays",),
        # Source: Azure docs, role-based-access-control/troubleshooting (RoleAssignmentUpdateNotPermitted).
        "Microsoft.Authorization/roleAssignments": (
            "properties.principalId",
            "properties.roleDefinitionId",
            "properties.principalType",
        ),
        # "can only be set at the time of subnet creation". Source: Subnets - Create Or Update, REST reference.
        "Microsoft.Network/virtualNetworks/subnets": ("properties.defaultOutboundAccess",),
        "Microsoft.Network/publicIPAddresses": ("sku.name", "properties.publicIPAddressVersion", "zones"),
        "Microsoft.Network/dnsResolvers": ("properties.virtualNetwork.id",),
        # Source: Container Registry docs, zone-redundancy, and tutorial-enable-customer-managed-keys.
        "Microsoft.ContainerRegistry/registries": ("properties.zoneRedundancy", "properties.encryption.status"),
        "Microsoft.Databricks/workspaces": ("properties.computeMode",),
        "Microsoft.ContainerService/managedClusters": ("properties.dnsPrefix", "properties.fqdnSubdomain"),
    }
)
"""By ARM type, the REST paths of what Azure refuses to change. A changed location is refused for every type."""


def fixed_changes(arm_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The paths at which an update asks for what Azure never changes; `before` is the resource as it stands.

    What the update doesn't say is left as it is, and IDs compare without regard to case.
    """
    paths = next((value for name, value in FIXED.items() if name.lower() == arm_type.lower()), ())
    return [path for path in paths if not _agrees(_at(before, path), _at(after, path))]


def _agrees(before: Any, after: Any) -> bool:
    if after is None:
        return True
    if isinstance(before, str) and isinstance(after, str):
        return before.lower() == after.lower()
    # Azure doesn't tell absent from false.
    return bool(before == after or (before is None and after is False))


def _at(body: Mapping[str, Any], path: str) -> Any:
    value: Any = body
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value
