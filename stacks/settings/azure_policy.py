"""What Azure itself holds the stack's resource groups to."""

from __future__ import annotations

from pydantic import Field

from stacks.settings.base import Section


class AzurePolicy(Section):
    """Azure's built-in policies on the stack's resource groups, which catch what bypasses Pulumi."""

    enabled: bool = Field(
        default=True,
        description="Whether the policies that match the guardrails are assigned: refusing where a rule is mandatory, "
        "reporting where it is advisory. false where a landing zone assigns its own.",
    )
