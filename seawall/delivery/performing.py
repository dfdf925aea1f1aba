"""What a controller does in the cloud for each action of a decision, the update of the endpoint aside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from seawall.delivery import autoscale, hooks, smoke
from seawall.delivery.actions import (
    Action,
    CreateAutoscale,
    CreateDeployment,
    DeleteDeployment,
    Measure,
    Preflight,
    RunHook,
    SmokeTest,
)
from seawall.delivery.clock import Clock, SystemClock
from seawall.delivery.document import Release
from seawall.delivery.metrics import Window, measured
from seawall.delivery.port import CloudError, Deployment, LeaseLost, Port
from seawall.delivery.quota import quota
from seawall.delivery.readings import Answer, Done, Failed, Measured, Pending
from seawall.delivery.state import PREFIX, State
from seawall.delivery.target import Target
from seawall.delivery.wanted import instances, new_deployment
from seawall.delivery.wording import said

LOG_LINES = 200
_EXCEPTION = re.compile(r"(?:[\w.]+\.)?\w*(?:Error|Exception|Interrupt|Exit): \S.*")
"""The last line of a Python traceback."""


@dataclass
class Performing:
    """Implements `seawall.delivery.controller.Performer` for one release file."""

    port: Port
    target: Target
    release: Release
    folder: Path
    """The release file's, to which its paths are relative."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What everything that is made carries: the endpoint's own tags, of whoever owns and pays."""
    clock: Clock = field(default_factory=SystemClock)
    lag: timedelta = timedelta(0)
    """How long after a moment Azure Monitor knows all that happened before it."""

    def perform(self, action: Action, state: State) -> Answer:
        try:
            return self._perform(action, state)
        except LeaseLost:
            raise
        except CloudError as error:
            return Failed(action, str(error))

    def _perform(self, action: Action, state: State) -> Answer:
        match action:
            case Preflight():
                return self._preflight(action, state)
            case CreateDeployment():
                return self._create(action, state)
            case CreateAutoscale():
                return self._scale(action, state)
            case SmokeTest():
                return self._smoke(action)
            case RunHook():
                return self._hook(action, state)
            case Measure():
                return self._measure(action)
            case DeleteDeployment():
                return self._delete(action)
        raise AssertionError(f"{action} is the controller's own")

    def _preflight(self, action: Preflight, state: State) -> Answer:
        """Enough cores for both; a deployment that is there already has them."""
        there = self.port.deployments()
        if any(one.name == state.candidate for one in there):
            return Done(action, f"{state.candidate} is there already")
        try:
            capacity = self.port.capacity()
        except CloudError as error:
            return Done(action, f"the quota can't be read ({error})")
        found = quota(capacity, self.release.instance.type, instances(self.release), self.target.location, there)
        return Failed(action, found.words) if found.enough is False else Done(action, found.words)

    def _create(self, action: CreateDeployment, state: State) -> Answer:
        there = self._deployment(action.name)
        if there is None:
            tags = {**self.tags, PREFIX: state.id}
            self.port.create_deployment(new_deployment(self.release, self.target, action.name, self.folder, tags))
            return Pending(action, f"{action.name} is being made")
        return self._risen(action, there)

    def _risen(self, action: CreateDeployment, there: Deployment) -> Answer:
        if there.state == "Succeeded":
            return Done(action)
        if there.state in ("Failed", "Canceled"):
            return Failed(action, f"its provisioning is {there.state}; {self.tail(action.name)}")
        return Pending(action, f"{action.name} is {there.state.lower()}")

    def tail(self, name: str) -> str:
        """What a deployment's log says of why it doesn't run."""
        lines = [line.strip() for line in self.port.logs(name, LOG_LINES).splitlines() if line.strip()]
        return f"its log says: {said(telling(lines), 150)}" if lines else "it has no log"

    def _deployment(self, name: str) -> Deployment | None:
        return next((one for one in self.port.deployments() if one.name.lower() == name.lower()), None)

    def _scale(self, action: CreateAutoscale, state: State) -> Answer:
        wanted = self.release.autoscale
        if wanted is None:
            return Done(action, "it doesn't scale")
        tags = {**self.tags, PREFIX: state.id}
        self.port.set_autoscale(action.deployment, autoscale.body(self.target, action.deployment, wanted, tags))
        return Done(action, f"{action.deployment} scales from {wanted.min} to {wanted.max} instances")

    def _smoke(self, action: SmokeTest) -> Answer:
        tests = self.release.smoke_tests
        wrong = smoke.run(self.port, action.deployment, tests, self.folder)
        if wrong:
            return Failed(action, "; ".join(wrong))
        return Done(action, f"smoke tests: {len(tests)} of {len(tests)} passed")

    def _hook(self, action: RunHook, state: State) -> Answer:
        section = self.release.hooks
        stage = section.before_traffic if action.stage == "beforeTraffic" else section.before_promotion
        try:
            words = hooks.run(stage[action.index], self.facts(state), self.folder, self.clock.sleep)
        except hooks.Refused as refused:
            return Failed(action, str(refused))
        return Done(action, words)

    def facts(self, state: State) -> dict[str, Any]:
        """What hooks and those who are told get to know of a release."""
        live = self.port.endpoint()
        return {
            "environment": self.target.environment,
            "endpoint": self.target.endpoint_name,
            "endpointId": self.target.endpoint_id,
            "scoringUri": live.scoring_uri,
            "release": state.id,
            "model": state.model,
            "candidate": state.candidate,
            "stable": state.stable,
            "phase": str(state.phase),
            "step": state.step,
            "traffic": dict(live.traffic),
            "mirror": dict(live.mirror),
            "outcome": str(state.outcome or ""),
            "reason": state.reason,
            "by": state.by,
        }

    def notify(self, state: State, why: str) -> str:
        """Tell the release file's webhook, if it names one, where a release stands; what went wrong, if anything did.

        Nothing is held up by one that can't be told.
        """
        wanted = self.release.notifications
        if wanted is None:
            return ""
        try:
            hooks.ask_webhook(wanted.webhook, {"why": why, **self.facts(state)}, self.clock.sleep)
        except (hooks.Refused, CloudError) as problem:
            return f"nobody was told: {problem}"
        return ""

    def _measure(self, action: Measure) -> Answer:
        self._until(action.end + self.lag)
        names = [name for name in (action.candidate, action.stable) if name]
        window = Window(self.target.endpoint, action.start, action.end)
        found = measured(self.port, self.release.analysis.checks, names, window)
        return Measured(action, found[action.candidate], found[action.stable] if action.stable else None)

    def _until(self, moment: datetime) -> None:
        left = (moment - self.clock.now()).total_seconds()
        if left > 0:
            self.clock.sleep(left)

    def _delete(self, action: DeleteDeployment) -> Answer:
        there = self._deployment(action.name)
        if there is None:
            return Done(action, f"{action.name} is removed")
        if there.state != "Deleting":
            self.port.delete_deployment(action.name)
        return Pending(action, f"{action.name} is being removed")


def telling(lines: Sequence[str]) -> str:
    """The line of a log that says most: the first exception, else the end. After it come those that it has caused.

    >>> telling(["ImportError: no such module", "server.UserScriptError: can't be imported", "shutting down"])
    'ImportError: no such module'
    """
    found = [match[0] for line in lines if (match := _EXCEPTION.search(line))]
    return found[0] if found else " / ".join(lines[-3:])
