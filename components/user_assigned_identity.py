"""User-assigned identities, and the pipelines that may act as them without a stored secret."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi_azure_native as azure
from pulumi import Output, Resource, ResourceOptions

from components.base import Component, ResourceArgs, arm_id, computed, resource_group_name
from components.private_dns import Cloud

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
"""Source: GitHub docs, actions/reference/security/oidc."""

AUDIENCES: Mapping[Cloud, str] = {
    Cloud.PUBLIC: "api://AzureADTokenExchange",
    Cloud.US_GOVERNMENT: "api://AzureADTokenExchangeUSGov",
    Cloud.CHINA: "api://AzureADTokenExchangeChina",
}
"""The audience of the token that is exchanged. Source: Entra docs, workload-id/workload-identity-federation."""

AZURE_DEVOPS_APPLICATION_ID = "499b84ac-1321-427f-aa17-267ca6975798"
"""Azure DevOps as an Entra application, the same in every tenant.

Source: Azure DevOps docs, integrate/get-started/authentication/service-principal-managed-identity.
"""

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,119}")

MAX_CREDENTIALS = 20
"""Source: Entra docs, workload-id/workload-identity-federation-considerations."""


@dataclass(frozen=True, kw_only=True)
class FederatedCredential:
    """Whose token Entra exchanges for the identity's: exactly one issuer, subject and audience. No patterns.

    Raises ValueError for an empty part, or for a subject with a wildcard, which Entra would take literally.
    """

    issuer: str
    subject: str
    audience: str = AUDIENCES[Cloud.PUBLIC]

    def __post_init__(self) -> None:
        if not (self.issuer and self.subject and self.audience):
            raise ValueError("a federated credential needs an issuer, a subject and an audience")
        if "*" in self.subject:
            raise ValueError(f"the subject of a federated credential takes no wildcard: {self.subject!r}")


def github_environment(
    organisation: str, repository: str, environment: str, cloud: Cloud = Cloud.PUBLIC
) -> FederatedCredential:
    """Trusts the jobs of one repository that run in one of its environments, whose protection rules then apply.

    Source: GitHub docs, actions/reference/security/oidc, "Filtering for a specific environment".
    """
    _refuse_empty(organisation=organisation, repository=repository, environment=environment)
    return FederatedCredential(
        issuer=GITHUB_ISSUER,
        subject=f"repo:{organisation}/{repository}:environment:{environment}",
        audience=AUDIENCES[cloud],
    )


def azure_devops_connection(
    tenant_id: str, organisation_id: str, connection_id: str, cloud: Cloud = Cloud.PUBLIC
) -> FederatedCredential:
    """Trusts the pipelines that may use one service connection of an Azure DevOps organisation.

    All three IDs are GUIDs: the Entra tenant, the organisation (not its name) and the service connection. This is the
    form under the Entra issuer; the older one (issuer vstoken.dev.azure.com, subject `sc://...`) is retired on
    2027-07-01. In the US Government and China clouds Azure DevOps still issues the older form: pass a
    `FederatedCredential` with the values that the service connection shows.

    Source: Azure DevOps docs, pipelines/release/convert-service-connections; subject as service connections show it.
    """
    if cloud is not Cloud.PUBLIC:
        raise ValueError(f"service connections to {cloud.value} don't use the Entra issuer")
    subject = "/".join(
        [
            "/eid1/c/pub/t",
            _compact(tenant_id, "tenant_id"),
            "a",
            _compact(AZURE_DEVOPS_APPLICATION_ID, "application"),
            "sc",
            _guid(organisation_id, "organisation_id"),
            _guid(connection_id, "connection_id"),
        ]
    )
    tenant = _guid(tenant_id, "tenant_id")
    return FederatedCredential(
        issuer=f"https://login.microsoftonline.com/{tenant}/v2.0", subject=subject, audience=AUDIENCES[cloud]
    )


@dataclass(frozen=True, kw_only=True)
class UserAssignedIdentityArgs(ResourceArgs):
    """`federated_credentials` maps a credential's name in Azure (3 to 120 letters, digits, `-` or `_`) to whom it
    trusts. Raises ValueError for more than 20, or for a name that Azure doesn't take.
    """

    federated_credentials: Mapping[str, FederatedCredential] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = [f"{name!r} is no name for one" for name in self.federated_credentials if not _NAME.fullmatch(name)]
        if len(self.federated_credentials) > MAX_CREDENTIALS:
            faults.append(f"an identity holds at most {MAX_CREDENTIALS}, got {len(self.federated_credentials)}")
        if faults:
            raise ValueError(f"the federated credentials of {self.resource_name}: {'; '.join(faults)}")


class UserAssignedIdentity(Component):
    """An identity with a life of its own, so that its rights are granted before whatever uses it exists.

    `principal_id` is its object ID in Entra, for role assignments; `client_id` is what applications log in with.
    """

    id: Output[str]
    name: Output[str]
    principal_id: Output[str]
    client_id: Output[str]

    def __init__(self, name: str, args: UserAssignedIdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        identity = azure.managedidentity.UserAssignedIdentity(
            name,
            resource_name_=args.resource_name,
            resource_group_name=resource_group_name(args),
            location=args.location,
            tags=args.tags,
            opts=self.child_opts(),
        )
        self._trust(name, args, identity)
        self.id = self.computed(
            lambda group: arm_id(group, "Microsoft.ManagedIdentity/userAssignedIdentities", args.resource_name),
            args.resource_group_id,
        )
        self.name = self.computed(lambda: args.resource_name)
        self.principal_id = identity.principal_id
        self.client_id = identity.client_id
        self.register_outputs(
            {"id": self.id, "name": self.name, "principal_id": self.principal_id, "client_id": self.client_id}
        )

    def _trust(
        self, name: str, args: UserAssignedIdentityArgs, identity: azure.managedidentity.UserAssignedIdentity
    ) -> None:
        before: list[Resource] = []
        for credential_name, trusted in args.federated_credentials.items():
            credential = azure.managedidentity.FederatedIdentityCredential(
                f"{name}-{credential_name}",
                federated_identity_credential_resource_name=credential_name,
                resource_name_=computed(identity, lambda: args.resource_name),
                resource_group_name=resource_group_name(args),
                issuer=trusted.issuer,
                subject=trusted.subject,
                audiences=[trusted.audience],
                # Entra refuses concurrent writes to one identity's credentials.
                # Source: Entra docs, workload-id/workload-identity-federation-considerations.
                opts=self.child_opts(depends_on=before[-1:]),
            )
            before.append(credential)


def _compact(guid: str, what: str) -> str:
    """A GUID as Entra writes it in subjects: its bytes, little-endian, in unpadded base64 for URLs."""
    return base64.urlsafe_b64encode(uuid.UUID(_guid(guid, what)).bytes_le).decode().rstrip("=")


def _guid(value: str, what: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise ValueError(f"{what} is to be a GUID, got {value!r}") from None


def _refuse_empty(**values: str) -> None:
    missing = [what for what, value in values.items() if not value]
    if missing:
        raise ValueError(f"a federated credential for GitHub needs {', '.join(missing)}")
