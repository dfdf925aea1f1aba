"""Who Azure DevOps knows: an organisation's and its projects' own groups, and how it names every subject."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from uuid import UUID

from seawall.plan.errors import PlanErrors
from seawall.plan.kinds import Asked
from seawall.plan.provider import made_up_id

PROJECT_GROUPS = (
    "Build Administrators",
    "Contributors",
    "Deployment Group Administrators",
    "Endpoint Administrators",
    "Endpoint Creators",
    "Project Administrators",
    "Project Valid Users",
    "Readers",
    "Release Administrators",
)
COLLECTION_GROUPS = (
    "Project Collection Administrators",
    "Project Collection Build Administrators",
    "Project Collection Build Service Accounts",
    "Project Collection Proxy Service Accounts",
    "Project Collection Service Accounts",
    "Project Collection Test Service Accounts",
    "Project Collection Valid Users",
)
"""The groups that every project, and every organisation, comes with. Source: Azure DevOps docs, permissions."""

AZURE_DEVOPS = "499b84ac-1321-427f-aa17-267ca6975798"
"""Its application in every tenant. Source: Azure DevOps docs, service-principal-managed-identity."""

_URL = re.compile(r"https://(?:dev\.azure\.com/([^/\s]+)|([^./\s]+)\.visualstudio\.com)/?")


def organisation(asked: Asked) -> str:
    """The name of the organisation that the provider works in. Raises `PlanErrors` where nobody names it."""
    url = asked.setting("orgServiceUrl")
    match = _URL.fullmatch(url)
    if match is None:
        told = f"is {url!r}, not the URL of one" if url else "is missing"
        raise PlanErrors(
            [f"no Azure DevOps organisation: azuredevops:orgServiceUrl {told}, as https://dev.azure.com/<organisation>"]
        )
    return match[1] or match[2]


def descriptor(kind: str, *parts: str) -> str:
    """A subject's descriptor: its kind (`vssgp`, `aadgp`, `aadsp`) and a security identifier in base 64."""
    words = UUID(made_up_id("subject", *parts)).int
    numbers = "-".join(str(words >> shift & 0xFFFFFFFF) for shift in (96, 64, 32, 0))
    return f"{kind}.{urlsafe_b64encode(f'S-1-9-1551374245-{numbers}'.encode()).decode().rstrip('=')}"


def storage_key(of_descriptor: str) -> str:
    """The GUID under which Azure DevOps keeps a subject."""
    return made_up_id("storage key", of_descriptor)


def built_in_group(org: str, project_id: str, name: str) -> str:
    """The descriptor of a group that comes with a project, or with the organisation where no project is given."""
    return descriptor("vssgp", org, project_id, name)


def federated_subject(tenant: str, org: str, connection_id: str) -> str:
    """What a service connection's tokens say that they are about, under the issuer of its Entra tenant.

    Source: Azure DevOps docs, azure-resource-manager/configure-workload-identity.
    """
    names = (urlsafe_b64encode(UUID(guid).bytes_le).decode().rstrip("=") for guid in (tenant, AZURE_DEVOPS))
    return "/eid1/c/pub/t/{}/a/{}/sc/".format(*names) + f"{made_up_id(org)}/{connection_id}"
