"""Rules on private endpoints: that each service has its own, and that names lead to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from policies.egress import NETWORK, SUBNET
from policies.facts import texts
from policies.private_link import (
    ENDPOINT,
    ZONE,
    ZONE_GROUP,
    ZONE_LINK,
    ZONES,
    connections,
    endpoints,
    last_segment,
    resolving,
    zone_names_of,
)
from policies.reading import ResourceView, UnknownValue, View, same
from policies.relations import PlanView
from policies.rule import HIGH, MEDIUM, Finding, Found, rule
from policies.rules.managed_network import reached_by_itself
from policies.rules.ml_workspace import WORKSPACE
from policies.rules.storage import ACCOUNT as STORAGE

BATCH_ENDPOINT = "machinelearningservices:BatchEndpoint"

_GROUPS: Mapping[str, str] = {
    WORKSPACE: "amlworkspace",
    "machinelearningservices:Registry": "amlregistry",
    STORAGE: "blob",
    "keyvault:Vault": "vault",
    "containerregistry:Registry": "registry",
    "cognitiveservices:Account": "account",
    "search:Service": "searchservice",
    "cosmosdb:DatabaseAccount": "sql",
    "eventhub:Namespace": "namespace",
    "datafactory:Factory": "datafactory",
    "databricks:Workspace": "databricks_ui_api",
}
"""The one group that each service has to be reached by; some need more."""

_COSMOS_APIS = {"EnableCassandra": "cassandra", "EnableGremlin": "gremlin", "EnableTable": "table"}


@rule(
    *_GROUPS,
    group="network",
    severity=HIGH,
    psrule="Azure.AI.PrivateEndpoints",
    checkov="CKV2_AZURE_32 CKV2_AZURE_33",
    azure_policy="45e05259-1eb5-4f70-9574-baf73e9d219b 6edd7eda-6dd8-40f7-810d-67160c639cd9 "
    "a6abeaec-4d90-4a02-805f-6b26c4d3fbe9 e8eef0a8-67cf-4eb4-9386-14b0e78733d4 "
    "d6759c02-b87f-42b7-892e-71b3f471d782 58440f8a-10c5-4151-bdce-dfbaad4a20b7 "
    "b8564268-eb4a-4337-89be-a19db070c59d",
    mcsb="NS-2",
    fix="Make a private endpoint for each group ID that is missing.",
)
def private_endpoint_per_paas(resource: ResourceView, plan: PlanView) -> Found:
    """Each service is reached by a private endpoint of its own, for each of its parts.

    A closed service without one is reached by nobody, and is opened again by whoever needs it first. A storage account
    needs one a service: blob, dfs with a hierarchical namespace, file for a workspace's own, queue and table where that
    workspace has batch endpoints. What the managed network of a workspace reaches by itself has its endpoints there.
    A project is reached through its hub. Sources: Azure Machine Learning docs, how-to-secure-workspace-vnet and
    how-to-managed-network.
    """
    if resource.type == WORKSPACE and (resource.is_unknown("hubResourceId") or resource.get("hubResourceId")):
        return
    found = plan.derived(endpoints)
    missing = _needed(resource, plan) - found.groups.get(resource.urn, set())
    if missing:
        missing -= plan.derived(reached_by_itself).get(resource.urn, frozenset())
    undecided = [*found.undecided.get(resource.urn, ()), *found.undecided.get("", ())]
    for group in sorted(missing):
        if undecided:
            holder = undecided[0].resource
            path = f"{undecided[0].path} of {holder.name if holder else 'a private endpoint'}"
            yield Finding(f"whether a private endpoint leads to its {group}: property {path}", unknown=True)
        else:
            yield f"no private endpoint leads to its {group}"


@rule(
    ENDPOINT,
    group="network",
    severity=MEDIUM,
    azure_policy="ee40564d-486e-4f68-a5ca-7a621edae0fb",
    mcsb="NS-2",
    fix="Give the endpoint a PrivateDnsZoneGroup with all zones of its group ID, and link each zone to its network.",
)
def private_dns_per_endpoint(endpoint: ResourceView, plan: PlanView) -> Found:
    """The name of a service leads to its private endpoint.

    Without the record, a client gets the public address and is refused there: it looks like an outage. A workspace with
    one of its two zones half works. Links are asked of zones in the plan: those of a zone elsewhere, such as a hub's,
    can't be seen from here and are checked where the zone is made. A network with DNS servers of its own resolves
    through them, so that any link of the zone will do. An organisation whose Azure Policy writes the zone groups needs
    an exemption: no plan shows what that makes.
    """
    groups = plan.children(endpoint, ZONE_GROUP, "privateEndpointName")
    if not groups:
        yield "it has no PrivateDnsZoneGroup: names lead to the public address"
        return
    zones = [zone for group in groups for zone in zone_names_of(group)]
    names = {last_segment(id) for _, id in zones}
    for connection in connections(endpoint, plan):
        for group in connection.groups:
            if not resolving(names, connection.type, group):
                wanted = min(ZONES[connection.type, group], key=lambda each: (len(each - names), -len(each & names)))
                yield f"its zones lack {', '.join(sorted(wanted - names))} for group {group}"
    network, any_link = _network(endpoint, plan)
    for config, id in zones:
        zone = plan.resolve(config, "privateDnsZoneId", id, ZONE)
        if zone and network and not _linked(zone, network, any_link, plan):
            where = "any network" if any_link else f"network {network.name}"
            yield f"zone {last_segment(id)} isn't linked to {where}"


def _needed(resource: ResourceView, plan: PlanView) -> set[str]:
    """The groups of a service that need a private endpoint, in lower case."""
    if resource.type == "cosmosdb:DatabaseAccount":
        return {_cosmos_group(resource)}
    if resource.type != STORAGE:
        return {_GROUPS[resource.type]}
    if same(resource.get("kind"), "FileStorage"):
        return {"file"}
    dfs = {"dfs"} if resource.get("isHnsEnabled") is True else set()
    return {"blob"} | dfs | plan.derived(_needed_by_workspaces).get(resource.urn, set())


def _needed_by_workspaces(plan: PlanView) -> dict[str, set[str]]:
    """What workspaces need of their storage accounts besides blobs, by the account's URN."""
    needed: dict[str, set[str]] = defaultdict(set)
    for workspace in plan.of_type(WORKSPACE):
        try:
            account = plan.target(workspace, "storageAccount", STORAGE)
            batch = bool(plan.children(workspace, BATCH_ENDPOINT, "workspaceName"))
        except UnknownValue:
            continue  # the workspace's own rules tell that
        if account:
            needed[account.urn] |= {"file", "queue", "table"} if batch else {"file"}
    return needed


