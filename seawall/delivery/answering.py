"""What a person's command does to a release. Each is answered, where it changes nothing too."""

from __future__ import annotations

from dataclasses import replace

from seawall.delivery.actions import SetEndpoint
from seawall.delivery.commands import Ask, Command, Effect
from seawall.delivery.decision import Decision, Kind
from seawall.delivery.durations import stamp
from seawall.delivery.moves import THE_FILE, Moment, enter, exposure, pause, roll_back, strayed, unfit_for
from seawall.delivery.state import Outcome, Phase
from seawall.delivery.strategy import Gate
from seawall.delivery.wording import said


def answered(moment: Moment) -> Decision | None:
    """What the command comes to; None where there is none."""
    command = moment.readings.command
    if command is None:
        return None
    if moment.state.settled and command.ask is not Ask.ABORT:
        so = moment.state.outcome is Outcome.RELEASED and command.ask in (Ask.PROMOTE, Ask.RESUME)
        return (_already if so else _nothing)(moment, command, f"the release is {moment.state.outcome} already")
    return {
        Ask.PAUSE: _pause,
        Ask.RESUME: _resume,
        Ask.PROMOTE: _promote,
        Ask.ABORT: _abort,
        Ask.APPROVE: _approve,
    }[command.ask](moment, command)


def _nothing(moment: Moment, command: Command, why: str, effect: Effect = Effect.REFUSED) -> Decision:
    """What was asked for can't be."""
    words = f"{command.ask} by {said(command.by, 60)} changes nothing: {why}"
    return Decision(kind=Kind.HOLD, why=words, action=SetEndpoint(moment.state, answered=command, effect=effect))


def _already(moment: Moment, command: Command, why: str) -> Decision:
    """What was asked for is so: asking twice is no mistake."""
    return _nothing(moment, command, why, Effect.ALREADY)


def _pause(moment: Moment, command: Command) -> Decision:
    if moment.state.paused:
        return _already(moment, command, f"it is paused already, by {moment.state.paused.by}")
    return pause(moment, said(command.why) or "no reason given", by=said(command.by) or "unknown", answered=command)


def _resume(moment: Moment, command: Command) -> Decision:
    """Resumed, a step still has to pass its next look before it goes on."""
    state = moment.state
    if state.paused is None:
        gate = _gate(moment)
        if gate and gate.approvers is not None:
            return _nothing(moment, command, f"it isn't paused, but waits for an approval: {gate.name}")
        return _already(moment, command, "it isn't paused")
    cleared = state.cleared or state.paused.by == THE_FILE
    state = replace(state, paused=None, inconclusive=0, cleared=cleared)
    traffic, mirror = exposure(moment.plan, state)
    unfit = unfit_for(moment, traffic, mirror)
    why = f"resumed by {said(command.by, 60)}"
    if not strayed(moment):
        return Decision(kind=Kind.ADVANCE, why=why, action=SetEndpoint(state, answered=command))
    if unfit:
        return _nothing(moment, command, f"{unfit} can't take its traffic")
    return Decision(kind=Kind.ADVANCE, why=why, action=SetEndpoint(state, traffic, mirror, command))


def _promote(moment: Moment, command: Command) -> Decision:
    state, plan = moment.state, moment.plan
    why = f"promoted by {said(command.by, 60)}"
    if strayed(moment):
        return _nothing(moment, command, "somebody else changed the traffic: resume or abort first")
    if state.phase is Phase.SOAK:
        return enter(moment, Phase.KEEP, state.step, why, answered=command)
    if state.phase not in (Phase.MIRROR, Phase.STEP):
        return _nothing(moment, command, f"at {state.phase} there are no steps to skip")
    if plan.before_promotion:
        return enter(moment, Phase.BEFORE_PROMOTION, state.step, why, answered=command)
    return enter(moment, Phase.SOAK, len(plan.steps) + 1, why, answered=command)


def _abort(moment: Moment, command: Command) -> Decision:
    """Back to what was before; after a release too, for as long as the old deployment is kept."""
    state = moment.state
    why = f"aborted by {said(command.by, 60)}" + (f": {said(command.why, 120)}" if command.why else "")
    if not state.settled:
        return roll_back(moment, why, Outcome.ABORTED, answered=command)
    if state.outcome is not Outcome.RELEASED:
        return _already(moment, command, f"the release is {state.outcome} already")
    if state.over or not state.stable or not moment.endpoint.ready(state.stable):
        return _nothing(moment, command, "the deployment before it is gone")
    if moment.endpoint.live() != {state.candidate: 100}:
        return _nothing(moment, command, "somebody else changed the traffic since")
    return roll_back(moment, why, Outcome.ABORTED, answered=command)


def _approve(moment: Moment, command: Command) -> Decision:
    gate = _gate(moment)
    if gate is None or gate.approvers is None:
        return _nothing(moment, command, "nothing waits for an approval")
    if gate.approvers and command.by.casefold() not in {one.casefold() for one in gate.approvers}:
        return _nothing(moment, command, f"{gate.name} is for {' or '.join(gate.approvers)} to approve")
    state = moment.state
    approval = said(f"{gate.name} {stamp(command.at)} in the name of {command.by}")
    state = replace(state, hooks=state.hooks + 1, since=moment.now, approval=approval)
    why = f"{gate.name} approved in the name of {said(command.by, 60)}"
    return Decision(kind=Kind.ADVANCE, why=why, action=SetEndpoint(state, answered=command))


def _gate(moment: Moment) -> Gate | None:
    state, plan = moment.state, moment.plan
    stages = {Phase.BEFORE_TRAFFIC: plan.before_traffic, Phase.BEFORE_PROMOTION: plan.before_promotion}
    gates = stages.get(state.phase, ())
    return gates[state.hooks] if state.hooks < len(gates) else None
