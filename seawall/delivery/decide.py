"""What to do next in a release: a pure function of its plan, its state, and one look at the cloud."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from seawall.delivery.actions import (
    Action,
    CreateAutoscale,
    CreateDeployment,
    DeleteDeployment,
    Preflight,
    RunHook,
    SetEndpoint,
    SmokeTest,
    Stage,
)
from seawall.delivery.answering import answered
from seawall.delivery.decision import Decision, Kind
from seawall.delivery.durations import to_millisecond, written
from seawall.delivery.moves import Moment, advance, by_hand, enter, exposure, pause, roll_back, stay_of, strayed
from seawall.delivery.readings import Endpoint, Failed, Pending, Readings
from seawall.delivery.state import Outcome, Phase, State
from seawall.delivery.strategy import Gate, ReleasePlan
from seawall.delivery.watch import until_due, wait_of, waiting, watched
from seawall.delivery.wording import said

__all__ = ["Decision", "Kind", "Refused", "begin", "decide"]

LOST = ("Failed", "Canceled", "Deleting")
"""Provisioning states of a deployment that won't answer."""


class Refused(Exception):
    """A release can't begin. The text is one sentence that a person can act on."""


def begin(
    plan: ReleasePlan, endpoint: Endpoint, last: State | None, now: datetime, *, by: str, again: bool = False
) -> SetEndpoint | State:
    """The update that begins a release; the state itself where this release is under way, or is what answers already.

    `again` begins one anew that was rolled back. Raises `Refused`.
    """
    now, live = to_millisecond(now), endpoint.live()
    if last and not last.settled:
        if (last.candidate, last.digest) == (plan.candidate, plan.digest):
            return last
        other = "by another version of this file" if last.candidate == plan.candidate else f"of {last.model}"
        raise Refused(f"a release {other} is under way, at {last.phase}: promote or abort it first")
    state = State(
        candidate=plan.candidate,
        stable=next(iter(live), None),
        model=said(plan.model),
        digest=plan.digest,
        by=said(by) or "unknown",
        begun=now,
        since=now,
        leftovers=_leftovers(plan, endpoint, last),
    )
    if live == {plan.candidate: 100}:
        known = last and last.candidate == plan.candidate and last.outcome is Outcome.RELEASED
        return last if last and known else replace(state, stable=None, phase=Phase.DONE, outcome=Outcome.RELEASED)
    if len(live) > 1 or endpoint.mirrored():
        shares = ", ".join(f"{name} {share} %" for name, share in {**live, **endpoint.mirrored()}.items())
        raise Refused(f"the traffic is split by no release ({shares}): give one deployment all of it first")
    if last and last.outcome is not Outcome.RELEASED and not again and _is_same(plan, last):
        raise Refused(f"{last.model} was {last.outcome} ({last.reason}): change its release file, or begin it again")
    return SetEndpoint(state)


def _is_same(plan: ReleasePlan, last: State) -> bool:
    return (last.candidate, last.digest) == (plan.candidate, plan.digest)


def _leftovers(plan: ReleasePlan, endpoint: Endpoint, last: State | None) -> tuple[str, ...]:
    """What an earlier release left: the deployment that lost, and whatever of this one's name doesn't run.

    An older version that still runs is taken up again when it is the one to be released.
    """
    found = []
    if plan.candidate in endpoint.deployments and not endpoint.ready(plan.candidate):
        found.append(plan.candidate)
    lost = loser(last) if last else None
    rejected = last is not None and last.outcome is not Outcome.RELEASED
    if lost in endpoint.deployments and (lost != plan.candidate or rejected) and lost not in endpoint.live():
        found.append(str(lost))
    return tuple(dict.fromkeys(found))


def loser(state: State) -> str | None:
    """The deployment that a release leaves to be removed."""
    return state.stable if state.outcome is Outcome.RELEASED else state.candidate


def decide(plan: ReleasePlan, state: State, readings: Readings, now: datetime) -> Decision:
    """The next thing to do. An answered command stands in `SetEndpoint.answered`, even where it changes nothing.

    The first of these that has something to say decides: a person's command; what is left to do when the outcome is
    known; a candidate that is lost; traffic that somebody else changed; the metrics; a pause; the phase itself.
    """
    moment = Moment(plan, state, readings, to_millisecond(now))
    for consider in (answered, _settled, _lost, _strayed, watched, _paused):
        decision = consider(moment)
        if decision is not None:
            return decision
    return _phase(moment)


