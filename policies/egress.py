"""How traffic leaves a subnet: filtered or not at all, through a NAT gateway, or as it likes."""

from __future__ import annotations

from enum import Enum

from policies.facts import views
from policies.reading import ResourceView, View, same
from policies.relations import PlanView

SUBNET = "network:Subnet"
NETWORK = "network:VirtualNetwork"

_INTERNET = ("internet", "*", "0.0.0.0/0")
_ALL_PORTS = ("*", "0-65535")
_ALL_SOURCES = ("*", "virtualnetwork", "0.0.0.0/0")


class WayOut(Enum):
    """What stands between a subnet and the Internet."""

    FILTERED = "filtered"
    """A firewall, a gateway of one's own, a security group that denies the Internet; or there is no way out at all."""
    NAT = "NAT gateway"
    """A fixed address, but no filter."""
    OPEN = "open"
    """Nothing."""


def subnet_at(holder: ResourceView, path: str, plan: PlanView) -> View | None:
    """The subnet whose ID a property holds: a resource, or a part of its network. None where it isn't in the plan."""
    subnet = plan.target(holder, path, SUBNET)
    if subnet:
        return subnet
    network_id, _, name = str(holder.get(path, "")).rpartition("/subnets/")
    network = plan.resolve(holder, path, network_id, NETWORK) if network_id else None
    if network is None:
        return None
    return next((part for part in views(network.get("subnets")) if same(part.get("name"), name)), None)


def way_out(subnet: View, plan: PlanView) -> WayOut:
    """How traffic leaves a subnet. Raises `UnknownValue` where the plan can't tell.

    A private subnet (defaultOutboundAccess false) has no way out but a NAT gateway or a route.
    Source: virtual-network docs, ip-services/default-outbound-access.
    """
    nat = isinstance(subnet.get("natGateway"), View)
    if _routed_to_filter(subnet, plan) or _denied(subnet, plan):
        return WayOut.FILTERED
    if nat:
        return WayOut.NAT
    return WayOut.FILTERED if subnet.get("defaultOutboundAccess") is False else WayOut.OPEN


def _routed_to_filter(subnet: View, plan: PlanView) -> bool:
    table = plan.target(subnet, "routeTable.id", "network:RouteTable")
    if table is None:
        return False
    routes = [*views(table.get("routes")), *plan.children(table, "network:Route", "routeTableName")]
    hops = [route.get("nextHopType") for route in routes if route.get("addressPrefix") == "0.0.0.0/0"]
    return any(same(hop, kind) for hop in hops for kind in ("VirtualAppliance", "VirtualNetworkGateway", "None"))


def _denied(subnet: View, plan: PlanView) -> bool:
    """Whether the subnet's security group denies the Internet before it allows any of it.

    Without such a rule, Azure's own AllowInternetOutBound (priority 65001) lets everything out.
    Source: virtual-network docs, network-security-groups-overview, "Default security rules".
    """
    group = plan.target(subnet, "networkSecurityGroup.id", "network:NetworkSecurityGroup")
    if group is None:
        return False
    others = plan.children(group, "network:SecurityRule", "networkSecurityGroupName")
    rules = [*views(group.get("securityRules")), *others]
    outbound = [rule for rule in rules if same(rule.get("direction"), "Outbound")]
    to_internet = [rule for rule in outbound if _has(rule, "destinationAddressPrefix", _INTERNET)]
    for rule in sorted(to_internet, key=lambda rule: int(rule.get("priority", 0))):
        if same(rule.get("access"), "Allow"):
            return False
        whole = _has(rule, "destinationPortRange", _ALL_PORTS) and _has(rule, "sourceAddressPrefix", _ALL_SOURCES)
        if whole and rule.get("protocol") == "*":
            return True
    return False


def _has(rule: View, key: str, wanted: tuple[str, ...]) -> bool:
    """Whether one of a rule's values, which stand alone or in a list, is one of those wanted."""
    several = rule.get(f"{key}es" if key.endswith("x") else f"{key}s", ())
    return any(isinstance(value, str) and value.casefold() in wanted for value in (rule.get(key), *several))
