"""Plans made by hand: real tokens, realistic inputs, the IDs, outputs and dependencies that the engine would give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from seawall.azure.bodies import body, outputs
from seawall.azure.fills import filled
from seawall.azure.resource_id import resource_id
from seawall.azure.types import lookup
from seawall.plan.model import Options, Plan, Resource
from seawall.plan.values import plain

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
LOCATION = "westeurope"
TENANT = "00000000-0000-0000-0000-0000000000aa"
GROUP = "00000000-0000-0000-0000-0000000000bb"
OTHER_GROUP = "00000000-0000-0000-0000-0000000000cc"
"""Object IDs of Entra groups."""


MAILBOX = "ml-platform@larkspur.example"


@dataclass(frozen=True)
class Ref:
    """A resource of the plan, for others to refer to."""

    urn: str
    id: str

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]


class Builder:
    """Collects resources. What an input names by its ID, and what an ID lies in, becomes a dependency."""

    def __init__(self, stack: str = "test", project: str = "seawall", subscription: str = SUBSCRIPTION) -> None:
        self.stack = stack
        self.project = project
        self.subscription = subscription
        self.resources: list[Resource] = []

    def add(self, token: str, logical: str, depends_on: tuple[Ref, ...] = (), /, **inputs: Any) -> Ref:
        """Add a resource of `azure-native:<token>`; its inputs are in camelCase, its options in `options`."""
        options: Options = inputs.pop("options", Options())
        token = f"azure-native:{token}"
        clear = plain(inputs)
        id = resource_id(token, clear, self.subscription)
        arm_type = lookup(token).arm_type
        urn = f"urn:pulumi:{self.stack}::{self.project}::{token}::{logical}"
        named = {other.urn for other in self.resources if _names(clear, id, other.id)}
        resource = Resource(
            urn=urn,
            type=token,
            name=logical,
            id=id,
            inputs=inputs,
            outputs=outputs(token, id, filled(arm_type, id, body(token, clear))),
            dependencies=tuple(sorted(named | {ref.urn for ref in depends_on})),
            options=options,
        )
        self.resources.append(resource)
        return Ref(urn, id)

    def plan(self, **outputs: Any) -> Plan:
        return Plan(stack=self.stack, project=self.project, resources=tuple(self.resources), outputs=outputs)

    # The usual ones ------------------------------------------------------------------------------------------------

    def group(self, name: str = "rg-mlp-test", **inputs: Any) -> Ref:
        return self.add(
            "resources:ResourceGroup", name, **{"resourceGroupName": name, "location": LOCATION, "tags": TAGS, **inputs}
        )

    def storage(self, group: Ref, name: str, **inputs: Any) -> Ref:
        defaults = {
            "accountName": name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "kind": "StorageV2",
            "sku": {"name": "Standard_ZRS"},
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": False,
            "tags": TAGS,
        }
        return self.add("storage:StorageAccount", inputs.pop("logical", name), **{**defaults, **inputs})

    def vault(self, group: Ref, name: str, *, protected: bool = False, **inputs: Any) -> Ref:
        properties: dict[str, Any] = {"tenantId": TENANT, "sku": {"family": "A", "name": "standard"}}
        properties |= {"enableRbacAuthorization": True, "publicNetworkAccess": "Disabled"}
        if protected:
            properties["enablePurgeProtection"] = True
        defaults = {
            "vaultName": name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "properties": properties,
            "tags": TAGS,
        }
        return self.add("keyvault:Vault", name, **{**defaults, **inputs})

    def network(self, group: Ref, name: str = "vnet-mlp", space: str = "10.20.0.0/16", **inputs: Any) -> Ref:
        defaults = {
            "virtualNetworkName": name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "addressSpace": {"addressPrefixes": [space]},
        }
        return self.add("network:VirtualNetwork", name, **{**defaults, **inputs})

    def subnet(self, group: Ref, network: Ref, name: str, prefix: str, **inputs: Any) -> Ref:
        return self.add(
            "network:Subnet",
            name,
            **{
                "subnetName": name,
                "virtualNetworkName": network.name,
                "resourceGroupName": group.name,
                "addressPrefix": prefix,
                **inputs,
            },
        )

    def security_group(self, group: Ref, name: str, **inputs: Any) -> Ref:
        defaults = {"networkSecurityGroupName": name, "resourceGroupName": group.name, "location": LOCATION}
        return self.add("network:NetworkSecurityGroup", name, **{**defaults, **inputs})

    def private_endpoint(self, group: Ref, subnet: Ref, target: Ref, part: str, **inputs: Any) -> Ref:
        name = f"pep-{target.name}-{part}"
        connection = {"name": name, "privateLinkServiceId": target.id, "groupIds": [part]}
        defaults = {
            "privateEndpointName": name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "subnet": {"id": subnet.id},
            "privateLinkServiceConnections": [connection],
        }
        return self.add("network:PrivateEndpoint", name, **{**defaults, **inputs})

    def logs(self, group: Ref, name: str = "log-mlp", **inputs: Any) -> Ref:
        defaults = {"workspaceName": name, "resourceGroupName": group.name, "location": LOCATION}
        defaults |= {"sku": {"name": "PerGB2018"}, "retentionInDays": 90}
        return self.add("operationalinsights:Workspace", name, **{**defaults, **inputs})

    def insights(self, group: Ref, logs: Ref, name: str = "appi-mlp") -> Ref:
        return self.add(
            "applicationinsights:Component",
            name,
            resourceName=name,
            resourceGroupName=group.name,
            location=LOCATION,
            kind="web",
            applicationType="web",
            ingestionMode="LogAnalytics",
            workspaceResourceId=logs.id,
        )

    def diagnostics(self, target: Ref, logs: Ref, name: str = "to-logs", **inputs: Any) -> Ref:
        defaults = {
            "name": name,
            "resourceUri": target.id,
            "workspaceId": logs.id,
            "logs": [{"categoryGroup": "allLogs", "enabled": True}],
        }
        return self.add("monitor:DiagnosticSetting", f"{target.name}-{name}", **{**defaults, **inputs})

    def lock(self, target: Ref, level: str = "CanNotDelete", depends_on: tuple[Ref, ...] = (), **inputs: Any) -> Ref:
        defaults = {"lockName": "do-not-delete", "scope": target.id, "level": level}
        return self.add(
            "authorization:ManagementLockByScope", f"{target.name}-lock", depends_on, **{**defaults, **inputs}
        )

    def role(self, scope: Ref, role: str, principal: str = GROUP, **inputs: Any) -> Ref:
        name = str(uuid5(NAMESPACE_URL, f"{scope.id}|{role}|{principal}"))
        defaults = {
            "roleAssignmentName": name,
            "scope": scope.id,
            "principalId": principal,
            "principalType": "Group",
            "roleDefinitionId": role_id(role, self.subscription),
        }
        return self.add("authorization:RoleAssignment", f"{scope.name}-{role}", **{**defaults, **inputs})

    def budget(self, scope: Ref, name: str = "budget-mlp", **inputs: Any) -> Ref:
        notification = {"enabled": True, "operator": "GreaterThan", "threshold": 80, "contactEmails": [MAILBOX]}
        defaults = {
            "budgetName": name,
            "scope": scope.id,
            "amount": 2500,
            "category": "Cost",
            "timeGrain": "Monthly",
            "timePeriod": {"startDate": "2026-01-01T00:00:00Z"},
            "notifications": {"actual": notification},
        }
        return self.add("consumption:Budget", name, **{**defaults, **inputs})

    def workspace(
        self, group: Ref, storage: Ref, vault: Ref, insights: Ref, name: str = "mlw-mlp", **inputs: Any
    ) -> Ref:
        defaults = {
            "workspaceName": name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "identity": {"type": "SystemAssigned"},
            "sku": {"name": "Basic", "tier": "Basic"},
            "storageAccount": storage.id,
            "keyVault": vault.id,
            "applicationInsights": insights.id,
            "publicNetworkAccess": "Disabled",
            "managedNetwork": {"isolationMode": "AllowInternetOutbound"},
            "provisionNetworkNow": True,
            "tags": TAGS,
        }
        return self.add("machinelearningservices:Workspace", name, **{**defaults, **inputs})

    def cluster(self, group: Ref, workspace: Ref, name: str = "cpu-cluster", **inputs: Any) -> Ref:
        scale = {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT15M"}
        properties = {"vmSize": "Standard_DS3_v2", "scaleSettings": scale, "enableNodePublicIp": False}
        defaults = {
            "computeName": name,
            "workspaceName": workspace.name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "identity": {"type": "SystemAssigned"},
            "properties": {"computeType": "AmlCompute", "disableLocalAuth": True, "properties": properties},
        }
        return self.add("machinelearningservices:Compute", name, **{**defaults, **inputs})

    def endpoint(self, group: Ref, workspace: Ref, name: str = "fraud-online", **inputs: Any) -> Ref:
        defaults = {
            "endpointName": name,
            "workspaceName": workspace.name,
            "resourceGroupName": group.name,
            "location": LOCATION,
            "identity": {"type": "SystemAssigned"},
            "properties": {"authMode": "AADToken", "publicNetworkAccess": "Disabled"},
            "tags": TAGS,
        }
        return self.add("machinelearningservices:OnlineEndpoint", name, **{**defaults, **inputs})


TAGS = {"workload": "mlp", "environment": "test"}

_ROLES = {
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "AzureML Data Scientist": "f6c7c914-8db3-469d-8ca1-694a8f32e121",
}


def role_id(role: str, subscription: str = SUBSCRIPTION) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{_ROLES[role]}"


def _names(inputs: Any, id: str, other: str) -> bool:
    key, prefix = id.lower(), other.lower()
    if key.startswith(prefix + "/"):
        return True
    return any(text.lower() == prefix or text.lower().startswith(prefix + "/") for text in _texts(inputs))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith("/"):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
