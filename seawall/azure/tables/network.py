"""Networks, private endpoints and DNS."""

from functools import partial

from seawall.azure.model import PART, ArmType, Shape, arm, part, shape

_net = partial(arm, api_version="2024-05-01", unsent="id")
_child = partial(arm, api_version="2024-05-01", unsent="id type", replace_on="")

_POOL = shape(places={"id": "pool.id"})
_SPACE = shape(nested={"ipamPoolPrefixAllocations": _POOL})
_SECURITY_GROUP = part({"securityRules": PART, "defaultSecurityRules": PART})
_ROUTE_TABLE = part({"routes": PART})
_ENDPOINT_POLICY = part({"serviceEndpointPolicyDefinitions": PART})
_SUBNET_PARTS = {
    "applicationGatewayIPConfigurations": PART,
    "delegations": PART,
    "ipConfigurations": PART,
    "ipConfigurationProfiles": PART,
    "ipamPoolPrefixAllocations": _POOL,
    "networkSecurityGroup": _SECURITY_GROUP,
    "privateEndpoints": PART,
    "resourceNavigationLinks": PART,
    "routeTable": _ROUTE_TABLE,
    "serviceAssociationLinks": PART,
    "serviceEndpointPolicies": _ENDPOINT_POLICY,
}
_SUBNET = part(_SUBNET_PARTS)
_PEERING_PARTS = {
    name: _SPACE
    for name in (
        "localAddressSpace",
        "localVirtualNetworkAddressSpace",
        "remoteAddressSpace",
        "remoteVirtualNetworkAddressSpace",
    )
}
_PUBLIC_IP_PARTS: dict[str, Shape] = {"natGateway": PART, "ipConfiguration": PART}
_PUBLIC_IP = shape(container="properties", keeps=PART.keeps, nested=_PUBLIC_IP_PARTS)
# Addresses hold addresses.
_PUBLIC_IP_PARTS |= {"linkedPublicIPAddress": _PUBLIC_IP, "servicePublicIPAddress": _PUBLIC_IP}
_GATEWAY_PARTS = {
    **dict.fromkeys(
        (
            "authenticationCertificates",
            "backendAddressPools",
            "backendHttpSettingsCollection",
            "backendSettingsCollection",
            "frontendIPConfigurations",
            "frontendPorts",
            "gatewayIPConfigurations",
            "httpListeners",
            "listeners",
            "privateEndpointConnections",
            "probes",
            "redirectConfigurations",
            "requestRoutingRules",
            "rewriteRuleSets",
            "routingRules",
            "sslCertificates",
            "sslProfiles",
            "trustedClientCertificates",
            "trustedRootCertificates",
        ),
        PART,
    ),
    "loadDistributionPolicies": part({"loadDistributionTargets": PART}),
    "privateLinkConfigurations": part({"ipConfigurations": PART}),
    "urlPathMaps": part({"pathRules": PART}),
}

