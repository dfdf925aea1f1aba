"""What a decision asks a controller to do, as data. Every action may be done twice: a killed controller repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from seawall.delivery.commands import Command, Effect
from seawall.delivery.state import Phase, State

Stage = Literal["beforeTraffic", "beforePromotion"]


@dataclass(frozen=True)
class Preflight:
    """See that the release can go through: quota, guardrails, the model's source. Answer: Done or Failed."""


@dataclass(frozen=True)
class CreateDeployment:
    """PUT the deployment of the release file under this name. Answer: Done, Pending, or Failed."""

    name: str


@dataclass(frozen=True)
class CreateAutoscale:
    """PUT the autoscale setting of this deployment. Answer: Done or Failed."""

    deployment: str


@dataclass(frozen=True)
class SmokeTest:
    """Send the release file's smoke tests to this deployment, past the traffic split. Answer: Done or Failed.

    The header `azureml-model-deployment` names the deployment.
    """

    deployment: str


@dataclass(frozen=True)
class RunHook:
    """Run one command or webhook of the release file; never an approval. Answer: Done, Pending, or Failed.

    `index` counts from 0 within the stage. It is asked for again while Pending, and by whoever takes up a release whose
    controller was killed meanwhile.
    """

    stage: Stage
    index: int


@dataclass(frozen=True)
class Measure:
    """Read the metrics from `start` to `end`; of `stable` too, where it is not None. Answer: Measured, or Failed.

    Failed counts as inconclusive. `phase` and `step` say which stay the figures are for.
    """

    candidate: str
    stable: str | None
    start: datetime
    end: datetime
    phase: Phase
    step: int


@dataclass(frozen=True)
class SetEndpoint:
    """One update of the endpoint: all its `seawall-release` tags become `state`'s, and traffic and mirroring change.

    Both are in one request, so that there is no moment at which the tags say something else than the traffic.
    `traffic` and `mirror` are None where the live values stay, which the update then has to carry. `answered` is the
    command that this answers: its tag goes. `effect` is what it came to.
    """

    state: State
    traffic: Mapping[str, int] | None = None
    mirror: Mapping[str, int] | None = None
    answered: Command | None = None
    effect: Effect = Effect.DONE


@dataclass(frozen=True)
class DeleteDeployment:
    """Delete a deployment that takes no traffic, and its autoscale setting before it. Answer: Done, Pending, Failed."""

    name: str


Action = (
    Preflight | CreateDeployment | CreateAutoscale | SmokeTest | RunHook | Measure | SetEndpoint | DeleteDeployment
)
