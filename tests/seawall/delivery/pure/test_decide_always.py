"""What holds for every release: whatever the metrics say or fails, whoever asks for what, whenever it is killed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seawall.delivery.actions import Action, Measure, SetEndpoint
from seawall.delivery.checks import Analysis
from seawall.delivery.commands import Ask, Command
from seawall.delivery.decide import Kind
from seawall.delivery.moves import PHASES
from seawall.delivery.readings import Metrics
from seawall.delivery.state import Outcome, Phase, State
from seawall.delivery.strategy import Gate, ReleasePlan, Stay
from tests.seawall.delivery.pure.simulated_cloud import BAD, FEW, FEW_AND_BAD, GOOD, STABLE, START, Cloud, begun, run

NEW = "v7-11111111"
LEAD = "lead@larkspur.example"
MOST = 900
FOUND = timedelta(minutes=64)
"""After so long every look finds all well: nothing happens any more to a release that waits for a person."""
minutes = st.integers(0, 12).map(lambda number: timedelta(minutes=number))
exposing = (Phase.MIRROR, Phase.STEP, Phase.SOAK)


def stays(shares: list[int], bakes: list[timedelta], waits: list[bool]) -> tuple[Stay, ...]:
    return tuple(Stay(*one, waits=wait) for *one, wait in zip(sorted(set(shares)), bakes, waits, strict=False))


steps = st.builds(
    stays,
    st.lists(st.integers(1, 99), max_size=4),
    st.lists(minutes, min_size=4, max_size=4),
    st.lists(st.sampled_from([False, False, True]), min_size=4, max_size=4),
)
gates = st.lists(
    st.builds(Gate, st.just("gate"), st.just(timedelta(minutes=30)), st.sampled_from([None, (), (LEAD,)])), max_size=2
).map(tuple)
plans = st.builds(
    ReleasePlan,
    candidate=st.just(NEW),
    model=st.just("claims-fraud:7"),
    digest=st.just("0123456789abcdef"),
    mirror=st.none() | st.builds(Stay, st.just(0), minutes, st.integers(1, 50)),
    steps=steps,
    soak=minutes.map(lambda bake: Stay(100, bake, watched=bool(bake))),
    analysis=st.builds(
        Analysis,
        interval=st.just(timedelta(minutes=2)),
        warm_up=st.sampled_from([timedelta(0), timedelta(seconds=30)]),
        failure_limit=st.integers(0, 2),
        consecutive_failures=st.integers(1, 3),
        inconclusive_limit=st.integers(0, 2),
        on_inconclusive=st.sampled_from(["pause", "pause", "rollBack"]),
    ),
    autoscale=st.booleans(),
    smoke_tests=st.booleans(),
    before_traffic=gates,
    before_promotion=gates,
    keep_previous=st.just(timedelta(minutes=3)),
    keep_failed=st.just(timedelta(minutes=3)),
)
looks = st.lists(st.sampled_from([GOOD, GOOD, GOOD, GOOD, BAD, FEW, FEW_AND_BAD, None]), max_size=30)
asks = st.dictionaries(st.integers(0, 120), st.sampled_from(Ask), max_size=5)
failing = st.sampled_from(
    [None, None, None, None, "Preflight", "CreateDeployment", "CreateAutoscale", "SmokeTest", "RunHook"]
)
failing_or_locked = failing | st.just("DeleteDeployment")
"""A removal that fails leaves no trace in the state: when it is tried again depends on when a controller was killed."""


@dataclass
class Story:
    """One release in one world, with all that was decided."""

    plan: ReleasePlan
    cloud: Cloud
    states: list[State] = field(default_factory=list)
    seen: list[tuple[Measure, Metrics | None]] = field(default_factory=list)
    waits_for_a_person: bool = False


def told(
    plan: ReleasePlan,
    found: list[Metrics | None],
    *,
    first: bool = False,
    fails: str | None = None,
    asked: dict[int, Ask] | None = None,
    kills: set[int] | None = None,
    by_hand: dict[int, str] | None = None,
) -> Story:
    """Looks find by the minute, so that a second try finds the same. After the last of them all is well."""
    cloud = Cloud(stable=None if first else STABLE)
    story = Story(plan, cloud)

    def metrics(look: Measure) -> Metrics | None:
        index = int((look.end - START) / timedelta(minutes=2))
        result = found[index] if index < len(found) else GOOD
        story.seen.append((look, result))
        return result

    def fail(action: Action) -> bool:
        return type(action).__name__ == fails

    def command(index: int) -> Command | None:
        return Command(asked[index], LEAD, cloud.now, "because") if asked and index in asked else None

    cloud.metrics, cloud.fails = metrics, fail
    last = max((*(asked or ()), *(by_hand or ())), default=0)
    killed, hand = (kills or set()).__contains__, (by_hand or {}).get
    turns = run(plan, begun(plan, cloud), most=MOST, killed=killed, asked=command, hand=hand)
    for index, (state, decision) in enumerate(turns):
        if not story.states or story.states[-1] != state:
            story.states.append(state)
        idle = decision.kind is Kind.PAUSE and decision.action is None and state.paused
        if idle and index > last and cloud.now > START + FOUND:
            story.waits_for_a_person = True
            break
    return story


@settings(max_examples=400, deadline=None)
@given(plans, looks, st.booleans(), failing_or_locked, asks, st.sets(st.integers(0, 150), max_size=40))
def test_a_release_ends_or_waits_for_a_person_and_says_why(
    plan: ReleasePlan,
    found: list[Metrics | None],
    first: bool,
    fails: str | None,
    asked: dict[int, Ask],
    kills: set[int],
) -> None:
    """Traffic and mirroring keep Azure's rules at every update (the cloud sees to that), and all comes to an end."""
    story = told(plan, found, first=first, fails=fails, asked=asked, kills=kills)
    cloud, last = story.cloud, story.cloud.state()
    if story.waits_for_a_person:
        assert last.paused and last.paused.why
        return
    assert last.phase is Phase.DONE and last.outcome and last.reason
    stable = {} if first else {STABLE: 100}
    released = last.outcome is Outcome.RELEASED
    assert cloud.traffic == ({NEW: 100} if released else stable)
    assert cloud.mirror == {}
    if fails != "DeleteDeployment":
        assert set(cloud.deployments) == ({NEW} if released else set(stable))


