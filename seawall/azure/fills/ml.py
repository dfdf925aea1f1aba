"""Azure Machine Learning: workspaces, registries, computes, assets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.fills.base import (
    Filling,
    Put,
    address,
    fills,
    items,
    merged,
    private_address,
    properties,
    word,
)
from seawall.azure.guid import guid

_WS = "Microsoft.MachineLearningServices/workspaces"
_REG = "Microsoft.MachineLearningServices/registries"


def workspace_guid(workspace_id: str) -> str:
    """The immutable ID of a workspace, which its private host names carry."""
    return guid(workspace_id, "workspace")


@fills(_WS)
def workspace(put: Put) -> Filling:
    """Addresses, immutable ID and defaults. Source: Workspaces - Create Or Update, REST reference and examples."""
    home, own, asked = put.region, workspace_guid(str(put.id)), put.said("properties", "managedNetwork")
    host = f"ml-{put.id.name.lower()}-{home}-{own}.{home}.notebooks.azure.net"
    defaults: dict[str, Any] = {
        "allowPublicAccessWhenBehindVnet": False,
        "enableDataIsolation": False,
        "friendlyName": put.id.name,
        "hbiWorkspace": False,
        "publicNetworkAccess": "Enabled",
        "systemDatastoresAuthMode": "AccessKey",
        "v1LegacyMode": False,
    }
    facts: dict[str, Any] = {
        "discoveryUrl": f"https://{home}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{home}.api.azureml.ms/mlflow/v1.0{put.id}",
        "notebookInfo": {
            "fqdn": host,
            "isPrivateLinkEnabled": put.word("properties", "publicNetworkAccess") == "Disabled",
            "resourceId": guid(str(put.id), "notebooks").replace("-", ""),
        },
        "privateEndpointConnections": [],
        "privateLinkCount": 0,
        "storageHnsEnabled": False,
        "tenantId": put.tenant,
        "workspaceId": own,
    }
    if isinstance(asked, Mapping):
        facts["managedNetwork"] = _managed_network(put, asked)
    basic = {"name": "Basic", "tier": "Basic"}
    return Filling({"kind": "Default", "sku": basic, "properties": defaults}, {"properties": facts})


def _managed_network(put: Put, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The managed network exists at once only where `provisionNetworkNow` asks for it, else with the first compute.

    Source: Azure ML docs, how-to-managed-network. The rules that Azure adds by itself aren't simulated.
    """
    if asked.get("isolationMode") in (None, "Disabled"):
        return {}
    active = put.said("properties", "provisionNetworkNow") is True
    facts: dict[str, Any] = {
        "networkId": guid(str(put.id), "managed network"),
        "status": {"sparkReady": False, "status": "Active" if active else "Inactive"},
    }
    if asked.get("isolationMode") == "AllowOnlyApprovedOutbound":
        facts["firewallSku"] = asked.get("firewallSku", "Standard")
    rules = asked.get("outboundRules")
    if isinstance(rules, Mapping):
        facts["outboundRules"] = {name: _rule(rule, active) for name, rule in rules.items()}
    return facts


def _rule(rule: Any, active: bool) -> Any:
    state = {"category": "UserDefined", "status": "Active" if active else "Inactive"}
    return {**state, **rule} if isinstance(rule, Mapping) else rule


@fills(f"{_WS}/outboundRules", f"{_WS}/managedNetworks/outboundRules")
def outbound_rule(put: Put) -> Filling:
    return properties(defaults={"category": "UserDefined", "status": "Active"})


@fills(_REG)
def registry(put: Put) -> Filling:
    """Addresses and the resource group that Azure manages. Source: Azure ML docs, how-to-manage-registries."""
    home = put.region
    managed = (
        f"/subscriptions/{put.id.subscription}/resourceGroups/azureml-rg-{put.id.name}_{guid(str(put.id), 'managed')}"
    )
    facts: dict[str, Any] = {
        "discoveryUrl": f"https://{home}.api.azureml.ms/registrymanagement/v1.0/registries/{put.id.name}/discovery",
        "mlFlowRegistryUri": f"azureml://{home}.api.azureml.ms/mlflow/v1.0{put.id}",
        "managedResourceGroup": {"resourceId": managed},
    }
    details = put.items("properties", "regionDetails")
    if details:
        facts["regionDetails"] = [_region_detail(put, managed, detail) for detail in details]
    return Filling({"properties": {"publicNetworkAccess": "Enabled"}}, {"properties": facts})


def _region_detail(put: Put, managed: str, detail: Any) -> Any:
    """A region's storage account and container registry, which Azure makes and names."""
    if not isinstance(detail, dict):
        return detail
    end = guid(str(put.id), word(detail, "location")).replace("-", "")[:11]
    account = f"{managed}/providers/Microsoft.Storage/storageAccounts/st{end}"
    images = f"{managed}/providers/Microsoft.ContainerRegistry/registries/acr{end}"
    storage_facts = {"storageAccountName": f"st{end}", "armResourceId": {"resourceId": account}}
    registry_facts = {"acrAccountName": f"acr{end}", "armResourceId": {"resourceId": images}}
    return {
        **detail,
        "storageAccountDetails": [
            merged(entry, {"systemCreatedStorageAccount": storage_facts})
            for entry in items(detail, "storageAccountDetails")
        ],
        "acrDetails": [
            merged(entry, {"systemCreatedAcrAccount": registry_facts}) for entry in items(detail, "acrDetails")
        ],
    }


