"""How a release begins, or doesn't, and what a person's command does where it doesn't fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from seawall.delivery.actions import DeleteDeployment, SetEndpoint
from seawall.delivery.commands import Ask, Command, Effect
from seawall.delivery.decide import Decision, Kind, Refused, begin, decide
from seawall.delivery.readings import Endpoint, Readings
from seawall.delivery.state import Outcome, Paused, Phase, State
from seawall.delivery.strategy import Gate, ReleasePlan, Stay
from tests.seawall.delivery.pure.simulated_cloud import BAD, GOOD, STABLE, START, Cloud, begun, run

NEW, OLDER = "v7-11111111", "v5-22222222"
ME = "me@larkspur.example"
LEAD = "lead@larkspur.example"
BAKE = timedelta(minutes=5)
PLAN = ReleasePlan(
    candidate=NEW,
    model="claims-fraud:7",
    digest="0123456789abcdef",
    steps=(Stay(10, BAKE), Stay(50, BAKE)),
    soak=Stay(100, BAKE),
    before_promotion=(Gate("lead", BAKE, (LEAD,)),),
)
HERE = Endpoint(deployments={STABLE: "Succeeded"}, traffic={STABLE: 100, OLDER: 0})
STATE = State(
    candidate=NEW, stable=STABLE, model="claims-fraud:7", digest=PLAN.digest, by=ME, begun=START, since=START
)
BACK = replace(STATE, phase=Phase.DONE, outcome=Outcome.ROLLED_BACK, reason="error rate 20 %")


def test_the_deployment_with_all_traffic_is_the_stable_one() -> None:
    """A share of zero is none, and the update that begins a release leaves traffic as it is."""
    start = begin(PLAN, HERE, None, START, by=ME)
    assert isinstance(start, SetEndpoint)
    assert (start.state.stable, start.traffic, start.mirror) == (STABLE, None, None)


def test_the_same_file_again_changes_nothing() -> None:
    """Under way, it is taken up; released, it is what answers already, whoever wrote or removed the tags."""
    assert begin(PLAN, HERE, STATE, START, by=ME) is STATE
    released = Endpoint(deployments={NEW: "Succeeded"}, traffic={NEW: 100})
    done = replace(STATE, phase=Phase.DONE, outcome=Outcome.RELEASED, reason="the soak went well")
    assert begin(PLAN, released, done, START, by=ME) is done
    without = begin(PLAN, released, None, START, by=ME)
    assert isinstance(without, State) and without.outcome is Outcome.RELEASED and without.over


@pytest.mark.parametrize(
    ("endpoint", "last", "words"),
    [
        (HERE, replace(STATE, candidate=OLDER, model="fraud:5"), "a release of fraud:5 is under way, at tidy"),
        (HERE, replace(STATE, digest="ffffffff"), "a release by another version of this file is under way"),
        (HERE, BACK, "claims-fraud:7 was rolled back (error rate 20 %): change its release file, or begin it again"),
        (replace(HERE, traffic={STABLE: 50, OLDER: 50}), None, "by no release (v6-00000000 50 %, v5-22222222 50 %)"),
        (replace(HERE, mirror={OLDER: 10}), None, "split by no release (v6-00000000 100 %, v5-22222222 10 %)"),
    ],
)  # fmt: skip
def test_a_release_that_can_t_begin_says_why(endpoint: Endpoint, last: State | None, words: str) -> None:
    """In a sentence that a person can act on."""
    with pytest.raises(Refused) as refused:
        begin(PLAN, endpoint, last, START, by=ME)
    assert words in str(refused.value)


def test_what_was_rolled_back_begins_again_from_nothing() -> None:
    """With `again`; the deployment that was kept for a look is made anew."""
    kept = replace(HERE, deployments={STABLE: "Succeeded", NEW: "Succeeded"})
    start = begin(PLAN, kept, replace(BACK, phase=Phase.KEEP), START, by=ME, again=True)
    assert isinstance(start, SetEndpoint) and start.state.leftovers == (NEW,)
    assert decided(start.state, endpoint=kept).action == DeleteDeployment(NEW)


def test_the_version_before_is_taken_up_where_it_is_kept() -> None:
    """Releasing the old version again needs no new deployment while the old one is there."""
    last = replace(STATE, candidate=STABLE, stable=NEW, phase=Phase.KEEP, outcome=Outcome.RELEASED)
    both = replace(HERE, deployments={STABLE: "Succeeded", NEW: "Succeeded"})
    start = begin(PLAN, both, last, START, by=ME)
    assert isinstance(start, SetEndpoint) and start.state.leftovers == ()
    cloud = Cloud(deployments={NEW: "Succeeded"})
    cloud.perform(start)
    for _ in run(replace(PLAN, before_promotion=()), cloud, most=60):
        pass
    assert cloud.traffic == {NEW: 100} and not any("Create" in type(action).__name__ for action in cloud.did)


def test_what_an_earlier_release_kept_is_removed_first() -> None:
    """Its machines count against the quota."""
    last = replace(STATE, candidate=STABLE, stable=OLDER, phase=Phase.KEEP, outcome=Outcome.RELEASED)
    there = replace(HERE, deployments={STABLE: "Succeeded", OLDER: "Succeeded"})
    start = begin(PLAN, there, last, START, by=ME)
    assert isinstance(start, SetEndpoint) and start.state.leftovers == (OLDER,)


def decided(state: State, ask: Ask | None = None, by: str = ME, endpoint: Endpoint | None = None) -> Decision:
    both = Endpoint(deployments={STABLE: "Succeeded", NEW: "Succeeded"}, traffic={STABLE: 100})
    command = Command(ask, by, START) if ask else None
    return decide(PLAN, state, Readings(endpoint=endpoint or both, command=command), START)


PAST = replace(STATE, phase=Phase.BEFORE_PROMOTION)
PAUSED = Paused(START, ME, "because")
KEPT = replace(STATE, phase=Phase.KEEP, outcome=Outcome.RELEASED, reason="well")


@pytest.mark.parametrize(
    ("state", "ask", "effect", "words"),
    [
        (STATE, Ask.RESUME, Effect.ALREADY, "resume by me@larkspur.example changes nothing: it isn't paused"),
        (STATE, Ask.PROMOTE, Effect.REFUSED, "at tidy there are no steps to skip"),
        (STATE, Ask.APPROVE, Effect.REFUSED, "nothing waits for an approval"),
        (replace(STATE, paused=PAUSED), Ask.PAUSE, Effect.ALREADY, "it is paused already, by me@larkspur.example"),
        (PAST, Ask.PROMOTE, Effect.REFUSED, "at before promotion there are no steps to skip"),
        (PAST, Ask.APPROVE, Effect.REFUSED, "lead is for lead@larkspur.example to approve"),
        (PAST, Ask.RESUME, Effect.REFUSED, "it isn't paused, but waits for an approval: lead"),
        (BACK, Ask.ABORT, Effect.ALREADY, "the release is rolled back already"),
        (BACK, Ask.PAUSE, Effect.REFUSED, "the release is rolled back already"),
        (BACK, Ask.RESUME, Effect.REFUSED, "the release is rolled back already"),
        (BACK, Ask.PROMOTE, Effect.REFUSED, "the release is rolled back already"),
        (KEPT, Ask.PROMOTE, Effect.ALREADY, "the release is released already"),
        (KEPT, Ask.RESUME, Effect.ALREADY, "the release is released already"),
        (KEPT, Ask.PAUSE, Effect.REFUSED, "the release is released already"),
        (KEPT, Ask.ABORT, Effect.REFUSED, "somebody else changed the traffic since"),
        (replace(KEPT, stable=OLDER), Ask.ABORT, Effect.REFUSED, "the deployment before it is gone"),
    ],
)
def test_a_command_that_does_not_fit_is_answered(state: State, ask: Ask, effect: Effect, words: str) -> None:
    """It changes nothing, says so, and is gone; what is so already isn't refused."""
    decision = decided(state, ask)
    assert words in decision.why
    assert decision.action == SetEndpoint(state, answered=Command(ask, ME, START), effect=effect)


