"""What a release needs of a cloud: a small port, behind which stands Azure, the local one, or a test's own.

Every call either does what it says or raises `CloudError`, whose text is one sentence for people. What passes by
itself (throttling, a conflict with another operation, a time-out) has been tried again before it is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class CloudError(Exception):
    """The cloud refused, failed, or can't be reached. The text is one sentence."""

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class ProvisioningFailed(CloudError):
    """A deployment was made but doesn't run. `log` is the tail of what its container said."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message, code="ProvisioningFailed")
        self.log = log


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
    """One value of a metric of Azure Monitor, a deployment and a status class (where split by it) apart."""

    time: datetime
    deployment: str
    value: float
    status_class: str = ""


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

    def create_deployment(self, wanted: NewDeployment) -> None:
        """Make a deployment, or bring it to what is wanted, and wait until it runs. Raises `ProvisioningFailed`."""
        ...

    def delete_deployment(self, name: str) -> None:
        """Delete a deployment and its autoscale setting, and wait. One that isn't there is none to delete."""
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

    def logs(self, deployment: str, lines: int = 50) -> str:
        """The tail of a deployment's container log; empty where there is none."""
        ...

    def autoscale(self, deployment: str) -> Mapping[str, Any] | None:
        """The body of a deployment's autoscale setting."""
        ...

    def set_autoscale(self, deployment: str, body: Mapping[str, Any]) -> None: ...

    def invoke(self, deployment: str, body: bytes, *, timeout: float, content_type: str = "application/json") -> Answer:
        """Send a request to a deployment by its name, whatever its traffic. Raises `CloudError` for no answer at all."""
        ...

    def metric(
        self, name: str, *, start: datetime, end: datetime, aggregation: str, split: bool = False
    ) -> Sequence[MetricPoint]:
        """Values of a metric of the endpoint in a time span, by deployment, and by status class with `split`."""
        ...

    def query_log(self, query: str, *, start: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        """Rows that a query of the endpoint's Log Analytics workspace gives."""
        ...

    def capacity(self) -> Capacity:
        """Sizes and quota of the region."""
        ...

    def caller(self) -> str:
        """Who asks: the user's or application's name, and its object ID."""
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
