"""The moves of a release: from one phase to the next, back to the stable deployment, or into a pause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from seawall.delivery.actions import Action, Measure, SetEndpoint
from seawall.delivery.analysis import Judgement
from seawall.delivery.commands import Command, Effect
from seawall.delivery.decision import Decision, Kind
from seawall.delivery.readings import Answer, Endpoint, Readings
from seawall.delivery.state import Outcome, Paused, Phase, State
from seawall.delivery.strategy import ALL, ReleasePlan, Stay
from seawall.delivery.wording import said

Shares = Mapping[str, int]

CONTROLLER = "the release"
"""Who pauses a release where no person does."""

THE_FILE = "the release file"
"""Who pauses a release at a step that asks for it."""

PHASES = tuple(Phase)

BUSY = ("Creating", "Updating", "Scaling")
"""Provisioning states that pass by themselves."""


@dataclass(frozen=True)
class Moment:
    """All that a decision is made of."""

    plan: ReleasePlan
    state: State
    readings: Readings
    now: datetime

    @property
    def endpoint(self) -> Endpoint:
        return self.readings.endpoint

    def answer(self, action: Action) -> Answer | None:
        """What came of an action, if it is this one that was asked for."""
        answer = self.readings.answer
        return answer if answer is not None and _same(answer.action, action) else None


def _same(one: Action, other: Action) -> bool:
    """A look is the same while it is for the same stay: its window moves with the clock."""
    if isinstance(one, Measure) and isinstance(other, Measure):
        return (one.candidate, one.phase, one.step) == (other.candidate, other.phase, other.step)
    return one == other


def exposure(plan: ReleasePlan, state: State) -> tuple[Shares, Shares]:
    """The traffic and the mirroring that a state calls for."""
    before = {state.stable: ALL} if state.stable else {}
    if state.outcome not in (None, Outcome.RELEASED):
        return before, {}
    if state.outcome or state.phase is Phase.SOAK:
        return {state.candidate: ALL}, {}
    if state.phase is Phase.MIRROR and plan.mirror:
        return before, {state.candidate: plan.mirror.mirror}
    if state.step and state.stable:
        share = plan.steps[state.step - 1].traffic
        return {state.stable: ALL - share, state.candidate: share}, {}
    return before, {}


def strayed(moment: Moment) -> bool:
    """Whether somebody else changed the traffic."""
    traffic, mirror = exposure(moment.plan, moment.state)
    return moment.endpoint.live() != traffic or moment.endpoint.mirrored() != mirror


def by_hand(moment: Moment) -> bool:
    """Whether callers reach the candidate by traffic that somebody else set: before its turn, or more than it is due.

    Where a release looks at nothing by itself (direct), nothing is looked at then either.
    """
    plan, state, endpoint = moment.plan, moment.state, moment.endpoint
    reached = state.candidate in {*endpoint.live(), *endpoint.mirrored()}
    watches = any(stay.watched for stay in (*plan.steps, plan.soak, *([plan.mirror] if plan.mirror else ())))
    return not state.settled and reached and watches and strayed(moment)


def stay_of(plan: ReleasePlan, state: State) -> Stay | None:
    """The exposure that a state is at; None where callers' requests don't reach the candidate."""
    match state.phase:
        case Phase.MIRROR:
            return plan.mirror
        case Phase.STEP | Phase.BEFORE_PROMOTION:
            return plan.steps[state.step - 1] if state.step else None
        case Phase.SOAK:
            return plan.soak
    return None


def following(plan: ReleasePlan, state: State) -> tuple[Phase, int]:
    """The phase and step after those of a state. The first release of an endpoint has nobody to split traffic with."""
    if state.phase is Phase.STEP and state.step < len(plan.steps):
        return Phase.STEP, state.step + 1
    phase = next(phase for phase in PHASES[PHASES.index(state.phase) + 1 :] if _has(plan, state, phase))
    return phase, {Phase.STEP: 1, Phase.SOAK: len(plan.steps) + 1}.get(phase, state.step)


def _has(plan: ReleasePlan, state: State, phase: Phase) -> bool:
    return {
        Phase.AUTOSCALE: plan.autoscale,
        Phase.SMOKE: plan.smoke_tests,
        Phase.BEFORE_TRAFFIC: bool(plan.before_traffic),
        Phase.MIRROR: plan.mirror is not None and state.stable is not None,
        Phase.STEP: bool(plan.steps) and state.stable is not None,
        Phase.BEFORE_PROMOTION: bool(plan.before_promotion),
    }.get(phase, True)


def advance(moment: Moment, why: str, judgement: Judgement | None = None, **counted: Any) -> Decision:
    """On to what follows. `counted` are fields that the last look changed."""
    return enter(moment, *following(moment.plan, moment.state), why, judgement=judgement, **counted)


def enter(
    moment: Moment,
    phase: Phase,
    step: int,
    why: str,
    *,
    judgement: Judgement | None = None,
    answered: Command | None = None,
    **counted: Any,
) -> Decision:
    """Into a phase or step, with the traffic that it calls for; never to a deployment that isn't there."""
    state = fresh(moment.state, moment.now, phase=phase, step=step, **counted)
    if phase is Phase.KEEP:
        state = replace(state, outcome=Outcome.RELEASED, reason=said(why, 200))
    traffic, mirror = exposure(moment.plan, state)
    if (traffic, mirror) == exposure(moment.plan, moment.state):
        kind = {Phase.KEEP: Kind.COMPLETE, Phase.DONE: Kind.CLEAN_UP}.get(phase, Kind.ADVANCE)
        return Decision(kind=kind, why=why, action=SetEndpoint(state, answered=answered), judgement=judgement)
    unfit = unfit_for(moment, traffic, mirror)
    if unfit is None:
        action = SetEndpoint(state, traffic, mirror, answered)
        return Decision(kind=Kind.ADVANCE, why=why, action=action, judgement=judgement)
    provisioning = moment.endpoint.deployments.get(unfit, "gone")
    words = f"{unfit} can't take traffic: it is {provisioning}"
    if provisioning in BUSY:
        return Decision(kind=Kind.HOLD, why=words, wait=moment.plan.poll)
    if unfit == state.candidate:
        return roll_back(moment, words, answered=answered, effect=Effect.REFUSED)
    return pause(moment, words, answered=answered, effect=Effect.REFUSED)


