"""Storage accounts, key vaults and container registries."""

from __future__ import annotations

from typing import Any, Final

from seawall.azure.fills.base import Filling, Put, fills, merged, properties
from seawall.azure.guid import guid

PAIRS: Final = dict(
    pair
    for one, other in (
        ("westeurope", "northeurope"),
        ("uksouth", "ukwest"),
        ("francecentral", "francesouth"),
        ("germanywestcentral", "germanynorth"),
        ("switzerlandnorth", "switzerlandwest"),
        ("norwayeast", "norwaywest"),
        ("swedencentral", "swedensouth"),
        ("eastus", "westus"),
        ("eastus2", "centralus"),
        ("northcentralus", "southcentralus"),
        ("westus2", "westcentralus"),
        ("canadacentral", "canadaeast"),
        ("australiaeast", "australiasoutheast"),
        ("japaneast", "japanwest"),
        ("koreacentral", "koreasouth"),
        ("southeastasia", "eastasia"),
        ("centralindia", "southindia"),
        ("southafricanorth", "southafricawest"),
        ("uaenorth", "uaecentral"),
    )
    for pair in ((one, other), (other, one))
)
"""Paired regions, to which geo-redundant storage is copied. Source: Azure docs, regions-paired."""

_SERVICES = ("blob", "dfs", "file", "queue", "table")
_GEO = ("GRS", "GZRS")


def storage_endpoints(account: str, secondary: bool = False) -> dict[str, str]:
    """The addresses of a general-purpose account's services. Source: Azure docs, storage-account-overview."""
    host = f"{account}-secondary" if secondary else account
    return {service: f"https://{host}.{service}.core.windows.net/" for service in _SERVICES} | {
        "web": f"https://{host}.z6.web.core.windows.net/"
    }


@fills("Microsoft.Storage/storageAccounts")
def storage_account(put: Put) -> Filling:
    """Addresses, and the defaults that the service states. Source: Storage Accounts - Create, REST reference."""
    sku, home = put.word("sku", "name"), put.region
    defaults = {
        "accessTier": "Hot",
        "allowBlobPublicAccess": False,
        "minimumTlsVersion": "TLS1_0",
        "supportsHttpsTrafficOnly": True,
        "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []},
        "encryption": {
            "keySource": "Microsoft.Storage",
            "services": {name: {"enabled": True, "keyType": "Account"} for name in ("blob", "file")},
        },
    }
    facts = {
        "primaryEndpoints": storage_endpoints(put.id.name),
        "primaryLocation": home,
        "statusOfPrimary": "available",
        "privateEndpointConnections": [],
    }
    if any(word_ in sku for word_ in _GEO) and home in PAIRS:
        facts |= {"secondaryLocation": PAIRS[home], "statusOfSecondary": "available"}
        if "RA" in sku:
            facts["secondaryEndpoints"] = storage_endpoints(put.id.name, secondary=True)
    tier = {"sku": {"tier": sku.split("_")[0]}} if "_" in sku else {}
    return Filling({"kind": "StorageV2", "properties": defaults}, {**tier, "properties": facts})


@fills("Microsoft.Storage/storageAccounts/blobServices")
def blob_services(put: Put) -> Filling:
    return properties(defaults={"cors": {"corsRules": []}, "deleteRetentionPolicy": {"enabled": False}})


@fills("Microsoft.Storage/storageAccounts/fileServices")
def file_services(put: Put) -> Filling:
    """Shares are kept seven days after deletion unless told otherwise."""
    return properties(defaults={"cors": {"corsRules": []}, "shareDeleteRetentionPolicy": {"enabled": True, "days": 7}})


@fills("Microsoft.Storage/storageAccounts/queueServices", "Microsoft.Storage/storageAccounts/tableServices")
def queue_services(put: Put) -> Filling:
    return properties(defaults={"cors": {"corsRules": []}})


@fills("Microsoft.Storage/storageAccounts/blobServices/containers")
def blob_container(put: Put) -> Filling:
    return properties(
        defaults={
            "publicAccess": "None",
            "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": False,
            "immutableStorageWithVersioning": {"enabled": False},
        },
        deleted=False,
        hasImmutabilityPolicy=False,
        hasLegalHold=False,
        leaseState="Available",
        leaseStatus="Unlocked",
        remainingRetentionDays=0,
    )


