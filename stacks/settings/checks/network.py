"""Address spaces, subnets, and what belongs to which network mode."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from stacks.settings.checks.base import Fault, check, is_given
from stacks.settings.model import Settings
from stacks.settings.network import FqdnRule, PrivateEndpointRule, ServiceTagRule
from stacks.settings.subnets import AZURE_PREFIX, ENVIRONMENT, HUB, LONGEST_PREFIX, SubnetsDontFit, usable

SMALLEST_SPACE = 24
"""Prefix of the smallest address space: four subnets of /26, or in a hub Azure's two and two of ours."""

PRIVATE_ENDPOINTS_PREFIX = 26
"""A stack's private endpoints take about thirty addresses, twelve of them Azure Monitor's: more than a /27 has."""

DOCKER = IPv4Network("172.17.0.0/16")

STORAGE_HOSTS = tuple(f".{kind}.core.windows.net" for kind in ("blob", "file", "queue", "table", "dfs", "web"))

SUBRESOURCES = {
    "microsoft.storage/storageaccounts": ("blob", "file", "queue", "table", "dfs", "web"),
    "microsoft.keyvault/vaults": ("vault",),
    "microsoft.containerregistry/registries": ("registry",),
    "microsoft.machinelearningservices/workspaces": ("amlworkspace",),
    "microsoft.machinelearningservices/registries": ("amlregistry",),
    "microsoft.cognitiveservices/accounts": ("account",),
    "microsoft.search/searchservices": ("searchService",),
    "microsoft.documentdb/databaseaccounts": ("Sql", "MongoDB", "Cassandra", "Gremlin", "Table"),
    "microsoft.sql/servers": ("sqlServer",),
    "microsoft.eventhub/namespaces": ("namespace",),
    "microsoft.datafactory/factories": ("dataFactory", "portal"),
    "microsoft.insights/privatelinkscopes": ("azuremonitor",),
    "microsoft.cache/redis": ("redisCache",),
    "microsoft.databricks/workspaces": ("databricks_ui_api", "browser_authentication"),
}
"""Sub-resources of the types most often reached. Source: private-endpoint-overview, "Private-link resource"."""


@check("network.addressSpace")
def address_space_is_large_enough(settings: Settings) -> Iterator[Fault]:
    """A virtual network holds the subnets that every stack has, and Azure takes none larger than a /8."""
    space = settings.network.address_space
    if not 8 <= space.prefixlen <= SMALLEST_SPACE:
        yield Fault(
            ("network", "addressSpace"), str(space), f"a range from /8 to /{SMALLEST_SPACE}, room for four subnets"
        )


@check("environment", "network.mode", "network.subnets")
def subnets_belong_to_the_mode(settings: Settings) -> Iterator[Fault]:
    """training and scoring stand where computes are in our network; firewall and bastion stand in the hub."""
    for name in settings.network.subnets.given:
        place = ("network", "subnets", name)
        if name in ("firewall", "bastion") and not settings.is_hub:
            yield Fault(place, "a subnet of the hub", "it in shared only, where network.mode is hubAndSpoke")
        elif name in ("training", "scoring") and (settings.is_shared or settings.has_managed_network):
            why = "shared has no computes" if settings.is_shared else "in managed mode computes are not in this network"
            yield Fault(place, "a subnet for computes", f"none: {why}")


@check("network.addressSpace", "network.subnets")
def subnets_lie_inside(settings: Settings) -> Iterator[Fault]:
    """A subnet is a part of its network, at least a /29; Azure's own want a /26. Source: virtual-networks-faq."""
    space = settings.network.address_space
    for name, subnet in settings.network.subnets.given.items():
        place = ("network", "subnets", name)
        smallest = AZURE_PREFIX if name in ("firewall", "bastion") else LONGEST_PREFIX
        smallest = PRIVATE_ENDPOINTS_PREFIX if name == "privateEndpoints" else smallest
        if not subnet.subnet_of(space):
            yield Fault(place, str(subnet), f"a range within network.addressSpace, {space}")
        if subnet.prefixlen > smallest:
            yield Fault(place, str(subnet), f"a /{smallest} or larger, of which Azure keeps five addresses")


@check("network.subnets")
def subnets_stand_apart(settings: Settings) -> Iterator[Fault]:
    """Subnets of one network don't overlap."""
    for (one, its), (other, theirs) in combinations(settings.network.subnets.given.items(), 2):
        if its.overlaps(theirs):
            place = ("network", "subnets", other)
            yield Fault(place, str(theirs), f"a range apart from network.subnets.{one}, {its}")


@check("environment", "network")
def subnets_fit(settings: Settings) -> Iterator[Fault]:
    """What isn't given is computed, and needs room beside what is given."""
    if settings.network.address_space.prefixlen > SMALLEST_SPACE:
        return
    try:
        _ = settings.subnets
    except SubnetsDontFit as reason:
        wanted = ", ".join(HUB if settings.is_hub else ENVIRONMENT)
        got = f"{settings.network.address_space} without room for {', '.join(reason.missing)}"
        yield Fault(("network", "addressSpace"), got, f"room for {wanted}, or their ranges in network.subnets")


