"""Rules on everything: tags, regions, names, types; and on exemptions from Azure's own policies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

from policies.context import Classification, Context, Tier
from policies.facts import views
from policies.reading import ResourceView, View
from policies.resource_types import TAGGABLE
from policies.rule import HIGH, LOW, MEDIUM, Found, rule
from policies.rules.ml_workspace import COMPUTE

NOWHERE = ("global", "globalallregions")
"""What Azure calls the place of what stands in no region."""

REPLICAS = {
    "apimanagement:ApiManagementService": ("additionalLocations", "location"),
    "cognitiveservices:Account": ("properties.locations.regions", "name"),
    "cosmosdb:DatabaseAccount": ("locations", "locationName"),
    "machinelearningservices:Registry": ("regionDetails", "location"),
}
"""Where a type lists its replicas, and what names their regions. A container registry's are resources of their own."""

LONGEST_EXEMPTION = timedelta(days=90)

_AZURE = "azure-native:"
_PACKAGES = ("azuread", "azuredevops", "kubernetes", "pulumi", "seawall")
"""Packages whose resources other rules, or their own services, look after. Everything of Azure's is listed by type."""

_CLASSIFICATIONS = frozenset(Classification)

_VERSION = re.compile(r"/v(\d{4})(\d{2})(\d{2})(\w*):")

NAMES: Mapping[str, tuple[str, str]] = {
    "applicationinsights:Component": ("resourceName", r"appi-[\w.()-]{1,255}"),
    "cognitiveservices:Account": ("accountName", r"(oai|cog|ais|aif)-?[a-zA-Z0-9-]{1,60}"),
    "consumption:Budget": ("budgetName", r"budget-[\w-]{1,56}"),
    "containerregistry:Registry": ("registryName", r"cr[a-zA-Z0-9]{3,48}"),
    "containerservice:ManagedCluster": ("resourceName", r"aks-[\w-]{1,59}"),
    "cosmosdb:DatabaseAccount": ("accountName", r"cosmos-?[a-z0-9-]{1,43}"),
    "databricks:Workspace": ("workspaceName", r"dbw-[\w-]{1,60}"),
    "datafactory:Factory": ("factoryName", r"adf-[a-zA-Z0-9-]{1,59}"),
    "eventhub:Namespace": ("namespaceName", r"evhns-[a-zA-Z0-9-]{1,44}"),
    "keyvault:Vault": ("vaultName", r"(?=.{3,24}$)kv(-?[a-zA-Z0-9])+"),
    "machinelearningservices:BatchEndpoint": ("endpointName", r"[a-zA-Z][a-zA-Z0-9-]{2,31}"),
    "machinelearningservices:OnlineDeployment": ("deploymentName", r"[a-zA-Z][a-zA-Z0-9-]{2,31}"),
    "machinelearningservices:OnlineEndpoint": ("endpointName", r"[a-zA-Z][a-zA-Z0-9-]{2,31}"),
    "machinelearningservices:Registry": ("registryName", r"mlr-?[\w-]{2,29}"),
    "machinelearningservices:Workspace": ("workspaceName", r"mlw-[\w-]{1,29}"),
    "managedidentity:UserAssignedIdentity": ("resourceName", r"id-[\w-]{1,125}"),
    "monitor:ActionGroup": ("actionGroupName", r"ag-[\w.()-]{1,257}"),
    "monitor:ActivityLogAlert": ("activityLogAlertName", r"alert-[\w.()-]{1,254}"),
    "monitor:MetricAlert": ("ruleName", r"alert-[\w.()-]{1,254}"),
    "monitor:PrivateLinkScope": ("scopeName", r"ampls-[\w.()-]{1,249}"),
    "monitor:ScheduledQueryRule": ("ruleName", r"alert-[\w.()-]{1,254}"),
    "network:AzureFirewall": ("azureFirewallName", r"afw-[\w.-]{1,52}"),
    "network:BastionHost": ("bastionHostName", r"bas-[\w.-]{1,76}"),
    "network:FirewallPolicy": ("firewallPolicyName", r"afwp-[\w.-]{1,75}"),
    "network:FlowLog": ("flowLogName", r"flow-[\w.-]{1,75}"),
    "network:NatGateway": ("natGatewayName", r"ng-[\w.-]{1,77}"),
    "network:NetworkSecurityGroup": ("networkSecurityGroupName", r"nsg-[\w.-]{1,76}"),
    "network:PrivateEndpoint": ("privateEndpointName", r"pep-[\w.-]{1,60}"),
    "network:PublicIPAddress": ("publicIpAddressName", r"pip-[\w.-]{1,76}"),
    "network:RouteTable": ("routeTableName", r"rt-[\w.-]{1,77}"),
    "network:VirtualNetwork": ("virtualNetworkName", r"vnet-[\w.-]{1,59}"),
    "operationalinsights:Workspace": ("workspaceName", r"log-[a-zA-Z0-9-]{1,59}"),
    "resources:ResourceGroup": ("resourceGroupName", r"rg-[\w.()-]{1,87}"),
    "search:Service": ("searchServiceName", r"srch-[a-z0-9-]{1,55}"),
    "storage:StorageAccount": ("accountName", r"(st|dls|fl)[a-z0-9]{1,22}"),
}
"""For each type the input that names it, and how it is to begin and to be written. Sources: Cloud Adoption Framework,
resource-abbreviations; Azure docs, resource-name-rules."""


