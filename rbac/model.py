"""The tables as data: personas, resources, and the roles of each cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

PRODUCTION, PREPRODUCTION, SHARED = "production", "preproduction", "shared"
TIERS = (PRODUCTION, PREPRODUCTION)


class Kind(StrEnum):
    """What a persona is."""

    PERSON = "person"
    PROCESS = "process"
    EITHER = "person or process"


class Lasting(StrEnum):
    """How a persona's access lasts."""

    STANDING = "standing"
    JUST_IN_TIME = "just-in-time"


class Service(StrEnum):
    """Who keeps the roles of a resource."""

    AZURE = "Azure"
    DEVOPS = "Azure DevOps"
    ARTIFACTS = "Azure Artifacts"


WORKSPACE, VAULT = "Machine Learning workspace", "Azure Key Vault"
IMAGES, STORAGE = "Container Registry", "Azure Storage account"
DEVOPS, ARTIFACTS = "Azure DevOps", "Azure Artifacts"
LOGS, MONITOR = "Log Analytics workspace", "Azure Monitor"

RESOURCES: Mapping[str, Service] = {
    WORKSPACE: Service.AZURE,
    VAULT: Service.AZURE,
    IMAGES: Service.AZURE,
    STORAGE: Service.AZURE,
    DEVOPS: Service.DEVOPS,
    ARTIFACTS: Service.ARTIFACTS,
    LOGS: Service.AZURE,
    MONITOR: Service.AZURE,
}
"""The resources of the tables that a platform has a place for."""

LAKE, INSIGHTS, ENDPOINTS = "Data lake", "Application Insights", "Online endpoints"
REGISTRY, SUBSCRIPTION, FLOW_LOGS = "Machine Learning registry", "Subscription", "Flow logs"
BEYOND = (LAKE, INSIGHTS, ENDPOINTS, REGISTRY, FLOW_LOGS, SUBSCRIPTION)
"""Resources that the tables don't have, for declared grants. A data lake is a storage account of the tables, too."""

PROJECT_ADMINISTRATORS = "DevOps Project Administrators"
COLLECTION_ADMINISTRATORS = "DevOps Project Collection Administrators"
DEVOPS_ROLES = ("Reader", "Contributor", "Owner", PROJECT_ADMINISTRATORS, COLLECTION_ADMINISTRATORS)
"""What Azure DevOps knows: Readers, Contributors and Project Administrators of a project, and the administrators of
all of an organisation's. Source: Azure DevOps docs, organizations/security/about-permissions."""
FEED_ROLES = ("Reader", "Contributor", "Owner")
"""Source: Azure DevOps docs, artifacts/feeds/feed-permissions."""

PRIVILEGED = ("Owner", "User Access Administrator", "Role Based Access Control Administrator")
"""Roles that can assign roles. Source: Azure RBAC docs, built-in-roles/privileged."""

MACHINE_LEARNING_PERSONA, CI_PERSONA = "Machine Learning workspace", "CI/CD processes"
"""The personas that are identities of a stack: its workspace's, and its pipelines'."""


@dataclass(frozen=True)
class Persona:
    """A kind of person or process, `project_specific` where each project has its own."""

    name: str
    kind: Kind
    project_specific: bool
    lasting: Lasting
    does: str

    @property
    def just_in_time(self) -> bool:
        return self.lasting is Lasting.JUST_IN_TIME


@dataclass(frozen=True)
class Cell:
    """The roles of one persona on one resource in one table, never none."""

    persona: Persona
    resource: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Tables:
    """The personas and, by tier, their cells. `abbreviations` maps the reference's own to full role names; `aliases`
    what a resource is called besides."""

    abbreviations: Mapping[str, str]
    aliases: Mapping[str, str]
    resources: tuple[str, ...]
    personas: tuple[Persona, ...]
    rows: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]

    def cells(self, tier: str) -> Iterator[Cell]:
        """The cells of a tier that aren't empty, by row and column."""
        for persona in self.personas:
            row = self.rows[tier].get(persona.name, {})
            for resource in self.resources:
                if resource in row:
                    yield Cell(persona, resource, row[resource])

    def roles(self, tier: str, persona: str, resource: str) -> tuple[str, ...]:
        return self.rows[tier].get(persona, {}).get(resource, ())

    def persona(self, name: str) -> Persona:
        """The persona of this name. Raises KeyError."""
        for persona in self.personas:
            if persona.name == name:
                return persona
        raise KeyError(name)

    def short(self, role: str) -> str:
        """The reference's abbreviation of a role; the role itself where it has none."""
        return next((short for short, full in self.abbreviations.items() if full == role), role)
