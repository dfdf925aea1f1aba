"""A small cloud in memory that speaks the port of releases: deployments that come up, traffic, metrics, faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from seawall.delivery.port import (
    Answer,
    Caller,
    Capacity,
    CloudError,
    Deployment,
    Endpoint,
    FamilyUsage,
    LeaseLost,
    LeaseTaken,
    MetricPoint,
    NewDeployment,
)
from seawall.delivery.promotion.audit import Record
from seawall.delivery.target import Target

TARGET = Target(
    environment="dev",
    production=False,
    subscription="22222222-2222-2222-2222-222222222222",
    resource_group="rg-larkspur-mlp-dev-weu-ml",
    workspace="mlw-larkspur-mlp-dev-weu",
    location="westeurope",
    registry="mlr-larkspur-mlp-shared-weu",
    storage_account="stmlpdevaekug",
    log_workspace_id="/subscriptions/x/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/log",
    managed_network=True,
    endpoint="fraud-online-dev-aekug",
    endpoint_name="fraud-online",
)
START = datetime(2026, 12, 1, 10, tzinfo=UTC)


class Killed(BaseException):
    """The controller's process ended, at once and without a word."""


@dataclass
class TestClock:
    """A clock that jumps instead of waiting."""

    __test__ = False
    time: datetime = START

    def now(self) -> datetime:
        self.time += timedelta(milliseconds=1)
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class SmallLease:
    cloud: SmallCloud
    lost: bool = False

    def check(self) -> None:
        if self.lost or self.cloud.leased is not self:
            raise LeaseLost("the lease on the endpoint was lost: ben on ci-2 (process 7, since noon) has it")

    def release(self) -> None:
        if self.cloud.leased is self:
            self.cloud.leased = None