@fills("Microsoft.Storage/storageAccounts/fileServices/shares")
def file_share(put: Put) -> Filling:
    return properties(
        defaults={"accessTier": "TransactionOptimized", "enabledProtocols": "SMB", "shareQuota": 5120},
        leaseState="Available",
        leaseStatus="Unlocked",
    )


@fills("Microsoft.Storage/storageAccounts/queueServices/queues")
def queue(put: Put) -> Filling:
    return properties(approximateMessageCount=0)


@fills("Microsoft.Storage/storageAccounts/tableServices/tables")
def table(put: Put) -> Filling:
    return properties(tableName=put.id.name)


def vault_uri(vault: str) -> str:
    """The address of a vault's data plane. Source: Azure docs, about-keys-secrets-certificates."""
    return f"https://{vault.lower()}.vault.azure.net/"


@fills("Microsoft.KeyVault/vaults")
def vault(put: Put) -> Filling:
    """Soft delete is always on, for 90 days unless told otherwise. Source: Key Vault docs, soft-delete-overview."""
    return properties(
        defaults={
            "accessPolicies": [],
            "enableRbacAuthorization": False,
            "enabledForDeployment": False,
            "publicNetworkAccess": "Enabled",
            "softDeleteRetentionInDays": 90,
            "tenantId": put.tenant,
        },
        enableSoftDelete=True,
        vaultUri=vault_uri(put.id.name),
    )


@fills("Microsoft.KeyVault/vaults/keys")
def key(put: Put) -> Filling:
    """The URIs of a key. The version stands for the first one that the vault makes."""
    uri = f"{vault_uri(put.id.names[0])}keys/{put.id.name}"
    size: dict[str, Any] = {"keySize": 2048} if put.word("properties", "kty").startswith("RSA") else {}
    return properties(
        defaults={"attributes": {"enabled": True, "exportable": False}, **size},
        keyUri=uri,
        keyUriWithVersion=f"{uri}/{_version(put)}",
    )


@fills("Microsoft.KeyVault/vaults/secrets")
def secret(put: Put) -> Filling:
    """The URIs of a secret; its value is never returned."""
    uri = f"{vault_uri(put.id.names[0])}secrets/{put.id.name}"
    return properties(
        defaults={"attributes": {"enabled": True}}, secretUri=uri, secretUriWithVersion=f"{uri}/{_version(put)}"
    )


def _version(put: Put) -> str:
    return guid(str(put.id), "version").replace("-", "")


def login_server(registry: str) -> str:
    """The host of a container registry. Source: Azure Container Registry docs, container-registry-concepts."""
    return f"{registry.lower()}.azurecr.io"


@fills("Microsoft.ContainerRegistry/registries")
def container_registry(put: Put) -> Filling:
    """Hosts and defaults. Source: Registries - Create, REST reference, and its examples."""
    premium = put.word("sku", "name") == "Premium"
    defaults: dict[str, Any] = {
        "adminUserEnabled": False,
        "anonymousPullEnabled": False,
        "dataEndpointEnabled": False,
        "encryption": {"status": "disabled"},
        "networkRuleBypassOptions": "AzureServices",
        "policies": {
            "quarantinePolicy": {"status": "disabled"},
            "trustPolicy": {"type": "Notary", "status": "disabled"},
            "retentionPolicy": {"days": 7, "status": "disabled"},
            "exportPolicy": {"status": "enabled"},
            "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
            "softDeletePolicy": {"retentionDays": 7, "status": "disabled"},
        },
        "publicNetworkAccess": "Enabled",
        "zoneRedundancy": "Disabled",
    }
    if premium:
        defaults["networkRuleSet"] = {"defaultAction": "Allow", "ipRules": []}
    data = put.said("properties", "dataEndpointEnabled") is True
    facts = {
        "loginServer": login_server(put.id.name),
        "dataEndpointHostNames": [f"{put.id.name.lower()}.{put.region}.data.azurecr.io"] if data else [],
        "privateEndpointConnections": [],
    }
    tier = {"sku": {"tier": put.word("sku", "name")}} if put.word("sku", "name") else {}
    return Filling({"properties": defaults}, merged(tier, {"properties": facts}))
