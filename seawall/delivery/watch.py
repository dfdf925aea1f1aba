"""Looks at the metrics while the candidate answers: when one is due, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from seawall.delivery.actions import Measure, RunHook, SetEndpoint
from seawall.delivery.analysis import Judgement, Result, judge, unread
from seawall.delivery.decision import Decision, Kind
from seawall.delivery.durations import written
from seawall.delivery.moves import THE_FILE, Moment, advance, by_hand, pause, roll_back, stay_of, strayed
from seawall.delivery.readings import Answer, Done, Failed, Measured
from seawall.delivery.state import Phase, State
from seawall.delivery.strategy import ReleasePlan, Stay


def due(plan: ReleasePlan, state: State) -> datetime:
    """When the next look is due: an interval after the last, the first one an interval after the warm-up."""
    return (state.looked or state.since + plan.analysis.warm_up) + plan.analysis.interval


def until_due(plan: ReleasePlan, state: State, now: datetime) -> timedelta:
    """How long to wait for it; never more than the first look takes, whatever a clock says."""
    return max(timedelta(0), min(due(plan, state) - now, plan.analysis.warm_up + plan.analysis.interval))


def wait_of(moment: Moment) -> timedelta:
    """How long a release that is paused waits: until the next look, or as long as looks are apart."""
    return until_due(moment.plan, moment.state, moment.now) or moment.plan.analysis.interval


def watched(moment: Moment) -> Decision | None:
    """A look that is due, or what the last one comes to; None while there is nothing to see.

    A candidate is watched as long as callers reach it: at its stays, and whenever somebody else gives it traffic.
    """
    plan, state = moment.plan, moment.state
    stay = _watched_stay(moment)
    if stay is None:
        return None
    action = _measure(moment)
    match moment.answer(action):
        case Measured(asked, candidate, stable) if not _counted(state, asked):
            return _judged(moment, stay, asked.end, judge(plan.analysis, candidate, stable if asked.stable else None))
        case Failed(Measure() as asked, why) if not _counted(state, asked):
            return _judged(moment, stay, asked.end, unread(why))
    if moment.now < due(plan, state) or _is_hooks(moment.readings.answer):
        return None
    return Decision(kind=Kind.HOLD, why=f"looking at {state.candidate}", action=action)


def _watched_stay(moment: Moment) -> Stay | None:
    """The exposure to look at; one that somebody else set has no end of its own."""
    if by_hand(moment):
        return Stay(moment.endpoint.live().get(moment.state.candidate, 0), timedelta(0))
    stay = stay_of(moment.plan, moment.state)
    return stay if stay and stay.watched and not strayed(moment) else None


def _is_hooks(answer: Answer | None) -> bool:
    """A hook's word comes first: a look in between would lose it, and the hook be run again."""
    return isinstance(answer, Done | Failed) and isinstance(answer.action, RunHook)


def _measure(moment: Moment) -> Measure:
    """The stable deployment is compared with while it answers callers.

    After looks that said nothing the next one sees what they saw as well: few requests add up, within the same stay.
    """
    state, analysis = moment.state, moment.plan.analysis
    span = analysis.span + analysis.interval * min(state.inconclusive, analysis.inconclusive_limit)
    start = max(state.since + analysis.warm_up, moment.now - span)
    stable = state.stable if state.phase is not Phase.SOAK and state.stable in moment.endpoint.live() else None
    return Measure(state.candidate, stable, min(start, moment.now), moment.now, state.phase, state.step)


def _counted(state: State, asked: Measure) -> bool:
    """Whether a look is in the state already, or from before its stay."""
    return asked.end <= (state.looked or state.since)


def _judged(moment: Moment, stay: Stay, at: datetime, judgement: Judgement) -> Decision:
    plan, before = moment.plan, moment.state
    state = _with(before, at, judgement.result)
    counts = {name: getattr(state, name) for name in ("looked", "failures", "consecutive", "inconclusive")}
    analysis = plan.analysis
    if state.failures > analysis.failure_limit or state.consecutive >= analysis.consecutive_failures:
        return roll_back(moment, judgement.words, judgement=judgement, **counts)
    if judgement.result is Result.PASS and not before.paused and _over(before, stay, at):
        if stay.waits and not before.cleared:
            why = f"{_place(before)} went well, and is to wait for a person"
            return pause(moment, why, by=THE_FILE, judgement=judgement, **counts)
        return advance(moment, f"{_place(before)} went well", judgement)
    if state.inconclusive > analysis.inconclusive_limit and not before.paused:
        if analysis.on_inconclusive == "rollBack" and not strayed(moment):
            why = f"{state.inconclusive} looks in a row said nothing: {judgement.words}"
            return roll_back(moment, why, judgement=judgement, **counts)
        return pause(moment, judgement.words, judgement=judgement, **counts)
    return Decision(kind=Kind.HOLD, why=judgement.words, action=SetEndpoint(state), judgement=judgement)


def _with(state: State, at: datetime, result: Result) -> State:
    failed, unclear = result is Result.FAIL, result is Result.INCONCLUSIVE
    return replace(
        state,
        looked=at,
        failures=state.failures + failed,
        consecutive=state.consecutive + 1 if failed else 0,
        inconclusive=state.inconclusive + 1 if unclear else 0,
    )


def _over(state: State, stay: Stay, at: datetime) -> bool:
    return state.phase is not Phase.BEFORE_PROMOTION and at - state.since >= stay.bake


def _place(state: State) -> str:
    return f"step {state.step}" if state.phase is Phase.STEP else f"the {state.phase}"


def waiting(moment: Moment, stay: Stay) -> str:
    """What a stay waits for, in words."""
    left = until_due(moment.plan, moment.state, moment.now)
    share = f"mirrors {stay.mirror}" if stay.mirror else f"answers {stay.traffic}"
    return f"{moment.state.candidate} {share} % of the traffic; the next look is in {written(left)}"
