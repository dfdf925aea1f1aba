"""The network of a stack: where it stands, its subnets, and its ways in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.base import Cidr, Section

RuleName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$", min_length=3, max_length=33)]


class FqdnRule(Section):
    """Lets the workspace's computes reach a host by name, on ports 80 and 443."""

    name: RuleName = Field(description="Name of the rule, 3 to 33 characters.")
    type: Literal["fqdn"] = Field(description="A host name. Only under allowOnlyApprovedOutbound; starts a billed firewall.")
    destination: Annotated[str, Field(pattern=r"^(\*\.)?([a-zA-Z0-9_-]+\.)+[a-zA-Z]{2,}$")] = Field(
        description="Host name, such as pypi.org or *.pythonhosted.org. Ports are 80 and 443, always."
    )


class PrivateEndpointRule(Section):
    """Lets the workspace's computes reach one resource through a private endpoint of the managed network."""

    name: RuleName = Field(description="Name of the rule, 3 to 33 characters.")
    type: Literal["privateEndpoint"] = Field(description="A private endpoint to one resource.")
    resource_id: Annotated[str, Field(pattern=r"(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+$")] = (
        Field(description="ARM ID of the resource to reach.")
    )
    subresource: str = Field(description="Sub-resource of the target, such as blob, vault, registry or amlworkspace.")
    spark: bool = Field(False, description="Whether serverless Spark uses the endpoint too; needs includeSpark.")
    fqdns: tuple[str, ...] = Field((), description="Host names that resolve to the endpoint, where Azure can't know them.")


class ServiceTagRule(Section):
    """Lets the workspace's computes reach the addresses of an Azure service."""

    name: RuleName = Field(description="Name of the rule, 3 to 33 characters.")
    type: Literal["serviceTag"] = Field(description="The published addresses of an Azure service.")
    service_tag: Annotated[str, Field(pattern=r"^[A-Za-z]+(\.[A-Za-z0-9]+)*$")] = Field(
        description="Service tag, such as AzureMonitor or DataFactory.WestEurope."
    )
    protocol: Literal["TCP", "UDP", "ICMP", "*"] = Field("TCP", description="Protocol that is let through.")
    port_ranges: Annotated[str, Field(pattern=r"^(\*|\d{1,5}(-\d{1,5})?(,\s*\d{1,5}(-\d{1,5})?)*)$")] = Field(
        "443", description="Ports: one, a range, or several with commas between, such as 443 or 80,443."
    )


OutboundRule = Annotated[FqdnRule | PrivateEndpointRule | ServiceTagRule, Field(discriminator="type")]


class ManagedNetwork(Section):
    """The network that Azure Machine Learning runs for the workspace's computes and endpoints."""

    isolation: Literal["allowInternetOutbound", "allowOnlyApprovedOutbound"] = Field(
        "allowOnlyApprovedOutbound", description="What computes may reach. It can be tightened later, never loosened."
    )
    provision_now: bool = Field(
        True, description="Provision with the workspace instead of with its first compute; online endpoints need it."
    )
    include_spark: bool = Field(False, description="Whether serverless Spark works in the managed network.")
    firewall_sku: Literal["Basic", "Standard"] = Field(
        "Standard", description="Firewall that fqdn rules start, under allowOnlyApprovedOutbound."
    )
    outbound_rules: tuple[OutboundRule, ...] = Field((), description="What else computes may reach.")


class Hub(Section):
    """The hub of a hub-and-spoke network: built by `shared`, pointed to by the environments.

    `shared` builds it in its own addressSpace. An environment names the hub's address space, against which its own is
    checked, and takes egress and DNS from it.
    """

    address_space: Cidr | None = Field(
        None, description="Environments only, and required there: the hub's address space, as in shared's network.addressSpace."
    )
    egress: Literal["firewall", "nat"] = Field(
        "firewall", description="Way out: the hub's Azure Firewall, or a NAT gateway in each network. The same in hub and spokes."
    )
    firewall_subnet: Cidr | None = Field(
        None, description="Environments only: the hub's AzureFirewallSubnet, where shared doesn't use the computed one."
    )
    firewall_sku: Literal["Standard", "Premium"] = Field("Standard", description="shared only: tier of the Azure Firewall.")
    allowed_fqdns: tuple[str, ...] = Field(
        (), description="shared only: host names that the firewall lets through, beside what Azure Machine Learning needs."
    )
    bastion: bool = Field(False, description="shared only: whether an Azure Bastion stands in the hub.")


class Subnets(Section):
    """The subnets. Each that is not given is computed from the address space."""

    private_endpoints: Cidr | None = Field(None, description="Private endpoints.")
    runners: Cidr | None = Field(None, description="Runners that deploy and test; the way in for pipelines.")
    training: Cidr | None = Field(
        None, description="Compute clusters and instances. Not in managed mode, and not in shared."
    )
    scoring: Cidr | None = Field(None, description="What serves models outside managed endpoints. As training.")
    firewall: Cidr | None = Field(None, description="AzureFirewallSubnet; shared in hubAndSpoke only, at least /26.")
    bastion: Cidr | None = Field(None, description="AzureBastionSubnet; shared in hubAndSpoke only, at least /26.")


class Network(Section):
    """Where the platform stands, and how it is reached and reaches out."""

    mode: Literal["managed", "virtualNetwork", "hubAndSpoke"] = Field(
        "managed",
        description="managed: Azure Machine Learning runs the computes' network, a small one of ours is the way in. "
        "virtualNetwork: all in a network of ours. hubAndSpoke: as virtualNetwork, peered with the hub of shared.",
    )
    address_space: Cidr = Field(description="Range of the stack's virtual network; it may not overlap another stack's.")
    subnets: Subnets = Field(Subnets(), description="Subnets; computed where not given.")
    managed: ManagedNetwork = Field(ManagedNetwork(), description="In managed mode: the managed network.")
    hub: Hub | None = Field(None, description="In hubAndSpoke mode: the hub.")
