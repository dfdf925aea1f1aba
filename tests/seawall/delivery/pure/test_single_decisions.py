"""One decision at a time: clocks, limits, and what is done twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from seawall.delivery.actions import CreateDeployment, DeleteDeployment, Measure, RunHook, SetEndpoint
from seawall.delivery.checks import Analysis
from seawall.delivery.commands import Ask, Command
from seawall.delivery.decide import Decision, Kind, decide
from seawall.delivery.readings import Answer, Done, Endpoint, Failed, Measured, Pending, Readings
from seawall.delivery.state import Outcome, Paused, Phase, State
from seawall.delivery.strategy import Gate, ReleasePlan, Stay
from tests.seawall.delivery.pure.simulated_cloud import BAD, FEW, GOOD, STABLE, START, Cloud, begun, run

NEW = "v7-11111111"
ME = "me@larkspur.example"
MINUTE = timedelta(minutes=1)
PLAN = ReleasePlan(
    candidate=NEW,
    model="claims-fraud:7",
    digest="0123456789abcdef",
    steps=(Stay(10, 20 * MINUTE), Stay(50, 5 * MINUTE)),
    soak=Stay(100, 5 * MINUTE),
    analysis=Analysis(interval=5 * MINUTE, warm_up=MINUTE),
    before_promotion=(Gate("scan", 10 * MINUTE), Gate("lead", 30 * MINUTE, ())),
    keep_previous=10 * MINUTE,
    keep_failed=40 * MINUTE,
)
STATE = State(
    candidate=NEW, stable=STABLE, model="claims-fraud:7", digest=PLAN.digest, by=ME, begun=START, since=START
)
STEP = replace(STATE, phase=Phase.STEP, step=1)
GATES = replace(STATE, phase=Phase.BEFORE_PROMOTION)
SPLIT = {STABLE: 90, NEW: 10}
PAUSE = Paused(START, ME, "because")


def decided(
    state: State,
    after: timedelta = timedelta(0),
    *,
    traffic: dict[str, int] | None = None,
    answer: Answer | None = None,
    ask: Ask | None = None,
    new: Any = "Succeeded",
) -> Decision:
    """`new` is the provisioning state of the candidate; None where it isn't there."""
    shares = traffic or (SPLIT if state.phase is Phase.STEP else {STABLE: 100})
    endpoint = Endpoint(deployments={STABLE: "Succeeded"} | ({NEW: new} if new else {}), traffic=shares)
    command = Command(ask, ME, START) if ask else None
    return decide(PLAN, state, Readings(endpoint=endpoint, answer=answer, command=command), START + after)


def state_of(decision: Decision) -> State:
    assert isinstance(decision.action, SetEndpoint)
    return decision.action.state


def test_looks_come_at_their_times_and_a_step_lasts_its_bake() -> None:
    """The first an interval after the warm-up, then one an interval; a step of 20 minutes takes four."""
    plan = replace(PLAN, before_promotion=())
    cloud = Cloud(provisioning=timedelta(0))
    moments = []
    for state, decision in run(plan, begun(plan, cloud), most=80):
        if isinstance(decision.action, Measure):
            moments.append((str(state.phase), state.step, round((cloud.now - state.since) / MINUTE)))
            assert decision.action.start - state.since >= MINUTE and decision.action.end == cloud.now
            assert decision.action.end - decision.action.start <= 5 * MINUTE
    assert moments == [
        ("step", 1, 6), ("step", 1, 11), ("step", 1, 16), ("step", 1, 21), ("step", 2, 6), ("soak", 3, 6),
    ]  # fmt: skip


def test_a_look_counts_once() -> None:
    """One that is in the tags already isn't counted again, and one that was for another step isn't at all."""
    look = Measure(NEW, STABLE, START, START + 6 * MINUTE, Phase.STEP, 1)
    first = state_of(decided(STEP, 6 * MINUTE, answer=Measured(look, FEW, GOOD)))
    assert (first.inconclusive, first.looked) == (1, START + 6 * MINUTE)
    again = decided(first, 7 * MINUTE, answer=Measured(look, FEW, GOOD))
    assert (again.kind, again.action, again.wait) == (Kind.HOLD, None, 4 * MINUTE)
    other = replace(look, phase=Phase.SOAK, step=3)
    assert decided(STEP, 2 * MINUTE, answer=Measured(other, FEW, GOOD)).action is None


def test_a_good_look_advances_nothing_that_is_paused() -> None:
    """It is counted; who paused it decides."""
    look = Measure(NEW, STABLE, START, START + 30 * MINUTE, Phase.STEP, 1)
    counted = state_of(decided(replace(STEP, paused=PAUSE), 30 * MINUTE, answer=Measured(look, GOOD, GOOD)))
    assert (counted.phase, counted.step, counted.paused) == (Phase.STEP, 1, PAUSE)


