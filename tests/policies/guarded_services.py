"""Services, networks and what guards them, as a careful plan has them: for the tests of rules on network and data.

As in `guarded`: each builder gives a resource that every rule of network and data accepts, and keywords change inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from guarded import GROUP, NETWORK, STORAGE, SUBSCRIPTION, WORKSPACE, make, workspace

from seawall.plan.model import Options, Resource

VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kvml"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/crml"
ML_REGISTRY = f"{GROUP}/providers/Microsoft.MachineLearningServices/registries/mlrml"
AI = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-ml"
SEARCH = f"{GROUP}/providers/Microsoft.Search/searchServices/srch-ml"
ENDPOINTS_SUBNET = f"{NETWORK}/subnets/endpoints"
OTHER_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000002"

Builder = Callable[..., Resource]


def protected(resource: Resource, protect: bool = True) -> Resource:
    """The resource with or without Pulumi's protect."""
    fields = {name: getattr(resource, name) for name in resource.__struct_fields__}
    return Resource(**{**fields, "options": Options(protect=protect)})


def account(name: str = "stml", **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": name, "location": "westeurope", "kind": "StorageV2",
        "sku": {"name": "Standard_ZRS"}, "allowBlobPublicAccess": False, "allowSharedKeyAccess": False,
        "allowCrossTenantReplication": False, "allowedCopyScope": "AAD", "minimumTlsVersion": "TLS1_2",
        "enableHttpsTrafficOnly": True, "publicNetworkAccess": "Disabled", "networkRuleSet": {"defaultAction": "Deny"},
        "sasPolicy": {"expirationAction": "Log", "sasExpirationPeriod": "1.00:00:00"},
        "encryption": {"keySource": "Microsoft.Keyvault", "keyVaultProperties": {"keyName": "storage"}},
    }  # fmt: skip
    id = STORAGE.removesuffix("stml") + name
    return protected(make("storage:StorageAccount", name, id, inputs, **changes))


def promoting_account(**changes: Any) -> Resource:
    """An account that a registry reads: open to its instance, and to nobody else."""
    rules = {"defaultAction": "Deny", "resourceAccessRules": [{"resourceId": ML_REGISTRY, "tenantId": "t"}]}
    return account(**{"publicNetworkAccess": "Enabled", "networkRuleSet": rules, **changes})


def blob_service(name: str = "stml", **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": name, "blobServicesName": "default",
        "isVersioningEnabled": True, "deleteRetentionPolicy": {"enabled": True, "days": 7},
        "containerDeleteRetentionPolicy": {"enabled": True, "days": 7},
    }  # fmt: skip
    id = f"{STORAGE.removesuffix('stml')}{name}/blobServices/default"
    return make("storage:BlobServiceProperties", f"{name}-blobs", id, inputs, **changes)


def container(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "accountName": "stml", "containerName": "raw", "publicAccess": "None"}
    return make("storage:BlobContainer", "raw", f"{STORAGE}/blobServices/default/containers/raw", inputs, **changes)


def lifecycle(**changes: Any) -> Resource:
    actions = {"baseBlob": {"tierToCool": {"daysAfterModificationGreaterThan": 30}}}
    rules = [{"name": "age", "enabled": True, "type": "Lifecycle", "definition": {"actions": actions}}]
    inputs = {"resourceGroupName": "rg-ml", "accountName": "stml", "policy": {"rules": rules}}
    return make("storage:ManagementPolicy", "age", f"{STORAGE}/managementPolicies/default", inputs, **changes)


def vault(**changes: Any) -> Resource:
    properties = {
        "publicNetworkAccess": "Disabled", "networkAcls": {"defaultAction": "Deny"}, "enableRbacAuthorization": True,
        "enablePurgeProtection": True, "enableSoftDelete": True, "softDeleteRetentionInDays": 90,
    }  # fmt: skip
    inputs = {"resourceGroupName": "rg-ml", "vaultName": "kvml", "properties": properties}
    return protected(make("keyvault:Vault", "vault", VAULT, inputs, **changes))


def key(**changes: Any) -> Resource:
    policy = {"attributes": {"expiryTime": "P270D"}, "lifetimeActions": [{"action": {"type": "rotate"}}]}
    inputs = {
        "resourceGroupName": "rg-ml", "vaultName": "kvml", "keyName": "storage",
        "properties": {"kty": "RSA", "rotationPolicy": policy},
    }  # fmt: skip
    return make("keyvault:Key", "key", f"{VAULT}/keys/storage", inputs, **changes)


