"""The port to Azure, and to the local one: the same clients, the same code.

Deployments are made by azure-ai-ml, which uploads code and finds assets by their short names. The rest goes straight
to Resource Manager: azure-ai-ml has no autoscale, metrics or quota by family, and its update of an endpoint drops
properties that it doesn't know and waits half a minute between two looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from seawall.delivery import bodies
from seawall.delivery.clients import Arm, Waiting, credential, identity, one_line, persistently, told
from seawall.delivery.cloud import Cloud, current
from seawall.delivery.creating import create, missing, model_tags
from seawall.delivery.port import (
    Answer,
    Caller,
    Capacity,
    CloudError,
    Deployment,
    Endpoint,
    Lease,
    LeaseLost,
    LeaseTaken,
    MetricPoint,
    NewDeployment,
)
from seawall.delivery.promotion.audit import Record
from seawall.delivery.promotion.log import BlobLog
from seawall.delivery.scoring import Scoring
from seawall.delivery.storage import Storage, is_private
from seawall.delivery.target import ML, Target

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

VERSION = "2024-10-01"
AUTOSCALE_VERSION = "2022-10-01"
METRICS_VERSION = "2023-10-01"
TAGS_VERSION = "2021-04-01"
LOGS_VERSION = "2023-09-01"
MOST_SERIES = 1000
"""Deployments times status codes; Azure gives ten where nothing is said."""


class AzurePort:
    """One endpoint of one workspace. Implements `seawall.delivery.port.Port`."""

    def __init__(
        self,
        target: Target,
        *,
        cloud: Cloud | None = None,
        who: TokenCredential | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        self.target = target
        self._cloud = cloud or current()
        self._credential = who or credential()
        self._waiting = waiting or Waiting()
        self._arm = Arm(self._cloud, self._credential, self._waiting, before_write=self._held)
        self._scoring = Scoring(target.endpoint_id, self._arm, self._credential)
        self._storage = Storage(self._cloud.blobs(target.storage_account), target.endpoint, self._credential)
        self._lease: Lease | None = None
        self._log_customer = ""

    def __enter__(self) -> AzurePort:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        for client in (self._arm, self._scoring, self._storage):
            client.close()

    # The endpoint ----------------------------------------------------------------------------------------------------

    def endpoint(self) -> Endpoint:
        return bodies.endpoint(self._endpoint_body())

    def _endpoint_body(self) -> dict[str, Any]:
        found = self._arm.get(self.target.endpoint_id, VERSION)
        if found is None:
            where = f"{self.target.environment} has no endpoint {self.target.endpoint} yet"
            raise CloudError(f"{where}: bring the environment up first", code="NotFound", status=404)
        return found

    def update_endpoint(
        self,
        *,
        traffic: Mapping[str, int] | None = None,
        mirror: Mapping[str, int] | None = None,
        tags: Mapping[str, str | None],
    ) -> Endpoint:
        def put() -> None:
            self._guard()
            body = bodies.updated(self._endpoint_body(), traffic, mirror, tags)
            self._arm.write("PUT", self.target.endpoint_id, VERSION, body)

        persistently(put, self._waiting)
        return self.endpoint()

    def ask(self, tag: str, value: str) -> None:
        """Set one tag, without touching anything else of the endpoint, for a controller elsewhere to read.

        Source: Azure REST docs, "Tags - Update At Scope", operation Merge.
        """
        body = {"operation": "Merge", "properties": {"tags": {tag: value}}}
        path = f"{self.target.endpoint_id}/providers/Microsoft.Resources/tags/default"
        persistently(lambda: self._arm.write("PATCH", path, TAGS_VERSION, body), self._waiting)

    # Deployments -----------------------------------------------------------------------------------------------------

    def deployments(self) -> Sequence[Deployment]:
        found = self._arm.listed(f"{self.target.endpoint_id}/deployments", VERSION)
        return [bodies.deployment(body) for body in found]

    def missing(self, wanted: NewDeployment) -> Sequence[str]:
        return missing(self.target, wanted, self._credential, self._cloud)

    def model_tags(self, wanted: NewDeployment) -> Mapping[str, str]:
        return model_tags(self.target, wanted, self._credential, self._cloud)

    def promotions(self) -> Sequence[Record]:
        account_url = self._cloud.blobs(self.target.storage_account)
        return self._stored(BlobLog(account_url, self._credential).records)

    def create_deployment(self, wanted: NewDeployment) -> None:
        def begin() -> None:
            self._guard()
            create(self.target, wanted, self._credential, self._cloud)

        persistently(begin, self._waiting)

    def delete_deployment(self, name: str) -> None:
        id = self.target.deployment_id(name)

        def delete() -> None:
            self._guard()
            self._arm.request("DELETE", id, VERSION)

        self._guard()
        setting = self.target.autoscale_id(name)
        if self._arm.get(setting, AUTOSCALE_VERSION) is not None:
            self._arm.write("DELETE", setting, AUTOSCALE_VERSION)
        if self._arm.get(id, VERSION) is not None:
            persistently(delete, self._waiting)

    def logs(self, deployment: str, lines: int = 50) -> str:
        path = f"{self.target.deployment_id(deployment)}/getLogs"
        body = {"containerType": "InferenceServer", "tail": lines}
        try:
            return str(self._arm.write("POST", path, VERSION, body).get("content") or "")
        except CloudError:
            return ""  # the log is there to explain another failure: that it can't be had hides none

    def autoscale(self, deployment: str) -> Mapping[str, Any] | None:
        return self._arm.get(self.target.autoscale_id(deployment), AUTOSCALE_VERSION)

    def set_autoscale(self, deployment: str, body: Mapping[str, Any]) -> None:
        def put() -> None:
            self._guard()
            self._arm.write("PUT", self.target.autoscale_id(deployment), AUTOSCALE_VERSION, body)

        persistently(put, self._waiting)

    def _guard(self) -> None:
        if self._lease is None:
            raise LeaseLost("nothing is written without the endpoint's lease")
        self._lease.check()

    def _held(self) -> None:
        """Before each try: a lease may be lost while another operation is waited for. `ask` takes none."""
        if self._lease is not None:
            self._lease.check()

    # Looking ---------------------------------------------------------------------------------------------------------

    def invoke(self, deployment: str, body: bytes, *, timeout: float, content_type: str = "application/json") -> Answer:
        try:
            return self._scoring.invoke(
                self.endpoint(), deployment, body, timeout=timeout, content_type=content_type
            )
        except CloudError as error:
            raise self._explained(error, f"endpoint {self.target.endpoint}") from None

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
        query = {
            "timespan": f"{_moment(start)}/{_moment(end)}",
            "interval": "FULL" if whole else "PT1M",
            "metricnames": name,
            "aggregation": aggregation,
            "$filter": "deployment eq '*'" + (" and statusCode eq '*'" if split else ""),
            "top": str(MOST_SERIES),
        }
        path = f"{self.target.endpoint_id}/providers/Microsoft.Insights/metrics"
        return points(self._arm.get(path, METRICS_VERSION, query) or {}, aggregation)

    def query_log(self, query: str, *, start: datetime, end: datetime) -> Sequence[Mapping[str, Any]]:
        from azure.monitor.query import LogsQueryClient

        if not self.target.log_workspace_id:
            raise CloudError(f"endpoint {self.target.endpoint} isn't logged: it has no traffic log to query")
        if not self._log_customer:
            body = self._arm.get(self.target.log_workspace_id, LOGS_VERSION) or {}
            self._log_customer = str((body.get("properties") or {}).get("customerId", ""))
        with told("the log query"), LogsQueryClient(self._credential, endpoint=self._cloud.logs) as client:
            answer = client.query_workspace(self._log_customer, query, timespan=(start, end))
        tables = getattr(answer, "tables", None) or getattr(answer, "partial_data", None) or []
        return [dict(zip(table.columns, row, strict=True)) for table in tables for row in table.rows]

    def capacity(self) -> Capacity:
        where = f"/subscriptions/{self.target.subscription}/providers/{ML}/locations/{self.target.location}"
        sizes = self._arm.get(f"{where}/vmSizes", VERSION) or {}
        return bodies.capacity(sizes.get("value", []), self._arm.listed(f"{where}/usages", VERSION))

    def caller(self) -> Caller:
        with told("who is signed in"):
            return identity(self._credential.get_token(f"{self._cloud.resource_manager}/.default").token)

    # Leases and histories --------------------------------------------------------------------------------------------

    def lease(self, holder: Mapping[str, str], on_lost: Callable[[], None] | None = None) -> Lease:
        self._lease = self._stored(lambda: self._storage.lease(holder, on_lost))
        return self._lease

    def holder(self) -> Mapping[str, str]:
        return self._stored(self._storage.holder)

    def record(self, line: str) -> None:
        self._stored(lambda: self._storage.record(line))

    def history(self) -> Sequence[str]:
        return self._stored(self._storage.history)

    def _stored(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (LeaseTaken, LeaseLost):
            raise
        except CloudError as error:
            raise self._explained(error, f"storage account {self.target.storage_account}") from None

    def _explained(self, error: CloudError, what: str) -> CloudError:
        """An error that comes of private networks, told as that."""
        if self.target.private and is_private(error):
            return CloudError(
                f"{what} answers in the private network of {self.target.environment} only: "
                f"run this on the platform's own runners ({one_line(str(error), 160)})",
                code="Private",
            )
        return error


def points(answer: Mapping[str, Any], aggregation: str) -> list[MetricPoint]:
    """The values in an answer of Azure Monitor; moments without a value are left out."""
    found = []
    for metric in answer.get("value", []):
        for series in metric.get("timeseries", []):
            said = {
                str((one.get("name") or {}).get("value", "")).lower(): str(one.get("value", ""))
                for one in series.get("metadatavalues", [])
            }
            for point in series.get("data", []):
                value = point.get(aggregation.lower())
                if value is not None:
                    time = datetime.fromisoformat(str(point["timeStamp"]).replace("Z", "+00:00"))
                    found.append(
                        MetricPoint(time, said.get("deployment", ""), float(value), said.get("statuscode", ""))
                    )
    return found


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