TYPES: tuple[ArmType, ...] = (
    _net(
        "network:VirtualNetwork",
        "Microsoft.Network/virtualNetworks",
        path="virtualNetworkName",
        nested={
            "addressSpace": _SPACE,
            "subnets": _SUBNET,
            "virtualNetworkPeerings": part(_PEERING_PARTS),
            "flowLogs": PART,
        },
    ),
    _child(
        "network:Subnet",
        "Microsoft.Network/virtualNetworks/subnets",
        path="virtualNetworkName subnetName",
        nested=_SUBNET_PARTS,
    ),
    _child(
        "network:VirtualNetworkPeering",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        path="virtualNetworkName virtualNetworkPeeringName",
        nested=_PEERING_PARTS,
        unsent="id type syncRemoteAddressSpace",
    ),
    _net(
        "network:NetworkSecurityGroup",
        "Microsoft.Network/networkSecurityGroups",
        path="networkSecurityGroupName",
        nested={"securityRules": PART, "defaultSecurityRules": PART, "flowLogs": PART},
    ),
    _child(
        "network:SecurityRule",
        "Microsoft.Network/networkSecurityGroups/securityRules",
        path="networkSecurityGroupName securityRuleName",
        nested={"destinationApplicationSecurityGroups": PART, "sourceApplicationSecurityGroups": PART},
    ),
    _net("network:RouteTable", "Microsoft.Network/routeTables", path="routeTableName", nested={"routes": PART}),
    _child("network:Route", "Microsoft.Network/routeTables/routes", path="routeTableName routeName"),
    _net("network:NatGateway", "Microsoft.Network/natGateways", path="natGatewayName"),
    _net(
        "network:PublicIPAddress",
        "Microsoft.Network/publicIPAddresses",
        path="publicIpAddressName",
        nested=_PUBLIC_IP_PARTS,
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go
        replace_on="location publicIPAddressVersion publicIPPrefix sku",
    ),
    _net(
        "network:PublicIPPrefix",
        "Microsoft.Network/publicIPPrefixes",
        path="publicIpPrefixName",
        nested={"natGateway": PART},
    ),
    _net("network:IpGroup", "Microsoft.Network/ipGroups", path="ipGroupsName"),
    _net(
        "network:AzureFirewall",
        "Microsoft.Network/azureFirewalls",
        path="azureFirewallName",
        inside="sku",
        nested=dict.fromkeys(
            (
                "applicationRuleCollections",
                "ipConfigurations",
                "managementIpConfiguration",
                "natRuleCollections",
                "networkRuleCollections",
            ),
            PART,
        ),
    ),
    _net("network:FirewallPolicy", "Microsoft.Network/firewallPolicies", path="firewallPolicyName", inside="sku"),
    _child(
        "network:FirewallPolicyRuleCollectionGroup",
        "Microsoft.Network/firewallPolicies/ruleCollectionGroups",
        path="firewallPolicyName ruleCollectionGroupName",
        unsent="id",
    ),
    _net(
        "network:BastionHost",
        "Microsoft.Network/bastionHosts",
        path="bastionHostName",
        nested={"ipConfigurations": PART},
    ),
    _net(
        "network:PrivateEndpoint",
        "Microsoft.Network/privateEndpoints",
        path="privateEndpointName",
        nested={
            "ipConfigurations": PART,
            "privateLinkServiceConnections": PART,
            "manualPrivateLinkServiceConnections": PART,
            "applicationSecurityGroups": PART,
            "networkInterfaces": PART,
            "subnet": _SUBNET,
        },
        # Source: pulumi-azure-native, provider/pkg/gen/replacement.go
        replace_on="location subnet",
    ),
    _child(
        "network:PrivateDnsZoneGroup",
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        path="privateEndpointName privateDnsZoneGroupName",
        nested={"privateDnsZoneConfigs": PART},
        unsent="id",
    ),
    _net("network:NetworkWatcher", "Microsoft.Network/networkWatchers", path="networkWatcherName"),
    _net("network:FlowLog", "Microsoft.Network/networkWatchers/flowLogs", path="networkWatcherName flowLogName"),
    _net(
        "network:ApplicationGateway",
        "Microsoft.Network/applicationGateways",
        path="applicationGatewayName",
        inside="sku",
        nested=_GATEWAY_PARTS,
    ),
    _net(
        "network:WebApplicationFirewallPolicy",
        "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies",
        path="policyName",
        nested={"applicationGateways": part(_GATEWAY_PARTS), "httpListeners": PART, "pathBasedRules": PART},
    ),
    arm(
        "network:NetworkSecurityPerimeter",
        "Microsoft.Network/networkSecurityPerimeters",
        "2024-06-01-preview",
        "networkSecurityPerimeterName",
        unsent="id",
    ),
    arm("privatedns:PrivateZone", "Microsoft.Network/privateDnsZones", "2024-06-01", "privateZoneName"),
    arm(
        "privatedns:VirtualNetworkLink",
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        "2024-06-01",
        "privateZoneName virtualNetworkLinkName",
    ),
    arm("dnsresolver:DnsResolver", "Microsoft.Network/dnsResolvers", "2023-07-01-preview", "dnsResolverName"),
)