@rule(
    "*",
    group="governance",
    severity=MEDIUM,
    psrule="Azure.Resource.RequiredTags",
    azure_policy="871b6d14-10aa-478d-b590-94f262ecfa99 96670d01-0a4d-4649-9c89-2d3abc0a5025",
    fix="Give it the tags owner, costCenter, env and dataClassification; in preproduction an expiry to come as well.",
)
def required_tags(resource: ResourceView, context: Context, today: date) -> Found:
    """Whatever takes tags says whose it is, who pays, which environment, and how sensitive.

    Without an owner nobody is asked before it goes, or told when it fails. In preproduction a day of expiry says until
    when it is needed; where that has passed, it is to be renewed or removed.
    """
    if resource.type not in TAGGABLE:
        return
    tags = _tags(resource)
    wanted = (*context.required_tags, *(("expiry",) if context.tier is Tier.PREPRODUCTION else ()))
    missing = [name for name in wanted if not tags.get(name.casefold())]
    if missing:
        yield f"it lacks {'the tag' if len(missing) == 1 else 'the tags'} {', '.join(missing)}"
    classified = tags.get("dataclassification")
    if classified and classified.casefold() not in _CLASSIFICATIONS:
        yield f"its tag dataClassification is {classified}, none of {', '.join(Classification)}"
    if "expiry" in wanted and tags.get("expiry"):
        last = _day(tags["expiry"])
        if last is None:
            yield f"its tag expiry is {tags['expiry']}, which is no day such as 2027-06-30"
        elif last < today:
            yield f"it expired on {last}"


@rule(
    "*",
    group="governance",
    severity=HIGH,
    psrule="Azure.Resource.AllowedRegions Azure.ACR.ReplicaLocation",
    azure_policy="e56962a6-4747-49cd-b67b-bf8b01975c4c",
    fix="Place it, and each of its replicas, in the stack's region or in one of guardrails.locations.",
)
def allowed_locations(resource: ResourceView, context: Context) -> Found:
    """Everything stands in an agreed region, replicas included.

    Where data stands decides which law holds for it. A second region that was only meant to keep a service up takes
    the data along.
    """
    if not resource.resource.type.startswith(_AZURE):
        return
    allowed = {_region(location) for location in context.allowed_locations} | set(NOWHERE)
    for path, location in _locations(resource):
        if _region(location) not in allowed:
            yield f"{path} is {location}, none of {', '.join(sorted(context.allowed_locations)) or 'no region'}"