def secret(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "vaultName": "kvml", "secretName": "feed",
        "properties": {"value": "hunter22", "attributes": {"expires": 1800000000}},
    }  # fmt: skip
    return make("keyvault:Secret", "feed", f"{VAULT}/secrets/feed", inputs, **changes)


def container_registry(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "registryName": "crml", "sku": {"name": "Premium"},
        "publicNetworkAccess": "Disabled", "adminUserEnabled": False, "encryption": {"status": "enabled"},
    }  # fmt: skip
    return protected(make("containerregistry:Registry", "images", REGISTRY, inputs, **changes))


def ml_registry(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "registryName": "mlrml", "publicNetworkAccess": "Disabled"}
    return protected(make("machinelearningservices:Registry", "registry", ML_REGISTRY, inputs, **changes))


def encrypted_workspace(**changes: Any) -> Resource:
    return workspace(**{"encryption": {"status": "Enabled"}, "hbiWorkspace": True, **changes})


def ai(**changes: Any) -> Resource:
    properties = {
        "publicNetworkAccess": "Disabled", "customSubDomainName": "ai-ml", "disableLocalAuth": True,
        "restrictOutboundNetworkAccess": True, "allowedFqdnList": ["stml.blob.core.windows.net"],
        "encryption": {"keySource": "Microsoft.KeyVault"},
    }  # fmt: skip
    inputs = {"resourceGroupName": "rg-ml", "accountName": "ai-ml", "kind": "OpenAI", "properties": properties}
    return make("cognitiveservices:Account", "ai", AI, inputs, **changes)


def search(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "searchServiceName": "srch-ml", "sku": {"name": "standard"},
        "publicNetworkAccess": "disabled", "encryptionWithCmk": {"enforcement": "Enabled"},
    }  # fmt: skip
    return protected(make("search:Service", "search", SEARCH, inputs, **changes))


def cosmos(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "accountName": "cosmos-ml", "publicNetworkAccess": "Disabled",
        "minimalTlsVersion": "Tls12", "keyVaultKeyUri": "https://kvml.vault.azure.net/keys/cosmos",
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.DocumentDB/databaseAccounts/cosmos-ml"
    return protected(make("cosmosdb:DatabaseAccount", "cosmos", id, inputs, **changes))


def event_hubs(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "namespaceName": "evhns-ml", "publicNetworkAccess": "Disabled",
        "minimumTlsVersion": "1.2", "encryption": {"keySource": "Microsoft.KeyVault"},
    }  # fmt: skip
    return make("eventhub:Namespace", "events", f"{GROUP}/providers/Microsoft.EventHub/namespaces/evhns-ml", inputs,
                **changes)  # fmt: skip


def databricks(**changes: Any) -> Resource:
    parameters = {"enableNoPublicIp": {"value": True}, "customVirtualNetworkId": {"value": NETWORK}}
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "dbw-ml", "publicNetworkAccess": "Disabled",
        "parameters": parameters, "encryption": {"entities": {"managedServices": {"keySource": "Microsoft.Keyvault"}}},
    }  # fmt: skip
    return make("databricks:Workspace", "spark", f"{GROUP}/providers/Microsoft.Databricks/workspaces/dbw-ml", inputs,
                **changes)  # fmt: skip


def data_factory(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "factoryName": "adf-ml", "publicNetworkAccess": "Disabled",
        "encryption": {"keyName": "factory", "vaultBaseUrl": "https://kvml.vault.azure.net/"},
    }  # fmt: skip
    return make("datafactory:Factory", "factory", f"{GROUP}/providers/Microsoft.DataFactory/factories/adf-ml", inputs,
                **changes)  # fmt: skip


def kubernetes(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "resourceName": "aks-ml",
        "apiServerAccessProfile": {"enablePrivateCluster": True}, "networkProfile": {"networkPolicy": "cilium"},
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-ml"
    return make("containerservice:ManagedCluster", "aks", id, inputs, **changes)


def managed_endpoint(**changes: Any) -> Resource:
    """An online endpoint that isn't public."""
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "endpointName": "fraud", "kind": "Managed",
        "properties": {"authMode": "AADToken", "publicNetworkAccess": "Disabled"},
    }  # fmt: skip
    type = "machinelearningservices:OnlineEndpoint"
    return make(type, "fraud", f"{WORKSPACE}/onlineEndpoints/fraud", inputs, **changes)


