"""The network of a stack: where it stands, its subnets, and its ways in and out."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.base import Cidr, HostName, Section, SourceRange, Text

RuleName = Annotated[str, Text(r"[a-zA-Z0-9][a-zA-Z0-9_-]*", "letters, digits, '-' and '_'", most=33, least=3)]
ResourceId = Annotated[
    str,
    Text(
        r"/subscriptions/[^/]+/(resourceGroups|resourcegroups)/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+",
        "the ARM ID of a resource, /subscriptions/.../resourceGroups/.../providers/...",
        most=1000,
    ),
]


class FqdnRule(Section):
    """Lets the workspace's computes reach a host by name, on ports 80 and 443."""

    name: RuleName = Field(description="Name of the rule, 3 to 33 characters.")
    type: Literal["fqdn"] = Field(
        description="A host name. Only under allowOnlyApprovedOutbound; starts a billed firewall."
    )
    destination: HostName = Field(
        description="Host name, such as packages.larkspur.example or *.windows.net. Ports are 80 and 443, always."
    )


class PrivateEndpointRule(Section):
    """Lets the workspace's computes reach one resource through a private endpoint of the managed network."""

    name: RuleName = Field(description="Name of the rule, 3 to 33 characters.")
    type: Literal["privateEndpoint"] = Field(description="A private endpoint to one resource.")
    resource_id: ResourceId = Field(description="ARM ID of the resource to reach.")
    subresource: Annotated[str, Text(r"[A-Za-z]+", "a sub-resource such as blob or vault", most=64)] = Field(
        description="Sub-resource of the target, such as blob, vault, registry or amlworkspace."
    )
    spark: bool = Field(
        default=False, description="Whether serverless Spark uses the endpoint too; needs includeSpark."
    )
    fqdns: tuple[HostName, ...] = Field(
        default=(), description="Host names that resolve to the endpoint, where Azure can't know them."
    )


class ServiceTagRule(Section):
    """Lets the workspace's computes reach the addresses of an Azure service."""

    name: RuleName = Field(description="Name of the rule, 3 to 33 characters.")
    type: Literal["serviceTag"] = Field(description="The published addresses of an Azure service.")
    service_tag: Annotated[str, Text(r"[A-Za-z]+(\.[A-Za-z0-9]+)*", "a service tag such as AzureMonitor", most=128)] = (
        Field(description="Service tag, such as AzureMonitor or DataFactory.WestEurope.")
    )
    protocol: Literal["TCP", "UDP", "ICMP", "*"] = Field(default="TCP", description="Protocol that is let through.")
    port_ranges: Annotated[
        str, Text(r"\*|\d{1,5}(-\d{1,5})?(, ?\d{1,5}(-\d{1,5})?)*", "ports such as 443 or 80,443")
    ] = Field(default="443", description="Ports: one, a range, or several with commas between, such as 443 or 80,443.")


OutboundRule = Annotated[FqdnRule | PrivateEndpointRule | ServiceTagRule, Field(discriminator="type")]


class ManagedNetwork(Section):
    """The network that Azure Machine Learning runs for the workspace's computes and endpoints."""

    isolation: Literal["allowInternetOutbound", "allowOnlyApprovedOutbound"] = Field(
        default="allowOnlyApprovedOutbound",
        description="What computes may reach. It can be tightened later, never loosened.",
    )
    provision_now: bool = Field(
        default=True,
        description="Provision with the workspace instead of with its first compute; online endpoints need it.",
    )
    include_spark: bool = Field(default=False, description="Whether serverless Spark works in the managed network.")
    firewall_sku: Literal["Basic", "Standard"] = Field(
        default="Standard", description="Firewall that fqdn rules start, under allowOnlyApprovedOutbound."
    )
    outbound_rules: tuple[OutboundRule, ...] = Field(default=(), description="What else computes may reach.")


class Hub(Section):
    """The hub of a hub-and-spoke network: built by `shared`, pointed to by the environments.

    `shared` builds it in its own addressSpace. An environment names the hub's address space, against which its own is
    checked, and takes egress and DNS from it.
    """

    address_space: Cidr | None = Field(
        default=None,
        description="Environments only, required there: the hub's address space, shared's network.addressSpace.",
    )
    egress: Literal["firewall", "nat"] = Field(
        default="firewall",
        description="Way out: the hub's Azure Firewall, or a NAT gateway in each network. The same in hub and spokes.",
    )
    firewall_subnet: Cidr | None = Field(
        default=None,
        description="Environments only: the hub's AzureFirewallSubnet, where shared doesn't use the computed one.",
    )
    firewall_sku: Literal["Standard", "Premium"] = Field(
        default="Standard", description="shared only: tier of the Azure Firewall."
    )
    allowed_fqdns: tuple[HostName, ...] = Field(
        default=(),
        description="shared only: host names that the firewall lets through, beside what Azure Machine Learning needs.",
    )
    bastion: bool = Field(default=False, description="shared only: whether an Azure Bastion stands in the hub.")
    bastion_allowed_sources: tuple[SourceRange, ...] = Field(
        default=(), description="shared only, with a bastion: public addresses that people come from."
    )


class Subnets(Section):
    """The subnets. Each that is not given is computed from the address space."""

    private_endpoints: Cidr | None = Field(default=None, description="Private endpoints.")
    runners: Cidr | None = Field(default=None, description="Runners that deploy and test; the way in for pipelines.")
    training: Cidr | None = Field(
        default=None, description="Compute clusters and instances. Not in managed mode, and not in shared."
    )
    scoring: Cidr | None = Field(default=None, description="What serves models outside managed endpoints. As training.")
    firewall: Cidr | None = Field(
        default=None, description="AzureFirewallSubnet; shared in hubAndSpoke only, at least /26."
    )
    bastion: Cidr | None = Field(
        default=None, description="AzureBastionSubnet; shared in hubAndSpoke only, at least /26."
    )

    @property
    def given(self) -> dict[str, IPv4Network]:
        """Those that are given, by their keys in the file."""
        return {key: found for key, found in self.model_dump(by_alias=True, mode="python").items() if found}


class Network(Section):
    """Where the platform stands, and how it is reached and reaches out."""

    mode: Literal["managed", "virtualNetwork", "hubAndSpoke"] = Field(
        default="managed",
        description="managed: Azure Machine Learning runs the computes' network, a small one of ours is the way in. "
        "virtualNetwork: all in a network of ours. hubAndSpoke: as virtualNetwork, peered with the hub of shared.",
    )
    address_space: Cidr = Field(description="Range of the stack's virtual network; it may not overlap another stack's.")
    subnets: Subnets = Field(default=Subnets(), description="Subnets; computed where not given.")
    managed: ManagedNetwork = Field(default=ManagedNetwork(), description="In managed mode: the managed network.")
    hub: Hub | None = Field(default=None, description="In hubAndSpoke mode: the hub.")
