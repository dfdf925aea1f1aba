"""Resources as a careful plan has them, and rules asked about them by both hosts.

Each builder gives a resource that every rule accepts. Keywords change inputs: `workspace(publicNetworkAccess=GONE)`;
a path has two underscores for a dot: `cluster(properties__properties__vmSize="Standard_E4s_v3")`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import policy as engine

from policies import Context, Exemption, Kind, Level, Report, Tier, check
from policies.packs import RULES, Levels, effective
from policies.pulumi_pack import ESCALATED, pulumi_policies
from policies.rule import Rule
from seawall.plan.model import Plan, Resource
from seawall.plan.values import OPAQUE, SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_SENTINEL, Secret

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

GONE = object()
"""As a change: the input is left out."""

PATH_INPUTS = ("resourceGroupName", "workspaceName", "endpointName", "scope")
"""Inputs that say where a resource stands; Azure's answers, and so the engine's outputs, lack them."""


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


def ask(
    rule: Rule,
    *resources: Resource,
    context: Context = PRODUCTION,
    exemptions: tuple[Exemption, ...] = (),
    today: date = TODAY,
) -> list[str]:
    """What one rule says of a plan: `kind level name: message`, a line for each finding.

    The rule is asked by both hosts, and fails the test if their verdicts differ: a plan with every ID known, and
    Pulumi's own analyzer with proxies, floats and unknown IDs, as at a first preview.
    """
    plan = plan_of(*resources)
    rules = {rule: RULES.get(rule, Levels(Level.MANDATORY, Level.ADVISORY))}
    report = check(plan, context, today, exemptions=exemptions, rules=rules)
    level = effective(context, rules)[rule]
    assert plan_verdicts(report, level) == engine_verdicts(plan, rules, context, exemptions, today)
    return [f"{each.kind} {each.level} {each.name}: {each.message}" for each in report.violations]


def plan_verdicts(report: Report, level: Level) -> set[tuple[str, ...]]:
    """A report as the engine tells it: an unknown that is advice, though the rule is mandatory, ends its policy."""
    return {
        (each.rule, "undecided")
        if each.kind is Kind.UNKNOWN and each.level < level
        else (each.rule, str(each.level), each.urn, each.message)
        for each in report.violations
    }


def engine_verdicts(
    plan: Plan, rules: Mapping[Rule, Levels], context: Context, exemptions: tuple[Exemption, ...], today: date
) -> set[tuple[str, ...]]:
    """What Pulumi's analyzer says, in the same form. The first preview: no resource has an ID yet."""
    verdicts = set()
    for told in diagnostics(plan, rules, context, exemptions, today):
        rule = told.policyName.removesuffix(ESCALATED)
        if told.policyName in ("exempted", "exemptions"):
            continue
        if told.message.startswith("can't run policy"):
            verdicts.add((rule, "undecided"))
        else:
            level = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}[told.enforcementLevel]
            verdicts.add((rule, level, told.urn, told.message.partition("\n")[2]))
    return verdicts


def diagnostics(
    plan: Plan,
    rules: Mapping[Rule, Levels],
    context: Context,
    exemptions: tuple[Exemption, ...] = (),
    today: date = TODAY,
) -> Iterator[Any]:
    """Every diagnostic of Pulumi's analyzer for a plan: resource by resource, then the stack."""
    policies = pulumi_policies(context, today, exemptions=exemptions, rules=rules)
    level = engine.EnforcementLevel.ADVISORY
    servicer = engine._PolicyAnalyzerServicer("seawall", "0.0.1", policies, level)
    for resource in plan.resources:
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=_wire(resource.inputs),
            provider=_provider(resource),
        )
        yield from servicer.Analyze(request, None).diagnostics
    stack = analyzer_pb2.AnalyzeStackRequest(resources=[_stack_resource(resource) for resource in plan.resources])
    yield from servicer.AnalyzeStack(stack, None).diagnostics


def _stack_resource(resource: Resource) -> Any:
    outputs = {key: value for key, value in resource.inputs.items() if key not in PATH_INPUTS}
    sources = resource.property_dependencies
    return analyzer_pb2.AnalyzerResource(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=_wire({**outputs, "provisioningState": UNKNOWN}),
        provider=_provider(resource),
        dependencies=sorted({urn for urns in sources.values() for urn in urns}),
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=list(urns)) for key, urns in sources.items()
        },
    )


def _provider(resource: Resource) -> Any:
    """The provider that makes a resource, configured for its subscription; None for a component."""
    if not resource.id.startswith("/subscriptions/"):
        return None
    subscription = resource.id.split("/")[2]
    return analyzer_pb2.AnalyzerProviderResource(
        type="pulumi:providers:azure-native",
        urn=f"urn:pulumi:test::seawall::pulumi:providers:azure-native::{subscription}",
        name=subscription,
        properties=_wire({"subscriptionId": subscription}),
    )


def _wire(properties: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(_marked(properties), struct_pb2.Struct())


def _marked(value: Any) -> Any:
    if value is UNKNOWN or value is OPAQUE:
        return UNKNOWN_SENTINEL
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "value": _marked(value.value)}
    if isinstance(value, dict):
        return {key: _marked(part) for key, part in value.items()}
    return [_marked(part) for part in value] if isinstance(value, list) else value


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
