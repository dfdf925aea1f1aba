"""The network that Azure Machine Learning runs for a workspace's computes and endpoints, and what it lets out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi_azure_native as azure
from pulumi import Input

_RULE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}")


@dataclass(frozen=True, kw_only=True)
class FqdnRule:
    """Lets computes reach a host by name, such as `packages.larkspur.example`, on ports 80 and 443.

    It starts a billed firewall.
    """

    host: str


@dataclass(frozen=True, kw_only=True)
class ServiceTagRule:
    """Lets computes reach the addresses of an Azure service, such as `DataFactory.WestEurope`."""

    service_tag: str
    protocol: Literal["TCP", "UDP", "ICMP", "*"] = "TCP"
    port_ranges: str = "443"


@dataclass(frozen=True, kw_only=True)
class PrivateEndpointRule:
    """Lets computes reach one resource through a private endpoint, and serverless Spark too with `spark`.

    The workspace's identity must be Azure AI Enterprise Network Connection Approver and Reader on the resource.
    `fqdns` are the host names that resolve to it, where Azure can't know them.
    """

    resource_id: Input[str]
    subresource: str
    spark: bool = False
    fqdns: Sequence[str] = ()


OutboundRule = FqdnRule | ServiceTagRule | PrivateEndpointRule


@dataclass(frozen=True, kw_only=True)
class ManagedNetwork:
    """A managed network. `outbound_rules` maps a rule's name (3 to 33 characters) to the rule.

    Azure adds by itself what the workspace needs to reach its storage, key vault and container registry. Isolation
    can be tightened later, never loosened. `provision_now` makes the network along with the workspace instead of with
    the first compute: online deployments need it to exist. `include_spark` readies it for serverless Spark.

    Raises ValueError for a combination that Azure refuses. Source: Azure Machine Learning docs, how-to-managed-network.
    """

    isolation: Literal["AllowInternetOutbound", "AllowOnlyApprovedOutbound"] = "AllowOnlyApprovedOutbound"
    outbound_rules: Mapping[str, OutboundRule] = field(default_factory=dict)
    provision_now: bool = True
    include_spark: bool = False
    firewall_sku: Literal["Basic", "Standard"] = "Standard"

    def __post_init__(self) -> None:
        faults = [fault for name, rule in self.outbound_rules.items() for fault in self._faults(name, rule)]
        if faults:
            raise ValueError("; ".join(faults))

    def _faults(self, name: str, rule: OutboundRule) -> list[str]:
        faults = []
        if not _RULE_NAME.fullmatch(name):
            faults.append(f"outbound rule {name!r}: a name has 3 to 33 letters, digits, '_' and '-'")
        if self.isolation == "AllowInternetOutbound" and not isinstance(rule, PrivateEndpointRule):
            faults.append(f"outbound rule {name!r}: AllowInternetOutbound takes private-endpoint rules alone")
        if isinstance(rule, PrivateEndpointRule) and rule.spark and not self.include_spark:
            faults.append(f"outbound rule {name!r}: spark needs include_spark")
        return faults


def managed_network_body(
    network: ManagedNetwork | None,
) -> azure.machinelearningservices.ManagedNetworkSettingsArgs:
    """The network as a workspace takes it; None: the workspace's computes are in a virtual network of one's own."""
    ml = azure.machinelearningservices
    if network is None:
        return ml.ManagedNetworkSettingsArgs(isolation_mode="Disabled")
    approved_only = network.isolation == "AllowOnlyApprovedOutbound"
    return ml.ManagedNetworkSettingsArgs(
        isolation_mode=network.isolation,
        outbound_rules={name: _rule_body(rule) for name, rule in network.outbound_rules.items()} or None,
        firewall_sku=network.firewall_sku if approved_only else None,
        status=ml.ManagedNetworkProvisionStatusArgs(spark_ready=True) if network.include_spark else None,
    )


def _rule_body(
    rule: OutboundRule,
) -> (
    azure.machinelearningservices.FqdnOutboundRuleArgs
    | azure.machinelearningservices.ServiceTagOutboundRuleArgs
    | azure.machinelearningservices.PrivateEndpointOutboundRuleArgs
):
    ml = azure.machinelearningservices
    if isinstance(rule, FqdnRule):
        return ml.FqdnOutboundRuleArgs(type="FQDN", category="UserDefined", destination=rule.host)
    if isinstance(rule, ServiceTagRule):
        return ml.ServiceTagOutboundRuleArgs(
            type="ServiceTag",
            category="UserDefined",
            destination=ml.ServiceTagDestinationArgs(
                action="Allow",
                service_tag=rule.service_tag,
                protocol=rule.protocol,
                port_ranges=rule.port_ranges,
            ),
        )
    return ml.PrivateEndpointOutboundRuleArgs(
        type="PrivateEndpoint",
        category="UserDefined",
        destination=ml.PrivateEndpointDestinationArgs(
            service_resource_id=rule.resource_id, subresource_target=rule.subresource, spark_enabled=rule.spark
        ),
        fqdns=list(rule.fqdns) or None,
    )
