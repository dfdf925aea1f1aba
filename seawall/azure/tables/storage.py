"""Storage, Key Vault, container registry: where data, secrets and images lie."""

from functools import partial

from seawall.azure.model import PART, ArmType, arm, shape

_storage = partial(arm, api_version="2024-01-01", replace_on="", state=False)
_ACCOUNT = "Microsoft.Storage/storageAccounts"

_CUSTOMER_KEY = shape(places={"keyName": "keyname", "keyVaultUri": "keyvaulturi", "keyVersion": "keyversion"})
_KEY_IDENTITY = shape(
    places={
        "encryptionUserAssignedIdentity": "userAssignedIdentity",
        "encryptionFederatedIdentityClientId": "federatedIdentityClientId",
    }
)
_ENCRYPTION = shape(
    places={"keyVaultProperties": "keyvaultproperties", "encryptionIdentity": "identity"},
    nested={"keyVaultProperties": _CUSTOMER_KEY, "encryptionIdentity": _KEY_IDENTITY},
)
_FIREWALL = shape(
    nested={
        "ipRules": shape(places={"iPAddressOrRange": "value"}),
        "virtualNetworkRules": shape(places={"virtualNetworkResourceId": "id"}),
    }
)
_VALIDITY = shape(places={"expires": "exp", "notBefore": "nbf"})
_KEY = shape(places={"releasePolicy": "release_policy"}, nested={"attributes": _VALIDITY})

TYPES: tuple[ArmType, ...] = (
    arm(
        "storage:StorageAccount",
        _ACCOUNT,
        "2024-01-01",
        "accountName",
        places={
            "enableHttpsTrafficOnly": "properties.supportsHttpsTrafficOnly",
            "enableNfsV3": "properties.isNfsV3Enabled",
            "networkRuleSet": "properties.networkAcls",
        },
        nested={"encryption": _ENCRYPTION, "networkRuleSet": _FIREWALL, "privateEndpointConnections": PART},
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go
        replace_on="location isHnsEnabled",
        global_name=True,
    ),
    _storage("storage:BlobServiceProperties", f"{_ACCOUNT}/blobServices", path="accountName blobServicesName"),
    _storage(
        "storage:BlobContainer",
        f"{_ACCOUNT}/blobServices/containers",
        path="accountName =default containerName",
        nested={"immutabilityPolicy": PART},
    ),
    _storage("storage:ManagementPolicy", f"{_ACCOUNT}/managementPolicies", path="accountName managementPolicyName"),
    _storage("storage:FileServiceProperties", f"{_ACCOUNT}/fileServices", path="accountName fileServicesName"),
    _storage(
        "storage:FileShare",
        f"{_ACCOUNT}/fileServices/shares",
        path="accountName =default shareName",
        unsent="expand",
        replace_on="enabledProtocols",
    ),
    _storage("storage:QueueServiceProperties", f"{_ACCOUNT}/queueServices", path="accountName queueServiceName"),
    _storage("storage:Queue", f"{_ACCOUNT}/queueServices/queues", path="accountName =default queueName"),
    _storage("storage:TableServiceProperties", f"{_ACCOUNT}/tableServices", path="accountName tableServiceName"),
    _storage("storage:Table", f"{_ACCOUNT}/tableServices/tables", path="accountName =default tableName"),
    arm(
        "keyvault:Vault",
        "Microsoft.KeyVault/vaults",
        "2024-11-01",
        "vaultName",
        flat=False,
        nested={"properties": shape(nested={"privateEndpointConnections": PART})},
        # Nothing replaces a vault, its location included: Azure refuses.
        replace_on="",
        soft_delete=True,
        global_name=True,
    ),
    arm(
        "keyvault:Key",
        "Microsoft.KeyVault/vaults/keys",
        "2024-11-01",
        "vaultName keyName",
        flat=False,
        flat_outputs=True,
        nested={"properties": _KEY, "attributes": _VALIDITY},
        output_places={"releasePolicy": "properties.release_policy"},
        replace_on="",
        state=False,
    ),
    arm(
        "keyvault:Secret",
        "Microsoft.KeyVault/vaults/secrets",
        "2024-11-01",
        "vaultName secretName",
        flat=False,
        nested={"properties": shape(nested={"attributes": _VALIDITY})},
        replace_on="",
        no_output="properties.value",
        state=False,
    ),
    arm(
        "containerregistry:Registry",
        "Microsoft.ContainerRegistry/registries",
        "2023-01-01-preview",
        "registryName",
        nested={
            "networkRuleSet": shape(nested={"ipRules": shape(places={"iPAddressOrRange": "value"})}),
            "privateEndpointConnections": PART,
        },
        global_name=True,
    ),
    arm(
        "containerregistry:Task",
        "Microsoft.ContainerRegistry/registries/tasks",
        "2019-06-01-preview",
        "registryName taskName",
    ),
    arm(
        "containerregistry:CacheRule",
        "Microsoft.ContainerRegistry/registries/cacheRules",
        "2024-11-01-preview",
        "registryName cacheRuleName",
        replace_on="",
    ),
    arm(
        "containerregistry:ScopeMap",
        "Microsoft.ContainerRegistry/registries/scopeMaps",
        "2024-11-01-preview",
        "registryName scopeMapName",
        replace_on="",
    ),
    arm(
        "containerregistry:ConnectedRegistry",
        "Microsoft.ContainerRegistry/registries/connectedRegistries",
        "2024-11-01-preview",
        "registryName connectedRegistryName",
        replace_on="",
    ),
)
