"""Virtual networks and what stands in them, private endpoints, DNS."""

from __future__ import annotations

from typing import Any, Final

from seawall.azure.fills.base import (
    Filling,
    Put,
    address,
    fills,
    items,
    merged,
    part_id,
    private_address,
    properties,
    reference,
    said,
    word,
)
from seawall.azure.fills.ml import workspace_guid
from seawall.azure.guid import guid
from seawall.azure.resource_id import ResourceId

_READY = {"provisioningState": "Succeeded"}
_SUBNET = {"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}
"""What a subnet is unless told otherwise. Source: Virtual Network docs, disable-private-endpoint-network-policy."""


def _guid(put: Put) -> dict[str, Any]:
    return {"resourceGuid": guid(str(put.id), "resource")}


def _parts(put: Put, kind: str, *, under: str = "", **defaults: Any) -> dict[str, Any]:
    """The parts of one kind with their IDs and states, under the kind's name; nothing where there are none."""
    found = put.items("properties", kind)
    if not found:
        return {}
    ready = {"properties": _READY}
    return {
        kind: [
            merged(merged({"id": part_id(put.id, under or kind, each), "properties": defaults}, each), ready)
            if isinstance(each, dict)
            else each
            for each in found
        ]
    }


@fills("Microsoft.Network/virtualNetworks")
def virtual_network(put: Put) -> Filling:
    subnets = _parts(put, "subnets", **_SUBNET)
    peerings = _parts(put, "virtualNetworkPeerings")
    return properties(defaults={"enableDdosProtection": False}, **_guid(put), **subnets, **peerings)


@fills("Microsoft.Network/virtualNetworks/subnets")
def subnet(put: Put) -> Filling:
    return properties(defaults=_SUBNET, **_parts(put, "delegations"))


@fills("Microsoft.Network/virtualNetworks/virtualNetworkPeerings")
def peering(put: Put) -> Filling:
    """A peering waits for its other half; here both are taken to be made in one go."""
    return properties(
        defaults={
            "allowForwardedTraffic": False,
            "allowGatewayTransit": False,
            "allowVirtualNetworkAccess": True,
            "useRemoteGateways": False,
        },
        peeringState="Connected",
        peeringSyncLevel="FullyInSync",
        **_guid(put),
    )


_DEFAULT_RULES: Final = tuple(
    {
        "name": name,
        "properties": {
            "access": access,
            "description": description,
            "destinationAddressPrefix": target,
            "destinationPortRange": "*",
            "direction": direction,
            "priority": priority,
            "protocol": "*",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            **_READY,
        },
    }
    for name, direction, access, source, target, priority, description in (
        ("AllowVnetInBound", "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork", 65000, "Within the network"),
        ("AllowAzureLoadBalancerInBound", "Inbound", "Allow", "AzureLoadBalancer", "*", 65001, "From load balancers"),
        ("DenyAllInBound", "Inbound", "Deny", "*", "*", 65500, "All other traffic in"),
        ("AllowVnetOutBound", "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork", 65000, "Within the network"),
        ("AllowInternetOutBound", "Outbound", "Allow", "*", "Internet", 65001, "To the internet"),
        ("DenyAllOutBound", "Outbound", "Deny", "*", "*", 65500, "All other traffic out"),
    )
)
"""Source: Virtual Network docs, network-security-groups-overview, default security rules."""


@fills("Microsoft.Network/networkSecurityGroups")
def network_security_group(put: Put) -> Filling:
    standing = [{"id": f"{put.id}/defaultSecurityRules/{rule['name']}", **rule} for rule in _DEFAULT_RULES]
    return properties(defaultSecurityRules=standing, **_guid(put), **_parts(put, "securityRules"))


@fills("Microsoft.Network/routeTables")
def route_table(put: Put) -> Filling:
    return properties(defaults={"disableBgpRoutePropagation": False}, **_guid(put), **_parts(put, "routes"))


@fills("Microsoft.Network/natGateways")
def nat_gateway(put: Put) -> Filling:
    return properties(defaults={"idleTimeoutInMinutes": 4}, **_guid(put))


@fills("Microsoft.Network/publicIPAddresses")
def public_ip_address(put: Put) -> Filling:
    """A static address is given at once, a dynamic one with its first use."""
    facts: dict[str, Any] = _guid(put)
    if put.word("properties", "publicIPAllocationMethod") == "Static":
        facts["ipAddress"] = address(str(put.id))
    label = put.word("properties", "dnsSettings", "domainNameLabel")
    if label:
        facts["dnsSettings"] = {"fqdn": f"{label}.{put.region}.cloudapp.azure.com"}
    return Filling(
        {
            "sku": {"name": "Basic", "tier": "Regional"},
            "properties": {
                "idleTimeoutInMinutes": 4,
                "ipTags": [],
                "publicIPAddressVersion": "IPv4",
                "publicIPAllocationMethod": "Dynamic",
            },
        },
        {"properties": facts},
    )


@fills("Microsoft.Network/publicIPPrefixes")
def public_ip_prefix(put: Put) -> Filling:
    length = put.said("properties", "prefixLength")
    return properties(ipPrefix=f"{address(str(put.id))}/{length}" if isinstance(length, int) else "", **_guid(put))


@fills("Microsoft.Network/azureFirewalls")
def firewall(put: Put) -> Filling:
    """The private address is invented: Azure takes the first free one of the firewall's subnet, unknown here."""
    facts: dict[str, Any] = {}
    configurations = _parts(put, "ipConfigurations", under="azureFirewallIpConfigurations")
    for each in configurations.get("ipConfigurations", []):
        place = word(each, "properties", "subnet", "id")
        if place:
            each["properties"] = each["properties"] | {"privateIPAddress": private_address(place)}
    facts |= configurations
    for kind in ("applicationRuleCollections", "natRuleCollections", "networkRuleCollections"):
        facts |= _parts(put, kind)
    return properties(defaults={"threatIntelMode": "Alert"}, **facts)


@fills("Microsoft.Network/firewallPolicies")
def firewall_policy(put: Put) -> Filling:
    defaults = {"sku": {"tier": "Standard"}, "threatIntelMode": "Alert"}
    return properties(defaults=defaults, childPolicies=[], firewalls=[], ruleCollectionGroups=[])


@fills("Microsoft.Network/bastionHosts")
def bastion_host(put: Put) -> Filling:
    host = f"bst-{guid(str(put.id), 'host')}.bastion.azure.com"
    configurations = _parts(put, "ipConfigurations", under="bastionHostIpConfigurations")
    return Filling(
        {"sku": {"name": "Standard"}, "properties": {"scaleUnits": 2}},
        {"properties": {"dnsName": host, **configurations}},
    )


@fills("Microsoft.Network/privateEndpoints")
def private_endpoint(put: Put) -> Filling:
    """Its network interface, the approval of its connections, and the names that are to resolve to it.

    A connection by ID is approved at once where the caller may do so; a manual one waits. Addresses are those that
    the body asks for: which ones Azure takes from the subnet isn't known here.
    """
    nic = put.word("properties", "customNetworkInterfaceName") or f"{put.id.name}.nic.{guid(str(put.id), 'nic')}"
    group = f"/subscriptions/{put.id.subscription}/resourceGroups/{put.id.resource_group}"
    facts: dict[str, Any] = {
        "customDnsConfigs": _dns_configs(put),
        "networkInterfaces": [{"id": f"{group}/providers/Microsoft.Network/networkInterfaces/{nic}"}],
    }
    for kind, state in (
        ("privateLinkServiceConnections", {"status": "Approved", "description": "Auto-Approved"}),
        ("manualPrivateLinkServiceConnections", {"status": "Pending", "description": "Awaiting Approval"}),
    ):
        waiting = {"actionsRequired": "None", **state}
        facts |= _parts(put, kind, privateLinkServiceConnectionState=waiting)
    return properties(defaults={"ipConfigurations": [], "manualPrivateLinkServiceConnections": []}, **facts)


def _dns_configs(put: Put) -> list[dict[str, Any]]:
    asked = {
        word(each, "properties", "memberName"): word(each, "properties", "privateIPAddress")
        for each in put.items("properties", "ipConfigurations")
    }
    configs = []
    for connection in put.items("properties", "privateLinkServiceConnections"):
        target = reference(said(connection, "properties", "privateLinkServiceId"))
        for member in items(connection, "properties", "groupIds"):
            if target is None or not isinstance(member, str):
                continue
            given = [asked[member]] if asked.get(member) else []
            configs += [{"fqdn": name, "ipAddresses": given} for name in private_names(target, member, put.region)]
    return configs


def private_names(target: ResourceId, member: str, home: str) -> list[str]:
    """The names of a service that resolve to its private endpoint; none for services not listed here.

    Source: Private Link docs, private-endpoint-dns; for workspaces Azure ML docs, how-to-custom-dns.
    """
    name = target.name.lower()
    match target.arm_type.lower():
        case "microsoft.storage/storageaccounts":
            return [f"{name}.{member}.core.windows.net"]
        case "microsoft.keyvault/vaults":
            return [f"{name}.vault.azure.net"]
        case "microsoft.containerregistry/registries":
            return [f"{name}.{home}.data.azurecr.io", f"{name}.azurecr.io"]
        case "microsoft.machinelearningservices/workspaces":
            own = workspace_guid(str(target))
            return [
                f"{own}.workspace.{home}.api.azureml.ms",
                f"{own}.workspace.{home}.cert.api.azureml.ms",
                f"*.{own}.inference.{home}.api.azureml.ms",
                f"ml-{name}-{home}-{own}.{home}.notebooks.azure.net",
            ]
        case "microsoft.cognitiveservices/accounts":
            return [f"{name}.cognitiveservices.azure.com"]
        case "microsoft.search/searchservices":
            return [f"{name}.search.windows.net"]
    return []


@fills("Microsoft.Network/privateDnsZones")
def private_dns_zone(put: Put) -> Filling:
    """A new zone has one record set, its SOA. Limits: Azure DNS docs, private-dns-overview."""
    return properties(
        internalId=guid(str(put.id), "internal"),
        maxNumberOfRecordSets=25000,
        maxNumberOfVirtualNetworkLinks=1000,
        maxNumberOfVirtualNetworkLinksWithRegistration=100,
        numberOfRecordSets=1,
        numberOfVirtualNetworkLinks=0,
        numberOfVirtualNetworkLinksWithRegistration=0,
    )


@fills("Microsoft.Network/privateDnsZones/virtualNetworkLinks")
def virtual_network_link(put: Put) -> Filling:
    return properties(
        defaults={"registrationEnabled": False, "resolutionPolicy": "Default"}, virtualNetworkLinkState="Completed"
    )


@fills("Microsoft.Network/networkWatchers/flowLogs")
def flow_log(put: Put) -> Filling:
    target = put.word("properties", "targetResourceId")
    return properties(
        defaults={
            "enabled": True,
            "format": {"type": "JSON", "version": 1},
            "retentionPolicy": {"days": 0, "enabled": False},
        },
        targetResourceGuid=guid(target, "resource"),
    )


@fills("Microsoft.Network/dnsResolvers")
def dns_resolver(put: Put) -> Filling:
    return properties(dnsResolverState="Connected", **_guid(put))


@fills("Microsoft.Network/networkSecurityPerimeters")
def network_security_perimeter(put: Put) -> Filling:
    return properties(perimeterGuid=guid(str(put.id), "perimeter"))


@fills("Microsoft.Network/applicationGateways")
def application_gateway(put: Put) -> Filling:
    return properties(operationalState="Running", **_guid(put))
