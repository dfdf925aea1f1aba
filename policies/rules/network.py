"""Rules on networks: security groups, subnets, public addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from policies.egress import NETWORK, SUBNET
from policies.facts import anywhere, texts, views
from policies.reading import ResourceView, View, same
from policies.relations import PlanView
from policies.rule import HIGH, MEDIUM, Finding, Found, rule
from seawall.plan.values import UNKNOWN

SECURITY_GROUP = "network:NetworkSecurityGroup"
SECURITY_RULE = "network:SecurityRule"
PUBLIC_IP = "network:PublicIPAddress"

WITHOUT_SECURITY_GROUP = ("AzureFirewallSubnet", "AzureFirewallManagementSubnet", "GatewaySubnet", "RouteServerSubnet")
"""Subnets on which Azure refuses, or advises against, a security group.

Source: PSRule for Azure, Azure.VNET.UseNSGs; Azure docs, firewall/firewall-faq and route-server/route-server-faq.
"""
RESERVED = (*WITHOUT_SECURITY_GROUP, "AzureBastionSubnet")
"""Subnets that Azure names. What stands there brings a public address, and refuses a private subnet."""

MAY_BE_PUBLIC = ("network:AzureFirewall", "network:BastionHost", "network:NatGateway")
"""What may have a public address: what filters, what checks people in, what only goes out."""

_WATCHES = ("monitor:", "authorization:", "security:", "seawall:", "pulumi:", "resources:")
"""Namespaces of types that name a resource to watch, grant or lock it, and don't use it."""
_ADDRESS = re.compile(r"/publicipaddresses/([^/\n]+)")


@rule(
    SECURITY_GROUP,
    SECURITY_RULE,
    group="network",
    severity=HIGH,
    psrule="Azure.NSG.AnyInboundSource",
    checkov="CKV_AZURE_9 CKV_AZURE_10",
    mcsb="NS-1",
    fix="Name the sources: a range of addresses, a service tag, or VirtualNetwork.",
)
def nsg_no_any_inbound(resource: ResourceView) -> Found:
    """No security group lets everybody in.

    An address on the Internet is tried within minutes. Even behind a private address, a rule for everybody outlives
    the reason that it was made for. Ranges that stand in a list, and half of all addresses, count as well.
    """
    if resource.type == SECURITY_RULE:
        yield from _of_security_rule("", resource)
    else:
        for security_rule in views(resource.get("securityRules")):
            yield from _of_security_rule(f"rule {security_rule.get('name', '')}: ", security_rule)


@rule(
    SUBNET,
    NETWORK,
    group="network",
    severity=MEDIUM,
    psrule="Azure.VNET.UseNSGs",
    checkov="CKV2_AZURE_31",
    azure_policy="e71308d3-144b-4262-b144-efdc3cc90517 7bca8353-aa3b-429b-904a-9229c4385837",
    mcsb="NS-1",
    fix="Give the subnet a networkSecurityGroup, and set defaultOutboundAccess to false.",
)
def subnet_nsg_private(resource: ResourceView) -> Found:
    """Subnets have a security group, and no way out that nobody made.

    Azure lets everything in a network reach everything else, and out through an address that nobody knows, unless told
    otherwise. A subnet inside of its network counts as much as one of its own. Azure's own subnets are left out as far
    as they refuse it, and the way out of a delegated one belongs to its service.
    Source: virtual-network docs, ip-services/default-outbound-access, "Limitations".
    """
    if resource.type == SUBNET:
        yield from _of_subnet("", str(resource.get("subnetName", "")), resource)
    else:
        for subnet in views(resource.get("subnets")):
            name = str(subnet.get("name", ""))
            yield from _of_subnet(f"subnet {name}: ", name, subnet)


@rule(
    PUBLIC_IP,
    group="network",
    severity=HIGH,
    mcsb="NS-2",
    fix="Remove it, or attach it to a firewall, a bastion or a NAT gateway.",
)
def public_ip_allowlist(address: ResourceView, plan: PlanView) -> Found:
    """Only firewalls, bastions and NAT gateways have a public address.

    Anything else with one is a door that no firewall watches. The attachment stands on the other resource; an address
    that nothing in the plan has waits for somebody to attach it by hand.
    """
    holders = _holders(address, plan)
    if not holders:
        yield "nothing in the plan has it: it waits to be attached to anything"
    for holder in holders:
        if holder.type not in MAY_BE_PUBLIC:
            yield f"it is attached to {holder.type} {holder.name}"


def _of_security_rule(prefix: str, security_rule: View) -> Found:
    if not same(security_rule.get("direction"), "Inbound") or not same(security_rule.get("access"), "Allow"):
        return
    sources = (security_rule.get("sourceAddressPrefix"), *texts(security_rule.get("sourceAddressPrefixes")))
    for source in sources:
        if isinstance(source, str) and anywhere(source):
            yield f"{prefix}it lets {source} in"


def _of_subnet(prefix: str, name: str, subnet: View) -> Found:
    if not _is_one(name, WITHOUT_SECURITY_GROUP) and not isinstance(subnet.get("networkSecurityGroup"), View):
        yield f"{prefix}it has no security group"
    delegated = any(True for _ in views(subnet.get("delegations")))
    if not _is_one(name, RESERVED) and not delegated and subnet.get("defaultOutboundAccess") is not False:
        yield Finding(f"{prefix}defaultOutboundAccess isn't false: it leaves by an address that nobody knows")


def _is_one(name: str, names: tuple[str, ...]) -> bool:
    return any(same(name, each) for each in names)


def _holders(address: ResourceView, plan: PlanView) -> list[ResourceView]:
    """What a public address is attached to, by URN.

    That names the address by its ID. While IDs are unknown: what depends on it, and either names an address of that
    name or has an input from it that isn't wholly known.
    """
    by_id, by_name = plan.derived(_named_addresses)
    found = {holder.urn: holder for holder in by_id.get(address.id.lower(), ())} if address.id else {}
    name = "" if address.is_unknown("publicIpAddressName") else str(address.get("publicIpAddressName")).lower()
    named = {holder.urn for holder in by_name.get(name, ())}
    for holder in plan.dependents(address):
        if _uses(holder) and (holder.urn in named or _awaits(holder, address)):
            found[holder.urn] = holder
    return [found[urn] for urn in sorted(found)]


Holders = Mapping[str, list[ResourceView]]


def _named_addresses(plan: PlanView) -> tuple[Holders, Holders]:
    """Which resources name which public addresses, by ID and by name; under no name, those that name any."""
    by_id: dict[str, list[ResourceView]] = defaultdict(list)
    by_name: dict[str, list[ResourceView]] = defaultdict(list)
    for resource in plan.plan.resources:
        view = plan.view(resource)
        if not _uses(view) or "/publicipaddresses/" not in view.text:
            continue
        for line in {line for line in view.text.split("\n") if "/publicipaddresses/" in line}:
            by_id[line].append(view)
            by_name[_ADDRESS.findall(line)[-1]].append(view)
            by_name[""].append(view)
    return by_id, by_name


def _uses(view: ResourceView) -> bool:
    return view.type != PUBLIC_IP and not view.type.startswith(_WATCHES)


def _awaits(holder: ResourceView, address: ResourceView) -> bool:
    """Whether an input of `holder` that came from the address is not wholly known yet."""
    sources = holder.resource.property_dependencies
    coming = {key for key, urns in sources.items() if address.urn in urns}
    return any(path.partition(".")[0].partition("[")[0] in coming for path in _unknowns(holder))


def _unknowns(view: ResourceView) -> Iterator[str]:
    return (path for path, value in view.places() if value is UNKNOWN)