def _cosmos_group(account: ResourceView) -> str:
    if same(account.get("kind"), "MongoDB"):
        return "mongodb"
    capabilities = account.get("capabilities", ())
    names = [str(each.get("name")) for each in capabilities if isinstance(each, View)]
    return next((group for name, group in _COSMOS_APIS.items() if name in names), "sql")


def _network(endpoint: ResourceView, plan: PlanView) -> tuple[ResourceView | None, bool]:
    """The network that an endpoint stands in, where it is in the plan; and whether it asks DNS servers of its own."""
    subnet = plan.target(endpoint, "subnet.id", SUBNET)
    if subnet:
        network = plan.owner(subnet, NETWORK, "virtualNetworkName")
    else:
        id = str(endpoint.get("subnet.id", "")).partition("/subnets/")[0]
        network = plan.resolve(endpoint, "subnet.id", id, NETWORK)
    return network, bool(network and texts(network.get("dhcpOptions.dnsServers")))


def _linked(zone: ResourceView, network: ResourceView, any_link: bool, plan: PlanView) -> bool:
    links = plan.children(zone, ZONE_LINK, "privateZoneName")
    return any(any_link or target is network for target in _targets(links, plan))


def _targets(links: list[ResourceView], plan: PlanView) -> Iterator[ResourceView | None]:
    for link in links:
        yield plan.target(link, "virtualNetwork.id", NETWORK)
