"""Resources as a careful plan has them, for the tests of rules.

Each builder gives a resource that every rule accepts. Keywords change inputs: `workspace(publicNetworkAccess=GONE)`;
a path has two underscores for a dot: `cluster(properties__properties__vmSize="Standard_E4s_v3")`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from policies import Context, Exemption, Tier
from policies.packs import RULES
from seawall.plan.model import Plan, Resource

TODAY = date(2026, 11, 21)
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-ml"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-ml"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stml"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-ml"

PRODUCTION = Context(approved_fqdns=frozenset({"packages.larkspur.example"}), budget_cap=Decimal(5000))
PREPRODUCTION = Context(
    tier=Tier.PREPRODUCTION, approved_fqdns=frozenset({"packages.larkspur.example"}), budget_cap=Decimal(5000)
)

HOST_RULES = {
    rule: levels
    for rule, levels in RULES.items()
    if rule.id
    in (
        "ml-workspace-public-off", "ml-managed-network", "ml-compute-isolated", "ml-compute-no-public-ip",
        "ml-outbound-allowlist", "ml-user-assigned-identity", "managed-identity-required", "ml-compute-local-auth-off",
        "ml-endpoint-entra-auth", "ml-datastore-identity", "budget-exists", "budget-tiers", "budget-within-cap",
        "estimated-cost-within-budget", "ml-instance-idle-shutdown",
    )
}  # fmt: skip
"""The rules that tests of the hosts ask: of each kind that there is, and all that `platform` is made to keep.

That whole stacks keep every rule, and that every rule tells what it guards, is shown by `test_mutations`.
"""

GONE = object()
"""As a change: the input is left out."""


def make(type: str, name: str, id: str, inputs: dict[str, Any], **changes: Any) -> Resource:
    """A resource of the given short type. Its dependencies are found by `plan_of`."""
    changed = copy.deepcopy(inputs)
    for path, value in changes.items():
        *steps, last = path.split("__")
        place = changed
        for step in steps:
            place = place.setdefault(step, {})
        if value is GONE:
            place.pop(last, None)
        else:
            place[last] = value
    return Resource(
        urn=f"urn:pulumi:test::seawall::azure-native:{type}::{name}",
        type=f"azure-native:{type}", name=name, id=id, inputs=changed, outputs={},
    )  # fmt: skip


def group(name: str = "rg-ml") -> Resource:
    return make(
        "resources:ResourceGroup", name, f"{SUBSCRIPTION}/resourceGroups/{name}",
        {"resourceGroupName": name, "location": "westeurope"},
    )  # fmt: skip


def workspace(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "location": "westeurope",
        "publicNetworkAccess": "Disabled", "allowPublicAccessWhenBehindVnet": False,
        "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]},
        "primaryUserAssignedIdentity": IDENTITY,
        "storageAccount": STORAGE, "systemDatastoresAuthMode": "Identity",
    }  # fmt: skip
    return make("machinelearningservices:Workspace", "workspace", WORKSPACE, inputs, **changes)


def own_network_workspace(**changes: Any) -> Resource:
    """A workspace without a managed network."""
    return workspace(**{"managedNetwork__isolationMode": "Disabled", **changes})


def cluster(name: str = "cluster", **changes: Any) -> Resource:
    properties = {
        "vmSize": "Standard_DS3_v2", "enableNodePublicIp": False, "remoteLoginPortPublicAccess": "Disabled",
        "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT15M"},
    }  # fmt: skip
    return _compute(name, "AmlCompute", properties, **changes)


def instance(name: str = "instance", **changes: Any) -> Resource:
    properties = {
        "vmSize": "Standard_DS3_v2", "enableNodePublicIp": False, "idleTimeBeforeShutdown": "PT30M",
        "sshSettings": {"sshPublicAccess": "Disabled"},
    }  # fmt: skip
    return _compute(name, "ComputeInstance", properties, **changes)


def attached(**changes: Any) -> Resource:
    """A compute that Azure Machine Learning doesn't run itself."""
    return _compute("attached", "Kubernetes", {}, **{"identity": GONE, "properties__disableLocalAuth": GONE, **changes})


def _compute(name: str, kind: str, properties: dict[str, Any], **changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "computeName": name, "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [IDENTITY]},
        "properties": {"computeType": kind, "disableLocalAuth": True, "properties": properties},
    }  # fmt: skip
    return make("machinelearningservices:Compute", name, f"{WORKSPACE}/computes/{name}", inputs, **changes)


def outbound_rule(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "ruleName": "packages",
        "properties": {"type": "FQDN", "category": "UserDefined", "destination": "packages.larkspur.example"},
    }  # fmt: skip
    type = "machinelearningservices:ManagedNetworkSettingsRule"
    return make(type, "packages", f"{WORKSPACE}/outboundRules/packages", inputs, **changes)


def online_endpoint(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "endpointName": "fraud",
        "identity": {"type": "SystemAssigned"}, "properties": {"authMode": "AADToken"},
    }  # fmt: skip
    return make(
        "machinelearningservices:OnlineEndpoint", "fraud", f"{WORKSPACE}/onlineEndpoints/fraud", inputs, **changes
    )


def batch_endpoint(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "endpointName": "nightly",
        "properties": {"authMode": "AADToken"},
    }  # fmt: skip
    return make(
        "machinelearningservices:BatchEndpoint", "nightly", f"{WORKSPACE}/batchEndpoints/nightly", inputs, **changes
    )


def deployment(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "endpointName": "fraud", "deploymentName": "blue",
        "location": "westeurope", "sku": {"name": "Default", "capacity": 2},
        "properties": {"endpointComputeType": "Managed", "instanceType": "Standard_F4s_v2"},
    }  # fmt: skip
    id = f"{WORKSPACE}/onlineEndpoints/fraud/deployments/blue"
    return make("machinelearningservices:OnlineDeployment", "blue", id, inputs, **changes)


