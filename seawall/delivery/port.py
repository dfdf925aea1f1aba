"""What a release needs of a cloud: a small port, behind which stands Azure, the local one, or a test's own.

Every call either does what it says or raises `CloudError`, whose text is one sentence for people. What passes by
itself (throttling, a conflict with another operation, a time-out) has been tried again before it is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from seawall.delivery.promotion.audit import Record


class CloudError(Exception):
    """The cloud refused, failed, or can't be reached. The text is one sentence."""

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class LeaseTaken(CloudError):
    """Someone else works on the endpoint. `holder` says who, as its holder wrote it."""

    def __init__(self, message: str, holder: Mapping[str, str]) -> None:
        super().__init__(message, code="LeaseTaken")
        self.holder = dict(holder)


class LeaseLost(CloudError):
    """The lease on the endpoint ended, or someone else has it: nothing more may be written."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An online endpoint as it is live. Weights of 0 are left out."""

    name: str
    traffic: Mapping[str, int]
    mirror: Mapping[str, int]
    tags: Mapping[str, str]
    scoring_uri: str = ""
    auth_mode: str = "AADToken"
    state: str = "Succeeded"


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment as it is live."""

    name: str
    state: str
    """Its provisioning state: Succeeded, Creating, Updating, Deleting, Failed."""
    instances: int = 1
    instance_type: str = ""
    model: str = ""
    environment: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewDeployment:
    """A deployment to be made."""

    name: str
    model: str
    """A model by ID: `azureml:NAME:VERSION`, or `azureml://registries/REGISTRY/models/NAME/versions/VERSION`."""
    instance_type: str
    instances: int
    environment: str = ""
    """As for the model; empty for an MLflow model, which brings its own."""
    code: str = ""
    """The folder of the scoring script, absolute; empty for an MLflow model."""
    scoring_script: str = ""
    environment_variables: Mapping[str, str] = field(default_factory=dict)
    egress: bool | None = None
    """Whether it may reach the Internet; None where a managed network decides."""
    request_timeout_ms: int = 5000
    max_concurrent_requests: int = 1
    max_queue_wait_ms: int = 500
    liveness: Mapping[str, int] = field(default_factory=dict)
    """Settings of the liveness probe by azure-ai-ml's names; empty for Azure's own."""
    readiness: Mapping[str, int] = field(default_factory=dict)
    data_collector: bool = False
    """Whether what goes in and comes out is kept, for model monitoring."""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a deployment answered to one request."""

    status: int
    body: str
    seconds: float
    deployment: str = ""
    """The deployment that answered, as the response's header says."""


@dataclass(frozen=True)
class FamilyUsage:
    """Dedicated cores of a VM family in the region: those in use and those allowed."""

    used: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """What the region offers: cores and family by VM size, and usage by family. Keys are in lower case."""

    sizes: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    families: Mapping[str, FamilyUsage] = field(default_factory=dict)


@dataclass(frozen=True)
class MetricPoint:
    """One value of a metric of Azure Monitor, each deployment, and each status code where split by it, apart."""

    time: datetime
    deployment: str
    value: float
    status: str = ""


@dataclass(frozen=True)
class Caller:
    """Who a token was issued to: a user principal name or an application's ID, and the object ID in Entra."""

    name: str
    oid: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.oid})" if self.oid and self.oid != self.name else self.name


class Lease(Protocol):
    """The right to change an endpoint, held by one controller at a time."""

    def check(self) -> None:
        """Raises `LeaseLost` where it is no longer held. To be called right before each write."""
        ...

    def release(self) -> None:
        """Give it back. Never raises."""
        ...


class Port(Protocol):
    """One endpoint of one workspace, in some cloud."""

    def endpoint(self) -> Endpoint: ...

    def deployments(self) -> Sequence[Deployment]: ...

    def missing(self, wanted: NewDeployment) -> Sequence[str]:
        """The model and the environment of a deployment, as it names them, as far as they aren't there."""
        ...

    def model_tags(self, wanted: NewDeployment) -> Mapping[str, str]:
        """The tags of the model version that a deployment names; none where there is no such version."""
        ...

    def promotions(self) -> Sequence[Record]:
        """The audit record of promotions to the environment. Raises `audit.Tampered` too."""
        ...

    def create_deployment(self, wanted: NewDeployment) -> None:
        """Ask for a deployment; `deployments` tells how it gets on. Its code is uploaded first."""
        ...

    def delete_deployment(self, name: str) -> None:
        """Ask for the deletion of a deployment, after that of its autoscale setting. It need not be there."""
        ...

    def update_endpoint(
        self,
        *,
        traffic: Mapping[str, int] | None = None,
        mirror: Mapping[str, int] | None = None,
        tags: Mapping[str, str | None],
    ) -> Endpoint:
        """Set traffic, mirroring and tags in one update, which keeps all the rest as it is live.

        None leaves traffic or mirroring as it is; a tag of None is removed, one that isn't named stays.
        """
        ...

    def ask(self, tag: str, value: str) -> None:
        """Set one tag of the endpoint and touch nothing else, without holding the lease."""
        ...

    def logs(self, deployment: str, lines: int = 50) -> str:
        """The tail of a deployment's container log; empty where there is none."""
        ...

    def autoscale(self, deployment: str) -> Mapping[str, Any] | None:
        """The body of a deployment's autoscale setting."""
        ...

    def set_autoscale(self, deployment: str, body: Mapping[str, Any]) -> None: ...

    def invoke(self, deployment: str, body: bytes, *, timeout: float, content_type: str = "application/json") -> Answer:
        """Send a request to a deployment by its name, whatever its traffic. Raises `CloudError` for no answer."""
        ...

    def metric(
        self,
        name: str,
        *,
        start: datetime,
        end: datetime,
        aggregation: str = "Average",
        split: bool = False,
        whole: bool = False,
    ) -> Sequence[MetricPoint]:
        """Values of a metric of the endpoint in a time span, by deployment, and by status code with `split`.

        One value a minute, the first at `start`; with `whole` one over all of the span.
        """
        ...

    def query_log(self, query: str, *, start: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """Rows that a query of the endpoint's Log Analytics workspace gives."""
        ...

    def capacity(self) -> Capacity:
        """Sizes and quota of the region."""
        ...

    def caller(self) -> Caller:
        """Who asks, as their token says."""
        ...

    def lease(self, holder: Mapping[str, str], on_lost: Callable[[], None] | None = None) -> Lease:
        """Take the endpoint's lease. Raises `LeaseTaken`."""
        ...

    def holder(self) -> Mapping[str, str]:
        """Who holds the lease, as they wrote it; empty where nobody does."""
        ...

    def record(self, line: str) -> None:
        """Append a line to the endpoint's history."""
        ...

    def history(self) -> Sequence[str]:
        """The lines of the endpoint's history, oldest first."""
        ...
