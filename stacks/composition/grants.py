"""What the identities of an environment may do: what Azure Machine Learning's own documentation says that they need.

Azure grants it by itself to system-assigned identities alone. A role takes up to ten minutes to take effect, so
whatever acts by an identity waits for its grants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import Input, Resource

import components
from components.companions import WORKSPACE_GRANTS
from stacks.composition.data import Data
from stacks.composition.ground import Ground
from stacks.composition.identities import Identities
from stacks.composition.monitoring import Monitoring

COMPUTE_GRANTS: Mapping[str, tuple[str, ...]] = {
    "storage": ("Storage Blob Data Contributor", "Storage File Data Privileged Contributor"),
    "lake": ("Storage Blob Data Contributor",),
    "registry": ("AcrPull",),
}
"""Jobs read and write data, and their images are pulled.
Source: Azure Machine Learning docs, how-to-identity-based-service-authentication, "Compute cluster"."""

ENDPOINT_GRANTS: Mapping[str, tuple[str, ...]] = {
    "storage": ("Storage Blob Data Reader",),
    "registry": ("AcrPull",),
}
"""A deployment's model and code are read, and its image is pulled; a user-assigned identity gets neither by itself.
Source: Azure Machine Learning docs, how-to-access-resources-from-endpoints-managed-identities."""

LAKE_GRANTS: Mapping[str, tuple[str, ...]] = {"lake": ("Reader", "Storage Blob Data Reader")}
"""The studio previews data by the workspace's identity.
Source: Azure Machine Learning docs, how-to-enable-studio-virtual-network."""


@dataclass(frozen=True)
class Grants:
    """The role assignments of an environment's identities, for those that act by them to wait for."""

    workspace: Sequence[Resource]
    compute: Sequence[Resource]
    endpoints: Sequence[Resource]


def grants(ground: Ground, who: Identities, data: Data, watched: Monitoring) -> Grants:
    """Give the identities of an environment what they need, at the resource in question and never wider."""
    assert who.workspace and who.compute and who.endpoints and data.storage and data.vault and watched.insights
    scopes: dict[str, Input[str]] = {
        "storage": data.storage.id,
        "vault": data.vault.id,
        "registry": data.images.id,
        "insights": watched.insights.id,
    }
    if data.lake is not None:
        scopes["lake"] = data.lake.id

    def given(use: str, identity: components.UserAssignedIdentity, *tables: Mapping[str, tuple[str, ...]]):
        return [
            components.RoleAssignment(
                f"grant-{use}-{on}-{role.lower().replace(' ', '-')}",
                components.RoleAssignmentArgs(
                    scope=scopes[on],
                    principal_id=identity.principal_id,
                    principal_type="ServicePrincipal",
                    role=role,
                ),
                ground.opts,
            )
            for table in tables
            for on, roles in table.items()
            if on in scopes
            for role in roles
        ]

    return Grants(
        workspace=given("workspace", who.workspace, WORKSPACE_GRANTS, LAKE_GRANTS),
        compute=given("compute", who.compute, COMPUTE_GRANTS),
        endpoints=given("endpoints", who.endpoints, ENDPOINT_GRANTS),
    )
