"""The promotion policy: what each target asks of a model, as a team writes it in YAML.

Annotated example: examples/fraud/promotion.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from seawall.delivery.promotion.facts import REGISTRY

Text = Annotated[str, Field(min_length=1)]
Figure = Annotated[float, Field(allow_inf_nan=False)]


class Section(BaseModel):
    """A section of the file: its keys are exactly these."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True
    )


class Threshold(Section):
    """A metric of the evaluation and its limits."""

    name: Text
    at_least: Figure | None = None
    at_most: Figure | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Threshold:
        if self.at_least is None and self.at_most is None:
            raise ValueError("atLeast, atMost or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("an atLeast that is not above atMost")
        return self


class ComparedMetric(Section):
    """A metric that may be worse than production's by so much, and no more."""

    name: Text
    may_lose: Annotated[Figure, Field(ge=0)] = 0.0
    lower_is_better: bool = False


class Comparison(Section):
    """The version that answers in production, measured on the same data as the candidate."""

    environment: Text = "prod"
    """Whose endpoints have the version in production."""
    endpoint: Text
    """The endpoint's name in the stack file."""
    metrics: Annotated[tuple[ComparedMetric, ...], Field(min_length=1, strict=False)]


class Evaluation(Section):
    """How a model is measured: a script of the team's, called `python SCRIPT MODEL_FOLDER DATA_FILE`.

    It prints a JSON object of metric names and numbers as its last line. Paths count from the policy file. It runs in
    the environment that deployments run in (requirements/inference.txt).
    """

    script: Text
    data: Text
    seconds: Annotated[int, Field(gt=0, le=3600)] = 600
    """After so long it has failed."""


class Approvals(Section):
    """Whose yes it takes. A name is what Entra says of a person or application: user name, object ID or client ID."""

    approvers: Annotated[tuple[Text, ...], Field(min_length=1, strict=False)]
    needed: Annotated[int, Field(ge=1)] = 1
    asker_may_approve: bool = False
    """Off: who asks for a promotion can't be the one who approves it."""

    @model_validator(mode="after")
    def _can_be_met(self) -> Approvals:
        if self.needed > len({name.casefold() for name in self.approvers}):
            raise ValueError("no more than there are approvers")
        return self


class Terms(Section):
    """What one target asks of a model. A gate that isn't mentioned is open."""

    required_tags: Mapping[Text, Text | None] = {}
    """Tags that the model must have. A value is the regular expression that the whole tag must match."""
    after: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    """Targets that must have the same bytes before. Every environment comes after the registry."""
    evaluation: Evaluation | None = None
    metrics: Annotated[tuple[Threshold, ...], Field(strict=False)] = ()
    """Limits of what `evaluation` measures, or, without it, of what the model's own evaluation.json says."""
    comparison: Comparison | None = None
    approvals: Approvals | None = None
    """Without it, promotion is automatic once the other gates are passed."""
    retrain: bool = False
    """The model stays where its data are: the recipe is promoted instead, and the target trains by it."""

    @field_validator("required_tags")
    @classmethod
    def _patterns(cls, tags: Mapping[str, str | None]) -> Mapping[str, str | None]:
        for name, pattern in tags.items():
            try:
                re.compile(pattern or "")
            except re.error:
                raise ValueError(f"a regular expression for {name}") from None
        return tags

    @model_validator(mode="after")
    def _comparable(self) -> Terms:
        if self.comparison and not self.evaluation:
            raise ValueError("an evaluation beside comparison: both versions are measured by it")
        return self


Targets = Mapping[Text, Terms]


class Policy(Section):
    """What lets a model through, for each model, or for all that are not named."""

    default: Targets | None = None
    models: Mapping[Text, Targets] = {}

    @model_validator(mode="after")
    def _says_something(self) -> Policy:
        if self.default is None and not self.models:
            raise ValueError("default, models or both")
        for targets in ((self.default or {}), *self.models.values()):
            if REGISTRY in targets and targets[REGISTRY].retrain:
                raise ValueError(f"no retrain of {REGISTRY}: it is the environments that train")
        return self

    def terms(self, model: str, target: str) -> Terms | None:
        """What a target asks of a model; None where the policy doesn't let it there. A model's section is all of it."""
        return (self.models.get(model) or self.default or {}).get(target)
