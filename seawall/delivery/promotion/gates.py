"""The verdict on a promotion: a pure function of facts and terms, with a sentence for each gate.

`verdict` never asks the clock, the cloud or a file. A gate that can't be judged for want of a figure is not passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from seawall.delivery.promotion.facts import REGISTRY, Approval, Facts, Measurement, Metrics
from seawall.delivery.promotion.policy import Approvals, Terms, Threshold


class Gate(StrEnum):
    """What is asked of a promotion, in the order of asking."""

    TAGS = "tags"
    ORDER = "order"
    BYTES = "bytes"
    ENVIRONMENT = "environment"
    METRICS = "metrics"
    COMPARISON = "comparison"
    RECIPE = "recipe"
    APPROVAL = "approval"


class Decision(StrEnum):
    ALLOWED = "allowed"
    WAITING = "waiting"
    """Everything is in order but a person's yes."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Finding:
    gate: Gate
    passed: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    findings: tuple[Finding, ...]

    @property
    def decision(self) -> Decision:
        failed = {finding.gate for finding in self.findings if not finding.passed}
        if not failed:
            return Decision.ALLOWED
        return Decision.WAITING if failed == {Gate.APPROVAL} else Decision.REFUSED

    @property
    def faults(self) -> tuple[str, ...]:
        return tuple(finding.sentence for finding in self.findings if not finding.passed)


def verdict(facts: Facts, terms: Terms) -> Verdict:
    """What the terms say of the facts: one finding or more for each gate that they close."""
    gates = (_tags, _order, _bytes, _environment, _metrics, _comparison, _recipe, _approval)
    return Verdict(tuple(finding for gate in gates for finding in gate(facts, terms)))


def _tags(facts: Facts, terms: Terms) -> Iterator[Finding]:
    for name, pattern in terms.required_tags.items():
        value = facts.tags.get(name, "").strip()
        if not value:
            yield Finding(Gate.TAGS, False, f"tag {name} is missing")
        elif pattern and not re.fullmatch(pattern, value):
            yield Finding(Gate.TAGS, False, f"tag {name} is {value!r}, which is not of the form {pattern}")
        else:
            yield Finding(Gate.TAGS, True, f"tag {name} is {value}")


def _order(facts: Facts, terms: Terms) -> Iterator[Finding]:
    """A target that comes after others takes what those have, and the very same bytes."""
    needed = (() if facts.target == REGISTRY or terms.retrain else (REGISTRY,)) + terms.after
    for target in dict.fromkeys(needed):
        before = facts.promoted.get(target)
        if before is None:
            yield Finding(Gate.ORDER, False, f"{facts.model} has not been promoted to {target}")
        elif before != facts.digest:
            yield Finding(Gate.ORDER, False, f"{facts.model} was promoted to {target} with other bytes")
        else:
            yield Finding(Gate.ORDER, True, f"{facts.model} was promoted to {target}, the same bytes")


def _bytes(facts: Facts, terms: Terms) -> Iterator[Finding]:
    """Under one name and version there is one model, wherever it stands."""
    if facts.standing is None:
        return
    if facts.standing == facts.digest:
        yield Finding(Gate.BYTES, True, f"the registry's {facts.model} has the same bytes")
    else:
        sentence = f"the registry has another {facts.model}: its bytes differ; register yours as a new version"
        yield Finding(Gate.BYTES, False, sentence)


def _environment(facts: Facts, terms: Terms) -> Iterator[Finding]:
    """An environment is in the registry before the model that runs in it (docs: how-to-registry-network-isolation)."""
    if not facts.environment:
        return
    if facts.environment_found:
        yield Finding(Gate.ENVIRONMENT, True, f"environment {facts.environment} is at hand")
    else:
        sentence = (
            f"environment {facts.environment} is neither in the registry nor in the workspace that it comes from; "
            "create it in the workspace: with a private registry it is shared from there"
        )
        yield Finding(Gate.ENVIRONMENT, False, sentence)


