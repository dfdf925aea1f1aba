"""The verdict on a promotion, as a function of facts and terms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.delivery.promotion.facts import Approval, Facts, Measurement, ModelName, Rival
from seawall.delivery.promotion.gates import Decision, Gate, verdict
from seawall.delivery.promotion.policy import Terms

DIGEST, OTHER = "a" * 64, "b" * 64
MODEL = ModelName("claims-fraud", "2")
MARA = frozenset({"mara@larkspur.example", "oid-mara"})


def facts(**changes: Any) -> Facts:
    """A version that is in the registry and asks to get into production."""
    return replace(Facts(MODEL, "prod", DIGEST, promoted={"registry": DIGEST}, standing=DIGEST), **changes)


def terms(**said: Any) -> Terms:
    return Terms.model_validate(said)


EVALUATION = {"script": "evaluate.py", "data": "evaluation.csv"}


def closed(given_facts: Facts, **said: Any) -> set[Gate]:
    return {finding.gate for finding in verdict(given_facts, terms(**said)).findings if not finding.passed}


def test_terms_that_ask_for_nothing_let_the_registrys_model_in() -> None:
    """The order is kept even where the policy asks for nothing more."""
    assert verdict(facts(), terms()).decision is Decision.ALLOWED
    assert closed(facts(promoted={})) == {Gate.ORDER}


def test_every_missing_or_ill_formed_tag_is_told_at_once() -> None:
    """One sentence a tag; the whole value must match."""
    asked = {"git-commit": "[0-9a-f]{40}", "owner": None, "training-job": None}
    found = verdict(facts(tags={"git-commit": "f" * 41, "owner": " "}), terms(requiredTags=asked))
    assert found.decision is Decision.REFUSED
    assert len(found.faults) == 3
    assert all(name in " ".join(found.faults) for name in asked)


def test_tags_of_the_right_form_open_the_gate() -> None:
    """A pattern is matched against the whole value, without the blanks around it."""
    asked = {"git-commit": "[0-9a-f]{40}", "owner": None}
    assert not closed(facts(tags={"git-commit": f" {'f' * 40} ", "owner": "x"}), requiredTags=asked)


@pytest.mark.parametrize("promoted", [{}, {"registry": DIGEST}, {"registry": DIGEST, "test": OTHER}])
def test_production_takes_only_what_test_has_had(promoted: dict[str, str]) -> None:
    """Another version's promotion, or the same with other bytes, doesn't count."""
    assert closed(facts(promoted=promoted), after=["test"]) == {Gate.ORDER}


def test_other_bytes_under_the_same_name_and_version_are_refused() -> None:
    """There are never two models of one name and version."""
    assert closed(facts(target="registry", standing=OTHER)) == {Gate.BYTES}
    assert not closed(facts(target="registry", standing=None))


def test_a_model_whose_environment_is_nowhere_is_refused() -> None:
    """An environment comes into the registry before the model."""
    assert closed(facts(environment="scoring:3", environment_found=False)) == {Gate.ENVIRONMENT}
    assert not closed(facts(environment="scoring:3", environment_found=True))


def test_thresholds_are_inclusive() -> None:
    """At least and at most include the limit itself."""
    limits = [{"name": "auc", "atLeast": 0.9, "atMost": 0.99}]
    for value, expected in ((0.9, set()), (0.99, set()), (0.8999, {Gate.METRICS}), (0.991, {Gate.METRICS})):
        assert closed(facts(logged=Measurement({"auc": value})), metrics=limits) == expected


@pytest.mark.parametrize("logged", [None, Measurement({}), Measurement({"auc": float("nan")})])
def test_a_metric_that_nobody_measured_doesnt_pass(logged: Measurement | None) -> None:
    """No figure is no proof."""
    assert closed(facts(logged=logged), metrics=[{"name": "auc", "atLeast": 0.1}]) == {Gate.METRICS}


def test_what_the_promotion_measures_outweighs_what_the_training_says() -> None:
    """Logged metrics aren't looked at where the policy has an evaluation."""
    both = facts(logged=Measurement({"auc": 1.0}), measured=Measurement({"auc": 0.5}))
    limits = [{"name": "auc", "atLeast": 0.9}]
    assert closed(both, metrics=limits, evaluation=EVALUATION) == {Gate.METRICS}
    assert not closed(both, metrics=limits)


def compared(own: float, production: float, *, lower: bool = False, may_lose: float = 0.0) -> set[Gate]:
    metric = {"name": "m", "mayLose": may_lose, "lowerIsBetter": lower}
    found = facts(measured=Measurement({"m": own}), rival=Rival("1", {"m": production}))
    return closed(found, evaluation=EVALUATION, comparison={"endpoint": "fraud-online", "metrics": [metric]})


def test_a_candidate_may_lose_no_more_than_allowed() -> None:
    """Equal is enough; better always is; lower may be better."""
    assert not compared(0.90, 0.90)
    assert compared(0.89, 0.90) == {Gate.COMPARISON}
    assert not compared(0.89, 0.90, may_lose=0.01)
    assert compared(12.0, 10.0, lower=True) == {Gate.COMPARISON}
    assert not compared(8.0, 10.0, lower=True)