@dataclass
class SmallCloud:
    """One endpoint. `before` is called with the name of each call, and may raise."""

    clock: TestClock = field(default_factory=TestClock)
    live: Endpoint = field(
        default_factory=lambda: Endpoint(
            name="fraud-online-dev-aekug",
            traffic={"v1-old": 100},
            mirror={},
            tags={"owner": "ml-platform@larkspur.example", "costCenter": "CC-4110"},
            scoring_uri="https://fraud-online-dev-aekug.westeurope.inference.ml.azure.com/score",
        )
    )
    made: dict[str, Deployment] = field(
        default_factory=lambda: {
            "v1-old": Deployment(name="v1-old", state="Succeeded", instances=1, instance_type="Standard_DS3_v2")
        }
    )
    settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    updates: list[Endpoint] = field(default_factory=list)
    """The endpoint after each update."""
    absent: tuple[str, ...] = ()
    """Assets that aren't there."""
    stamps: Mapping[str, str] = field(default_factory=dict)
    """Tags of the model version, whichever is asked for."""
    audit: Sequence[Record] = ()
    before: Callable[[str], None] = lambda call: None
    after: Callable[[str], None] = lambda call: None
    rises: bool = True
    """Whether a new deployment comes up."""
    rate: float = 600.0
    """Requests a minute of the whole endpoint."""
    errors: Mapping[str, float] = field(default_factory=dict)
    """Share of a deployment's answers that are 500."""
    latency: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by deployment; 20 where not said."""
    answers: Callable[[str, bytes], Answer] = lambda name, body: Answer(
        status=200, body='{"score": 0.5}', seconds=0.01, deployment=name
    )
    room: Capacity = field(
        default_factory=lambda: Capacity(
            sizes={"standard_ds3_v2": ("standardDSv2Family", 4)}, families={"standarddsv2family": FamilyUsage(8, 100)}
        )
    )
    leased: SmallLease | None = None
    held_by: Mapping[str, str] = field(default_factory=dict)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        self.before(name)

    def _write(self, name: str) -> None:
        self._call(name)
        if self.leased is not None:
            self.leased.check()

    def endpoint(self) -> Endpoint:
        self._call("endpoint")
        return self.live

    def deployments(self) -> Sequence[Deployment]:
        self._call("deployments")
        for name, one in list(self.made.items()):
            if one.state == "Creating":
                self.made[name] = replace(one, state="Updating")
            elif one.state == "Updating":
                self.made[name] = replace(one, state="Succeeded" if self.rises else "Failed")
            elif one.state == "Deleting":
                del self.made[name]
        return list(self.made.values())

    def create_deployment(self, wanted: NewDeployment) -> None:
        self._write("create_deployment")
        self.made[wanted.name] = Deployment(
            name=wanted.name,
            state="Creating",
            instances=wanted.instances,
            instance_type=wanted.instance_type,
            model=wanted.model,
            tags=wanted.tags,
        )
        self.after("create_deployment")

    def missing(self, wanted: NewDeployment) -> list[str]:
        self._call("missing")
        return [name for name in (wanted.model, wanted.environment) if name in self.absent]

    def model_tags(self, wanted: NewDeployment) -> Mapping[str, str]:
        self._call("model_tags")
        return self.stamps

    def promotions(self) -> Sequence[Record]:
        self._call("promotions")
        return self.audit

    def delete_deployment(self, name: str) -> None:
        self._write("delete_deployment")
        assert not self.live.traffic.get(name) and not self.live.mirror.get(name), "it still takes traffic"
        self.settings.pop(name, None)
        if name in self.made:
            self.made[name] = replace(self.made[name], state="Deleting")
        self.after("delete_deployment")

    def update_endpoint(
        self,
        *,
        traffic: Mapping[str, int] | None = None,
        mirror: Mapping[str, int] | None = None,
        tags: Mapping[str, str | None],
    ) -> Endpoint:
        self._write("update_endpoint")
        new = {key: value for key, value in self.live.tags.items() if tags.get(key, "") is not None}
        new |= {key: value for key, value in tags.items() if value is not None}
        live = replace(
            self.live,
            traffic={k: v for k, v in (self.live.traffic if traffic is None else traffic).items() if v},
            mirror={k: v for k, v in (self.live.mirror if mirror is None else mirror).items() if v},
            tags=new,
        )
        self._check(live)
        self.live = live
        self.updates.append(live)
        self.after("update_endpoint")
        return live

    def _check(self, live: Endpoint) -> None:
        assert sum(live.traffic.values()) in (0, 100)
        for name in (*live.traffic, *live.mirror):
            assert self.made[name].state == "Succeeded", f"{name} gets traffic and doesn't run"
        assert all(len(value) <= 256 for value in live.tags.values())

    def ask(self, tag: str, value: str) -> None:
        self._call("ask")
        self.live = replace(self.live, tags={**self.live.tags, tag: value})

    def logs(self, deployment: str, lines: int = 50) -> str:
        self._call("logs")
        return "starting\nModuleNotFoundError: No module named 'larkspur'\n"

    def autoscale(self, deployment: str) -> Mapping[str, Any] | None:
        return self.settings.get(deployment)

    def set_autoscale(self, deployment: str, body: Mapping[str, Any]) -> None:
        self._write("set_autoscale")
        self.settings[deployment] = body
        self.after("set_autoscale")

    def invoke(self, deployment: str, body: bytes, *, timeout: float, content_type: str = "application/json") -> Answer:
        self._call("invoke")
        return self.answers(deployment, body)

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
        self._call("metric")
        shares = {**self.live.traffic, **self.live.mirror}
        if name.startswith("RequestLatency"):
            return [MetricPoint(start, one, self.latency.get(one, 20.0)) for one in shares]
        found = []
        for one, share in shares.items():
            failing = self.errors.get(one, 0.0)
            minute = start
            while minute < end:
                requests = self.rate * share / 100
                found += [
                    MetricPoint(minute, one, requests * (1 - failing), "200"),
                    MetricPoint(minute, one, requests * failing, "500"),
                ]
                minute += timedelta(minutes=1)
        return found

    def query_log(self, query: str, *, start: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        self._call("query_log")
        return []

    def capacity(self) -> Capacity:
        self._call("capacity")
        return self.room

    def caller(self) -> Caller:
        return Caller("ana@larkspur.example", "aaaaaaaa-0000-0000-0000-000000000001")

    def lease(self, holder: Mapping[str, str], on_lost: Callable[[], None] | None = None) -> SmallLease:
        self._call("lease")
        if self.leased is not None:
            raise LeaseTaken("endpoint fraud-online-dev-aekug is being changed by ben on ci-2", self.held_by)
        self.leased, self.held_by = SmallLease(self), holder
        return self.leased

    def holder(self) -> Mapping[str, str]:
        return self.held_by if self.leased is not None else {}

    def record(self, line: str) -> None:
        self._call("record")
        self.lines.append(line)

    def history(self) -> Sequence[str]:
        return list(self.lines)

    def close(self) -> None:
        return


def busy(status: int, code: str = "") -> CloudError:
    return CloudError(f"PUT fraud-online-dev-aekug: {code or status}", code=code, status=status)
