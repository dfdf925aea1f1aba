"""Azure Firewall: the one way out of a hub and its spokes, by service tag and by host name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input, Output, Resource, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, child_id, computed, resource_group_name
from components.diagnostics import diagnostic_setting
from components.egress import ComputeEgress, compute_service_tags
from components.public_ip import ZONES, public_ip

ARM_TYPE = "Microsoft.Network/azureFirewalls"


@dataclass(frozen=True, kw_only=True)
class FirewallArgs(ResourceArgs):
    """A firewall in the subnet AzureFirewallSubnet (at least a /26), whose ID and CIDR block are given.

    `sources` are the CIDR blocks that it serves; `egress` says what the Azure ML computes in them need. `allowed_hosts`
    are host names that may be reached over HTTPS besides, with a leading `*.` for a whole domain: see
    `components.egress` for those of package indexes, GitHub and Azure DevOps. The Premium tier inspects traffic for
    intrusions, and refuses it.
    """

    log_analytics_workspace_id: Input[str] | None
    subnet_id: Input[str]
    subnet_prefix: str
    sources: Sequence[str]
    egress: ComputeEgress
    allowed_hosts: Sequence[str] = ()
    tier: Literal["Standard", "Premium"] = "Standard"
    zones: Sequence[str] = ZONES


class Firewall(Component):
    """A firewall with its policy; it also answers DNS for the networks that it serves (`private_ip`, port 53), so that
    private DNS zones linked to its network alone resolve everywhere.
    """

    id: Output[str]
    name: Output[str]
    private_ip: Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        policy_name = f"afwp-{args.resource_name}"
        policy = self._policy(name, args, policy_name)
        rules = self._rules(name, args, policy, policy_name)
        firewall = azure.network.AzureFirewall(
            name,
            azure_firewall_name=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            sku=azure.network.AzureFirewallSkuArgs(name="AZFW_VNet", tier=args.tier),
            zones=list(args.zones) or None,
            # Once the rules are there: Azure refuses a change of a policy while a firewall is being built on it.
            firewall_policy=azure.network.SubResourceArgs(
                id=child_id(rules, args.resource_group_id, "Microsoft.Network/firewallPolicies", policy_name)
            ),
            ip_configurations=[
                azure.network.AzureFirewallIPConfigurationArgs(
                    name="hub",
                    subnet=azure.network.SubResourceArgs(id=args.subnet_id),
                    public_ip_address=azure.network.SubResourceArgs(id=self._address(name, args)),
                )
            ],
            opts=self.child_opts(),
        )
        diagnostic_setting(
            self,
            f"{name}-logs",
            target_id=child_id(firewall, args.resource_group_id, ARM_TYPE, args.resource_name),
            target_type=ARM_TYPE,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )
        self.id = self.computed(lambda group: arm_id(group, ARM_TYPE, args.resource_name), args.resource_group_id)
        self.name = self.computed(lambda: args.resource_name)
        self.private_ip = self.computed(lambda: private_ip(args.subnet_prefix))
        self.register_outputs({"id": self.id, "name": self.name, "private_ip": self.private_ip})

    def _address(self, name: str, args: FirewallArgs) -> Output[str]:
        return public_ip(
            self,
            name,
            args,
            resource_name=f"pip-{args.resource_name}",
            zones=args.zones,
            log_analytics_workspace_id=args.log_analytics_workspace_id,
        )

    def _policy(self, name: str, args: FirewallArgs, policy_name: str) -> Resource:
        premium = args.tier == "Premium"
        return azure.network.FirewallPolicy(
            name,
            firewall_policy_name=policy_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            sku=azure.network.FirewallPolicySkuArgs(tier=args.tier),
            threat_intel_mode="Deny",
            intrusion_detection=azure.network.FirewallPolicyIntrusionDetectionArgs(mode="Deny") if premium else None,
            dns_settings=azure.network.DnsSettingsArgs(enable_proxy=True),
            opts=self.child_opts(),
        )

    def _rules(self, name: str, args: FirewallArgs, policy: Resource, policy_name: str) -> Resource:
        collections = [_collection("azure-ml-services", 200, _service_rules(args))]
        if args.allowed_hosts:
            collections.append(_collection("allowed-hosts", 300, [_host_rule(args)]))
        return azure.network.FirewallPolicyRuleCollectionGroup(
            name,
            rule_collection_group_name="platform",
            firewall_policy_name=computed(policy, lambda: policy_name),
            resource_group_name=resource_group_name(args),
            priority=200,
            rule_collections=collections,
            opts=self.child_opts(),
        )


def private_ip(subnet_prefix: str) -> str:
    """The firewall's private address: the first in its subnet that Azure doesn't keep for itself.

    Azure keeps the first four addresses (virtual-network/virtual-networks-faq), and nothing but the firewall may live
    in its subnet; Microsoft's landing zones for Terraform compute it in the same way.
    """
    return str(ip_network(subnet_prefix)[4])


def _service_rules(args: FirewallArgs) -> list[azure.network.NetworkRuleArgs]:
    return [
        azure.network.NetworkRuleArgs(
            name=service.name,
            rule_type="NetworkRule",
            ip_protocols=["TCP", "UDP"] if service.protocol == "*" else [service.protocol.upper()],
            source_addresses=list(args.sources),
            destination_addresses=[service.tag],
            destination_ports=list(service.ports),
        )
        for service in compute_service_tags(args.egress)
    ]


def _host_rule(args: FirewallArgs) -> azure.network.ApplicationRuleArgs:
    return azure.network.ApplicationRuleArgs(
        name="https",
        rule_type="ApplicationRule",
        source_addresses=list(args.sources),
        target_fqdns=sorted(set(args.allowed_hosts)),
        protocols=[azure.network.FirewallPolicyRuleApplicationProtocolArgs(protocol_type="Https", port=443)],
    )


def _collection(
    name: str, priority: int, rules: Sequence[azure.network.NetworkRuleArgs | azure.network.ApplicationRuleArgs]
) -> azure.network.FirewallPolicyFilterRuleCollectionArgs:
    return azure.network.FirewallPolicyFilterRuleCollectionArgs(
        name=name,
        priority=priority,
        rule_collection_type="FirewallPolicyFilterRuleCollection",
        action=azure.network.FirewallPolicyFilterRuleCollectionActionArgs(type="Allow"),
        rules=list(rules),
    )
