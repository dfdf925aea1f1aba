"""Who deploys, and what it may cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.settings.base import Day, Email, Guid, Section

Percent = Annotated[float, Field(gt=0, le=1000)]


class GitHub(Section):
    """A GitHub repository whose workflows deploy, without a stored secret."""

    organisation: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$", max_length=39)] = Field(
        description="Organisation or user that owns the repository."
    )
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=100)] = Field(description="Repository.")
    environment: Annotated[str, Field(pattern=r"^[^*?\s'\"`,;]+$", max_length=255)] | None = Field(
        None, description="GitHub environment whose jobs may deploy; the stack's environment where not given."
    )


class AzureDevOps(Section):
    """An Azure DevOps service connection whose pipelines deploy, without a stored secret."""

    organisation: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$", max_length=50)] = Field(
        description="Organisation in Azure DevOps."
    )
    organisation_id: Guid = Field(description="Its ID: the issuer or subject of tokens names it.")
    project: Annotated[str, Field(pattern=r"^[^*?/:\\~&%;@'\"<>|#$,+={}\[\]]+$", max_length=64)] = Field(description="Project.")
    service_connection: Annotated[str, Field(pattern=r"^[^*?/]+$", max_length=256)] = Field(
        description="Service connection (workload identity federation)."
    )
    service_connection_id: Guid = Field(description="Its ID, as in the project's settings.")


class Identities(Section):
    """Pipelines that sign in as the stack's CI identity."""

    github: GitHub | None = Field(None, alias="github", description="GitHub Actions.")
    azure_dev_ops: AzureDevOps | None = Field(None, alias="azureDevOps", description="Azure Pipelines.")


class Thresholds(Section):
    """Shares of the budget at which contacts are told; Azure takes five in all."""

    actual: tuple[Percent, ...] = Field((50, 80, 100), description="Percent of the amount, of what was spent.")
    forecast: tuple[Percent, ...] = Field((100,), description="Percent of the amount, of what will be spent by month's end.")


class Budget(Section):
    """What the stack may cost in a month, and who is told."""

    amount: float = Field(gt=0, description="Amount a month, in the subscription's billing currency.")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        "EUR", description="Billing currency of the subscription. A note for readers: Azure takes no currency here."
    )
    start: Day = Field(description='First month, as its first day: "2026-12-01". Fixed, so that plans don\'t change by themselves.')
    end: Day | None = Field(None, description="Last day; ten years after the start where Azure chooses.")
    thresholds: Thresholds = Field(Thresholds(), description="When contacts are told.")
    contacts: tuple[Email, ...] = Field((), max_length=50, description="Who is told; the owner where not given.")
