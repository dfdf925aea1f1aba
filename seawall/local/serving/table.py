"""Who answers: the routing table, and the pure choice of a deployment for a request.

The host of deployments makes a table of what the store says and of what runs; the router applies it as a whole.
Sources: Azure ML docs, concept-online-deployment-model-specification and how-to-safely-rollout-online-endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

MOST_BYTES = 10 * 1024 * 1024
"""Of a request's body. Source: Azure ML docs, how-to-manage-quotas ("maximum payload size")."""


class Backend(msgspec.Struct, frozen=True):
    """A started inference server of a deployment."""

    name: str
    """Unique for ever: a restarted deployment has another one."""
    port: int
    """On 127.0.0.1."""


class Deployment(msgspec.Struct, frozen=True):
    """A deployment as requests see it. Times are in seconds."""

    name: str
    backend: Backend | None
    """None while nothing is ready to answer."""
    concurrency: int = 1
    """Requests that may be under way at once: instances times `maxConcurrentRequestsPerInstance`."""
    timeout: float = 5.0
    """`requestTimeout`: how long the model may take."""
    queue_wait: float = 0.5
    """`maxQueueWait`: how long a request waits for its turn."""
    scoring_path: str = "/score"
    """Where the server answers what comes to `/score`."""


class Endpoint(msgspec.Struct, frozen=True):
    """An online endpoint as requests see it."""

    id: str
    """ARM ID in lower case."""
    host: str
    auth_mode: str
    """`Key`, `AMLToken` or `AADToken`."""
    keys: tuple[str, str] = ("", "")
    token_secret: str = ""
    deployments: dict[str, Deployment] = {}
    """By name in lower case."""
    traffic: dict[str, int] = {}
    """Percent by name in lower case."""
    mirror: dict[str, int] = {}


class Table(msgspec.Struct, frozen=True):
    """All that a router knows, by host name."""

    version: int = 0
    endpoints: dict[str, Endpoint] = {}
    faults: tuple[dict[str, Any], ...] = ()
    """What requests are to meet on demand, see `faults.Fault.document`."""


def backends(table: Table) -> set[str]:
    """The names of all servers that a table hands requests to."""
    return {
        deployment.backend.name
        for endpoint in table.endpoints.values()
        for deployment in endpoint.deployments.values()
        if deployment.backend is not None
    }


def shares(endpoint: Endpoint) -> list[tuple[str, int]]:
    """The deployments that take live traffic and are there, with their weights, in the order of names."""
    found = ((name.lower(), weight) for name, weight in endpoint.traffic.items())
    return sorted((name, weight) for name, weight in found if weight > 0 and name in endpoint.deployments)


def choose(endpoint: Endpoint, draw: float) -> Deployment | None:
    """The deployment for a request: each in the proportion of its weight. `draw` is uniform in [0, 1).

    None where no deployment with a weight is there. Never one without a weight.
    """
    weights = shares(endpoint)
    left = draw * sum(weight for _, weight in weights)
    for name, weight in weights:
        if left < weight:
            return endpoint.deployments[name]
        left -= weight
    return endpoint.deployments[weights[-1][0]] if weights else None


def mirrored(endpoint: Endpoint, draw: float) -> Deployment | None:
    """The deployment that gets a copy of a request, in as many of a hundred as the endpoint says; or none."""
    for name, percent in endpoint.mirror.items():
        deployment = endpoint.deployments.get(name.lower())
        if deployment is not None and draw * 100 < percent:
            return deployment
    return None


def named(endpoint: Endpoint, name: str) -> Deployment | None:
    """The deployment that a request names in the header `azureml-model-deployment`, whatever its weight."""
    return endpoint.deployments.get(name.lower())


def lowered(weights: Mapping[str, int] | None) -> dict[str, int]:
    """Weights by name in lower case, as Azure compares names."""
    return {name.lower(): int(weight) for name, weight in (weights or {}).items()}
