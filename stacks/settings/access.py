"""Who the personas are: groups, service principals, and the stack's own identities."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.base import SLUG, Day, Guid, Section, Text

Slug = Annotated[str, Text(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", f"{SLUG}, single '-' between", most=24, least=2)]
Organisation = Annotated[str, Text(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", "letters, digits and '-'", most=50)]
Descriptor = Annotated[
    str,
    Text(r"vssgp\.[A-Za-z0-9_-]+", "a descriptor such as vssgp.Uy0x...: `az devops security group list` prints it"),
]
PolicyPlace = Annotated[str, Field(description="A resource of the tables and a role: Azure Key Vault/Owner.")]


class PersonaPrincipal(Section):
    """Who a persona is: exactly one of these."""

    group: Guid | None = Field(default=None, description="Object ID of an Entra group, for a persona of persons.")
    groups: dict[Slug, Guid] | None = Field(
        default=None, description="Object IDs of Entra groups by project, for a project-specific persona."
    )
    create: Literal[True] | None = Field(
        default=None, description="Make an Entra group: one for each project where the persona is project-specific."
    )
    service_principal: Guid | None = Field(
        default=None, description="Object ID of a service principal or managed identity, for a process."
    )

    @property
    def ways(self) -> tuple[str, ...]:
        """Which of them are given."""
        given = {
            "group": self.group,
            "groups": self.groups,
            "create": self.create,
            "servicePrincipal": self.service_principal,
        }
        return tuple(name for name, value in given.items() if value is not None)


class JustInTime(Section):
    """How access that isn't standing is activated, and until when it may be."""

    until: Day = Field(description="Last day of the eligibilities. Fixed, so that plans don't change by themselves.")
    hours: int = Field(default=8, ge=1, le=24, description="Hours that an activation lasts at most.")
    approvers: tuple[Guid, ...] = Field(
        default=(), max_length=10, description="Object IDs of the Entra groups that approve activations."
    )
    policies: dict[PolicyPlace, Guid] = Field(
        default={},
        description="Names that Azure gave the activation rules, by resource and role, such as Azure Key Vault/Owner; "
        "only needed in Azure itself.",
    )


class DevOpsGroups(Section):
    """Descriptors of groups that Azure DevOps has by itself; only those whose roles are given."""

    readers: Descriptor | None = Field(default=None, description="Readers of the project.")
    contributors: Descriptor | None = Field(default=None, description="Contributors of the project.")
    project_administrators: Descriptor | None = Field(default=None, description="Project Administrators.")
    collection_administrators: Descriptor | None = Field(
        default=None, description="Project Collection Administrators, of the whole organisation."
    )


class DevOpsAccess(Section):
    """The Azure DevOps organisation in which personas have roles."""

    organisation: Organisation = Field(description="Organisation in Azure DevOps.")
    project_id: Guid = Field(description="ID of the project.")
    feed_id: Guid | None = Field(default=None, description="ID of the project's feed in Azure Artifacts.")
    groups: DevOpsGroups = Field(default=DevOpsGroups(), description="Groups that personas become members of.")


class Access(Section):
    """Who may do what: the principals of the personas in rbac/personas.yaml, whose tables say the rest."""

    projects: tuple[Slug, ...] = Field(
        default=(), description="Projects that the stack serves; one, named as the workload, where not given."
    )
    personas: dict[str, PersonaPrincipal] = Field(
        default={},
        description="By name as in rbac/personas.yaml. Left out: the persona has no access, and `seawall access` says "
        "so. The workspace and CI/CD are the stack's own identities.",
    )
    deployer: Guid | None = Field(
        default=None, description="Object ID of the service principal that builds the platform; not CI/CD's."
    )
    group_owners: tuple[Guid, ...] = Field(
        default=(), max_length=100, description="Object IDs of who owns the groups that are made."
    )
    just_in_time: JustInTime | None = Field(default=None, description="For personas whose access is just-in-time.")
    azure_dev_ops: DevOpsAccess | None = Field(
        default=None, alias="azureDevOps", description="Where personas have roles in Azure DevOps and Artifacts."
    )
    other_assignments: int = Field(
        default=0, ge=0, description="Role assignments in the subscription that aren't this stack's."
    )
