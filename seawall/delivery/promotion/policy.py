"""The promotion policy: what each target asks of a model, as a team writes it in YAML.

Annotated example: examples/fraud/promotion.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from seawall.delivery.section import Items, Section, Text, Timeout, Words, duration, refused

MetricName = Annotated[str, Text(r"[A-Za-z_][A-Za-z0-9_.@/ -]*", "the name of a metric", 100)]
TargetName = Annotated[str, Text(r"[a-z][a-z0-9-]*", "the name of an environment, or registry", 40)]
RelativePath = Annotated[str, Text(r"(?!/)[^\x00-\x1f\\]+", "a path beside the policy file", 400)]
TagName = Annotated[str, Text(r"[^\s:]([^\x00-\x1f]*[^\s])?", "the name of a tag", 256)]
Figure = Annotated[float, Field(allow_inf_nan=False)]


def _pattern(value: Any) -> Any:
    if value is None:
        return None
    try:
        re.compile(value)
    except (re.error, TypeError):
        raise refused("a regular expression that the tag must match, or nothing") from None
    return value


Pattern = Annotated[str | None, BeforeValidator(_pattern)]


class Threshold(Section):
    """A metric of the evaluation and its limits."""

    name: MetricName
    at_least: Figure | None = None
    at_most: Figure | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise refused("atLeast, atMost, or both", "no limit")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise refused("atLeast no higher than atMost", f"{self.at_least:g} and {self.at_most:g}")
        return self


class ComparedMetric(Section):
    """A metric that may be worse than production's by so much, and no more."""

    name: MetricName
    may_lose: Annotated[Figure, Field(ge=0)] = 0.0
    lower_is_better: bool = False


class Comparison(Section):
    """The version that answers in production, measured on the same data as the candidate."""

    environment: TargetName = Field(default="prod", description="Whose endpoint has the version in production.")
    endpoint: Words = Field(description="The endpoint's name in the stack file, such as fraud-online.")
    metrics: Items[ComparedMetric] = Field(min_length=1, max_length=50)


class Evaluation(Section):
    """How a model is measured: a script of the team's, called `python SCRIPT MODEL_FOLDER DATA_FILE`.

    It prints a JSON object of metric names and numbers as its last line. Paths count from the policy file. It runs in
    the environment that deployments run in (requirements/inference.txt).
    """

    script: RelativePath = Field(description="The script, beside the policy file.")
    data: RelativePath = Field(description="The data that every version is measured on, beside the policy file.")
    timeout: Timeout = duration("10m", "How long it may take.")


class Approvals(Section):
    """Whose yes it takes. A name is what Entra says of a person or application: user name, object ID or client ID."""

    approvers: Items[Words] = Field(min_length=1, max_length=50, description="User principal names or object IDs.")
    needed: int = Field(default=1, ge=1, description="How many of them must approve.")
    asker_may_approve: bool = Field(default=False, description="Whether who asks for a promotion may approve it.")

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        people = len({name.casefold() for name in self.approvers})
        if self.needed > people:
            raise refused("needed no higher than the number of approvers", f"{self.needed} of {people}")
        return self


class Terms(Section):
    """What one target asks of a model. A gate that isn't mentioned is open."""

    required_tags: dict[TagName, Pattern] = Field(
        default={}, description="Tags that the model must have, and what the whole value must match, if anything."
    )
    after: Items[TargetName] = Field(
        default=(), description="Targets that have had the same bytes. Every environment comes after the registry."
    )
    evaluation: Evaluation | None = Field(default=None, description="How the candidate is measured.")
    metrics: Items[Threshold] = Field(
        default=(), max_length=50, description="Limits of what evaluation measures, or else of the model's own figures."
    )
    comparison: Comparison | None = Field(default=None, description="With the version in production.")
    approvals: Approvals | None = Field(default=None, description="Without them, open gates are enough.")
    retrain: bool = Field(
        default=False, description="The model stays where its data are; the target trains by its recipe."
    )

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        if self.comparison and not self.evaluation:
            raise refused("an evaluation, by which both versions are measured", "a comparison without evaluation")
        return self


Targets = dict[str, Terms]


class Policy(Section):
    """What lets a model through, for each model, or for all that are not named."""

    default: Targets | None = Field(default=None, description="By target, for models without a section of their own.")
    models: dict[str, Targets] = Field(default={}, description="By model and target.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.default is None and not self.models:
            raise refused("default, models, or both", "neither")
        return self

    def terms(self, model: str, target: str) -> Terms | None:
        """What a target asks of a model; None where the policy doesn't let it there. A model's section is all of it."""
        targets: Mapping[str, Terms] = self.models.get(model) or self.default or {}
        return targets.get(target)
