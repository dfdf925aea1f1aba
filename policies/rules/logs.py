"""Rules on what is logged, where to, and for how long."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from policies.context import Context
from policies.facts import closed, views
from policies.reading import ResourceView, UnknownValue, View, same
from policies.relations import PlanView
from policies.rule import HIGH, LOW, MEDIUM, Found, over, rule

DIAGNOSTIC_SETTING = "monitor:DiagnosticSetting"
ENDPOINT = "machinelearningservices:OnlineEndpoint"
LOG_WORKSPACE = "operationalinsights:Workspace"
NETWORK = "network:VirtualNetwork"
STORAGE = "storage:StorageAccount"
TRAFFIC_LOG = "AmlOnlineEndpointTrafficLog"

LOGGED: Mapping[str, bool] = {
    "apimanagement:ApiManagementService": True,
    "cognitiveservices:Account": True,
    "containerregistry:Registry": True,
    "containerservice:ManagedCluster": True,
    "cosmosdb:DatabaseAccount": True,
    "databricks:Workspace": False,
    "datafactory:Factory": True,
    "dbforpostgresql:Server": True,
    "eventgrid:SystemTopic": True,
    "eventhub:Namespace": True,
    "keyvault:Vault": True,
    "machinelearningservices:Registry": False,
    "machinelearningservices:Workspace": True,
    "network:ApplicationGateway": True,
    "network:AzureFirewall": True,
    "network:BastionHost": True,
    "network:NetworkSecurityGroup": False,
    "network:PublicIPAddress": True,
    NETWORK: True,
    LOG_WORKSPACE: True,
    "purview:Account": True,
    "search:Service": True,
    "sql:Database": True,
    STORAGE: True,
    "synapse:Workspace": True,
}
"""The types that can be logged, and whether their metrics can be exported too. Online endpoints have a rule of their
own. Source: Azure Monitor docs, essentials/diagnostics-settings-policies-deployifnotexists and metrics-index."""

_SERVICE = re.compile(r"(?P<account>.+/storageAccounts/[^/]+)/(?P<service>\w+)Services/default", re.IGNORECASE)


@dataclass
class _Settings:
    """Diagnostic settings by the URN of what they watch, and those of which nobody can know what that is."""

    by_urn: dict[str, list[tuple[ResourceView, str]]] = field(default_factory=lambda: defaultdict(list))
    """With each setting, the service of a storage account that it watches: blob, file, queue, table, or none."""
    undecided: list[UnknownValue] = field(default_factory=list)

    def of(self, resource: ResourceView) -> list[tuple[ResourceView, str]]:
        """The settings of a resource. Raises `UnknownValue` where it has none and one of the undecided may be its."""
        found = self.by_urn.get(resource.urn, [])
        if not found and self.undecided:
            raise self.undecided[0]
        return found


@rule(
    group="monitoring",
    severity=HIGH,
    psrule="Azure.KeyVault.Logs Azure.AKS.AuditLogs",
    azure_policy="afe0c3be-ba3b-4544-ba52-0c99672a8ad6 cf820ca0-f99e-4f3e-84fb-66e913812d21 "
    "1b4d1c4e-934c-4703-944c-27c82c06bebb b4330a05-a843-4bc8-bf9a-cacce50c67f4 83a214f7-d01a-484b-91a9-ed54470c9a6a",
    mcsb="LT-3",
    fix="Add a diagnostic setting with the category group allLogs or audit, and metrics, to the stack's log workspace.",
)
def diagnostics_per_resource(plan: PlanView, context: Context) -> Found:
    """Whatever can be logged is logged, to a log workspace that the stack declares.

    What isn't logged can't be investigated afterwards. Categories one by one don't count: a service that gets a new
    one would leave it out in silence. A storage account is logged by its blob service; Databricks, registries and
    security groups export no metrics.
    """
    settings = plan.derived(_settings)

    def judge(resource: ResourceView) -> Found:
        found = settings.of(resource)
        if not found:
            yield "it has no diagnostic setting"
            return
        logging = [one for one, service in found if service in ("", "blob") and _groups(one)]
        if not logging:
            yield "no diagnostic setting has the category group allLogs or audit" + _of_blobs(resource)
        elif not any(_arrives(one, plan, context) for one in logging):
            yield "its logs go to no log workspace of this plan, nor to a declared one"
        if LOGGED[resource.type] and not any(_metrics(one) for one, _ in found):
            yield "no diagnostic setting has metrics"

    yield from over(plan.of_type(*LOGGED), judge)


@rule(
    group="monitoring",
    severity=MEDIUM,
    mcsb="LT-3",
    fix="Add a diagnostic setting to the endpoint with the category AmlOnlineEndpointTrafficLog or the group allLogs.",
)
def endpoint_traffic_logs(plan: PlanView, context: Context) -> Found:
    """Online endpoints log each request that they answer.

    Throttling delays and the reasons of failed requests stand in no metric, but in this log alone.
    Source: Azure Machine Learning docs, monitor-azure-machine-learning-reference.
    """
    settings = plan.derived(_settings)

    def judge(endpoint: ResourceView) -> Found:
        logging = [one for one, _ in settings.of(endpoint) if _logs_traffic(one)]
        if not logging:
            yield f"no diagnostic setting of it has {TRAFFIC_LOG}"
        elif not any(_arrives(one, plan, context) for one in logging):
            yield "its traffic is logged to no log workspace of this plan, nor to a declared one"

    yield from over(plan.of_type(ENDPOINT), judge)


@rule(
    LOG_WORKSPACE,
    group="monitoring",
    severity=MEDIUM,
    azure_policy="6c53d030-cc64-46f0-906d-2bc061cd1334",
    mcsb="LT-6",
    fix="Set retentionInDays to 90 or more, and both publicNetworkAccessForIngestion and ...ForQuery to Disabled.",
)
def log_retention(workspace: ResourceView, context: Context) -> Found:
    """Logs are kept for a season, and neither written nor read from the Internet.

    An intrusion is found months later, on average. An absent retention is Azure's 30 days, and what isn't closed is
    open. A table of its own may keep less than its workspace: those aren't looked at.
    """
    days = workspace.get("retentionInDays", 30)
    if isinstance(days, bool) or not isinstance(days, int | float) or days < context.log_days:
        yield f"retentionInDays is {days}; at least {context.log_days} are to be kept"
    for use in ("Ingestion", "Query"):
        path = f"publicNetworkAccessFor{use}"
        if not closed(workspace, path):
            yield f"{path} is {workspace.get(path, 'not set')}"


@rule(
    "applicationinsights:Component",
    group="monitoring",
    severity=MEDIUM,
    psrule="Azure.AppInsights.Workspace Azure.AppInsights.LocalAuth",
    azure_policy="199d5677-e4d9-4264-9465-efe1839c06bd d550e854-df1a-4de9-bf44-cd894b39a95e",
    mcsb="IM-1",
    fix="Set workspaceResourceId and disableLocalAuth to true.",
)
def appinsights_entra(insights: ResourceView) -> Found:
    """Application Insights writes to a log workspace, and takes telemetry from identities alone.

    With the instrumentation key, which every client holds, anybody could write false telemetry. Without a workspace
    the data is kept apart, under none of its guards.
    """
    path = "workspaceResourceId"
    if not (insights.is_unknown(path) or insights.get(path)):
        yield "workspaceResourceId isn't set"
    if same(insights.get("ingestionMode"), "ApplicationInsights"):
        yield "ingestionMode is ApplicationInsights, the classic one"
    if insights.get("disableLocalAuth") is not True:
        yield "disableLocalAuth isn't true"


@rule(
    group="monitoring",
    severity=LOW,
    azure_policy="4c3c6c5f-0d47-4402-99b8-aa543dd8bcee",
    mcsb="LT-4",
    fix="Add an enabled flow log whose targetResourceId is the network.",
)
def vnet_flow_logs(plan: PlanView) -> Found:
    """Each virtual network logs who talked to whom.

    Diagnostic settings say what was refused or changed; only flow logs show data that leaves by an allowed way.
    """
    logged, undecided = set(), []
    for log in plan.of_type("network:FlowLog"):
        try:
            network = plan.target(log, "targetResourceId", NETWORK)
            if network and log.get("enabled", True) is not False:
                logged.add(network.urn)
        except UnknownValue as unknown:
            undecided.append(unknown)

    def judge(network: ResourceView) -> Found:
        if network.urn in logged:
            return
        if undecided:
            raise undecided[0]
        yield "it has no flow log that is enabled"

    yield from over(plan.of_type(NETWORK), judge)


def _settings(plan: PlanView) -> _Settings:
    found = _Settings()
    for setting in plan.of_type(DIAGNOSTIC_SETTING):
        try:
            watched, service = _watched(setting, plan)
        except UnknownValue as unknown:
            found.undecided.append(unknown)
            continue
        if watched:
            found.by_urn[watched.urn].append((setting, service))
    return found


def _watched(setting: ResourceView, plan: PlanView) -> tuple[ResourceView | None, str]:
    """What a diagnostic setting watches; of a storage account, which of its services."""
    if setting.is_unknown("resourceUri"):
        return plan.target(setting, "resourceUri", ENDPOINT, *LOGGED), ""
    uri = str(setting.get("resourceUri", ""))
    within = _SERVICE.fullmatch(uri.rstrip("/"))
    if within:
        account = plan.resolve(setting, "resourceUri", within["account"], STORAGE)
        return account, within["service"].lower()
    return plan.resolve(setting, "resourceUri", uri, ENDPOINT, *LOGGED), ""


def _enabled(setting: ResourceView, kind: str) -> Iterator[View]:
    return (entry for entry in views(setting.get(kind)) if entry.get("enabled") is True)


def _groups(setting: ResourceView) -> bool:
    groups = [entry.get("categoryGroup") for entry in _enabled(setting, "logs")]
    return any(same(group, wanted) for group in groups for wanted in ("allLogs", "audit"))


def _logs_traffic(setting: ResourceView) -> bool:
    return any(
        same(entry.get("categoryGroup"), "allLogs") or same(entry.get("category"), TRAFFIC_LOG)
        for entry in _enabled(setting, "logs")
    )


def _metrics(setting: ResourceView) -> bool:
    return any(True for _ in _enabled(setting, "metrics"))


def _arrives(setting: ResourceView, plan: PlanView, context: Context) -> bool:
    """Whether what a setting sends goes to a log workspace of the plan, or to one that the stack declares."""
    if plan.target(setting, "workspaceId", LOG_WORKSPACE):
        return True
    id = setting.get("workspaceId")
    return isinstance(id, str) and context.declares(id)


def _of_blobs(resource: ResourceView) -> str:
    return " of its blob service" if resource.type == STORAGE else ""