@settings(max_examples=300, deadline=None)
@given(plans, looks, st.booleans(), st.sets(st.integers(0, 150), max_size=40))
def test_nothing_advances_on_a_look_that_fails_or_says_nothing(
    plan: ReleasePlan, found: list[Metrics | None], first: bool, kills: set[int]
) -> None:
    """Whenever the candidate is given more, or is released, the look before it was at this very step, and was good."""
    story = told(plan, found, first=first, kills=kills)
    results: dict[tuple[Phase, int], Metrics | None] = {}
    looked = iter([action for action in story.cloud.did if isinstance(action, Measure)])
    finds = iter(story.seen)
    before: State | None = None
    for action in story.cloud.did:
        if isinstance(action, Measure):
            assert next(looked) is action
            results[action.phase, action.step] = next(finds)[1]
        elif isinstance(action, SetEndpoint):
            after = action.state
            if before and before.phase in exposing and watched(plan, before):
                on = (after.phase, after.step) != (before.phase, before.step) and after.outcome in (
                    None,
                    Outcome.RELEASED,
                )
                assert not on or results[before.phase, before.step] is GOOD
            before = after


def watched(plan: ReleasePlan, state: State) -> bool:
    return state.phase is not Phase.SOAK or plan.soak.watched


@settings(max_examples=200, deadline=None)
@given(plans, looks, st.booleans(), failing_or_locked, asks)
def test_a_rollback_puts_everything_back_at_once(
    plan: ReleasePlan, found: list[Metrics | None], first: bool, fails: str | None, asked: dict[int, Ask]
) -> None:
    """The update that says "rolled back" or "aborted" is the one that moves the traffic."""
    story = told(plan, found, first=first, fails=fails, asked=asked)
    for before, action in pairwise(one for one in story.cloud.did if isinstance(one, SetEndpoint)):
        outcome = action.state.outcome
        if outcome in (Outcome.ROLLED_BACK, Outcome.ABORTED) and before.state.outcome is not outcome:
            exposed = PHASES.index(before.state.phase) >= PHASES.index(Phase.MIRROR)
            back = ({} if first else {STABLE: 100}, {})
            assert (action.traffic, action.mirror) == (back if exposed else (None, None))


@settings(max_examples=200, deadline=None)
@given(plans, looks, st.booleans(), failing, st.sets(st.integers(0, 200), min_size=1))
def test_a_release_that_is_killed_and_taken_up_again_goes_the_same_way(
    plan: ReleasePlan, found: list[Metrics | None], first: bool, fails: str | None, kills: set[int]
) -> None:
    """Killed anywhere, any number of times: the endpoint goes through the same states, at the same times."""
    whole = told(plan, found, first=first, fails=fails)
    broken = told(plan, found, first=first, fails=fails, kills=kills)
    assert broken.states == whole.states
    assert broken.cloud.traffic == whole.cloud.traffic
    assert broken.cloud.deployments == whole.cloud.deployments


@settings(max_examples=150, deadline=None)
@given(plans, looks, st.booleans())
def test_few_requests_that_all_fail_are_a_failing_look(
    plan: ReleasePlan, found: list[Metrics | None], first: bool
) -> None:
    """Whatever else is seen: a release goes the same way as if there had been many, and none is left to answer."""
    many = [BAD if one is FEW_AND_BAD else one for one in found]
    few = [FEW_AND_BAD if one is BAD else one for one in found]
    one, other = told(plan, many, first=first), told(plan, few, first=first)
    assert [(s.phase, s.step, s.outcome, s.failures) for s in one.states] == [
        (s.phase, s.step, s.outcome, s.failures) for s in other.states
    ]
    assert one.cloud.traffic == other.cloud.traffic


