"""The parts of a release file that name whom to ask and whom to tell."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from seawall.delivery.section import Items, Label, Section, Text, Timeout, Variable, Words, duration, refused

Address = Annotated[
    str, Text(r"https?://[^\s/]+(/\S*)?", "an address such as https://checks.larkspur.example/release", 2000)
]
HeaderName = Annotated[str, Text(r"[A-Za-z0-9-]+", "the name of a header", 100)]


class HeaderValue(Section):
    """Where the value of a header comes from: secrets stay out of the file."""

    env: Variable = Field(description="The environment variable that has it.")


class Command(Section):
    argv: Items[Words] = Field(min_length=1, max_length=100, description="The program and its arguments; no shell.")
    timeout: Timeout = duration("5m", "How long it may take.")


class Webhook(Section):
    """A POST that tells of the release. 2xx agrees; everything else refuses."""

    url: Address
    headers: dict[HeaderName, HeaderValue] = Field(default={}, description="Besides the content type.")
    timeout: Timeout = duration("1m", "How long it may take.")


class Approval(Section):
    """A person's yes, which holds off mistakes: who may write the endpoint's tags can give it in another's name."""

    approvers: Items[Words] = Field(
        default=(), max_length=50, description="User principal names or object IDs, as given; anyone where empty."
    )
    timeout: Timeout = duration("1d", "How long to wait for one: after that, back.")


class Hook(Section):
    """One of command, webhook and approval."""

    name: Label
    command: Command | None = None
    webhook: Webhook | None = None
    approval: Approval | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.command, self.webhook, self.approval)) != 1:
            raise refused("one of command, webhook, approval", f"hook {self.name!r} with none or several")
        return self


class Hooks(Section):
    before_traffic: Items[Hook] = Field(default=(), max_length=10, description="Once smoke tests have passed.")
    before_promotion: Items[Hook] = Field(default=(), max_length=10, description="Before all traffic moves over.")


class Notifications(Section):
    """A POST for each thing that happens. One that fails is noted and holds nothing up."""

    webhook: Webhook
