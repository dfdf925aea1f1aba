"""What happens in a release, in words: a line for people in a pipe, and JSON for pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from seawall.delivery.commands import PROOF
from seawall.delivery.decide import Kind
from seawall.delivery.durations import stamp
from seawall.delivery.events import Acted, Acting, Ended, Event, Looked, Moved, Warned
from seawall.delivery.readings import Done, Failed, Measured
from seawall.delivery.state import Outcome, Phase, State
from seawall.delivery.strategy import ReleasePlan

STYLES = {Outcome.RELEASED: "bold green", Outcome.ROLLED_BACK: "bold red", Outcome.ABORTED: "bold yellow"}
WORDS = {
    "Preflight": "checking the quota",
    "CreateDeployment": "making the deployment",
    "CreateAutoscale": "making it scale by itself",
    "SmokeTest": "smoke tests",
    "RunHook": "asking a hook",
    "Measure": "looking at the metrics",
    "SetEndpoint": "updating the endpoint",
    "DeleteDeployment": "removing a deployment",
}


def place(state: State, plan: ReleasePlan) -> str:
    """Where a release is, in words: `step 2 of 3`."""
    if state.phase is Phase.STEP:
        return f"step {state.step} of {len(plan.steps)}"
    return str(state.phase)


def line(event: Event, plan: ReleasePlan) -> Text | None:
    """The line that a pipe gets for an event; nothing for those that only matter while they last."""
    match event:
        case Moved():
            shares = split(event.traffic, event.mirror)
            return Text.assemble(
                (f"{event.at:%H:%M:%S}  ", "dim"), (f"{place(event.state, plan):<18}", style_of(event.state)),
                f"{shares:<34}  ", (event.why, "dim"),
            )  # fmt: skip
        case Acted(answer=Failed(action, why)):
            return Text.assemble(
                (f"{event.at:%H:%M:%S}  ", "dim"), ("failed            ", "red"),
                f"{WORDS[type(action).__name__]}: {why}",
            )  # fmt: skip
        case Looked() if event.decision.kind is Kind.PAUSE and event.decision.action is None:
            words = ("waits for a person  ", "yellow")
            return Text.assemble((f"{event.at:%H:%M:%S}  ", "dim"), words, event.decision.why)
        case Warned():
            return Text.assemble((f"{event.at:%H:%M:%S}  ", "dim"), ("warning           ", "yellow"), event.words)
    return None


def split(traffic: Mapping[str, int], mirror: Mapping[str, int]) -> str:
    """`v6-1a2b 90 %, v7-3c4d 10 %`."""
    parts = [f"{name} {share} %" for name, share in traffic.items() if share]
    parts += [f"{name} mirrors {share} %" for name, share in mirror.items() if share]
    return ", ".join(parts) or "no traffic"


def style_of(state: State) -> str:
    return STYLES[state.outcome] if state.outcome else ("yellow" if state.paused else "cyan")


def document(event: Event) -> dict[str, Any] | None:
    """An event for a pipeline."""
    base: dict[str, Any] = {"event": type(event).__name__.lower(), "at": stamp(event.at)}
    match event:
        case Looked():
            judgement = event.decision.judgement
            base |= {
                "kind": str(event.decision.kind),
                "why": event.decision.why,
                "waitSeconds": event.decision.wait.total_seconds(),
                "state": state_document(event.state),
                "traffic": event.endpoint.live(),
                "mirror": event.endpoint.mirrored(),
            }
            if judgement:
                base["checks"] = [
                    {"check": one.check, "result": str(one.result), "words": one.words} for one in judgement.verdicts
                ]
        case Acting():
            base["action"] = type(event.action).__name__
        case Acted():
            answer = event.answer
            base |= {"action": type(answer.action).__name__, "seconds": round(event.seconds, 3)}
            base["answer"] = type(answer).__name__.lower()
            if isinstance(answer, Measured):
                base |= {"candidate": _metrics(answer.candidate), "stable": _metrics(answer.stable)}
            elif isinstance(answer, Failed):
                base["why"] = answer.why
            elif isinstance(answer, Done) and answer.words:
                base["words"] = answer.words
        case Moved():
            base |= {"state": state_document(event.state), "traffic": dict(event.traffic)}
            base |= {"mirror": dict(event.mirror), "why": event.why}
        case Warned():
            base["words"] = event.words
        case Ended():
            base |= {"state": state_document(event.state), "traffic": event.endpoint.live()}
    return base


def _metrics(found: Any) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "requests": found.requests,
        "errors": found.errors,
        "throttled": found.throttled,
        "latencyMs": {key: round(value, 2) for key, value in found.latency_ms.items()},
        "delayMs": found.delay_ms,
        "queries": dict(found.queries),
    }


def state_document(state: State) -> dict[str, Any]:
    """Where a release stands, for a pipeline."""
    return {
        "release": state.id,
        "model": state.model,
        "candidate": state.candidate,
        "stable": state.stable,
        "phase": str(state.phase),
        "step": state.step,
        "since": stamp(state.since),
        "outcome": str(state.outcome) if state.outcome else None,
        "reason": state.reason,
        "paused": state.paused.why if state.paused else None,
        "failures": state.failures,
        "inconclusive": state.inconclusive,
        "approval": state.approval,
        "approvalProof": PROOF if state.approval else "",
        "by": state.by,
        "begun": stamp(state.begun),
    }
