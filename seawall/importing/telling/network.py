"""The network: in which mode the workspace stands, and the addresses around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.resource_id import parse
from seawall.importing.existing import Existing
from seawall.importing.telling.ground import Workspace
from seawall.importing.telling.words import lower_first, unless

_NETWORKS = "Microsoft.Network/virtualNetworks"
_SUBNETS: Mapping[str, str] = {
    "private-endpoints": "privateEndpoints", "runners": "runners", "training": "training", "scoring": "scoring",
}  # fmt: skip
"""By name in Azure: the key in the stack file."""

_MADE_BY_US = ("lake-blob", "lake-dfs", "storage-queue", "storage-table")
"""Outbound rules that the program makes by itself."""


def network(where: Workspace) -> dict[str, Any]:
    """The section `network`, without `addressSpace` where there is no virtual network."""
    isolation = str(where.workspace.at("managedNetwork.isolationMode") or "Disabled")
    found = where.named(_NETWORKS, "virtual network")
    peering = _peering(where, found)
    mode = "managed" if isolation != "Disabled" else "hubAndSpoke" if peering else "virtualNetwork"
    section: dict[str, Any] = {"mode": unless("managed", mode), "addressSpace": _space(where, found)}
    if mode == "managed":
        section["managed"] = _managed(where, isolation)
    if mode == "hubAndSpoke" and peering:
        section["hub"] = _hub(where, peering, found)
    section["subnets"] = _subnets(found, section["addressSpace"], mode)
    return section


def _space(where: Workspace, network: Existing | None) -> str | None:
    spaces = (network.at("addressSpace.addressPrefixes") if network else None) or []
    if len(spaces) > 1:
        where.unsaid.append(f"{network.name if network else ''}: a stack has one address space, not {len(spaces)}")
    return str(spaces[0]) if spaces else None


def _subnets(network: Existing | None, space: str | None, mode: str) -> dict[str, str]:
    """The subnets that stand elsewhere than the stack file would place them by itself."""
    from ipaddress import IPv4Network

    from stacks.settings.subnets import SubnetsDontFit, arranged

    if network is None or space is None:
        return {}
    there = {
        _SUBNETS[one["name"]]: str(prefix)
        for one in network.at("subnets") or []
        if one.get("name") in _SUBNETS and (prefix := (one.get("properties") or {}).get("addressPrefix"))
    }
    try:
        computed = {key: str(value) for key, value in arranged(IPv4Network(space), {}, False).items()}
    except (SubnetsDontFit, ValueError):
        computed = {}
    return {} if all(computed.get(key) == value for key, value in there.items()) else there


def _peering(where: Workspace, network: Existing | None) -> Mapping[str, Any] | None:
    """The properties of the network's first peering, which a spoke has with its hub."""
    if network is None:
        return None
    below = where.inventory.of(f"{_NETWORKS}/virtualNetworkPeerings", f"{network.id}/")
    found = [one.properties for one in below] or [
        one.get("properties") or {} for one in network.at("virtualNetworkPeerings") or []
    ]
    return found[0] if found else None


def _hub(where: Workspace, peering: Mapping[str, Any], network: Existing | None) -> dict[str, Any]:
    remote = str((peering.get("remoteVirtualNetwork") or {}).get("id", ""))
    hub = where.inventory.get(remote)
    spaces = (hub.at("addressSpace.addressPrefixes") if hub else None) or (
        peering.get("remoteAddressSpace") or peering.get("remoteVirtualNetworkAddressSpace") or {}
    ).get("addressPrefixes")
    # A spoke asks the hub's firewall for names; without one, Azure's own DNS answers.
    egress = "firewall" if network and network.at("dhcpOptions.dnsServers") else "nat"
    return {"addressSpace": spaces[0] if spaces else None, "egress": unless("firewall", egress)}


def hub_subscription(where: Workspace) -> str:
    """The subscription of the network that the workspace's is peered with."""
    peering = _peering(where, where.named(_NETWORKS, "virtual network"))
    remote = str(((peering or {}).get("remoteVirtualNetwork") or {}).get("id", ""))
    return parse(remote).subscription if remote else ""


def _managed(where: Workspace, isolation: str) -> dict[str, Any]:
    workspace = where.workspace
    rules = workspace.at("managedNetwork.outboundRules") or {}
    said = [
        {"name": name, **_rule(where, name, rule)}
        for name, rule in sorted(rules.items())
        if rule.get("category", "UserDefined") == "UserDefined" and name not in _MADE_BY_US
    ]
    return {
        "isolation": unless("allowOnlyApprovedOutbound", lower_first(isolation)),
        "includeSpark": unless(False, bool(workspace.at("managedNetwork.status.sparkReady"))),
        "firewallSku": unless("Standard", workspace.at("managedNetwork.firewallSku")),
        "outboundRules": [one for one in said if "type" in one],
    }


def _rule(where: Workspace, name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    target = rule.get("destination")
    if rule.get("type") == "FQDN":
        return {"type": "fqdn", "destination": str(target)}
    if isinstance(target, Mapping) and rule.get("type") == "ServiceTag":
        ports, protocol = unless("443", target.get("portRanges")), unless("TCP", target.get("protocol"))
        said = {"type": "serviceTag", "serviceTag": target.get("serviceTag"), "portRanges": ports, "protocol": protocol}
        return {key: value for key, value in said.items() if value is not None}
    if isinstance(target, Mapping) and rule.get("type") == "PrivateEndpoint":
        said = {
            "type": "privateEndpoint",
            "resourceId": target.get("serviceResourceId"),
            "subresource": target.get("subresourceTarget"),
            "spark": unless(False, bool(target.get("sparkEnabled"))),
            "fqdns": rule.get("fqdns") or None,
        }
        return {key: value for key, value in said.items() if value is not None}
    where.unsaid.append(f"the outbound rule {name!r} of {where.workspace.name}: no setting says a rule of its kind")
    return {}