def test_every_step_that_waits_for_a_person_waits() -> None:
    """Letting one go on is not letting the next go on."""
    waits = (Stay(10, MINUTE, waits=True), Stay(50, MINUTE, waits=True))
    plan = replace(PLAN, steps=waits, before_promotion=())
    cloud = Cloud()
    steps = []

    def asked(index: int) -> Command | None:
        return Command(Ask.RESUME, ME, START) if cloud.state().paused else None

    for _, decision in run(plan, begun(plan, cloud), most=80, asked=asked):
        if decision.kind is Kind.PAUSE:
            steps.append(cloud.state().step)
    assert steps == [1, 2] and cloud.state().outcome is Outcome.RELEASED


def test_resuming_counts_too_little_traffic_anew() -> None:
    """Otherwise the next thin look would pause again at once."""
    paused = replace(STEP, inconclusive=4, paused=PAUSE)
    assert state_of(decided(paused, ask=Ask.RESUME)) == replace(STEP, inconclusive=0, paused=None)


def test_nobody_promotes_what_somebody_else_changed() -> None:
    """First the traffic has to be the release's own again."""
    decision = decided(STEP, traffic={STABLE: 20, NEW: 80}, ask=Ask.PROMOTE)
    assert "changes nothing: somebody else changed the traffic" in decision.why


def test_a_candidate_that_stops_running_is_left_at_once() -> None:
    """Without waiting for a look, and paused or not."""
    for state in (STEP, replace(STEP, paused=PAUSE)):
        decision = decided(state, new="Failed")
        assert decision.kind is Kind.ROLL_BACK and decision.why == f"{NEW} is Failed"
        assert isinstance(decision.action, SetEndpoint) and decision.action.traffic == {STABLE: 100}


def test_a_deployment_has_an_hour_to_come_up() -> None:
    """Then the release goes back, though the cloud still hopes."""
    state = replace(STATE, phase=Phase.DEPLOY)
    assert decided(state, 59 * MINUTE, new="Creating").kind is Kind.HOLD
    assert decided(state, 60 * MINUTE, new="Creating").kind is Kind.ROLL_BACK
    assert decided(state, 60 * MINUTE, new=None).kind is Kind.ROLL_BACK
    pending = Pending(CreateDeployment(NEW))
    assert decided(state, 9 * MINUTE, new=None, answer=pending).action is None
    assert decided(state, 60 * MINUTE).kind is Kind.ADVANCE, "it is up: no matter when"


def test_a_hook_has_its_time_from_when_the_one_before_was_done() -> None:
    """A webhook that answers "not yet" is waited for, and not for ever."""
    scan = RunHook("beforePromotion", 0)
    assert decided(GATES, 9 * MINUTE, answer=Pending(scan)).kind is Kind.HOLD
    late = decided(GATES, 10 * MINUTE, answer=Pending(scan))
    assert late.kind is Kind.ROLL_BACK and late.why == "hook scan took more than 10m"
    done = state_of(decided(GATES, 9 * MINUTE, answer=Done(scan)))
    assert (done.hooks, done.since) == (1, START + 9 * MINUTE)
    assert decided(done, 38 * MINUTE).kind is Kind.PAUSE
    assert decided(done, 39 * MINUTE).why == "lead: nobody approved within 30m"


def test_what_lost_is_kept_for_its_time_then_removed() -> None:
    """An old deployment for one time, a failed one for another. A removal that fails is tried again."""
    back = replace(STATE, phase=Phase.KEEP, outcome=Outcome.ROLLED_BACK, reason="errors")
    assert decided(back, 39 * MINUTE).wait == MINUTE
    assert decided(back, 40 * MINUTE).action == DeleteDeployment(NEW)
    failed = decided(back, 40 * MINUTE, answer=Failed(DeleteDeployment(NEW), "a conflict"))
    assert (failed.action, failed.wait, failed.why) == (None, 5 * MINUTE, f"{NEW} can't be removed: a conflict")
    left = state_of(decided(back, 100 * MINUTE, answer=Failed(DeleteDeployment(NEW), "a lock")))
    assert left.phase is Phase.DONE, "after an hour more it is left where it is"
    released = replace(back, outcome=Outcome.RELEASED)
    assert decided(released, 9 * MINUTE, traffic={NEW: 100}).wait == MINUTE
    assert decided(released, 10 * MINUTE, traffic={NEW: 100}).action == DeleteDeployment(STABLE)


def test_a_deployment_that_takes_traffic_again_is_not_removed() -> None:
    """Somebody went back to it by hand: the release is done with it."""
    released = replace(STATE, phase=Phase.KEEP, outcome=Outcome.RELEASED, reason="well")
    done = state_of(decided(released, 60 * MINUTE, traffic={STABLE: 100}))
    assert done.phase is Phase.DONE


def test_what_was_left_by_another_release_goes_once() -> None:
    """One that can't be removed doesn't hold the release up; then it is forgotten."""
    tidy = replace(STATE, leftovers=("v5-22222222",))
    endpoint = Endpoint(deployments={STABLE: "Succeeded", "v5-22222222": "Failed"}, traffic={STABLE: 100})
    first = decide(PLAN, tidy, Readings(endpoint=endpoint), START)
    assert first.action == DeleteDeployment("v5-22222222")
    answer = Failed(DeleteDeployment("v5-22222222"), "a lock")
    then = state_of(decide(PLAN, tidy, Readings(endpoint=endpoint, answer=answer), START))
    assert (then.phase, then.leftovers) == (Phase.PREFLIGHT, ())