@rule(
    "*",
    group="governance",
    severity=LOW,
    psrule="Azure.Storage.Naming",
    checkov="CKV_AZURE_43",
    fix="Begin the name with the type's abbreviation, such as vnet-, and take characters that the type allows.",
)
def naming_convention(resource: ResourceView) -> Found:
    """Names begin with the abbreviation of their type, as the Cloud Adoption Framework has them.

    Whoever reads a log, a bill or an alert at night should see what it is about. Types without an agreed abbreviation,
    and parts of other resources, aren't asked; endpoints are asked for what Azure takes alone.
    """
    named = NAMES.get(resource.type)
    if named is None or not resource.resource.type.startswith(_AZURE):
        return
    name = resource.get(named[0])
    if name is None:
        yield f"{named[0]} isn't set: Pulumi would make up a name"
    elif not re.fullmatch(named[1], str(name)):
        yield f"{named[0]} {name} isn't of the form {named[1]}"


@rule(
    "*",
    group="governance",
    severity=MEDIUM,
    azure_policy="a08ec900-254a-4555-9bf5-e42af04b5c5c",
    mcsb="AM-2",
    fix="Use a type of policies/resource_types.py at its API version, or have guardrails.resourceTypes allow it.",
)
def allowed_resource_types(resource: ResourceView, context: Context) -> Found:
    """Only types that were looked at are used, each at a known API version.

    A type that no rule knows passes every rule. Another API version may have other defaults, and a preview may go. The
    SDK's own default is allowed, though it is a preview for diagnostic settings, registries, action groups and others.
    Versions can be read from a token alone: a plan doesn't say which version the SDK will take for the others.
    """
    token = resource.resource.type
    if not token.startswith(_AZURE):
        package = token.partition(":")[0]
        if package not in _PACKAGES:
            yield f"{token} is of package {package}, which the platform doesn't use"
        return
    version = context.allowed_types.get(resource.type)
    found = _VERSION.search(token)
    written = f"{found[1]}-{found[2]}-{found[3]}{f'-{found[4]}' if found[4] else ''}" if found else version
    if version is None:
        yield f"{resource.type} is no resource type that the platform may use"
    elif written != version:
        yield f"its API version is {written}; the platform uses {version}"


@rule(
    "authorization:PolicyExemption",
    group="governance",
    severity=HIGH,
    psrule="Azure.Policy.WaiverExpiry",
    fix="Set expiresOn to a day within 90 days, say why in description, and who in metadata.owner.",
)
def exemption_expiry(exemption: ResourceView, today: date) -> Found:
    """An exemption from Azure's policies ends soon, has a reason and an owner.

    What is exempted for good is a policy that nobody holds any more. The exemptions of these rules, in exemptions.yaml,
    are held to the same by their own form: one that lacks any of it exempts nothing.
    """
    written = exemption.get("expiresOn")
    last = _day(written)
    if written is None:
        yield "expiresOn isn't set: it never ends"
    elif last is None:
        yield f"expiresOn is {written}, which is no date"
    elif last < today:
        yield f"it ended on {last}"
    elif last > today + LONGEST_EXEMPTION:
        yield f"it ends on {last}, more than {LONGEST_EXEMPTION.days} days from now"
    if not str(exemption.get("description", "")).strip():
        yield "description gives no reason"
    metadata = exemption.get("metadata")
    if not (isinstance(metadata, View) and str(metadata.get("owner", "")).strip()):
        yield "metadata.owner names nobody"


def _tags(resource: ResourceView) -> dict[str, str]:
    """The tags by name in lower case, since Azure takes no notice of a name's case."""
    tags = resource.get("tags")
    return {name.casefold(): str(value).strip() for name, value in tags.items()} if isinstance(tags, View) else {}


def _locations(resource: ResourceView) -> Iterator[tuple[str, str]]:
    """Where a resource stands, and each of its replicas."""
    if own := resource.get("location"):
        yield "location", str(own)
    if resource.type == COMPUTE and (apart := resource.get("properties.computeLocation")):
        yield "properties.computeLocation", str(apart)
    if resource.type in REPLICAS:
        path, key = REPLICAS[resource.type]
        for replica in views(resource.get(path)):
            if region := replica.get(key):
                yield f"{replica.path}.{key}", str(region)


@lru_cache(maxsize=256)
def _region(location: str) -> str:
    """A region as its short name: `West Europe` is westeurope."""
    return location.replace(" ", "").casefold()


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None