def datastore(**changes: Any) -> Resource:
    inputs = {
        "resourceGroupName": "rg-ml", "workspaceName": "mlw-ml", "name": "curated",
        "properties": {
            "datastoreType": "AzureBlob", "accountName": "stml", "containerName": "curated",
            "credentials": {"credentialsType": "None"},
        },
    }  # fmt: skip
    return make("machinelearningservices:Datastore", "curated", f"{WORKSPACE}/datastores/curated", inputs, **changes)


def storage_account(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "accountName": "stml", "allowSharedKeyAccess": False}
    return make("storage:StorageAccount", "storage", STORAGE, inputs, **changes)


def budget(**changes: Any) -> Resource:
    def notification(threshold: int, kind: str) -> dict[str, Any]:
        return {
            "enabled": True, "operator": "GreaterThanOrEqualTo", "threshold": threshold, "thresholdType": kind,
            "contactEmails": ["ml-platform@larkspur.example"],
        }  # fmt: skip

    inputs = {
        "scope": GROUP, "budgetName": "budget-ml", "amount": 2000, "category": "Cost", "timeGrain": "Monthly",
        "timePeriod": {"startDate": "2026-11-01T00:00:00Z"},
        "notifications": {"half": notification(50, "Actual"), "ahead": notification(100, "Forecasted")},
    }  # fmt: skip
    return make("consumption:Budget", "budget", f"{GROUP}/providers/Microsoft.Consumption/budgets/b", inputs, **changes)


def network(*subnets: dict[str, Any], **changes: Any) -> Resource:
    """A virtual network with its subnets inside."""
    inputs = {"resourceGroupName": "rg-ml", "virtualNetworkName": "vnet-ml", "subnets": list(subnets)}
    return make("network:VirtualNetwork", "network", NETWORK, inputs, **changes)


def subnet(**changes: Any) -> Resource:
    """A subnet that is a resource of its own."""
    inputs = {"resourceGroupName": "rg-ml", "virtualNetworkName": "vnet-ml", "subnetName": "training"}
    return make("network:Subnet", "training", f"{NETWORK}/subnets/training", inputs, **changes)


def security_group(*rules: dict[str, Any]) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "networkSecurityGroupName": "nsg-ml", "securityRules": list(rules)}
    id = f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg-ml"
    return make("network:NetworkSecurityGroup", "nsg", id, inputs)


def outbound(access: str, priority: int, **changes: Any) -> dict[str, Any]:
    """A rule of a security group about all traffic to the Internet."""
    return {
        "name": f"{access}{priority}", "direction": "Outbound", "access": access, "priority": priority, "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "Internet",
        "destinationPortRange": "*", **changes,
    }  # fmt: skip


def route_table(hop: str) -> Resource:
    routes = [{"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": hop}]
    inputs = {"resourceGroupName": "rg-ml", "routeTableName": "rt-ml", "routes": routes}
    return make("network:RouteTable", "routes", f"{GROUP}/providers/Microsoft.Network/routeTables/rt-ml", inputs)


def ai_account(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "accountName": "ai-ml", "identity": {"type": "SystemAssigned"}}
    id = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai-ml"
    return make("cognitiveservices:Account", "ai", id, inputs, **changes)


def search_service(**changes: Any) -> Resource:
    inputs = {"resourceGroupName": "rg-ml", "searchServiceName": "srch-ml", "identity": {"type": "SystemAssigned"}}
    return make(
        "search:Service", "search", f"{GROUP}/providers/Microsoft.Search/searchServices/srch-ml", inputs, **changes
    )


def exemption(**changes: Any) -> Exemption:
    """An exemption that holds for the cluster with a public address."""
    entry = {
        "rule": "ml-compute-no-public-ip", "resource": "cluster", "owner": "ml-platform@larkspur.example",
        "reason": "The licence server takes calls from public addresses only.",
        "approval": "https://larkspur.example/approvals/17", "expires": "2027-01-31",
    }  # fmt: skip
    return Exemption.model_validate({**entry, **changes})


def platform() -> list[Resource]:
    """A whole small platform that every rule accepts."""
    return [
        group(), storage_account(), workspace(), cluster(), instance(), attached(), outbound_rule(), online_endpoint(),
        batch_endpoint(), datastore(), budget(), ai_account(), search_service(),
    ]  # fmt: skip


def plan_of(*resources: Resource, stack: str = "test") -> Plan:
    """A plan in which whatever names another resource's ID depends on that resource, as the SDK would record it."""
    ids = {resource.id.lower(): resource.urn for resource in resources}
    linked = []
    for resource in resources:
        named = {
            key: tuple(sorted({ids[id] for id in _texts(value) for id in _with_parents(id) if id in ids}))
            for key, value in resource.inputs.items()
        }
        dependencies = {key: urns for key, urns in named.items() if urns} | resource.property_dependencies
        linked.append(_changed(resource, property_dependencies=dependencies))
    return Plan(stack=stack, resources=tuple(linked))


def depending(resource: Resource, **dependencies: Resource) -> Resource:
    """The resource with an input that came from another, for an input whose value is unknown."""
    return _changed(resource, property_dependencies={key: (source.urn,) for key, source in dependencies.items()})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _with_parents(id: str) -> Iterator[str]:
    """An ID in lower case, and those of what it stands in: an inline subnet's ID comes from its network."""
    parts = id.lower().split("/")
    for end in range(len(parts), 2, -2):
        yield "/".join(parts[:end])


def _changed(resource: Resource, **fields: Any) -> Resource:
    given = {name: getattr(resource, name) for name in resource.__struct_fields__}
    return Resource(**{**given, **fields})
