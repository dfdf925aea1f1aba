"""Networks: address ranges that must fit, and what can't be deleted while something uses it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from seawall.local.services.reading import items, mapping, text
from seawall.local.services.service import InUse, Put, Service, refuse

_NAME = re.compile(r"[a-zA-Z0-9]([\w.-]{0,78}\w)?", re.ASCII)
"""Source: Azure docs, resource-name-rules (Microsoft.Network)."""

VIRTUAL_NETWORK = "microsoft.network/virtualnetworks"
SUBNET = f"{VIRTUAL_NETWORK}/subnets"

IN_SUBNETS = (
    "microsoft.network/privateendpoints",
    "microsoft.network/networkinterfaces",
    "microsoft.network/azurefirewalls",
    "microsoft.network/bastionhosts",
    "microsoft.network/applicationgateways",
    "microsoft.network/dnsresolvers",
    "microsoft.compute/",
    "microsoft.containerservice/",
    "microsoft.app/managedenvironments",
    "microsoft.apimanagement/service",
    "microsoft.databricks/workspaces",
    "microsoft.dbforpostgresql/flexibleservers",
    "microsoft.cognitiveservices/accounts",
    "microsoft.cache/redis",
    "microsoft.machinelearningservices/workspaces/computes",
    "microsoft.web/",
)
"""What keeps a subnet from being deleted. A storage account's or vault's network rule doesn't."""


def inline_subnets(put: Put) -> Iterator[tuple[str, dict[str, Any]]]:
    """The subnets that come with a virtual network's body."""
    for subnet in items(put.properties, "subnets"):
        yield f"{put.route.id}/subnets/{_subnet_name(subnet)}", {"properties": mapping(subnet, "properties")}


def _subnet_name(subnet: Any) -> str:
    name = text(subnet, "name")
    if not _NAME.fullmatch(name):
        raise refuse("InvalidResourceName", f"Resource name {name!r} is invalid.", target="properties.subnets")
    return name


def dropped_subnets(put: Put) -> Iterator[str]:
    """The subnets to delete: a list of subnets is the whole list. Without one, the subnets stay as they are."""
    if "subnets" not in put.properties:
        return
    named = {_subnet_name(subnet).lower() for subnet in items(put.properties, "subnets")}
    for row in put.children(SUBNET):
        if row.id.rsplit("/", 1)[-1].lower() not in named:
            yield row.id


def check_network(put: Put) -> None:
    spaces, dropped = _spaces(put.properties), set(dropped_subnets(put))
    for row in put.children(SUBNET):
        if row.id not in dropped:
            _check_inside(_ranges(row.body.get("properties", {})), spaces)


def check_subnet(put: Put) -> None:
    """Source: Azure docs, virtual-network/manage-subnet-delegation and error codes of subnets/create-or-update."""
    network = put.referenced(put.route.parent)
    mine = _ranges(put.properties)
    if not mine:
        raise refuse("InvalidAddressPrefix", f"Subnet {put.route.name} has no address prefix.")
    _check_inside(mine, _spaces(network.get("properties", {})))
    for row in put.store.of_type(SUBNET, put.route.parent):
        others = _ranges(row.body.get("properties", {}))
        if row.key != put.route.key and _overlap(mine, others):
            raise refuse(
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{put.route.name}' is not valid because its IP address range overlaps with that of an "
                f"existing subnet, '{row.id.rsplit('/', 1)[-1]}'.",
            )


def _check_inside(mine: Iterable[IPv4Network | IPv6Network], spaces: list[IPv4Network | IPv6Network]) -> None:
    for network in mine:
        if spaces and not any(_contains(space, network) for space in spaces):
            raise refuse(
                "NetcfgInvalidSubnet", f"Subnet range {network} is outside of the virtual network's address space."
            )


def _contains(outer: IPv4Network | IPv6Network, inner: IPv4Network | IPv6Network) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _overlap(mine: list[IPv4Network | IPv6Network], others: list[IPv4Network | IPv6Network]) -> bool:
    return any(one.overlaps(other) for one in mine for other in others if one.version == other.version)