def _metrics(facts: Facts, terms: Terms) -> Iterator[Finding]:
    """Thresholds hold for what the promotion measured, where it measures, or else for what the training logged."""
    if not terms.metrics:
        return
    source = facts.measured if terms.evaluation else facts.logged
    if source is None:
        why = "the model has no evaluation.json"
        if terms.evaluation:
            why = facts.unmeasured or "the evaluation gave none"
        yield Finding(Gate.METRICS, False, f"there are no metrics to judge: {why}")
        return
    for threshold in terms.metrics:
        yield _threshold(threshold, source)


def _threshold(threshold: Threshold, source: Measurement) -> Finding:
    value = source.metrics.get(threshold.name)
    if value is None or value != value:  # not a number: it was measured, and says nothing
        return Finding(Gate.METRICS, False, f"{threshold.name} is missing from the evaluation")
    asked = " and ".join(
        text
        for text, limit in (
            (f"at least {_number(threshold.at_least)}", threshold.at_least),
            (f"at most {_number(threshold.at_most)}", threshold.at_most),
        )
        if limit is not None
    )
    low = threshold.at_least is not None and value < threshold.at_least
    high = threshold.at_most is not None and value > threshold.at_most
    said = f"{threshold.name} is {_number(value)}, {asked} is asked"
    return Finding(Gate.METRICS, not (low or high), said)


def _comparison(facts: Facts, terms: Terms) -> Iterator[Finding]:
    """What the candidate may lose against the version in production, on the same data."""
    comparison = terms.comparison
    if comparison is None:
        return
    if facts.rival is None:
        yield Finding(Gate.COMPARISON, True, f"no version of {facts.model.name} is in production to compare with")
        return
    if facts.rival.version == facts.model.version:
        yield Finding(Gate.COMPARISON, True, f"{facts.model} is the version in production")
        return
    own: Metrics = facts.measured.metrics if facts.measured else {}
    for metric in comparison.metrics:
        new, old = own.get(metric.name), facts.rival.metrics.get(metric.name)
        if new is None or old is None or new != new or old != old:
            yield Finding(Gate.COMPARISON, False, f"{metric.name} can't be compared: it wasn't measured for both")
            continue
        loss = (new - old) if metric.lower_is_better else (old - new)
        said = f"{metric.name} is {_number(new)}, version {facts.rival.version} in production has {_number(old)}"
        allowed = f"; it may be worse by {_number(metric.may_lose)}"
        # A hair's breadth of tolerance: both figures are sums of floats.
        yield Finding(Gate.COMPARISON, loss <= metric.may_lose + 1e-12, said + allowed)


def _recipe(facts: Facts, terms: Terms) -> Iterator[Finding]:
    """Where data may not leave an environment, the target trains anew: it must have data to train on."""
    if not terms.retrain:
        return
    for name in RECIPE_TAGS:
        if not facts.tags.get(name, "").strip():
            yield Finding(Gate.RECIPE, False, f"tag {name} is missing: a recipe needs it")
    data = facts.tags.get("training-data", "").strip()
    if data and not facts.recipe_data_found:
        yield Finding(Gate.RECIPE, False, f"{facts.target} has no data {data} to train on")
    elif data:
        yield Finding(Gate.RECIPE, True, f"{facts.target} has data {data} to train on")


RECIPE_TAGS = ("git-repository", "git-commit", "training-data", "environment")
"""The tags that say how a model came to be: enough to train it again elsewhere."""


def _approval(facts: Facts, terms: Terms) -> Iterator[Finding]:
    approvals = terms.approvals
    if approvals is None:
        return
    given = sorted({approval.by for approval in facts.approvals if counts(facts, approvals, approval)})
    enough = len(given) >= approvals.needed
    by = ", ".join(given) or "nobody"
    said = f"approved by {by}; {approvals.needed} of {', '.join(approvals.approvers)} must"
    yield Finding(Gate.APPROVAL, enough, said)


def counts(facts: Facts, approvals: Approvals, approval: Approval) -> bool:
    """Whether a yes counts: of a named approver, about these bytes, and not of one who asks for it."""
    named = approval.names & {name.casefold() for name in approvals.approvers}
    own = approval.names & facts.askers
    return bool(named) and approval.digest == facts.digest and (approvals.asker_may_approve or not own)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