@settings(max_examples=150, deadline=None)
@given(plans, st.lists(st.sampled_from([FEW, None]), max_size=30), st.booleans())
def test_who_asks_to_go_back_on_inconclusive_looks_waits_for_nobody(
    plan: ReleasePlan, found: list[Metrics | None], first: bool
) -> None:
    """No candidate keeps a share that nothing speaks for, once more looks than the limit say nothing."""
    plan = replace(plan, analysis=plan.analysis.model_copy(update={"on_inconclusive": "rollBack"}))
    story = told(plan, found, first=first)
    for state in story.states:
        assert state.paused is None or "wait for a person" in state.paused.why
        assert state.inconclusive <= plan.analysis.inconclusive_limit or state.paused or state.settled


@settings(max_examples=150, deadline=None)
@given(plans, st.lists(st.sampled_from([GOOD, BAD]), max_size=30), st.booleans())
def test_conclusive_looks_are_bounded_in_number(
    plan: ReleasePlan, found: list[Metrics | None], first: bool
) -> None:
    """With looks that all say something, there are no more than the stays take, and one for each forgiven failure."""
    story = told(plan, found, first=first)
    analysis = plan.analysis
    waits = analysis.interval + max(gate.timeout for gate in (*plan.before_promotion, Gate("", timedelta(0))))
    at_most = sum(
        max(1, -(-stay.bake // analysis.interval))
        for stay in (*([plan.mirror] if plan.mirror else []), *plan.steps, plan.soak)
    )
    gates = (len(plan.before_promotion) + 1) * (waits // analysis.interval)
    paused = 50 if story.waits_for_a_person else 0
    assert len(story.seen) <= at_most + analysis.failure_limit + gates + paused


hands = st.dictionaries(
    st.integers(0, 80),
    st.sampled_from(["even", "new", "nothing", "breaks", "removes new", "removes stable"]),
    min_size=1,
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(plans, looks, asks, hands)
def test_somebody_else_at_the_endpoint_is_noticed_and_never_fought(
    plan: ReleasePlan, found: list[Metrics | None], asked: dict[int, Ask], by_hand: dict[int, str]
) -> None:
    """Whatever is done by hand, updates keep Azure's rules, and the release ends or waits for a person."""
    story = told(plan, found, asked=asked, by_hand=by_hand)
    last = story.cloud.state()
    assert last.paused and last.paused.why if story.waits_for_a_person else last.phase is Phase.DONE and last.reason


@settings(max_examples=200, deadline=None)
@given(
    plans,
    st.integers(0, 30),
    st.sampled_from(["even", "new"]),
    st.sampled_from([None, Ask.PAUSE, Ask.ABORT]),
)
def test_a_bad_candidate_that_somebody_gives_traffic_is_taken_out_of_it_by_its_next_look(
    plan: ReleasePlan, turns: int, hand: str, ask: Ask | None
) -> None:
    """At whatever phase, paused or not: all traffic is back within one interval of the hand."""
    analysis = plan.analysis.model_copy(update={"failure_limit": 0})
    plan = replace(plan, analysis=analysis, soak=Stay(100, timedelta(minutes=4)))
    cloud = Cloud()
    given: list[datetime] = []
    cloud.metrics = lambda look: BAD if given else GOOD
    left = iter(range(turns))

    def by_hand(index: int) -> str | None:
        if given or not cloud.endpoint().ready(NEW) or cloud.state().settled or next(left, None) is not None:
            return None
        if cloud.traffic.get(NEW, 0) == {"even": 50, "new": 100}[hand]:
            return None  # the release's own share
        given.append(cloud.now)
        return hand

    def command(index: int) -> Command | None:
        return Command(ask, LEAD, cloud.now) if ask and len(given) == 1 and not given.append(cloud.now) else None

    for state, _ in run(plan, begun(plan, cloud), most=MOST, hand=by_hand, asked=command):
        if state.settled or (state.paused and not given):
            break
    assume(given)
    last = cloud.state()
    assert last.outcome in (Outcome.ROLLED_BACK, Outcome.ABORTED) and cloud.traffic == {STABLE: 100}
    assert last.since - given[0] <= analysis.interval + analysis.warm_up + plan.poll


@settings(max_examples=200, deadline=None)
@given(plans, looks, asks, st.sets(st.integers(0, 150), max_size=20))
def test_a_paused_release_moves_by_a_persons_word_alone(
    plan: ReleasePlan, found: list[Metrics | None], asked: dict[int, Ask], kills: set[int]
) -> None:
    """Or back: a failing look isn't waited for."""
    story = told(plan, found, asked=asked, kills=kills)
    for before, action in pairwise(one for one in story.cloud.did if isinstance(one, SetEndpoint)):
        old, new = before.state, action.state
        back = new.outcome in (Outcome.ROLLED_BACK, Outcome.ABORTED)
        if old.paused and new.paused != old.paused and not back:
            assert action.answered and action.answered.ask in (Ask.RESUME, Ask.PROMOTE)
        if old.paused and new.paused:
            assert (new.phase, new.step) == (old.phase, old.step) and action.traffic is None