def connection(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "connectionName": "llm",
        "properties": {"authType": "AAD", "category": "AzureOpenAI", "target": "https://ai-ml.openai.azure.com/"},
    }  # fmt: skip
    return make("machinelearningservices:WorkspaceConnection", "llm", f"{WORKSPACE}/connections/llm", inputs, **changes)


def to_private_endpoint(target: str, group: str) -> dict[str, Any]:
    """An outbound rule of a managed network."""
    return {"type": "PrivateEndpoint", "destination": {"serviceResourceId": target, "subresourceTarget": group}}


def endpoint(target: str, group: str, **changes: Any) -> Resource:
    """A private endpoint in the subnet `endpoints`."""
    name = f"pep-{target.rpartition('/')[2]}-{group}"
    inputs = {
        "resourceGroupName": "rg-ml", "privateEndpointName": name, "subnet": {"id": ENDPOINTS_SUBNET},
        "privateLinkServiceConnections": [{"name": name, "privateLinkServiceId": target, "groupIds": [group]}],
    }  # fmt: skip
    id = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/{name}"
    return make("network:PrivateEndpoint", name, id, inputs, **changes)


def zone_id(name: str, group: str = GROUP) -> str:
    return f"{group}/providers/Microsoft.Network/privateDnsZones/{name}"


def zone_group(of: Resource, *zones: str, **changes: Any) -> Resource:
    """The zone group of a private endpoint, with the IDs of its zones."""
    configs = [{"name": zone.rpartition("/")[2].replace(".", "-"), "privateDnsZoneId": zone} for zone in zones]
    inputs = {
        "resourceGroupName": "rg-ml", "privateEndpointName": of.inputs["privateEndpointName"],
        "privateDnsZoneGroupName": "default", "privateDnsZoneConfigs": configs,
    }  # fmt: skip
    id = f"{of.id}/privateDnsZoneGroups/default"
    return make("network:PrivateDnsZoneGroup", f"{of.name}-dns", id, inputs, **changes)


def zone(name: str) -> Resource:
    return make("privatedns:PrivateZone", name, zone_id(name), {"resourceGroupName": "rg-ml", "privateZoneName": name})


def zone_link(name: str, network: str = NETWORK, **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "privateZoneName": name, "virtualNetworkLinkName": "link",
        "virtualNetwork": {"id": network},
    }  # fmt: skip
    id = f"{zone_id(name)}/virtualNetworkLinks/link"
    return make("privatedns:VirtualNetworkLink", f"{name}-link", id, inputs, **changes)


def inbound(source: str, **changes: Any) -> dict[str, Any]:
    """A rule of a security group that lets a source in."""
    return {
        "name": "in", "direction": "Inbound", "access": "Allow", "priority": 100, "protocol": "Tcp",
        "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "443", **changes,
    }  # fmt: skip


def secured_subnet(name: str, **changes: Any) -> dict[str, Any]:
    """A subnet inside of its network."""
    group = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-ml"
    return {"name": name, "networkSecurityGroup": {"id": group}, "defaultOutboundAccess": False, **changes}


def public_ip(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "publicIpAddressName": "pip-ml", "sku": {"name": "Standard"}}
    id = f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/pip-ml"
    return make("network:PublicIPAddress", "address", id, inputs, **changes)


def attached_to(type: str, *, key: str = "ipConfigurations", name: str = "holder") -> Resource:
    """What has the public address, by an IP configuration; a NAT gateway by a list of references."""
    reference: Any = {"id": public_ip().id}
    value = [reference] if key == "publicIpAddresses" else [{"name": "a", "publicIPAddress": reference}]
    inputs = {"resourceGroupName": "rg-ml", key: value}
    return make(type, name, f"{GROUP}/providers/Microsoft.Network/{type.rpartition(':')[2]}/{name}", inputs)


def lock(on: str, **changes: Any) -> Resource:
    inputs = {"scope": on, "lockName": "do-not-delete", "level": "CanNotDelete"}
    name = f"lock-{on.rpartition('/')[2]}"
    id = f"{on}/providers/Microsoft.Authorization/locks/do-not-delete"
    return make("authorization:ManagementLockByScope", name, id, inputs, **changes)


def subscription_lock() -> Resource:
    return lock(SUBSCRIPTION)