def test_an_abort_without_a_way_back_is_refused() -> None:
    """The release is paused instead, and whoever asked is told."""
    step = replace(STATE, phase=Phase.STEP, step=1)
    alone = Endpoint(deployments={NEW: "Succeeded"}, traffic={NEW: 100})
    action = decided(step, Ask.ABORT, endpoint=alone).action
    assert isinstance(action, SetEndpoint) and action.effect is Effect.REFUSED and action.state.paused


def test_only_an_approver_approves_and_is_remembered() -> None:
    """Letters' case aside."""
    decision = decided(PAST, Ask.APPROVE, LEAD.upper())
    assert isinstance(decision.action, SetEndpoint)
    assert decision.action.state.hooks == 1
    assert decision.action.state.approval == "lead 2026-12-01T10:00:00.000Z in the name of LEAD@LARKSPUR.EXAMPLE"


def test_promoting_does_not_go_past_an_approval() -> None:
    """The rest of the steps is skipped, the gate is not, and the share stays where it was."""
    step = replace(STATE, phase=Phase.STEP, step=1)
    split = Endpoint(deployments={STABLE: "Succeeded", NEW: "Succeeded"}, traffic={STABLE: 90, NEW: 10})
    decision = decided(step, Ask.PROMOTE, endpoint=split)
    assert isinstance(decision.action, SetEndpoint)
    assert (decision.action.state.phase, decision.action.state.step) == (Phase.BEFORE_PROMOTION, 1)
    assert decision.action.traffic is None


