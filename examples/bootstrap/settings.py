"""What a bootstrap stack is told, from Pulumi's configuration; or everything that is wrong with it."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.base import PrivateLink
from components.names import REGIONS, Names
from components.user_assigned_identity import FederatedCredential, azure_devops_connection, github_environment

WORDS = ("organisation", "workload", "owner", "costCenter", "tenant", "operators")
USES = ("deploy", "preview", "drift")
KNOWN = {"preview": "previewer", "drift": "drifter"}
"""What a stack file calls an identity that another environment's bootstrap has made."""
LINK = ("resourceGroupId", "location", "subnetId", "zones")

Trusted = Mapping[str, FederatedCredential]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One environment's bootstrap.

    `operators` is an Entra group's object ID. `trusted` says, by use (`deploy`, `preview`, `drift`), whose tokens an
    identity that is made here trusts, by the credential's name; `known` are object IDs of those that were made
    elsewhere. `neighbours` are the deployers of the environments that use this one, which is `shared` then, and
    `promoters` their identities that promote models; `hub` is whether it has the network's hub. `allowed_addresses` are
    IPv4 addresses or ranges.
    """

    subscription: str
    location: str
    tenant: str
    names: Names
    tags: Mapping[str, str]
    operators: str
    trusted: Mapping[str, Trusted]
    known: Mapping[str, str]
    neighbours: tuple[str, ...]
    promoters: tuple[str, ...]
    hub: bool
    allowed_addresses: tuple[str, ...]
    private_link: PrivateLink | None
    log_analytics_workspace_id: str | None


def from_config(stack: str) -> Settings:
    """The settings of a stack. Raises `pulumi.RunError` with every fault, a line each."""
    azure, own = pulumi.Config("azure-native"), pulumi.Config("bootstrap")
    words = {key: own.get(key) or "" for key in WORDS}
    subscription, location = azure.get("subscriptionId") or "", azure.get("location") or ""
    known = {use: given for use, key in KNOWN.items() if (given := own.get(key))}
    others = {key: _list(own, key) for key in ("neighbours", "promoters")}
    addresses, link = _list(own, "allowedAddresses"), own.get_object("privateLink")
    guids = {"azure-native:subscriptionId": subscription, "bootstrap:tenant": words["tenant"]}
    guids |= {"bootstrap:operators": words["operators"]}
    guids |= {f"bootstrap:{KNOWN[use]}": id for use, id in known.items()}
    guids |= {f"bootstrap:{key}[{index}]": id for key, ids in others.items() for index, id in enumerate(ids)}
    faults = [f"bootstrap:{key} is missing" for key, value in words.items() if not value]
    faults += [f"{key} is to be a GUID, got {value!r}" for key, value in guids.items() if not _is_guid(value)]
    faults += [] if location in REGIONS else [f"azure-native:location is to be a region, got {location!r}"]
    faults += [f"bootstrap:allowedAddresses has {one!r}, no IPv4 range" for one in addresses if not _is_range(one)]
    faults += [] if addresses or link else ["bootstrap:allowedAddresses or privateLink is needed: there's no way in"]
    faults += _wrong_link(link)
    trusted = {use: _trusted(own, use, words["tenant"], stack, faults) for use in USES if use not in known}
    if faults:
        raise pulumi.RunError("\n".join(faults))
    return Settings(
        subscription=subscription,
        location=location,
        tenant=words["tenant"],
        names=Names(words["organisation"], words["workload"], stack, location, subscription),
        tags={
            "env": stack,
            "workload": words["workload"],
            "owner": words["owner"],
            "costCenter": words["costCenter"],
            "dataClassification": "confidential",
        },
        operators=words["operators"],
        trusted=trusted,
        known=known,
        neighbours=others["neighbours"],
        promoters=others["promoters"],
        hub=own.get_bool("hub") is not False,
        allowed_addresses=() if link else addresses,
        private_link=_link(link) if link else None,
        log_analytics_workspace_id=own.get("logAnalyticsWorkspaceId"),
    )


def _trusted(own: pulumi.Config, use: str, tenant: str, stack: str, faults: list[str]) -> Trusted:
    """Whose tokens an identity trusts: the GitHub environment and the service connection that its pipelines name."""
    found = {}
    hub, devops = own.get_object("github") or {}, own.get_object("azureDevOps") or {}
    if not hub and not devops and use == USES[0]:
        faults.append("bootstrap:github or bootstrap:azureDevOps is needed: somebody has to deploy")
    try:
        if hub:
            environment = hub.get(f"{use}Environment") or (stack if use == USES[0] else use)
            found[f"fc-github-{use}"] = github_environment(
                hub.get("organisation", ""), hub.get("repository", ""), environment
            )
        if devops:
            found[f"fc-azure-devops-{use}"] = azure_devops_connection(
                tenant, devops.get("organisationId", ""), devops.get(f"{use}ConnectionId", "")
            )
    except ValueError as error:
        faults.append(f"bootstrap:{'github' if len(found) == 0 and hub else 'azureDevOps'}: {use}: {error}")
    return found


def _link(link: Mapping[str, Any]) -> PrivateLink:
    return PrivateLink(
        resource_group_id=link["resourceGroupId"],
        location=link["location"],
        subnet_id=link["subnetId"],
        zone_ids=link["zones"],
    )


def _wrong_link(link: Any) -> Iterator[str]:
    if link:
        yield from (f"bootstrap:privateLink lacks {key}" for key in LINK if key not in link)


def _list(own: pulumi.Config, key: str) -> tuple[str, ...]:
    return tuple(own.get_object(key) or ())


def _is_guid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_range(value: str) -> bool:
    try:
        return ipaddress.ip_network(value).version == 4
    except ValueError:
        return False
