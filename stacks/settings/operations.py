"""Who deploys, and what it may cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.settings.base import Day, Email, Guid, Section, Text

Percent = Annotated[int, Field(ge=1, le=1000)]
Organisation = Annotated[str, Text(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", "letters, digits and '-'", most=50)]
Repository = Annotated[str, Text(r"[A-Za-z0-9._-]+", "a repository's name, without its organisation", most=100)]
Pinned = Annotated[str, Text(r"[^*?/:\x00-\x1f]+", "one name, without wildcards, '/' or ':'", most=255)]
BackendUrl = Annotated[
    str,
    Text(
        r"(azblob://[a-z0-9-]+(\?storage_account=[a-z0-9]{3,24})?|file://.+|https://.+|s3://.+|gs://.+)",
        "a backend such as azblob://state?storage_account=NAME, file:///FOLDER or https://api.pulumi.com",
        most=500,
    ),
]
SecretsProvider = Annotated[
    str,
    Text(
        r"(passphrase|default|azurekeyvault://[a-zA-Z0-9-]+\.vault\.[a-z.]+/keys/[a-zA-Z0-9-]+(/[0-9a-f]+)?)",
        "passphrase, default, or azurekeyvault://VAULT.vault.azure.net/keys/KEY",
        most=500,
    ),
]
Currency = Annotated[str, Text(r"[A-Z]{3}", "a currency's code such as EUR", most=3)]


class GitHub(Section):
    """A GitHub repository whose workflows deploy, without a stored secret."""

    organisation: Organisation = Field(description="Organisation or user that owns the repository.")
    repository: Repository = Field(description="Repository.")
    environment: Pinned | None = Field(
        default=None,
        description="GitHub environment whose jobs release and promote models as the CI identity; the stack's "
        "environment where not given.",
    )


class AzureDevOps(Section):
    """An Azure DevOps service connection whose pipelines deploy, without a stored secret."""

    organisation: Organisation = Field(description="Organisation in Azure DevOps.")
    organisation_id: Guid = Field(description="Its ID: the issuer or subject of tokens names it.")
    project: Pinned = Field(description="Project.")
    service_connection: Pinned = Field(description="Service connection (workload identity federation).")
    service_connection_id: Guid = Field(description="Its ID, as in the project's settings.")


class Identities(Section):
    """Pipelines that sign in as the stack's CI identity."""

    github: GitHub | None = Field(default=None, alias="github", description="GitHub Actions.")
    azure_dev_ops: AzureDevOps | None = Field(default=None, alias="azureDevOps", description="Azure Pipelines.")


class State(Section):
    """Where Pulumi keeps the stack's state, and what encrypts the secrets in it.

    Pulumi's own variables win over it. Source: Pulumi docs, concepts/state-and-backends and concepts/secrets.
    """

    backend: BackendUrl | None = Field(
        default=None,
        description="Backend, such as azblob://state?storage_account=NAME; where the CLI is logged in to if not given.",
    )
    secrets_provider: SecretsProvider = Field(
        default="passphrase",
        description="What encrypts secrets: passphrase, or azurekeyvault://VAULT.vault.azure.net/keys/KEY. "
        "For a new stack; an existing one keeps its own.",
    )


class Thresholds(Section):
    """Shares of the budget at which contacts are told; Azure takes five in all."""

    actual: tuple[Percent, ...] = Field(default=(50, 80, 100), description="Percent of the amount, of what was spent.")
    forecast: tuple[Percent, ...] = Field(
        default=(100,), description="Percent of the amount, of what will be spent by month's end."
    )


class Budget(Section):
    """What the stack may cost in a month, and who is told."""

    amount: int = Field(gt=0, description="Whole amount a month, in the subscription's billing currency.")
    currency: Currency = Field(
        default="EUR",
        description="Billing currency of the subscription. A note for readers: Azure takes no currency here.",
    )
    start: Day = Field(
        description='First month, as its first day: "2026-12-01". Fixed, so that plans don\'t change by themselves.'
    )
    end: Day | None = Field(default=None, description="Last day; ten years after the start where Azure chooses.")
    thresholds: Thresholds = Field(default=Thresholds(), description="When contacts are told.")
    contacts: tuple[Email, ...] = Field(
        default=(), max_length=50, description="Who is told; the owner where not given."
    )