def test_traffic_that_somebody_changed_pauses_and_resume_sets_it_again() -> None:
    """A release doesn't fight with people, and doesn't look at figures that aren't its own."""
    step = replace(STATE, phase=Phase.STEP, step=1)
    changed = Endpoint(deployments={STABLE: "Succeeded", NEW: "Succeeded"}, traffic={STABLE: 40, NEW: 60})
    paused = decided(step, endpoint=changed)
    assert paused.kind is Kind.PAUSE and isinstance(paused.action, SetEndpoint) and paused.action.traffic is None
    assert "somebody set the traffic to v6-00000000 40 %, v7-11111111 60 %; resume sets it to" in paused.why
    resumed = decided(paused.action.state, Ask.RESUME, endpoint=changed)
    assert isinstance(resumed.action, SetEndpoint) and resumed.action.traffic == {STABLE: 90, NEW: 10}


def test_failures_are_counted_over_the_whole_release() -> None:
    """One is forgiven here: the second rolls back, though a step went well in between."""
    plan = replace(PLAN, before_promotion=(), analysis=PLAN.analysis.model_copy(update={"failure_limit": 1}))
    finds = iter([BAD, GOOD, BAD])
    cloud = Cloud(metrics=lambda look: next(finds))
    for _ in run(plan, begun(plan, cloud), most=60):
        pass
    assert (cloud.state().outcome, cloud.state().step, cloud.state().failures) == (Outcome.ROLLED_BACK, 2, 2)


def test_traffic_is_not_set_again_to_what_is_gone() -> None:
    """Resuming says so; aborting is what is left."""
    step = replace(STATE, phase=Phase.SOAK, step=3)
    paused = replace(step, paused=Paused(START, ME, "because"))
    scaling = Endpoint(deployments={STABLE: "Succeeded", NEW: "Updating"}, traffic={STABLE: 100})
    resumed = decided(paused, Ask.RESUME, endpoint=scaling)
    assert "changes nothing: v7-11111111 can't take its traffic" in resumed.why
