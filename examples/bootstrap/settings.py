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
LINK = ("resourceGroupId", "location", "subnetId", "zones")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One environment's bootstrap.

    `operators` is an Entra group's object ID. `readers` are object IDs of identities of other environments that read
    this one's state, as those of dev read that of `shared`. `deployers` and `previewers` are whose tokens are trusted,
    by the credential's name. `allowed_addresses` are IPv4 addresses or ranges.
    """

    subscription: str
    location: str
    tenant: str
    names: Names
    tags: Mapping[str, str]
    operators: str
    readers: tuple[str, ...]
    deployers: Mapping[str, FederatedCredential]
    previewers: Mapping[str, FederatedCredential]
    allowed_addresses: tuple[str, ...]
    private_link: PrivateLink | None
    log_analytics_workspace_id: str | None


def from_config(stack: str) -> Settings:
    """The settings of a stack. Raises `pulumi.RunError` with every fault, a line each."""
    azure, own = pulumi.Config("azure-native"), pulumi.Config("bootstrap")
    words = {key: own.get(key) or "" for key in WORDS}
    subscription, location = azure.get("subscriptionId") or "", azure.get("location") or ""
    readers = _list(own, "stateReaders")
    addresses, link = _list(own, "allowedAddresses"), own.get_object("privateLink")
    guids = {"azure-native:subscriptionId": subscription, "bootstrap:tenant": words["tenant"]}
    guids |= {"bootstrap:operators": words["operators"]}
    guids |= {f"bootstrap:stateReaders[{index}]": reader for index, reader in enumerate(readers)}
    faults = [f"bootstrap:{key} is missing" for key, value in words.items() if not value]
    faults += [f"{key} is to be a GUID, got {value!r}" for key, value in guids.items() if not _is_guid(value)]
    faults += [] if location in REGIONS else [f"azure-native:location is to be a region, got {location!r}"]
    faults += [f"bootstrap:allowedAddresses has {one!r}, no IPv4 range" for one in addresses if not _is_range(one)]
    faults += [] if addresses or link else ["bootstrap:allowedAddresses or privateLink is needed: there's no way in"]
    faults += _wrong_link(link)
    deployers, previewers = _trusted(own, words["tenant"], faults)
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
        readers=readers,
        deployers=deployers,
        previewers=previewers,
        allowed_addresses=() if link else addresses,
        private_link=_link(link) if link else None,
        log_analytics_workspace_id=own.get("logAnalyticsWorkspaceId"),
    )


Trusted = dict[str, FederatedCredential]


def _trusted(own: pulumi.Config, tenant: str, faults: list[str]) -> tuple[Trusted, Trusted]:
    """Whose tokens the deployer and the previewer trust."""
    deployers: Trusted = {}
    previewers: Trusted = {}
    hub, devops = own.get_object("github") or {}, own.get_object("azureDevOps") or {}
    if not hub and not devops:
        faults.append("bootstrap:github or bootstrap:azureDevOps is needed: somebody has to deploy")
    for found, key, use in ((deployers, "deployEnvironment", "deploy"), (previewers, "previewEnvironment", "preview")):
        if hub:
            try:
                found[f"fc-github-{use}"] = github_environment(
                    hub.get("organisation", ""), hub.get("repository", ""), hub.get(key, "")
                )
            except ValueError as error:
                faults.append(f"bootstrap:github: {key}: {error}")
        if devops:
            try:
                found[f"fc-azure-devops-{use}"] = azure_devops_connection(
                    tenant, devops.get("organisationId", ""), devops.get(f"{use}ConnectionId", "")
                )
            except ValueError as error:
                faults.append(f"bootstrap:azureDevOps: {use}ConnectionId: {error}")
    if hub and hub.get("deployEnvironment") == hub.get("previewEnvironment"):
        faults.append("bootstrap:github: a preview's environment is to be another than the deployments'")
    return deployers, previewers


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
