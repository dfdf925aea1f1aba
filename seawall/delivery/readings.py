"""What a controller knows when it asks what to do: how the endpoint stands, and what came of the last action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seawall.delivery.actions import Action, Measure
from seawall.delivery.commands import Command

ProvisioningState = Literal["Creating", "Updating", "Scaling", "Deleting", "Succeeded", "Failed", "Canceled"]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An online endpoint as it stands: percent of the traffic, and the provisioning state of each deployment.

    Source: Azure Machine Learning REST, onlineEndpoints and onlineEndpoints/deployments.
    """

    deployments: Mapping[str, ProvisioningState] = field(default_factory=dict)
    traffic: Mapping[str, int] = field(default_factory=dict)
    mirror: Mapping[str, int] = field(default_factory=dict)

    def live(self) -> dict[str, int]:
        """The deployments that answer callers, with their shares."""
        return {name: share for name, share in self.traffic.items() if share}

    def mirrored(self) -> dict[str, int]:
        return {name: share for name, share in self.mirror.items() if share}

    def ready(self, name: str) -> bool:
        return self.deployments.get(name) == "Succeeded"


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """What one deployment did in a window of time. None, or no key, where the cloud doesn't say.

    errors: answers that are the deployment's fault: 5xx, 408 (it took too long) and 424 (the model failed).
    throttled: answers of 429. latency_ms: by percentile, `p50` `p90` `p95` `p99`. delay_ms: mean delay by throttling,
    from the traffic log. queries: values of the release file's own queries, by name.
    Source: Azure Machine Learning docs, how-to-troubleshoot-online-endpoints (status codes), monitor-azure-machine-
    learning-reference (metrics, AmlOnlineEndpointTrafficLog).
    """

    requests: int | None = None
    errors: int | None = None
    throttled: int | None = None
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    delay_ms: float | None = None
    queries: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """An action ended well. `words` say what is worth showing, such as which smoke tests passed."""

    action: Action
    words: str = ""


@dataclass(frozen=True)
class Failed:
    """An action ended badly, and trying again is of no use: the port has retried what is worth it."""

    action: Action
    why: str


@dataclass(frozen=True)
class Pending:
    """An action is under way, and isn't over: a deployment being made, a webhook that answers later."""

    action: Action
    words: str = ""


@dataclass(frozen=True)
class Measured:
    """What a `Measure` found. `stable` is None where it wasn't asked for, or couldn't be read."""

    action: Measure
    candidate: Metrics
    stable: Metrics | None = None


Answer = Done | Failed | Pending | Measured


@dataclass(frozen=True, kw_only=True)
class Readings:
    """One look: the endpoint, read a moment ago; what came of the action that was asked for; a person's command.

    A controller that has just started has no `answer`: whatever was under way is asked for again.
    """

    endpoint: Endpoint
    answer: Answer | None = None
    command: Command | None = None
