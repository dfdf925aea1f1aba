"""The controller: reads the endpoint, asks what to do, does it, and reads again, until the release is settled.

It remembers nothing but its last action's answer: where a release stands is told by the endpoint's tags alone, so that
one that was killed at any point is resumed by the next. What it does in the cloud is `Performer`'s.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, cast

from seawall.delivery.actions import Action, CreateDeployment, Measure, SetEndpoint
from seawall.delivery.clock import Clock, SystemClock
from seawall.delivery.commands import ASK_TAG, PROOF, Command, Effect, command
from seawall.delivery.decide import Decision, begin, decide
from seawall.delivery.events import Acted, Acting, Ended, Event, Listener, Looked, Moved, Warned, ignore
from seawall.delivery.port import CloudError, Lease, LeaseLost, Port
from seawall.delivery.port import Endpoint as Live
from seawall.delivery.readings import Answer, Done, Endpoint, Failed, ProvisioningState, Readings
from seawall.delivery.state import PREFIX, Phase, State, StateError, decode, encode
from seawall.delivery.strategy import ReleasePlan

GLANCE = timedelta(seconds=5)
"""How often a controller that waits looks for a command."""


MOST_REFUSALS = 3


class NoRelease(Exception):
    """There is no release to go on with, or its tags can't be read. The text is a sentence for people."""


class Performer(Protocol):
    """Does in the cloud what a decision asks for, the update of the endpoint aside."""

    def perform(self, action: Action, state: State) -> Answer:
        """Raises `LeaseLost`, and nothing else: what fails is a `Failed`."""
        ...


@dataclass(frozen=True)
class Look:
    """The endpoint as one read found it."""

    live: Live
    endpoint: Endpoint

    @property
    def state(self) -> State | None:
        """Where the release stands. Raises `NoRelease` for tags that somebody damaged."""
        try:
            return decode(self.live.tags)
        except StateError as error:
            hint = "set the tags right, or remove all that begin with " + PREFIX
            raise NoRelease(f"the endpoint's tags tell no release: {'; '.join(error.errors)}; {hint}") from None

    @property
    def asked(self) -> str:
        return self.live.tags.get(ASK_TAG, "")


def look(port: Port) -> Look:
    """Read the endpoint and its deployments."""
    live = port.endpoint()
    states = {one.name: cast(ProvisioningState, one.state) for one in port.deployments()}
    return Look(live, Endpoint(deployments=states, traffic=dict(live.traffic), mirror=dict(live.mirror)))


