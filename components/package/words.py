"""What the package says of a component and its properties: the docstrings' own sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from components.package.shapes import Property, arguments_class, camel

COMMON: Mapping[str, str] = {
    "action_group_ids": "The ARM IDs of the action groups that are told.",
    "address_space": "The CIDR blocks of the network.",
    "aggregation": "How the metric's readings are brought together.",
    "allowed_hosts": "The host names that may be reached besides those that the platform needs.",
    "amount": "What may be spent in a month, in the currency of the subscription.",
    "application_insights_id": "The ARM ID of the Application Insights component.",
    "archive_after_days": "After how many days without a change data moves to the archive tier; never where left out.",
    "arm_type": "The type in Azure Resource Manager, such as `Microsoft.Storage/storageAccounts`.",
    "audience": "Whom the token is for.",
    "bastion": "The hub's bastion; none where left out.",
    "category": "Which part of the activity log is watched.",
    "cloud": "The Azure cloud.",
    "container": "The container, or file system, in the storage account.",
    "container_registry_id": "The ARM ID of the container registry.",
    "cool_after_days": "After how many days without a change data moves to the cool tier; never where left out.",
    "ddos_protection_plan_id": "The ARM ID of a DDoS protection plan; none where left out.",
    "delete_after_days": "After how many days without a change data is deleted; never where left out.",
    "delete_protection": "Whether a lock keeps it from being deleted.",
    "description": "What it is for.",
    "direction": "Which way the traffic goes.",
    "egress": "Where computes run, and how they get out.",
    "end": "The last day, such as 2027-12-31.",
    "expires": "The last day of it, such as 2027-12-31 (UTC).",
    "firewall": "The hub's firewall; none where left out.",
    "firewall_sku": "The tier of the firewall that rules of host names start.",
    "frequency": "How often it is looked at, as an ISO 8601 duration.",
    "friendly_name": "The name that people see; the Azure name where left out.",
    "group_id": "The part of the service that is reached, such as `blob`.",
    "host": "The host's full name.",
    "hub_id": "The ARM ID of the hub's virtual network.",
    "hub_peering_name": "The peering's name on the hub's side.",
    "id": "The ARM ID of the resource.",
    "identity_client_id": "The identity's client ID.",
    "isolation": "What computes may reach: the Internet too, or approved targets alone.",
    "issuer": "Who issues the token.",
    "key_name": "The key's name in its vault.",
    "key_size": "The key's size in bits.",
    "key_vault_id": "The ARM ID of the key vault.",
    "kind": "Which kind it is.",
    "lifecycle": "When data becomes cooler, is archived and deleted.",
    "link_name": "The name of each zone's link to the network.",
    "location": "The Azure region, such as `westeurope`.",
    "log_analytics_workspace_id": "The ARM ID of the workspace that it logs to; not logged where left out.",
    "metric": "The metric's name.",
    "name": "The name in Azure.",
    "nat_gateway": "Whether a NAT gateway is the way out.",
    "open_ingestion": "Whether telemetry is taken in from outside too.",
    "open_query": "Whether telemetry is read from outside too.",
    "operator": "How the metric compares with the value when it is out of bounds.",
    "parameters": "The policy's parameters.",
    "policies": "The policies that are assigned.",
    "port_ranges": "The ports, such as `443` or `443,8000-8100`.",
    "ports": "The ports and ranges of ports.",
    "principal_id": "The object ID in Entra, as role assignments name it.",
    "private_endpoint_ids": "The ARM IDs of the private endpoints.",
    "private_link": "Where its private endpoint is placed; none is made where left out.",
    "protocol": "The protocol of the traffic.",
    "reason": "Why it is granted.",
    "resource_group_id": "The ARM ID of the resource group.",
    "resource_id": "The ARM ID of the resource.",
    "resource_name": "The name in Azure.",
    "retention_days": "For how many days it is kept.",
    "scope": "The ARM ID of what the role is assigned on.",
    "scoring_uri": "Where batch jobs are asked for.",
    "service_tag": "The service tag, such as `DataFactory.WestEurope`.",
    "sources": "The CIDR blocks that it serves.",
    "spoke_id": "The ARM ID of the spoke's virtual network.",
    "spoke_peering_name": "The peering's name on the spoke's side.",
    "storage_account_id": "The ARM ID of the storage account.",
    "subject": "Whose token it is.",
    "subnet_id": "The ARM ID of the subnet.",
    "subnet_ids": "The ARM IDs of the subnets by name.",
    "subnet_prefix": "The subnet's CIDR block.",
    "subnets": "The subnets, with what their security groups let through.",
    "subresource": "The part of the service that is reached, such as `blob`.",
    "subscription_id": "The subscription's GUID.",
    "tags": "Tags of the resource.",
    "threshold": "When the metric is out of bounds.",
    "thresholds": "When people are told: at 50, 80 and 100 % spent, and forecasts of 100 and 120 %, where left out.",
    "tier": "The service's tier.",
    "title": "What people see it called.",
    "tunnelling": "Whether native clients may connect through it.",
    "value": "The value that the metric is compared with.",
    "vault_id": "The ARM ID of the key vault.",
    "vault_uri": "The key vault's address.",
    "virtual_network_id": "The ARM ID of the virtual network.",
    "waivers": "Exemptions, each until a day.",
    "zone_ids": "The IDs of the private DNS zones by name.",
    "zone_names": "The names of the private DNS zones.",
    "zones": "The availability zones.",
}
"""What properties of these names are, where no docstring says it."""

_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z`])")
_NAME = re.compile(r"`([a-z]+(?:_[a-z]+)+)(=[^`]*)?`")


def describe_component(component: type) -> str:
    """What a component is, and what its arguments say of themselves as a whole."""
    return in_camel(f"{_text(component)}\n\n{_text(arguments_class(component))}")


def describe_type(cls: type) -> str:
    """What a nested class is."""
    return in_camel(_text(cls))


def describe(property: Property, *users: type) -> str:
    """What a property is: the sentences of the docstrings that name it, else those of `COMMON`.

    `users` are the classes that have it, besides the one that declares it.
    """
    mentioned = [
        sentence
        for cls in dict.fromkeys((*users, property.owner))
        for sentence in _SENTENCE.split(" ".join(_text(cls).split()))
        if re.search(rf"`{property.name}[`=(.]", sentence)
    ]
    said = " ".join(dict.fromkeys(mentioned)) or COMMON.get(property.name, "")
    return in_camel(said.rstrip(";") + _default(property.default))


def in_camel(text: str) -> str:
    """A docstring's text with the names that other languages know."""
    return _NAME.sub(lambda found: f"`{camel(found[1])}{found[2] or ''}`", text)


def _text(cls: type) -> str:
    text = cls.__doc__ or ""
    lines = text.strip().splitlines()
    return "\n".join(line.strip() for line in lines)


def _default(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value and not any(is_dataclass(one) for one in value):
        return f" Default: {', '.join(map(str, value))}."
    return ""
