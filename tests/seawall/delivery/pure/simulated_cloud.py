"""An endpoint that keeps Azure's rules, and a controller that may be killed between any two of its actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from seawall.delivery.actions import (
    Action,
    CreateAutoscale,
    CreateDeployment,
    DeleteDeployment,
    Measure,
    Preflight,
    RunHook,
    SetEndpoint,
    SmokeTest,
)
from seawall.delivery.commands import Command
from seawall.delivery.decide import Decision, Kind, begin, decide
from seawall.delivery.readings import (
    Answer,
    Done,
    Endpoint,
    Failed,
    Measured,
    Metrics,
    Pending,
    ProvisioningState,
    Readings,
)
from seawall.delivery.state import Outcome, State, decode, encode
from seawall.delivery.strategy import ReleasePlan

START = datetime(2026, 12, 1, 10, tzinfo=UTC)
GOOD = Metrics(requests=500, errors=0, throttled=0, latency_ms={"p95": 40.0})
BAD = Metrics(requests=500, errors=100, throttled=0, latency_ms={"p95": 40.0})
FEW = Metrics(requests=2, errors=1, throttled=0, latency_ms={"p95": 40.0})
FEW_AND_BAD = Metrics(requests=5, errors=5, throttled=0, latency_ms={"p95": 40.0})
STABLE = "v6-00000000"


@dataclass
class Cloud:
    """One endpoint. What it refuses, Azure refuses too: a refusal fails the test."""

    stable: str | None = STABLE
    fails: Callable[[Action], bool] = lambda action: False
    metrics: Callable[[Measure], Metrics | None] = lambda look: GOOD
    provisioning: timedelta = timedelta(seconds=7)
    hook: timedelta = timedelta(seconds=12)
    command: timedelta = timedelta(0)
    now: datetime = START
    deployments: dict[str, ProvisioningState] = field(default_factory=dict)
    ready_at: dict[str, datetime] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    mirror: dict[str, int] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    did: list[Action] = field(default_factory=list)
    asked: dict[RunHook, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stable:
            self.deployments[self.stable] = "Succeeded"
            self.traffic = {self.stable: 100}

    def endpoint(self) -> Endpoint:
        for name, moment in self.ready_at.items():
            if self.deployments.get(name) == "Creating" and self.now >= moment:
                self.deployments[name] = "Failed" if self.fails(CreateDeployment(name)) else "Succeeded"
        return Endpoint(deployments=dict(self.deployments), traffic=dict(self.traffic), mirror=dict(self.mirror))

    def state(self) -> State:
        state = decode(self.tags)
        assert state is not None
        return state

    def perform(self, action: Action) -> Answer:
        self.did.append(action)
        match action:
            case SetEndpoint():
                self._set(action)
            case CreateDeployment(name):
                self.deployments.setdefault(name, "Creating")
                self.ready_at.setdefault(name, self.now + self.provisioning)
            case DeleteDeployment() if self.fails(action):
                return Failed(action, "it is locked")
            case DeleteDeployment(name):
                assert not self.traffic.get(name) and not self.mirror.get(name), f"{name} takes traffic"
                self.deployments.pop(name, None)
                self.ready_at.pop(name, None)
            case Measure():
                found = self.metrics(action)
                if found is None:
                    return Failed(action, "no answer")
                return Measured(action, found, GOOD if action.stable else None)
            case RunHook() if self.now < self.asked.setdefault(action, self.now) + self.hook:
                return Pending(action)
            case RunHook():
                self.now += self.command
                return Failed(action, "it went wrong") if self.fails(action) else Done(action)
            case Preflight() | CreateAutoscale() | SmokeTest():
                if self.fails(action):
                    return Failed(action, "it went wrong")
        return Done(action)

    def by_hand(self, hand: str, new: str) -> None:
        """Somebody else changes the endpoint, as far as Azure lets them."""
        ready = [name for name, state in self.deployments.items() if state == "Succeeded"]
        if hand in ("even", "new") and {new, self.stable} <= set(ready):
            self.mirror = {}
            self.traffic = {new: 50, str(self.stable): 50} if hand == "even" else {new: 100}
        elif hand == "nothing":
            self.traffic, self.mirror = {}, {}
        elif hand == "breaks" and new in self.deployments:
            self.deployments[new] = "Failed"
        elif hand.startswith("removes"):
            name = new if hand == "removes new" else str(self.stable)
            if not self.traffic.get(name) and not self.mirror.get(name):
                self.deployments.pop(name, None)

    def _set(self, action: SetEndpoint) -> None:
        traffic = self.traffic if action.traffic is None else dict(action.traffic)
        mirror = self.mirror if action.mirror is None else dict(action.mirror)
        assert sum(traffic.values()) in (0, 100), traffic
        given = {*(action.traffic or ()), *(action.mirror or ())}
        rolled_back = action.state.outcome not in (None, Outcome.RELEASED)
        for name in given:
            assert name in self.deployments, f"{name} isn't there"
            assert rolled_back or self.deployments[name] == "Succeeded", f"{name} isn't ready"
        assert len(mirror) <= 1 and sum(mirror.values()) <= 50, mirror
        assert not {name for name, share in traffic.items() if share} & set(mirror), (traffic, mirror)
        tags = encode(action.state)
        assert decode(tags) == action.state, "what is written is what is read"
        assert len(tags) <= 15 and max(map(len, tags.values())) <= 256
        self.traffic, self.mirror, self.tags = dict(traffic), dict(mirror), tags


def begun(plan: ReleasePlan, cloud: Cloud) -> Cloud:
    start = begin(plan, cloud.endpoint(), decode(cloud.tags), cloud.now, by="tester@larkspur.example")
    assert isinstance(start, SetEndpoint)
    cloud.perform(start)
    return cloud


def run(
    plan: ReleasePlan,
    cloud: Cloud,
    *,
    most: int,
    killed: Callable[[int], bool] = lambda index: False,
    asked: Callable[[int], Command | None] = lambda index: None,
    hand: Callable[[int], str | None] = lambda index: None,
) -> Iterator[tuple[State, Decision]]:
    """What a controller decides, until it is done or waits for a person for good. `killed` and `asked` are by turn.

    A kill comes after an action and before its answer is known.
    """
    answer: Answer | None = None
    command: Command | None = None
    for index in range(most):
        command = command or asked(index)
        if by_hand := hand(index):
            cloud.by_hand(by_hand, plan.candidate)
        state = cloud.state()
        readings = Readings(endpoint=cloud.endpoint(), answer=answer, command=command)
        decision = decide(plan, state, readings, cloud.now)
        yield state, decision
        if decision.kind is Kind.DONE:
            return
        answer = cloud.perform(decision.action) if decision.action else None
        if isinstance(decision.action, SetEndpoint) and decision.action.answered:
            assert decision.action.answered == command
            command = None
        if killed(index):
            answer = None
        assert decision.action or decision.wait > timedelta(0), f"{decision} would spin"
        cloud.now += decision.wait
    raise AssertionError(f"not over after {most} decisions: {cloud.state()}")