@check("environment", "network", "compute")
def training_subnet_holds_every_node(settings: Settings) -> Iterator[Fault]:
    """Each node and instance takes an address of its subnet; Azure refuses to scale beyond.

    Source: how-to-secure-training-vnet.
    """
    try:
        training = settings.subnets.training
    except SubnetsDontFit:
        return
    if training is None:
        return
    nodes = sum(cluster.max_nodes for cluster in settings.compute.clusters) + len(settings.compute.instances)
    if nodes > usable(training):
        place = ("network", "subnets", "training") if settings.network.subnets.training else ("network", "addressSpace")
        got = f"a training subnet {training} with {usable(training)} addresses"
        yield Fault(
            place, got, f"at least {nodes}: one for each node of compute.clusters at maxNodes and each instance"
        )


@check("environment", "network")
def training_subnet_is_not_dockers(settings: Settings) -> Iterator[Fault]:
    """Docker's bridge on each compute is 172.17.0.0/16: addresses in it can't be reached from there.

    Source: how-to-secure-training-vnet.
    """
    space = settings.network.address_space
    if not settings.has_managed_network and not settings.is_shared and space.overlaps(DOCKER):
        yield Fault(
            ("network", "addressSpace"), str(space), f"a range apart from {DOCKER}, Docker's bridge on every compute"
        )


@check("environment", "network.mode", "network.managed")
def managed_section_in_managed_mode(settings: Settings) -> Iterator[Fault]:
    """Only a workspace in managed mode has a managed network."""
    if is_given(settings, "network", "managed") and not settings.has_managed_network:
        where = "shared has no workspace" if settings.is_shared else f"network.mode is {settings.network.mode}"
        yield Fault(("network", "managed"), "settings of a managed network", f"none: {where}")


@check("network.managed.isolation", "network.managed.outboundRules")
def outbound_rules_fit_the_isolation(settings: Settings) -> Iterator[Fault]:
    """Where all of the internet is let out, rules add private endpoints only. Source: how-to-managed-network."""
    if settings.network.managed.isolation == "allowOnlyApprovedOutbound":
        return
    for index, rule in enumerate(settings.network.managed.outbound_rules):
        if isinstance(rule, FqdnRule | ServiceTagRule):
            kind = "an fqdn" if isinstance(rule, FqdnRule) else "a serviceTag"
            yield Fault(
                ("network", "managed", "outboundRules", index, "type"),
                rule.type,
                f"privateEndpoint: {kind} rule works only where isolation is allowOnlyApprovedOutbound",
            )


@check("network.managed.isolation", "network.managed.firewallSku")
def firewall_only_where_rules_start_it(settings: Settings) -> Iterator[Fault]:
    """A managed network has a firewall only where outbound traffic is approved. Source: how-to-managed-network."""
    managed = settings.network.managed
    if is_given(settings, "network", "managed", "firewall_sku") and managed.isolation == "allowInternetOutbound":
        place = ("network", "managed", "firewallSku")
        yield Fault(place, managed.firewall_sku, "none: there is a firewall only under allowOnlyApprovedOutbound")


@check("network.managed.outboundRules")
def storage_is_reached_by_private_endpoint(settings: Settings) -> Iterator[Fault]:
    """A managed network takes no fqdn rule for Azure Storage. Source: how-to-managed-network."""
    for index, rule in enumerate(settings.network.managed.outbound_rules):
        if isinstance(rule, FqdnRule) and rule.destination.lower().endswith(STORAGE_HOSTS):
            place = ("network", "managed", "outboundRules", index, "destination")
            yield Fault(place, rule.destination, "a host other than Azure Storage, which needs a privateEndpoint rule")


@check("network.managed.outboundRules", "network.managed.includeSpark")
def outbound_rules_name_what_exists(settings: Settings) -> Iterator[Fault]:
    """Rule names are unique; a sub-resource is one that its target has; Spark's endpoints need Spark."""
    managed, seen = settings.network.managed, set[str]()
    for index, rule in enumerate(managed.outbound_rules):
        place = ("network", "managed", "outboundRules", index)
        if rule.name.lower() in seen:
            yield Fault((*place, "name"), rule.name, "a name that no other outbound rule has")
        seen.add(rule.name.lower())
        if not isinstance(rule, PrivateEndpointRule):
            continue
        known = SUBRESOURCES.get(_arm_type(rule.resource_id))
        if known and rule.subresource not in known:
            yield Fault((*place, "subresource"), rule.subresource, f"what the target has: {', '.join(known)}")
        if rule.spark and not managed.include_spark:
            yield Fault((*place, "spark"), "true", "false, unless network.managed.includeSpark is true")


def _arm_type(resource_id: str) -> str:
    provider, *rest = resource_id.lower().split("/providers/")[-1].split("/")
    return "/".join((provider, *rest[::2]))


@check("network.managed.provisionNow", "environment", "network.mode", "endpoints.online")
def managed_network_before_endpoints(settings: Settings) -> Iterator[Fault]:
    """The managed network exists before the first online deployment. Source: how-to-managed-network."""
    if settings.has_managed_network and settings.endpoints.online and not settings.network.managed.provision_now:
        place = ("network", "managed", "provisionNow")
        yield Fault(place, "false", "true, since there are online endpoints: a deployment needs the network beforehand")