def _settled(moment: Moment) -> Decision | None:
    state, endpoint = moment.state, moment.endpoint
    if state.over:
        return Decision(kind=Kind.DONE, why=f"{state.outcome}: {state.reason}")
    if not state.settled:
        return None
    name = loser(state)
    if not name or name not in endpoint.deployments:
        return enter(moment, Phase.DONE, state.step, "nothing is left to remove")
    if name in endpoint.live() or name in endpoint.mirrored():
        return enter(moment, Phase.DONE, state.step, f"{name} takes traffic again, and is left alone")
    keep = moment.plan.keep_previous if state.outcome is Outcome.RELEASED else moment.plan.keep_failed
    left = min(state.since + keep - moment.now, keep)
    if left.total_seconds() > 0:
        return Decision(kind=Kind.CLEAN_UP, why=f"{name} is kept for another {written(left)}", wait=left)
    return _given_up(moment, name, keep) or _removal(moment, name)


def _given_up(moment: Moment, name: str, keep: timedelta) -> Decision | None:
    """What can't be removed for long, behind a lock for example, is left for the next release to remove."""
    match moment.answer(DeleteDeployment(name)):
        case Failed(_, why) if moment.now >= moment.state.since + keep + moment.plan.provision_within:
            return enter(moment, Phase.DONE, moment.state.step, f"{name} can't be removed, and is left: {why}")
    return None


def _removal(moment: Moment, name: str) -> Decision:
    action = DeleteDeployment(name)
    match moment.answer(action):
        case Failed(_, why):
            words = f"{name} can't be removed: {why}"
            return Decision(kind=Kind.CLEAN_UP, why=words, wait=moment.plan.analysis.interval)
        case Pending():
            return Decision(kind=Kind.CLEAN_UP, why=f"{name} is being removed", wait=moment.plan.poll)
    if moment.endpoint.deployments.get(name) == "Deleting":
        return Decision(kind=Kind.CLEAN_UP, why=f"{name} is being removed", wait=moment.plan.poll)
    return Decision(kind=Kind.CLEAN_UP, why=f"removing {name}", action=action, wait=moment.plan.poll)


def _lost(moment: Moment) -> Decision | None:
    """A candidate that callers are sent to, and that doesn't run."""
    state = moment.state
    provisioning = moment.endpoint.deployments.get(state.candidate, "Deleting")
    exposed = state.phase in (Phase.MIRROR, Phase.STEP, Phase.BEFORE_PROMOTION, Phase.SOAK)
    if not (exposed or by_hand(moment)) or provisioning not in LOST:
        return None
    words = "is gone" if state.candidate not in moment.endpoint.deployments else f"is {provisioning}"
    return roll_back(moment, f"{state.candidate} {words}")


def _strayed(moment: Moment) -> Decision | None:
    """Traffic that somebody else changed waits for a person; a candidate that fails is taken out of it all the same."""
    if not strayed(moment):
        return None
    looked = watched(moment)
    if looked and (moment.state.paused or looked.kind is Kind.ROLL_BACK):
        return looked
    live, mirror = moment.endpoint.live(), moment.endpoint.mirrored()
    traffic, mirrored = exposure(moment.plan, moment.state)
    got, expected = (live, traffic) if live != traffic else (mirror, mirrored)
    kind = "traffic" if live != traffic else "mirroring"
    why = f"somebody set the {kind} to {_shown(got)}; resume sets it to {_shown(expected)} again"
    return replace(pause(moment, why), wait=wait_of(moment) if moment.state.paused else timedelta(0))


def _shown(shares: object) -> str:
    pairs = dict(shares).items() if isinstance(shares, dict) else ()
    return ", ".join(f"{name} {share} %" for name, share in pairs) or "nothing"


def _paused(moment: Moment) -> Decision | None:
    paused = moment.state.paused
    if paused is None:
        return None
    return Decision(kind=Kind.PAUSE, why=f"paused by {paused.by}: {paused.why}", wait=wait_of(moment))


def _phase(moment: Moment) -> Decision:
    state = moment.state
    match state.phase:
        case Phase.TIDY:
            return _tidy(moment)
        case Phase.PREFLIGHT:
            return _through(moment, Preflight(), "checking that the release can go through")
        case Phase.DEPLOY:
            return _deploy(moment)
        case Phase.AUTOSCALE:
            return _through(moment, CreateAutoscale(state.candidate), f"making {state.candidate} scale by itself")
        case Phase.SMOKE:
            return _through(moment, SmokeTest(state.candidate), f"smoke testing {state.candidate}")
        case Phase.BEFORE_TRAFFIC | Phase.BEFORE_PROMOTION:
            return _hooks(moment)
    return _stay(moment)


