"""What the identities of an environment may do: what Azure Machine Learning's own documentation says that they need.

Azure grants it by itself to system-assigned identities alone. Whatever acts by an identity has to wait for its grants.
A component's `depends_on` doesn't reach its children, so the wait is in the identity's ID: see `Grants`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input, Output

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
    """The IDs of an environment's identities; who uses one waits for that identity's role assignments."""

    workspace_id: Output[str]
    compute_id: Output[str]
    endpoints_id: Output[str]


def grants(ground: Ground, who: Identities, data: Data, watched: Monitoring) -> Grants:
    """Give the identities of an environment what they need, at the resource in question and never wider."""
    assert who.workspace and who.compute and who.endpoints  # every environment has them
    scopes = _scopes(data, watched)

    def granted(use: str, identity: components.UserAssignedIdentity, *tables: Mapping[str, tuple[str, ...]]):
        made = [
            _assignment(ground, use, identity, on, scopes[on], role)
            for table in tables
            for on, roles in table.items()
            if on in scopes
            for role in roles
        ]
        return Output.all(identity.id, *(one.id for one in made)).apply(lambda ids: ids[0])

    return Grants(
        workspace_id=granted("workspace", who.workspace, WORKSPACE_GRANTS, LAKE_GRANTS),
        compute_id=granted("compute", who.compute, COMPUTE_GRANTS),
        endpoints_id=granted("endpoints", who.endpoints, ENDPOINT_GRANTS),
    )


def _scopes(data: Data, watched: Monitoring) -> dict[str, Input[str]]:
    assert data.storage and data.vault and watched.insights  # every environment has them
    scopes: dict[str, Input[str]] = {
        "storage": data.storage.id,
        "vault": data.vault.id,
        "registry": data.images.id,
        "insights": watched.insights.id,
    }
    return scopes if data.lake is None else {**scopes, "lake": data.lake.id}


def _assignment(
    ground: Ground, use: str, identity: components.UserAssignedIdentity, on: str, scope: Input[str], role: str
) -> components.RoleAssignment:
    return components.RoleAssignment(
        f"grant-{use}-{on}-{role.lower().replace(' ', '-')}",
        components.RoleAssignmentArgs(
            scope=scope, principal_id=identity.principal_id, principal_type="ServicePrincipal", role=role
        ),
        ground.opts,
    )