def unfit_for(moment: Moment, *shares: Shares) -> str | None:
    """A deployment that can't take the traffic meant for it. The stable one may be whatever it was while it answers."""
    there = moment.endpoint.deployments
    unfit = (name for name in _named(*shares) if there.get(name) != "Succeeded")
    return next((name for name in unfit if name == moment.state.candidate or name not in there), None)


def fresh(state: State, now: datetime, **changes: Any) -> State:
    """A state whose stay begins now: nothing is paused, and no look or hook of it has been."""
    clean: dict[str, Any] = {"since": now, "looked": None, "hooks": 0, "consecutive": 0, "inconclusive": 0}
    return replace(state, **{**clean, "paused": None, "cleared": False, **changes})


def roll_back(
    moment: Moment,
    why: str,
    outcome: Outcome = Outcome.ROLLED_BACK,
    *,
    judgement: Judgement | None = None,
    answered: Command | None = None,
    effect: Effect = Effect.DONE,
    **counted: Any,
) -> Decision:
    """All traffic back to where it was, at once. Where no traffic was moved yet, none is touched.

    `counted` are fields that the last look changed: where there is nothing to go back to, the next look waits its turn.
    """
    old, endpoint = moment.state, moment.endpoint
    state = fresh(old, moment.now, failures=counted.get("failures", old.failures))
    state = replace(state, phase=Phase.KEEP, outcome=outcome, reason=said(why, 200))
    exposed = PHASES.index(old.phase) >= PHASES.index(Phase.MIRROR)
    if not exposed and old.candidate not in _named(endpoint.live(), endpoint.mirrored()):
        action = SetEndpoint(state, answered=answered, effect=effect)
        return Decision(kind=Kind.ROLL_BACK, why=why, action=action, judgement=judgement)
    if old.stable and old.stable not in endpoint.deployments:
        words = f"{why}; but {old.stable} is gone, so that there is nothing to go back to"
        return pause(moment, words, judgement=judgement, answered=answered, effect=Effect.REFUSED, **counted)
    action = SetEndpoint(state, *exposure(moment.plan, state), answered, effect)
    return Decision(kind=Kind.ROLL_BACK, why=why, action=action, judgement=judgement)


def pause(
    moment: Moment,
    why: str,
    *,
    by: str = CONTROLLER,
    judgement: Judgement | None = None,
    answered: Command | None = None,
    effect: Effect = Effect.DONE,
    **counted: Any,
) -> Decision:
    """Into a pause that says why. One that is paused already stays so, for its own reason."""
    paused = moment.state.paused or Paused(moment.now, said(by, 60), said(why, 120))
    state = replace(moment.state, **{**counted, "paused": paused})
    action = SetEndpoint(state, answered=answered, effect=effect) if state != moment.state or answered else None
    wait = moment.plan.analysis.interval if action is None else timedelta(0)
    return Decision(kind=Kind.PAUSE, why=why, action=action, wait=wait, judgement=judgement)


def _named(*shares: Shares) -> Iterator[str]:
    return (name for one in shares for name, share in one.items() if share)