def _tidy(moment: Moment) -> Decision:
    state, endpoint = moment.state, moment.endpoint
    busy = {*endpoint.live(), *endpoint.mirrored()}
    for name in state.leftovers:
        failed = isinstance(moment.answer(DeleteDeployment(name)), Failed)
        if name in endpoint.deployments and name not in busy and not failed:
            return replace(_removal(moment, name), kind=Kind.ADVANCE)
    return advance(moment, "the release begins", leftovers=())


def _through(moment: Moment, action: Action, why: str) -> Decision:
    """One action, whose success leads on and whose failure leads back."""
    match moment.answer(action):
        case None:
            return Decision(kind=Kind.ADVANCE, why=why, action=action)
        case Failed(_, reason):
            return roll_back(moment, f"{moment.state.phase}: {reason}")
        case Pending(_, words):
            return Decision(kind=Kind.HOLD, why=words or why, wait=moment.plan.poll)
        case done:
            return advance(moment, getattr(done, "words", "") or f"{moment.state.phase}: done")


def _deploy(moment: Moment) -> Decision:
    """The cloud's own word counts: a deployment that is there is not made again."""
    state, plan = moment.state, moment.plan
    action = CreateDeployment(state.candidate)
    provisioning = moment.endpoint.deployments.get(state.candidate)
    answer = moment.answer(action)
    if provisioning == "Succeeded":
        return advance(moment, f"{state.candidate} runs")
    if isinstance(answer, Failed):
        return roll_back(moment, f"{state.candidate} doesn't come up: {answer.why}")
    if provisioning in ("Failed", "Canceled"):
        return roll_back(moment, f"{state.candidate} doesn't come up: its provisioning is {provisioning}")
    if moment.now - state.since >= plan.provision_within:
        return roll_back(moment, f"{state.candidate} isn't up within {written(plan.provision_within)}")
    if provisioning or isinstance(answer, Pending):
        words = f"{state.candidate} is {(provisioning or 'Creating').lower()}"
        return Decision(kind=Kind.HOLD, why=words, wait=plan.poll)
    return Decision(kind=Kind.ADVANCE, why=f"making {state.candidate}", action=action)


def _hooks(moment: Moment) -> Decision:
    plan, state = moment.plan, moment.state
    gates = plan.before_traffic if state.phase is Phase.BEFORE_TRAFFIC else plan.before_promotion
    if state.hooks >= len(gates):
        return advance(moment, f"{state.phase}: all hooks agree")
    gate = gates[state.hooks]
    return _hook(moment, gate) if gate.approvers is None else _approval(moment, gate)


def _hook(moment: Moment, gate: Gate) -> Decision:
    state = moment.state
    stage: Stage = "beforeTraffic" if state.phase is Phase.BEFORE_TRAFFIC else "beforePromotion"
    action = RunHook(stage, state.hooks)
    late = moment.now - state.since >= gate.timeout
    match moment.answer(action):
        case None:
            return Decision(kind=Kind.ADVANCE, why=f"hook {gate.name}", action=action)
        case Failed(_, why):
            return roll_back(moment, f"hook {gate.name}: {why}")
        case Pending(_, words) if late:
            return roll_back(moment, f"hook {gate.name} took more than {written(gate.timeout)}")
        case Pending(_, words):
            return Decision(kind=Kind.HOLD, why=words or f"hook {gate.name} is under way", wait=moment.plan.poll)
    done = replace(state, hooks=state.hooks + 1, since=moment.now)
    return Decision(kind=Kind.ADVANCE, why=f"hook {gate.name} agrees", action=SetEndpoint(done))


def _approval(moment: Moment, gate: Gate) -> Decision:
    left = min(moment.state.since + gate.timeout - moment.now, gate.timeout)
    if left.total_seconds() <= 0:
        return roll_back(moment, f"{gate.name}: nobody approved within {written(gate.timeout)}")
    who = " or ".join(gate.approvers or ()) or "anyone"
    words = f"{gate.name} waits for the approval of {who}, for another {written(left)}"
    wait = min(left, until_due(moment.plan, moment.state, moment.now) or left) if moment.state.step else left
    return Decision(kind=Kind.PAUSE, why=words, wait=wait)


def _stay(moment: Moment) -> Decision:
    """The candidate answers, and no look is due. One that isn't watched has nothing to wait for."""
    stay = stay_of(moment.plan, moment.state)
    if stay is None or not stay.watched:
        return advance(moment, f"{moment.state.candidate} answers all traffic")
    wait = until_due(moment.plan, moment.state, moment.now)
    return Decision(kind=Kind.HOLD, why=waiting(moment, stay), wait=wait)