def test_the_first_version_has_nothing_to_be_compared_with() -> None:
    """A comparison is no obstacle to the first version, nor to the one in production."""
    said = {"evaluation": EVALUATION, "comparison": {"endpoint": "e", "metrics": [{"name": "m"}]}}
    assert not closed(facts(measured=Measurement({"m": 1.0})), **said)
    assert not closed(facts(measured=Measurement({"m": 1.0}), rival=Rival("2", {})), **said)
    assert closed(facts(measured=Measurement({"m": 1.0}), rival=Rival("1", {})), **said) == {Gate.COMPARISON}


APPROVALS = {"approvers": ["Mara@larkspur.example", "noor@larkspur.example"]}


def test_a_promotion_waits_for_a_named_approver() -> None:
    """Everything else in order, the decision is to wait, not to refuse."""
    assert verdict(facts(), terms(approvals=APPROVALS)).decision is Decision.WAITING
    approved = facts(approvals=(Approval("mara", MARA, DIGEST),), askers=frozenset({"ci"}))
    assert verdict(approved, terms(approvals=APPROVALS)).decision is Decision.ALLOWED


@pytest.mark.parametrize(
    ("approval", "askers"),
    [
        (Approval("eve", frozenset({"eve@larkspur.example"}), DIGEST), frozenset({"ci"})),
        (Approval("mara", MARA, OTHER), frozenset({"ci"})),
        (Approval("mara", MARA, DIGEST), frozenset({"oid-mara"})),
    ],
    ids=["not an approver", "other bytes", "the one who asks"],
)
def test_approvals_that_dont_count(approval: Approval, askers: frozenset[str]) -> None:
    """Somebody unnamed, a yes to other bytes, and the asker's own are no approvals."""
    found = facts(approvals=(approval,), askers=askers)
    assert verdict(found, terms(approvals=APPROVALS)).decision is Decision.WAITING


def test_one_person_is_one_approval() -> None:
    """Two are needed: the same person's second yes doesn't help."""
    twice = facts(approvals=(Approval("mara", MARA, DIGEST), Approval("mara", MARA, DIGEST)))
    assert verdict(twice, terms(approvals={**APPROVALS, "needed": 2})).decision is Decision.WAITING


def test_a_setting_lets_the_asker_approve() -> None:
    """Separation of duties can be turned off where one person is the whole team."""
    own = facts(approvals=(Approval("mara", MARA, DIGEST),), askers=MARA)
    assert verdict(own, terms(approvals={**APPROVALS, "askerMayApprove": True})).decision is Decision.ALLOWED


def test_a_recipe_needs_code_environment_and_data() -> None:
    """Where models are trained anew, all that training takes must be named, and the data be there."""
    tags = {
        "git-repository": "larkspur-insurance/claims-fraud",
        "git-commit": "f" * 40,
        "training-data": "claims-labelled:4",
        "environment": "training:2",
    }
    assert not closed(facts(promoted={}, tags=tags, standing=None), retrain=True)
    assert closed(facts(promoted={}, tags={}, standing=None), retrain=True) == {Gate.RECIPE}
    assert closed(facts(promoted={}, tags=tags, recipe_data_found=False), retrain=True) == {Gate.RECIPE}


numbers = st.floats(-1e6, 1e6)


@given(own=numbers, production=numbers, may_lose=st.floats(0, 1e6), lower=st.booleans())
def test_a_better_candidate_is_never_refused(own: float, production: float, may_lose: float, lower: bool) -> None:
    """Comparison refuses only what is worse, and the more may be lost, the more passes."""
    better = own <= production if lower else own >= production
    refused = compared(own, production, lower=lower, may_lose=may_lose)
    assert not (better and refused)
    assert not refused or compared(own, production, lower=lower)


@given(
    tags=st.dictionaries(st.sampled_from(["owner", "git-commit", "x"]), st.text(max_size=5)),
    logged=st.none() | st.builds(Measurement, st.dictionaries(st.sampled_from(["auc", "recall"]), numbers)),
    promoted=st.dictionaries(st.sampled_from(["registry", "test"]), st.sampled_from([DIGEST, OTHER])),
    approvals=st.lists(st.builds(Approval, st.just("mara"), st.just(MARA), st.sampled_from([DIGEST, OTHER]))),
    standing=st.sampled_from([None, DIGEST, OTHER]),
)
def test_more_terms_never_open_a_gate(tags, logged, promoted, approvals, standing) -> None:
    """What strict terms allow, lax ones allow; allowed means that not one gate is closed, and each has its sentence."""
    found = facts(tags=tags, logged=logged, promoted=promoted, approvals=tuple(approvals), standing=standing)
    lax, strict = terms(), terms(
        requiredTags={"owner": None}, after=["test"], metrics=[{"name": "auc", "atLeast": 0}], approvals=APPROVALS
    )
    judged = verdict(found, strict)
    assert (judged.decision is Decision.ALLOWED) == (not judged.faults)
    assert all(finding.sentence for finding in judged.findings)
    assert judged.decision is not Decision.ALLOWED or verdict(found, lax).decision is Decision.ALLOWED
    assert verdict(found, strict) == judged
