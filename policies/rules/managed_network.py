"""Rules on what the managed network of a workspace reaches, by private endpoints of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from policies.private_link import last_segment, type_of
from policies.reading import ResourceView, View, same
from policies.relations import PlanView
from policies.rule import HIGH, Found, rule
from policies.rules.ml_workspace import OUTBOUND_RULE, WORKSPACE

STORAGE = "storage:StorageAccount"
DATASTORE = "machinelearningservices:Datastore"
CONNECTION = "machinelearningservices:WorkspaceConnection"
BATCH_ENDPOINT = "machinelearningservices:BatchEndpoint"

BY_ITSELF: Mapping[str, tuple[str, frozenset[str]]] = {
    "storageAccount": (STORAGE, frozenset({"blob", "file"})),
    "keyVault": ("keyvault:Vault", frozenset({"vault"})),
    "containerRegistry": ("containerregistry:Registry", frozenset({"registry"})),
}
"""What a managed network makes endpoints for by itself: the workspace's own, by the property that names it.

Source: Azure Machine Learning docs, how-to-managed-network, "List of required rules".
"""
_DATA_GROUPS = {"AzureBlob": ("blob",), "AzureDataLakeGen2": ("blob", "dfs"), "AzureFile": ("file",)}
"""What a data store reads by. One of Data Lake Gen2 needs both: jobs mount it by dfs, and the SDK asks blob."""
_SERVICES = {"cognitiveservices:Account": "account", "search:Service": "searchservice"}
_HOSTS = {
    ".openai.azure.com": "account",
    ".cognitiveservices.azure.com": "account",
    ".services.ai.azure.com": "account",
    ".search.windows.net": "searchservice",
}


@rule(
    WORKSPACE,
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Add an outbound rule of type PrivateEndpoint for each service that is missing, with its subresourceTarget.",
)
def ml_managed_pe_complete(workspace: ResourceView, plan: PlanView) -> Found:
    """A managed network has a private endpoint to all that its computes work with.

    Azure makes those to the workspace's own storage, vault and registry. It makes none to the storage of further data
    stores, to AI services, and for queues and tables, which batch jobs need: without them a job waits until it fails.
    Connections that only name a host are told by it. In an own network nothing is asked: endpoints stand in that.
    Source: Azure Machine Learning docs, how-to-managed-network, "Scenario: Use batch endpoints or ParallelRunStep".
    """
    if same(workspace.get("managedNetwork.isolationMode", "Disabled"), "Disabled"):
        return
    reached = {(last_segment(id), group) for id, group in _reached(workspace, plan)}
    own = _own_storage(workspace)
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, group, who in _wanted(workspace, own, plan):
        wanted[name, group].append(who)
    for name, group in sorted(wanted.keys() - reached):
        first, *others = sorted(wanted[name, group])
        more = f" and {len(others)} more" if others else ""
        yield f"no outbound rule reaches {group} of {name}, which {first}{more} need{'' if others else 's'}"


def reached_by_itself(plan: PlanView) -> dict[str, frozenset[str]]:
    """The groups that managed networks make endpoints for by themselves, by the target's URN."""
    reached: dict[str, frozenset[str]] = defaultdict(frozenset)
    for workspace in plan.of_type(WORKSPACE):
        path = "managedNetwork.isolationMode"
        if workspace.is_unknown(path) or same(workspace.get(path, "Disabled"), "Disabled"):
            continue
        for name, (type, groups) in BY_ITSELF.items():
            target = None if workspace.is_unknown(name) else plan.target(workspace, name, type)
            if target:
                reached[target.urn] |= groups
    return reached


def _own_storage(workspace: ResourceView) -> str:
    path = "storageAccount"
    return "" if workspace.is_unknown(path) else last_segment(str(workspace.get(path, "")))


def _reached(workspace: ResourceView, plan: PlanView) -> Iterator[tuple[str, str]]:
    """What outbound rules lead to, inside of the workspace and beside it: IDs and groups in lower case."""
    inside = workspace.get("managedNetwork.outboundRules")
    rules = [rule for _, rule in inside.items()] if isinstance(inside, View) else []
    beside = [each.get("properties") for each in plan.children(workspace, OUTBOUND_RULE, "workspaceName")]
    for outbound in (*rules, *beside):
        if isinstance(outbound, View) and same(outbound.get("type"), "PrivateEndpoint"):
            target = str(outbound.get("destination.serviceResourceId", ""))
            yield target, str(outbound.get("destination.subresourceTarget", "")).lower()


def _wanted(workspace: ResourceView, own: str, plan: PlanView) -> Iterator[tuple[str, str, str]]:
    """What the computes work with and Azure doesn't see to: a name in lower case, a group, and who needs it."""
    for store in plan.children(workspace, DATASTORE, "workspaceName"):
        account = str(store.get("properties.accountName", "")).lower()
        kind = str(store.get("properties.datastoreType", ""))
        groups = next((groups for name, groups in _DATA_GROUPS.items() if same(kind, name)), ())
        for group in groups if account else ():
            if account != own or group not in BY_ITSELF["storageAccount"][1]:
                yield account, group, f"data store {store.name}"
    for endpoint in plan.children(workspace, BATCH_ENDPOINT, "workspaceName") if own else ():
        for group in ("queue", "table"):
            yield own, group, f"batch endpoint {endpoint.name}"
    for connection in plan.children(workspace, CONNECTION, "workspaceName"):
        for name, group in _service(connection, plan):
            yield name, group, f"connection {connection.name}"


def _service(connection: ResourceView, plan: PlanView) -> Iterator[tuple[str, str]]:
    """The AI service that a connection leads to, by the ID in its metadata or by its host."""
    metadata = connection.get("properties.metadata")
    id = next((metadata[key] for key in ("ResourceId", "resourceId") if metadata[key]), "") if metadata else ""
    if type_of(str(id)) in _SERVICES:
        yield last_segment(str(id)), _SERVICES[type_of(str(id))]
        return
    host = urlsplit(str(connection.get("properties.target", ""))).hostname or ""
    for suffix, group in _HOSTS.items():
        if host.endswith(suffix):
            yield _named(host.removesuffix(suffix), plan), group


def _named(subdomain: str, plan: PlanView) -> str:
    """The name of the service that has a subdomain of its own; else the subdomain, as for most."""
    accounts = plan.named("cognitiveservices:Account", "properties.customSubDomainName", subdomain)
    name = accounts[0].get("accountName") if accounts else None
    return str(name or subdomain).lower()
