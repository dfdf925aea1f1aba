"""Releases from beginning to end, as a table that a person can follow: what happens, and what the endpoint shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from seawall.delivery.actions import Action, CreateDeployment, Measure, RunHook, SetEndpoint, SmokeTest
from seawall.delivery.checks import Analysis
from seawall.delivery.commands import Ask, Command
from seawall.delivery.decide import Kind
from seawall.delivery.readings import Metrics
from seawall.delivery.strategy import Gate, ReleasePlan, Stay
from tests.seawall.delivery.pure.simulated_cloud import BAD, FEW, FEW_AND_BAD, GOOD, STABLE, START, Cloud, begun, run

NEW = "v7-11111111"
MINUTES = timedelta(minutes=1)
BAKE = 5 * MINUTES
LEAD = "lead@larkspur.example"
CANARY = ReleasePlan(
    candidate=NEW,
    model="claims-fraud:7",
    digest="0123456789abcdef",
    steps=(Stay(10, BAKE), Stay(50, BAKE)),
    soak=Stay(100, BAKE),
    autoscale=True,
    smoke_tests=True,
)
BLUE_GREEN = replace(CANARY, steps=())
SHADOW = replace(BLUE_GREEN, mirror=Stay(0, BAKE, mirror=20))
DIRECT = replace(BLUE_GREEN, soak=Stay(100, timedelta(0), watched=False))
NO_PATIENCE = replace(CANARY, analysis=Analysis(on_inconclusive="rollBack"))
WAITS = replace(CANARY, steps=(Stay(10, BAKE, waits=True), Stay(50, BAKE)))
HOOKED = replace(
    CANARY, before_traffic=(Gate("scan", MINUTES),), before_promotion=(Gate("lead", 60 * MINUTES, (LEAD,)),)
)
SCANNED = replace(CANARY, before_promotion=(Gate("scan", MINUTES), Gate("audit", MINUTES)))


@dataclass(frozen=True)
class Scenario:
    """`shares`: the candidate's share of the live traffic, each time it changes. `looks`: what looks find, in turn."""

    title: str
    plan: ReleasePlan
    shares: tuple[int, ...]
    outcome: str
    looks: tuple[Metrics | None, ...] = ()
    fails: type[Action] | None = None
    asks: dict[str, Ask] = field(default_factory=dict)
    first: bool = False
    mirrored: bool = False
    slow: bool = False