def _spaces(properties: dict[str, Any]) -> list[IPv4Network | IPv6Network]:
    return _networks(items(properties, "addressSpace", "addressPrefixes"))


def _ranges(properties: dict[str, Any]) -> list[IPv4Network | IPv6Network]:
    one = text(properties, "addressPrefix")
    return _networks([*([one] if one else []), *items(properties, "addressPrefixes")])


def _networks(ranges: Iterable[Any]) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(str(each)) for each in ranges]
    except ValueError as error:
        raise refuse("InvalidAddressPrefixFormat", f"{error}.") from None


def is_watchers_group(name: str) -> bool:
    """Whether a resource group is the one in which Azure keeps the network watchers that it makes."""
    return name.lower() == "networkwatcherrg"


def is_own_watcher(name: str) -> bool:
    """Whether a network watcher is one that Azure makes in each region with the first network there.

    Here they are there from the beginning. Source: Azure docs, network-watcher/network-watcher-create.
    """
    return name.lower().startswith("networkwatcher_")


def _in_use(code: str, *by: str) -> Service:
    return Service(in_use=InUse(code, by))


SERVICES = {
    VIRTUAL_NETWORK: Service(
        check=check_network,
        inline=inline_subnets,
        dropped=dropped_subnets,
        in_use=InUse("InUseSubnetCannotBeDeleted", IN_SUBNETS),
    ),
    SUBNET: Service(check=check_subnet, in_use=InUse("InUseSubnetCannotBeDeleted", IN_SUBNETS)),
    "microsoft.network/networksecuritygroups": _in_use(
        "InUseNetworkSecurityGroupCannotBeDeleted", SUBNET, VIRTUAL_NETWORK, "microsoft.network/networkinterfaces"
    ),
    "microsoft.network/routetables": _in_use("InUseRouteTableCannotBeDeleted", SUBNET, VIRTUAL_NETWORK),
    "microsoft.network/natgateways": _in_use("InUseNatGatewayCannotBeDeleted", SUBNET, VIRTUAL_NETWORK),
    "microsoft.network/publicipaddresses": _in_use(
        "PublicIPAddressCannotBeDeleted",
        "microsoft.network/azurefirewalls",
        "microsoft.network/bastionhosts",
        "microsoft.network/natgateways",
        "microsoft.network/applicationgateways",
        "microsoft.network/networkinterfaces",
    ),
    "microsoft.network/networkwatchers": Service(exists_by_itself=is_own_watcher),
    "microsoft.network/firewallpolicies": _in_use(
        "FirewallPolicyCannotBeDeleted", "microsoft.network/azurefirewalls", "microsoft.network/firewallpolicies"
    ),
    "microsoft.network/ipgroups": _in_use(
        "IpGroupCannotBeDeleted", "microsoft.network/azurefirewalls", "microsoft.network/firewallpolicies"
    ),
    "microsoft.network/azurefirewalls": Service(put_ticks=3, delete_ticks=2),
    "microsoft.network/bastionhosts": Service(put_ticks=3, delete_ticks=2),
    "microsoft.network/applicationgateways": Service(put_ticks=3, delete_ticks=2),
    "microsoft.network/privateendpoints": Service(put_ticks=1, delete_ticks=1),
    # Source: Azure DNS docs, private-dns-virtual-network-links.
    "microsoft.network/privatednszones": Service(nested=("microsoft.network/privatednszones/virtualnetworklinks",)),
    "microsoft.app/managedenvironments": Service(
        put_ticks=1, in_use=InUse("ManagedEnvironmentHasContainerApps", ("microsoft.app/",), status=409)
    ),
    "microsoft.web/serverfarms": Service(in_use=InUse("Conflict", ("microsoft.web/sites",), status=409)),
    "microsoft.containerservice/managedclusters": Service(put_ticks=3, delete_ticks=2),
}