def test_a_clock_that_runs_behind_never_makes_a_long_wait() -> None:
    """Another machine may take the release up, whose clock is an hour behind."""
    decision = decided(STEP, -60 * MINUTE)
    assert decision.kind is Kind.HOLD and decision.wait == 6 * MINUTE


def test_a_candidate_that_scales_is_waited_for() -> None:
    """Autoscale works while a release does; what can't come back is left."""
    ready = replace(GATES, hooks=2)
    assert decided(ready, new="Scaling").kind is Kind.HOLD
    soak = decided(ready)
    assert isinstance(soak.action, SetEndpoint) and soak.action.traffic == {NEW: 100}
    early = replace(STATE, phase=Phase.BEFORE_TRAFFIC)
    assert decided(early, new="Failed").why == f"{NEW} can't take traffic: it is Failed"
    assert decided(early, new="Failed").kind is Kind.ROLL_BACK


def test_a_candidate_that_somebody_gave_all_traffic_is_rolled_back_by_its_failing_look() -> None:
    """At once where the look was under way; else it is paused, looked at when a look is due, and rolled back then."""
    look = Measure(NEW, STABLE, START + MINUTE, START + 6 * MINUTE, Phase.STEP, 1)
    for state in (STEP, replace(STEP, paused=PAUSE)):
        back = decided(state, 6 * MINUTE, traffic={NEW: 100}, answer=Measured(look, BAD, GOOD))
        assert back.kind is Kind.ROLL_BACK and isinstance(back.action, SetEndpoint)
        assert back.action.traffic == {STABLE: 100} and back.action.state.outcome is Outcome.ROLLED_BACK
    paused = state_of(decided(STEP, MINUTE, traffic={NEW: 100}))
    assert paused.paused
    assert decided(paused, 2 * MINUTE, traffic={NEW: 100}).wait == 4 * MINUTE
    asked = decided(paused, 6 * MINUTE, traffic={NEW: 100}).action
    assert isinstance(asked, Measure) and asked.stable is None, "nobody is there to be compared with"


def test_traffic_by_hand_is_no_way_on() -> None:
    """A candidate that does well with all traffic by hand stays paused until a person says what is to be."""
    state = replace(STEP, paused=PAUSE)
    look = Measure(NEW, None, START + MINUTE, START + 26 * MINUTE, Phase.STEP, 1)
    for one in (STEP, state):
        decision = decided(one, 26 * MINUTE, traffic={NEW: 100}, answer=Measured(look, GOOD))
        assert state_of(decision).paused and state_of(decision).step == 1
        assert isinstance(decision.action, SetEndpoint) and decision.action.traffic is None


def test_a_candidate_that_fails_by_hand_before_its_turn_is_taken_out() -> None:
    """Nobody had looked at it before its first step; nor that it stopped running."""
    state = replace(STATE, phase=Phase.SMOKE)
    look = decided(replace(state, paused=PAUSE), 6 * MINUTE, traffic={NEW: 100}).action
    assert isinstance(look, Measure)
    back = decided(state, 6 * MINUTE, traffic={NEW: 100}, answer=Measured(look, BAD))
    gone = decided(state, traffic={NEW: 100}, new="Failed")
    for decision in (back, gone):
        assert isinstance(decision.action, SetEndpoint) and decision.action.traffic == {STABLE: 100}


def test_a_failing_candidate_without_a_way_back_is_looked_at_in_turn() -> None:
    """Its failing look counts, so that the next is an interval away: a cloud isn't asked without pause."""
    endpoint = Endpoint(deployments={NEW: "Succeeded"}, traffic=SPLIT)
    look = Measure(NEW, STABLE, START + MINUTE, START + 6 * MINUTE, Phase.STEP, 1)
    readings = Readings(endpoint=endpoint, answer=Measured(look, BAD, GOOD))
    paused = state_of(decide(PLAN, STEP, readings, START + 6 * MINUTE))
    assert paused.paused and paused.looked == START + 6 * MINUTE
    again = decide(PLAN, paused, Readings(endpoint=endpoint), START + 6 * MINUTE)
    assert again.action is None and again.wait == 5 * MINUTE


def test_a_look_after_looks_that_said_nothing_sees_what_they_saw() -> None:
    """Few requests add up, no further back than the stay, and no further than is waited without a person."""
    looked = replace(STEP, looked=START + 60 * MINUTE)
    for inconclusive, minutes in ((0, 5), (1, 10), (3, 20), (9, 20)):
        action = decided(replace(looked, inconclusive=inconclusive), 65 * MINUTE).action
        assert isinstance(action, Measure) and action.end - action.start == minutes * MINUTE
    early = decided(replace(STEP, looked=START + 6 * MINUTE, inconclusive=3), 11 * MINUTE).action
    assert isinstance(early, Measure) and early.start == START + MINUTE, "the warm-up isn't counted"