@fills(f"{_WS}/computes")
def compute(put: Put) -> Filling:
    """A compute as it is right after its creation: a cluster at its least size, an instance that runs."""
    kind = put.word("properties", "computeType")
    inner = {"AmlCompute": _cluster, "ComputeInstance": _instance}.get(kind)
    inner_filling = inner(put) if inner else Filling()
    defaults = {"computeLocation": put.region, "disableLocalAuth": False, "properties": inner_filling.defaults}
    facts = {"isAttachedCompute": inner is None, "properties": inner_filling.facts}
    if inner is None:
        del defaults["properties"], facts["properties"]
    return Filling({"properties": defaults}, {"properties": facts})


def _cluster(put: Put) -> Filling:
    """Idle time before scale-down: 120 s. Source: Azure ML docs, reference-yaml-compute-aml."""
    least = put.said("properties", "properties", "scaleSettings", "minNodeCount")
    nodes = least if isinstance(least, int) else 0
    counts = dict.fromkeys(
        ("leavingNodeCount", "preemptedNodeCount", "preparingNodeCount", "runningNodeCount", "unusableNodeCount"), 0
    )
    return Filling(
        {
            "enableNodePublicIp": True,
            "osType": "Linux",
            "remoteLoginPortPublicAccess": "NotSpecified",
            "vmPriority": "Dedicated",
            **(
                {"scaleSettings": {"minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT120S"}}
                if put.said("properties", "properties", "scaleSettings")
                else {}
            ),
        },
        {
            "allocationState": "Steady",
            "currentNodeCount": nodes,
            "targetNodeCount": nodes,
            "nodeStateCounts": {"idleNodeCount": nodes, **counts},
        },
    )


def _instance(put: Put) -> Filling:
    public = put.said("properties", "properties", "enableNodePublicIp") is not False
    host = f"https://{put.id.name.lower()}.{put.region}.instances.azureml.ms"
    addresses = {"privateIpAddress": private_address(str(put.id))}
    if public:
        addresses["publicIpAddress"] = address(str(put.id))
    return Filling(
        {
            "applicationSharingPolicy": "Shared",
            "computeInstanceAuthorizationType": "personal",
            "enableNodePublicIp": True,
            "sshSettings": {"sshPublicAccess": "Disabled"},
        },
        {
            "applications": [
                {"displayName": "Jupyter", "endpointUri": f"{host}/tree/"},
                {"displayName": "Jupyter Lab", "endpointUri": f"{host}/lab"},
            ],
            "connectivityEndpoints": addresses,
            "lastOperation": {"operationName": "Create", "operationStatus": "Succeeded"},
            "state": "Running",
        },
    )


@fills(f"{_WS}/datastores")
def datastore(put: Put) -> Filling:
    """Those of a workspace's own storage account are made by the workspace, so this one isn't the default."""
    kind = put.word("properties", "datastoreType")
    of_storage = kind in ("AzureBlob", "AzureFile", "AzureDataLakeGen2")
    defaults = {"endpoint": "core.windows.net", "protocol": "https"} if of_storage else {}
    return properties(defaults=defaults, isDefault=False)


@fills(
    *(f"{_WS}/{kind}" for kind in ("models", "environments", "data", "codes", "components")),
    *(f"{_WS}/{kind}" for kind in ("featuresets", "featurestoreEntities")),
    *(f"{_REG}/{kind}" for kind in ("models", "environments", "data", "codes", "components")),
)
def container(put: Put) -> Filling:
    """A new container of versions has none yet."""
    return properties(defaults={"isArchived": False}, nextVersion="1")


@fills(
    *(f"{_WS}/{kind}/versions" for kind in ("data", "codes", "components")),
    *(f"{_WS}/{kind}/versions" for kind in ("featuresets", "featurestoreEntities")),
    *(f"{_REG}/{kind}/versions" for kind in ("data", "codes", "components")),
)
def version(put: Put) -> Filling:
    return properties(defaults={"isArchived": False, "isAnonymous": False})


@fills(f"{_WS}/models/versions", f"{_REG}/models/versions")
def model_version(put: Put) -> Filling:
    """Source: Model Versions - Get, REST reference: its flavors are there even where it has none."""
    return properties(defaults={"isArchived": False, "isAnonymous": False, "flavors": {}})


@fills(f"{_WS}/environments/versions", f"{_REG}/environments/versions")
def environment_version(put: Put) -> Filling:
    built = {"build": {"dockerfilePath": "Dockerfile"}} if put.said("properties", "build") else {}
    return properties(
        defaults={"isArchived": False, "isAnonymous": False, "osType": "Linux", **built}, environmentType="UserCreated"
    )


@fills(f"{_WS}/schedules")
def schedule(put: Put) -> Filling:
    return properties(defaults={"isEnabled": True})


@fills(f"{_WS}/connections")
def connection(put: Put) -> Filling:
    """A connection belongs to the workspace that it was made in, and isn't shared unless told so."""
    return properties(defaults={"isSharedToAll": False}, createdByWorkspaceArmId=put.id.parent)