@dataclass
class Controller:
    """Takes one release to its end. Whoever runs it holds the endpoint's lease."""

    port: Port
    plan: ReleasePlan
    performer: Performer
    lease: Lease
    clock: Clock = field(default_factory=SystemClock)
    listen: Listener = ignore
    given: Command | None = None
    """A command that its own process was started with."""
    glance: timedelta = GLANCE
    notify: Callable[[State, str], None] | None = None
    """Tells others of each transition, and why."""
    answer: tuple[Effect, str] | None = None
    """What the command that it was given came to, in words."""
    _refusals: int = 0
    """Updates of the endpoint that failed in a row."""

    def start(self, by: str, *, again: bool = False) -> State:
        """Begin the release, unless it is under way or answers already. Raises `decide.Refused` and `NoRelease`."""
        seen = look(self.port)
        found = begin(self.plan, seen.endpoint, seen.state, self.clock.now(), by=by, again=again)
        if isinstance(found, State):
            if found == seen.state:
                self._record(found, seen.live, "resumed", "gone on with")
            return found
        self._set(found, "the release begins")
        return found.state

    def run(self, *, to_the_end: bool = False, until_paused: bool = False) -> State:
        """Go on until the outcome is known; or until what lost is removed, or the release waits for a person.

        A command that it was given and that can't be ends it at once: `answer` says why.
        Raises `LeaseLost`, `CloudError` and `NoRelease`; the release then stays where its tags say.
        """
        answer: Answer | None = None
        while True:
            seen = look(self.port)
            state = seen.state
            if state is None:
                raise NoRelease("the endpoint has no release")
            decision = self._decide(seen, state, self._fallen(seen, state) or answer)
            if (state.over or (state.settled and not to_the_end)) and not self._answers(decision):
                break
            if self.answer and self.answer[0] is Effect.REFUSED:
                break
            if until_paused and waits(self.plan, state) and isinstance(decision.action, Measure | None):
                break
            self._tell(Looked(self.clock.now(), state, seen.endpoint, decision))
            answer = self._do(decision, state) if decision.action is not None else None
            self._wait(decision, seen)
        self._tell(Ended(self.clock.now(), state, seen.endpoint))
        return state

    def _decide(self, seen: Look, state: State, answer: Answer | None) -> Decision:
        readings = Readings(endpoint=seen.endpoint, answer=answer, command=self._command(seen))
        return decide(self.plan, state, readings, self.clock.now())

    def _fallen(self, seen: Look, state: State) -> Answer | None:
        """The word on a candidate that doesn't come up, which has the end of its log."""
        if state.phase is Phase.DEPLOY and seen.endpoint.deployments.get(state.candidate) in ("Failed", "Canceled"):
            return self.performer.perform(CreateDeployment(state.candidate), state)
        return None

    @staticmethod
    def _answers(decision: Decision) -> bool:
        return isinstance(decision.action, SetEndpoint) and decision.action.answered is not None

    def _command(self, seen: Look) -> Command | None:
        """What a person asks for: by this process, or by another's tag."""
        if self.given is not None:
            return self.given
        if not seen.asked:
            return None
        try:
            return command(seen.asked)
        except ValueError as error:
            self._tell(Warned(self.clock.now(), f"{error}; it is ignored"))
            return None

    def _do(self, decision: Decision, state: State) -> Answer:
        action = decision.action
        assert action is not None
        began = time.monotonic()
        self._tell(Acting(self.clock.now(), action))
        self.lease.check()
        try:
            answer = (
                self._set(action, decision.why)
                if isinstance(action, SetEndpoint)
                else self.performer.perform(action, state)
            )
        except LeaseLost:
            raise
        except CloudError as error:
            answer = Failed(action, str(error))
            self._again(error)
        self._tell(Acted(self.clock.now(), answer, time.monotonic() - began))
        return answer

    def _again(self, error: CloudError) -> None:
        """An update of the endpoint has failed, after all tries of the port: once more, or the controller stops."""
        self._refusals += 1
        if self._refusals >= MOST_REFUSALS:
            raise error
        self._tell(Warned(self.clock.now(), f"{error}; it is tried again"))
        self.clock.sleep(self.plan.poll.total_seconds())

    def _set(self, action: SetEndpoint, why: str) -> Answer:
        """One update of the endpoint: the state as tags, the answered command's tag gone, traffic and mirroring."""
        seen = self.port.endpoint()
        tags: dict[str, str | None] = {key: None for key in seen.tags if key.startswith(PREFIX) and key != ASK_TAG}
        tags.update(encode(action.state))
        if action.answered is not None and seen.tags.get(ASK_TAG) == str(action.answered):
            tags[ASK_TAG] = None
        live = self.port.update_endpoint(traffic=action.traffic, mirror=action.mirror, tags=tags)
        self._refusals = 0
        if action.answered is not None and action.answered == self.given:
            self.given, self.answer = None, (action.effect, why)
        self._tell(Moved(self.clock.now(), action.state, live.traffic, live.mirror, why))
        if _is_transition(seen, action):
            self._record(action.state, live, "moved", why, action)
            if self.notify:
                self.notify(action.state, why)
        return Done(action)

    def _wait(self, decision: Decision, seen: Look) -> None:
        """Wait as long as was decided, or until a command comes or the lease is lost."""
        until = self.clock.now() + decision.wait
        while (left := until - self.clock.now()) > timedelta(0):
            self.clock.sleep(min(left, self.glance).total_seconds())
            self.lease.check()
            if left > self.glance and self.port.endpoint().tags.get(ASK_TAG, "") != seen.asked:
                return

    def _record(self, state: State, live: Live, what: str, why: str, action: SetEndpoint | None = None) -> None:
        said = entry(self.clock.now(), state, live, what, why)
        if action and action.answered:
            said |= {"answered": str(action.answered), "effect": str(action.effect)}
        line = json.dumps(said, ensure_ascii=False)
        try:
            self.port.record(line)
        except CloudError as error:
            self._tell(Warned(self.clock.now(), f"the history has no line of this: {error}"))

    def _tell(self, event: Event) -> None:
        self.listen(event)


def waits(plan: ReleasePlan, state: State) -> bool:
    """Whether a release waits for a person: it is paused, or what comes next is an approval."""
    stages = {Phase.BEFORE_TRAFFIC: plan.before_traffic, Phase.BEFORE_PROMOTION: plan.before_promotion}
    gates = stages.get(state.phase, ())
    asked = state.hooks < len(gates) and gates[state.hooks].approvers is not None
    return not state.settled and (state.paused is not None or asked)


def _is_transition(before: Live, action: SetEndpoint) -> bool:
    """Whether an update is worth a line of history: more than a look that was counted."""
    if action.traffic is not None or action.mirror is not None or action.answered is not None:
        return True
    try:
        was = decode(before.tags)
    except StateError:
        return True
    return was is None or _place(was) != _place(action.state)


def _place(state: State) -> tuple[Any, ...]:
    return (state.id, state.phase, state.step, state.hooks, state.paused, state.outcome, state.approval)


def entry(at: datetime, state: State, live: Live, what: str, why: str) -> dict[str, Any]:
    """A line of an endpoint's history."""
    proof = {"approvalProof": PROOF} if state.approval else {}
    return {
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "what": what,
        "release": state.id,
        "model": state.model,
        "phase": str(state.phase),
        "step": state.step,
        "traffic": dict(live.traffic),
        "mirror": dict(live.mirror),
        "outcome": str(state.outcome or ""),
        "why": why,
        "by": state.by,
        "approval": state.approval,
        "digest": state.digest,
        **proof,
    }


def entries(lines: Iterable[str]) -> list[dict[str, Any]]:
    """The lines of a history that can be read; a line cut short by a kill is none."""
    found = []
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            found.append(said)
    return found