SCENARIOS = [
    Scenario("a canary goes up step by step", CANARY, (10, 50, 100), "released: the soak went well"),
    Scenario("blue and green change places", BLUE_GREEN, (100,), "released: the soak went well"),
    Scenario("a shadow is mirrored to, then takes over", SHADOW, (100,), "released: the soak went well", mirrored=True),
    Scenario("direct looks at nothing", DIRECT, (100,), f"released: {NEW} answers all traffic"),
    Scenario("the first release has nobody to share with", CANARY, (100,), "released: the soak went well", first=True),
    Scenario(
        "errors at the first step", CANARY, (10, 0), "rolled back: error rate 20 %, at most 1 %", looks=(BAD,)
    ),
    Scenario(
        "errors at the second step", CANARY, (10, 50, 0), "rolled back: error rate 20 %, at most 1 %", looks=(GOOD, BAD)
    ),
    Scenario(
        "errors with all traffic", CANARY, (10, 50, 100, 0), "rolled back: error rate 20 %, at most 1 %",
        looks=(GOOD, GOOD, BAD),
    ),
    Scenario(
        "errors of a shadow that nobody saw", SHADOW, (), "rolled back: error rate 20 %, at most 1 %",
        looks=(BAD,), mirrored=True,
    ),
    Scenario(
        "errors of the very first release", CANARY, (100, 0), "rolled back: error rate 20 %, at most 1 %",
        looks=(BAD,), first=True,
    ),
    Scenario("wrong answers", CANARY, (), "rolled back: smoke tests: it went wrong", fails=SmokeTest),
    Scenario(
        "it doesn't come up", CANARY, (), f"rolled back: {NEW} doesn't come up: its provisioning is Failed",
        fails=CreateDeployment,
    ),
    Scenario(
        "a hook takes longer than looks are apart", SCANNED, (10, 50, 100), "released: the soak went well", slow=True
    ),
    Scenario("a hook refuses", HOOKED, (), "rolled back: hook scan: it went wrong", fails=RunHook),
    Scenario(
        "a little too little traffic is waited through", CANARY, (10, 50, 100), "released: the soak went well",
        looks=(FEW, FEW, FEW, GOOD),
    ),
    Scenario("too little traffic waits for a person", CANARY, (10,), "", looks=(FEW,) * 9),
    Scenario(
        "few requests that all fail", CANARY, (10, 0),
        "rolled back: 5 of 5 requests failed: too many to be chance, with at most 1 %", looks=(FEW, FEW_AND_BAD),
    ),
    Scenario(
        "too little traffic, where the file says to go back", NO_PATIENCE, (10, 0),
        "rolled back: 4 looks in a row said nothing: 2 requests, of 30 that a look needs", looks=(FEW,) * 9,
    ),
    Scenario("metrics that can't be read wait for a person", CANARY, (10,), "", looks=(None,) * 9),
    Scenario(
        "too little traffic, promoted by a person", CANARY, (10, 100), "released: the soak went well",
        looks=(FEW,) * 4, asks={"paused": Ask.PROMOTE},
    ),
    Scenario(
        "too little traffic, aborted by a person", CANARY, (10, 0), f"aborted: aborted by {LEAD}",
        looks=(FEW,) * 4, asks={"paused": Ask.ABORT},
    ),
    Scenario("a step that waits for a person", WAITS, (10,), ""),
    Scenario(
        "a step that a person lets go on", WAITS, (10, 50, 100), "released: the soak went well",
        asks={"paused": Ask.RESUME},
    ),
    Scenario(
        "errors while a person is waited for", WAITS, (10, 0), "rolled back: error rate 20 %, at most 1 %",
        looks=(GOOD, GOOD, BAD),
    ),
    Scenario(
        "an approval", HOOKED, (10, 50, 100), "released: the soak went well", asks={"before promotion": Ask.APPROVE}
    ),
    Scenario(
        "nobody approves", HOOKED, (10, 50, 0), "rolled back: lead: nobody approved within 1h",
    ),
    Scenario(
        "errors while an approval is waited for", HOOKED, (10, 50, 0), "rolled back: error rate 20 %, at most 1 %",
        looks=(GOOD, GOOD, GOOD, BAD),
    ),
    Scenario(
        "aborted after the release, while the old deployment is kept", CANARY, (10, 50, 100, 0),
        f"aborted: aborted by {LEAD}", asks={"keep": Ask.ABORT},
    ),
]  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.title)
def test_a_release_goes_as_its_scenario_says(scenario: Scenario) -> None:
    """Traffic moves as written, the endpoint ends with the outcome, and the deployment that lost is removed."""
    looks = iter(scenario.looks)
    cloud = Cloud(
        stable=None if scenario.first else STABLE,
        fails=lambda action: scenario.fails is not None and isinstance(action, scenario.fails),
        metrics=lambda look: next(looks, GOOD),
        command=3 * BAKE if scenario.slow else timedelta(0),
    )
    begun(scenario.plan, cloud)
    asks = dict(scenario.asks)

    def asked(index: int) -> Command | None:
        state = cloud.state()
        place = "paused" if state.paused else str(state.phase)
        ask = asks.pop(place, None)
        return Command(ask, LEAD, START) if ask else None

    decision = None
    for _, decision in run(scenario.plan, cloud, most=80, asked=asked):
        if decision.kind is Kind.PAUSE and not decision.action and not scenario.outcome:
            break
    assert decision is not None
    assert cloud.tags.get("seawall-release-outcome", "") == scenario.outcome, decision.why
    assert shares_of(cloud) == scenario.shares
    assert any(one.mirror for one in updates(cloud)) == scenario.mirrored
    if scenario.outcome:
        released = scenario.outcome.startswith("released")
        assert list(cloud.deployments) == [NEW] if released else NEW not in cloud.deployments
        assert cloud.traffic == ({NEW: 100} if released else {STABLE: 100} if cloud.stable else {})
        assert cloud.mirror == {}
    else:
        assert decision.kind is Kind.PAUSE and cloud.state().paused and decision.wait > timedelta(0)


def updates(cloud: Cloud) -> list[SetEndpoint]:
    return [action for action in cloud.did if isinstance(action, SetEndpoint)]


def shares_of(cloud: Cloud) -> tuple[int, ...]:
    """The candidate's share whenever it changed."""
    found = [0]
    for update in updates(cloud):
        if update.traffic is not None and update.traffic.get(NEW, 0) != found[-1]:
            found.append(update.traffic.get(NEW, 0))
    return tuple(found[1:])


def test_what_a_person_reads_in_the_portal() -> None:
    """In the middle of a canary the tags say where it stands, in words."""
    cloud = begun(CANARY, Cloud(metrics=lambda look: FEW if look.step == 2 else GOOD))
    for _, decision in run(CANARY, cloud, most=80):
        if decision.kind is Kind.PAUSE and not decision.action:
            break
    assert cloud.tags == {
        "seawall-release": "v7-11111111 2026-12-01T10:00:00.000Z",
        "seawall-release-phase": "step",
        "seawall-release-step": "2",
        "seawall-release-since": "2026-12-01T10:05:10.000Z",
        "seawall-release-stable": "v6-00000000",
        "seawall-release-model": "claims-fraud:7",
        "seawall-release-digest": "0123456789abcdef",
        "seawall-release-by": "tester@larkspur.example",
        "seawall-release-looks": "0 failed, 0 in a row; 4 inconclusive in a row; last 2026-12-01T10:25:10.000Z",
        "seawall-release-pause": (
            "paused 2026-12-01T10:25:10.000Z by the release: 2 requests, of 30 that a look needs"
        ),
    }


def test_a_bad_version_is_gone_at_its_first_bad_look() -> None:
    """The decision after a failing look is the rollback itself, with nothing to wait for in between."""
    cloud = begun(CANARY, Cloud(metrics=lambda look: BAD))
    before = None
    for _, decision in run(CANARY, cloud, most=80):
        if decision.kind is Kind.ROLL_BACK:
            break
        before = decision
    assert before and isinstance(before.action, Measure) and before.wait == timedelta(0)
    assert isinstance(decision.action, SetEndpoint) and decision.action.traffic == {STABLE: 100}
    assert decision.judgement and decision.judgement.words == "error rate 20 %, at most 1 %"
