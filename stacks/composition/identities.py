"""Who acts in a stack without a person: the workspace, its computes, its endpoints, and the pipelines that deploy."""

from __future__ import annotations

from dataclasses import dataclass

import components
from components.user_assigned_identity import FederatedCredential, azure_devops_connection, github_environment
from stacks.composition.ground import Ground
from stacks.settings import Settings


@dataclass(frozen=True)
class Identities:
    """The identities of a stack. `shared` has the pipelines' alone."""

    ci: components.UserAssignedIdentity
    workspace: components.UserAssignedIdentity | None = None
    compute: components.UserAssignedIdentity | None = None
    endpoints: components.UserAssignedIdentity | None = None


def identities(ground: Ground) -> Identities:
    """Make the identities of a stack; that of the pipelines trusts the tokens that its settings pin, and no others."""
    ci = _identity(ground, "ci", _trusted(ground.settings))
    if ground.settings.is_shared:
        return Identities(ci=ci)
    return Identities(
        ci=ci,
        workspace=_identity(ground, "workspace"),
        compute=_identity(ground, "compute"),
        endpoints=_identity(ground, "endpoints"),
    )


def _identity(
    ground: Ground, use: str, trusted: dict[str, FederatedCredential] | None = None
) -> components.UserAssignedIdentity:
    return components.UserAssignedIdentity(
        f"identity-{use}",
        components.UserAssignedIdentityArgs(
            **ground.placed("security", "identity", use), federated_credentials=trusted or {}
        ),
        ground.opts,
    )


def _trusted(settings: Settings) -> dict[str, FederatedCredential]:
    wanted, names = settings.identities, settings.names
    trusted = {}
    if wanted.github is not None:
        trusted[names.of("federated credential", "github")] = github_environment(
            wanted.github.organisation, wanted.github.repository, wanted.github.environment or settings.environment
        )
    if wanted.azure_dev_ops is not None:
        trusted[names.of("federated credential", "azure-devops")] = azure_devops_connection(
            settings.tenant, wanted.azure_dev_ops.organisation_id, wanted.azure_dev_ops.service_connection_id
        )
    return trusted
