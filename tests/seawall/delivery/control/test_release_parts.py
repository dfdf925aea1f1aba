"""The parts of a controller each by itself: bodies, quota, autoscale, smoke tests, hooks, metrics, leases, retries."""

from __future__ import annotations

import doctest
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ServiceRequestError,
)

from seawall.delivery import (
    autoscale,
    bodies,
    clients,
    cloud,
    hooks,
    lease,
    performing,
    quota,
    scoring,
    smoke,
    wanted,
    wording,
)
from seawall.delivery.azure_port import points
from seawall.delivery.checks import Checks
from seawall.delivery.clients import Waiting, persistently
from seawall.delivery.document import SmokeTest
from seawall.delivery.hooks_section import Command
from seawall.delivery.metrics import Window, measured, overlap
from seawall.delivery.port import Answer, Capacity, CloudError, Deployment, FamilyUsage, LeaseLost, LeaseTaken
from seawall.delivery.scaling import Autoscale
from tests.seawall.delivery.control.releasing import release
from tests.seawall.delivery.control.small_cloud import START, TARGET, SmallCloud


@pytest.mark.parametrize("module", [autoscale, bodies, hooks, performing, quota, smoke, wording])
def test_examples_in_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


# Bodies --------------------------------------------------------------------------------------------------------------

LIVE = {
    "id": "/x", "name": "fraud", "type": "t", "location": "westeurope", "kind": "Managed", "etag": "e",
    "systemData": {"createdBy": "ana"},
    "identity": {"type": "UserAssigned", "userAssignedIdentities": {"/id": {"principalId": "p", "clientId": "c"}}},
    "tags": {"owner": "o", "seawall-release-phase": "step", "seawall-release-pause": "paused"},
    "properties": {
        "authMode": "AADToken", "publicNetworkAccess": "Disabled", "description": "d", "new": {"of": "Azure's"},
        "traffic": {"v1": 90, "v2": 10}, "mirrorTraffic": {}, "scoringUri": "s", "swaggerUri": "s",
        "provisioningState": "Succeeded",
    },
}  # fmt: skip


def test_an_update_keeps_all_that_is_live() -> None:
    """Traffic, properties that nobody here knows, identity and tags go along; what only Azure writes doesn't."""
    body = bodies.updated(LIVE, None, None, {"seawall-release-phase": "soak", "seawall-release-pause": None})
    assert body["properties"] == {
        "authMode": "AADToken", "publicNetworkAccess": "Disabled", "description": "d", "new": {"of": "Azure's"},
        "traffic": {"v1": 90, "v2": 10}, "mirrorTraffic": {},
    }  # fmt: skip
    assert body["tags"] == {"owner": "o", "seawall-release-phase": "soak"}
    assert body["identity"] == {"type": "UserAssigned", "userAssignedIdentities": {"/id": {}}}
    assert body["kind"] == "Managed" and not {"id", "systemData", "etag", "name"} & set(body)
    assert LIVE["properties"]["traffic"] == {"v1": 90, "v2": 10}, "what was read is left alone"  # type: ignore[index]


def test_an_update_leaves_out_weights_of_zero() -> None:
    body = bodies.updated(LIVE, {"v1": 100, "v2": 0}, {"v2": 20}, {})
    assert body["properties"]["traffic"] == {"v1": 100} and body["properties"]["mirrorTraffic"] == {"v2": 20}


def test_capacity_is_read_from_azures_lists() -> None:
    """Families by their names in either list; limits of low priority and those without bound don't count."""
    found = bodies.capacity(
        [{"name": "Standard_DS3_v2", "family": "standardDSv2Family", "vCPUs": 4}],
        [
            {"name": {"value": "Standard DSv2 Family Cluster Dedicated vCPUs"}, "currentValue": 8, "limit": 100},
            {"name": {"value": "Standard DSv2 Family Low Priority vCPUs"}, "currentValue": 0, "limit": 1},
            {"name": {"value": "Total Cluster Dedicated Regional vCPUs"}, "currentValue": 90, "limit": 95},
            {"name": {"value": "standardESv3Family"}, "currentValue": 1, "limit": -1},
        ],
    )
    assert found.sizes == {"standard_ds3_v2": ("standardDSv2Family", 4)}
    told = quota.quota(found, "Standard_DS3_v2", 3, "westeurope")
    assert told.enough is False and "all families" in told.words and "11 too few" in told.words


def test_a_size_or_family_that_is_not_known_is_no_refusal() -> None:
    assert quota.quota(Capacity(), "Standard_DS3_v2", 3, "westeurope").enough is None
    sizes = Capacity(sizes={"standard_ds3_v2": ("standardDSv2Family", 4)})
    assert quota.quota(sizes, "Standard_DS3_v2", 3, "westeurope").needed == 16


def test_the_reserve_is_a_fifth_rounded_up_for_old_and_new() -> None:
    """Three instances take four; the running deployment's are told apart."""
    room = Capacity(sizes={"standard_ds3_v2": ("f", 4)}, families={"f": FamilyUsage(16, 32)})
    old = Deployment(name="old", state="Succeeded", instances=3, instance_type="Standard_DS3_v2")
    told = quota.quota(room, "Standard_DS3_v2", 3, "westeurope", [old])
    assert told.enough and (told.needed, told.used, told.limit) == (16, 16, 32)
    assert "16 of them by the deployments that run on" in told.words


# Autoscale -----------------------------------------------------------------------------------------------------------


def test_autoscale_has_what_azure_and_the_guardrail_ask_for(azure_types: Any) -> None:
    """Bounds as text, both directions for each rule, the schedule with its end; Microsoft's own types accept it."""
    section = Autoscale.model_validate(
        {
            "min": 3,
            "max": 9,
            "rules": [
                {"metric": "cpu", "above": 60, "below": 20},
                {"metric": "requests", "above": 600, "below": 60, "window": "10m"},
            ],
            "schedule": [{"name": "nights", "start": "00:00", "end": "06:00", "min": 3, "max": 4}],
        }
    )
    body = autoscale.body(TARGET, "v7", section, {"owner": "o"})
    assert azure_types.errors("Microsoft.Insights/autoscaleSettings", {**body, "name": "a"}) == []
    profiles = body["properties"]["profiles"]
    assert [profile["capacity"]["minimum"] for profile in profiles] == ["3", "3", "3"]
    directions = [rule["scaleAction"]["direction"] for rule in profiles[0]["rules"]]
    assert directions == ["Increase", "Decrease"] * 2
    cpu, requests = profiles[0]["rules"][0]["metricTrigger"], profiles[0]["rules"][2]["metricTrigger"]
    assert cpu["metricResourceUri"] == TARGET.deployment_id("v7")
    assert requests["metricResourceUri"] == TARGET.endpoint_id and requests["dimensions"][0]["Values"] == ["v7"]
    assert requests["timeWindow"] == "PT10M"


# Smoke tests ---------------------------------------------------------------------------------------------------------


def faults(expect: Mapping[str, Any], body: str, status: int = 200, seconds: float = 0.01, by: str = "v7") -> list[str]:
    test = SmokeTest.model_validate({"name": "a claim", "body": {}, "expect": expect})
    return list(smoke.wrong(test, Answer(status=status, body=body, seconds=seconds, deployment=by), "v7"))


@pytest.mark.parametrize(
    ("expect", "body", "words"),
    [
        ({"values": [{"path": "a[0].b", "near": 0.5}]}, '{"a": [{"b": 0.5}]}', ""),
        ({"values": [{"path": "a[0].b", "near": 0.5}]}, '{"a": [{"b": 0.6}]}', "a[0].b is 0.6"),
        ({"values": [{"path": "a[0].b", "near": 0.5}]}, '{"a": []}', "a[0].b is missing"),
        ({"values": [{"path": "a", "equals": 1}]}, '{"a": true}', "a is true, not 1"),
        ({"values": [{"path": "a", "equals": None}]}, '{"a": null}', ""),
        ({"values": [{"path": "a", "equals": [1, 2]}]}, '{"a": [1, 2]}', ""),
        ({"values": [{"path": "a", "near": 1}]}, "Internal error", "no JSON"),
        ({"status": 400}, "bad", "answered 200 instead of 400"),
        ({"latency": "5ms"}, "{}", "more than 5 ms"),
    ],
)
def test_what_an_answer_has_to_be(expect: dict[str, Any], body: str, words: str) -> None:
    found = faults(expect, body)
    assert (found == []) if not words else (words in found[0])


def test_an_answer_of_another_deployment_proves_nothing() -> None:
    assert faults({}, "{}", by="v6") == ["v6 answered instead"]


def test_a_whole_answer_is_compared_with_its_file() -> None:
    """Numbers may be apart by as much as is said; all else is the same or told with its place."""
    expected, got = {"s": [1.0, 2.0], "k": "a"}, {"s": [1.0, 2.2], "k": "b", "new": 1}
    told = list(smoke.differences(expected, got, 0.1))
    assert told == ['k is "b", not "a"', "new is not expected", "s[1] is 2.2, not within 0.1 of 2.0"]
    assert list(smoke.differences(expected, {"s": [1.05, 2.0], "k": "a"}, 0.1)) == []


# Hooks ---------------------------------------------------------------------------------------------------------------

FACTS = {"candidate": "v7", "stable": None, "scoringUri": "https://x", "traffic": {"v6": 90, "v7": 10}}


def test_a_command_gets_the_release_and_agrees_by_exiting_with_zero(tmp_path: Path) -> None:
    """Facts are environment variables; it runs in the file's folder; its last line is kept."""
    text = "import os; print('checked', os.environ['SEAWALL_RELEASE_CANDIDATE'], os.environ['SEAWALL_RELEASE_TRAFFIC'])"
    command = Command(argv=(sys.executable, "-c", text))
    assert hooks.run_command(command, FACTS, tmp_path) == "checked v7 v6=90,v7=10"


@pytest.mark.parametrize(
    ("code", "words"),
    [("raise SystemExit('no ticket')", "no ticket"), ("import time; time.sleep(60)", "more than 1 s")],
)
def test_a_command_that_does_not_agree_is_told(tmp_path: Path, code: str, words: str) -> None:
    command = Command(argv=(sys.executable, "-c", code), timeout=timedelta(seconds=1 if "sleep" in code else 60))
    with pytest.raises(hooks.Refused, match=words):
        hooks.run_command(command, FACTS, tmp_path)


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(hooks.Refused, match="can't be run"):
        hooks.run_command(Command(argv=("./no-such-program",)), FACTS, tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A webhook that answers what it is told to."""
    import httpx

    said = SimpleNamespace(answers=[], requests=[])

    def post(url: str, **how: Any) -> httpx.Response:
        said.requests.append(how)
        answer = said.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, text="words", request=httpx.Request("POST", url))

    monkeypatch.setattr(httpx, "post", post)
    return said


def webhook() -> Any:
    from seawall.delivery.hooks_section import Webhook

    return Webhook.model_validate(
        {"url": "https://checks.larkspur.example/secret", "headers": {"Authorization": {"env": "CHECK_TOKEN"}}}
    )


def test_a_webhook_is_asked_again_while_it_gives_no_word_of_its_own(asked: Any, monkeypatch: Any) -> None:
    """No connection and 503 pass; any 2xx agrees. Its header comes from the environment."""
    import httpx

    monkeypatch.setenv("CHECK_TOKEN", "Bearer t")
    asked.answers = [httpx.ConnectError("refused"), 503, 204]
    assert hooks.ask_webhook(webhook(), FACTS, lambda seconds: None) == "words"
    assert len(asked.requests) == 3 and asked.requests[0]["headers"] == {"Authorization": "Bearer t"}
    assert asked.requests[0]["json"] == FACTS


def test_a_webhook_that_refuses_is_told_without_its_path(asked: Any, monkeypatch: Any) -> None:
    """403 is its word: it isn't asked again, and the address, whose path may be a secret, isn't shown."""
    monkeypatch.setenv("CHECK_TOKEN", "t")
    asked.answers = [403]
    with pytest.raises(hooks.Refused, match=r"checks\.larkspur\.example answered 403") as refused:
        hooks.ask_webhook(webhook(), FACTS, lambda seconds: None)
    assert "secret" not in str(refused.value)


def test_a_header_without_its_variable_is_told(asked: Any, monkeypatch: Any) -> None:
    monkeypatch.delenv("CHECK_TOKEN", raising=False)
    with pytest.raises(hooks.Refused, match="CHECK_TOKEN"):
        hooks.ask_webhook(webhook(), FACTS, lambda seconds: None)
    assert not asked.requests


# Metrics -------------------------------------------------------------------------------------------------------------


def test_a_rate_counts_for_the_part_of_its_minute_that_was_looked_at() -> None:
    """Azure gives whole minutes; a window of 90 seconds takes one and a half."""
    window = Window("fraud", START, START + timedelta(seconds=90))
    assert overlap(START, window) == timedelta(minutes=1)
    assert overlap(START + timedelta(minutes=1), window) == timedelta(seconds=30)
    assert overlap(START + timedelta(minutes=2), window) == timedelta(0)


def test_metrics_are_those_of_each_deployment() -> None:
    """600 requests a minute, a tenth to the candidate, a quarter of its answers 500."""
    small = SmallCloud(errors={"v7": 0.25})
    from dataclasses import replace

    small.live = replace(small.live, traffic={"v1-old": 90, "v7": 10})
    found = measured(small, Checks(), ["v7", "v1-old"], Window("fraud", START, START + timedelta(minutes=2)))
    assert (found["v7"].requests, found["v7"].errors, found["v7"].throttled) == (120, 30, 0)
    assert (found["v1-old"].requests, found["v1-old"].errors) == (1080, 0)
    assert found["v7"].latency_ms == {"p95": 20.0} and found["v7"].delay_ms is None


def test_an_answer_of_azure_monitor_is_read() -> None:
    """Minutes without a value are left out; dimensions come in any case."""
    answer = {
        "value": [
            {
                "timeseries": [
                    {
                        "metadatavalues": [
                            {"name": {"value": "Deployment"}, "value": "v7"},
                            {"name": {"value": "statuscode"}, "value": "200"},
                        ],
                        "data": [
                            {"timeStamp": "2026-12-01T10:00:00Z", "average": 12.5},
                            {"timeStamp": "2026-12-01T10:01:00Z"},
                        ],
                    }
                ]
            }
        ]
    }
    (point,) = points(answer, "Average")
    assert (point.deployment, point.status, point.value) == ("v7", "200", 12.5)
    assert point.time == datetime(2026, 12, 1, 10, tzinfo=UTC)


# Retries and errors --------------------------------------------------------------------------------------------------


def test_a_conflict_is_waited_out_and_a_permanent_one_is_not() -> None:
    """Another operation in progress passes; a name that is taken doesn't; patience has an end."""
    slept: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    waiting, left = Waiting(lambda: now[0], sleep), [3]

    def busy() -> str:
        left[0] -= 1
        if left[0] > 0:
            raise CloudError("busy", code="AnotherOperationInProgress", status=409)
        return "done"

    assert persistently(busy, waiting) == "done" and slept == [0.5, 1.0]
    with pytest.raises(CloudError, match="taken"):
        persistently(lambda: (_ for _ in ()).throw(CloudError("taken", code="EndpointNameInUse", status=409)), waiting)
    left[0] = 10_000
    with pytest.raises(CloudError, match="busy"):
        persistently(busy, waiting, patience=60)
    assert max(slept) <= 15


def test_what_azures_clients_raise_becomes_one_sentence() -> None:
    response = SimpleNamespace(
        status_code=429, reason="r", text=lambda: '{"error": {"code": "TooManyRequests", "message": "Slow\\n down."}}'
    )
    error = HttpResponseError(message="long", response=response)  # type: ignore[arg-type]
    error.response = response
    told = clients.cloud_error(error, "PUT fraud")
    assert told is not None and str(told) == "PUT fraud: Slow down (TooManyRequests)" and told.status == 429
    assert clients.cloud_error(ValueError("ours"), "x") is None


def test_who_isnt_signed_in_is_told_what_was_tried() -> None:
    """Of all the ways to sign in, those that aren't set up are left out."""
    tried = "None was good.\nAttempted credentials:\n\tA: it is unavailable.\n\tB: HTTP Error: 500\nTo mend it"
    told = clients.cloud_error(ClientAuthenticationError(message=tried), "GET fraud")
    assert told is not None and told.code == "AuthenticationFailed"
    assert str(told) == "GET fraud: Azure doesn't know who asks: None was good. B: HTTP Error: 500"


def test_who_asks_is_told_by_the_token() -> None:
    import base64
    import json

    part = base64.urlsafe_b64encode(json.dumps({"upn": "ana@larkspur.example", "oid": "o-1"}).encode()).decode()
    assert str(clients.identity(f"h.{part.rstrip('=')}.s")) == "ana@larkspur.example (o-1)"
    assert str(clients.identity("nonsense")) == "unknown"


def test_the_cloud_is_the_one_that_the_environment_names() -> None:
    """Public where nothing is said; a sovereign one by name; another by its metadata, in any order."""
    assert cloud.current({}).name == "AzureCloud"
    assert cloud.current({"AZUREML_CURRENT_CLOUD": "AzureUSGovernment"}).storage_suffix == "core.usgovcloudapi.net"
    document = [{"name": "A", "resourceManager": "https://a/"}, {"name": "B", "resourceManager": "https://b/"}]
    assert cloud.named(document, "B", "").resource_manager == "https://b"
    with pytest.raises(CloudError, match="C"):
        cloud.named(document, "C", "https://c")


# Leases --------------------------------------------------------------------------------------------------------------


@dataclass
class Blob:
    """A blob with a lease, as azure-storage-blob's client shows one."""

    metadata: dict[str, str] = field(default_factory=dict)
    leased: str = ""
    etag: int = 0
    there: bool = False

    def upload_blob(self, data: bytes, overwrite: bool) -> None:
        if self.there:
            raise ResourceExistsError("there")
        self.there = True

    def acquire_lease(self, seconds: int) -> Any:
        if self.leased:
            error = HttpResponseError("taken")
            error.status_code = 409
            raise error
        self.leased = os.urandom(4).hex()
        return SimpleNamespace(id=self.leased, renew=lambda timeout: self._renew(), release=self._release)

    def _renew(self) -> None:
        if not self.leased:
            error = HttpResponseError("gone")
            error.status_code = 409
            raise error

    def _release(self) -> None:
        self.leased = ""

    def set_blob_metadata(self, metadata: dict[str, str], lease: Any) -> None:
        self.metadata, self.etag = dict(metadata), self.etag + 1

    def get_blob_properties(self) -> Any:
        state = "leased" if self.leased else "available"
        return SimpleNamespace(metadata=self.metadata, etag=str(self.etag), lease=SimpleNamespace(state=state))


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaking a lease, without the real client."""

    def broken(blob: Blob, etag: str) -> None:
        if etag == str(blob.etag):
            blob.leased = ""

    monkeypatch.setattr(lease, "_broken", broken)


def test_a_lease_is_held_by_one_and_says_by_whom() -> None:
    """The second is told user, machine, process and since when."""
    blob = Blob()
    held = lease.acquire(blob, lease.holder("release.yaml"))
    held.check()
    with pytest.raises(LeaseTaken, match=rf"process {os.getpid()}") as taken:
        lease.acquire(blob, lease.holder("other.yaml"))
    assert taken.value.holder["release"] == "release.yaml"
    assert lease.held_by(blob)["pid"] == str(os.getpid())
    held.release()
    assert lease.held_by(blob) == {}
    lease.acquire(blob, lease.holder("other.yaml")).release()


def test_a_dead_holder_of_this_machine_is_not_waited_for(breaking: None) -> None:
    """Its process is no more: the lease is broken and taken."""
    blob = Blob()
    gone = {**lease.holder("release.yaml"), "pid": "4194304"}
    lease.acquire(blob, gone)
    assert lease.is_dead(gone) and lease.held_by(blob) == {}
    lease.acquire(blob, lease.holder("release.yaml")).release()


def test_a_process_number_that_was_given_again_is_another_process() -> None:
    assert lease.is_dead({**lease.holder("x"), "started": "1"})
    assert not lease.is_dead(lease.holder("x"))
    assert not lease.is_dead({**lease.holder("x"), "host": "elsewhere", "pid": "4194304"}), "nobody can tell"


def test_a_lease_that_somebody_else_has_is_lost() -> None:
    """The next check raises, and says who has it; so does one that could not be renewed in time."""
    blob, told = Blob(), []
    held = lease.acquire(blob, lease.holder("release.yaml"), lambda: told.append(1))
    blob.leased = ""
    blob.metadata = {"user": "ben", "host": "ci-2", "pid": "7", "since": "noon"}
    held.renew()
    with pytest.raises(LeaseLost, match="ben on ci-2"):
        held.check()
    assert told
    held.release()


@pytest.mark.parametrize(
    ("boot", "wall", "lost"),
    [
        pytest.param(57, 57, False, id="in time"),
        pytest.param(59, 59, True, id="too late"),
        pytest.param(28_800, 28_800, True, id="asleep"),
        pytest.param(5, 28_800, True, id="asleep where the kernel doesn't count that"),
        pytest.param(59, -3600, True, id="too late, with the clock set back"),
        pytest.param(5, -60, False, id="in time, with the clock set back"),
    ],
)
def test_a_controller_that_slept_knows_that_its_lease_has_ended(
    monkeypatch: pytest.MonkeyPatch, boot: float, wall: float, lost: bool
) -> None:
    """Before it writes: the monotonic clock of Linux stood still meanwhile, and isn't asked."""
    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    clock = [lease.Elapsed(5000.0, 1.8e9)]
    blob = Blob()
    held = lease.BlobLease(blob, blob.acquire_lease(60), now=lambda: clock[0])
    clock[0] = lease.Elapsed(5000.0 + boot, 1.8e9 + wall)
    if lost:
        with pytest.raises(LeaseLost, match="in time; the last renewal was"):
            held.check()
        with pytest.raises(LeaseLost):
            held.check()
    else:
        held.check()
    held.release()


def test_a_renewal_counts_from_when_it_was_asked_for() -> None:
    """The lease runs from the storage's answer at the earliest: the time on the way is taken off."""
    clock, blob = [lease.Elapsed(0.0, 0.0)], Blob()
    held = lease.BlobLease(blob, blob.acquire_lease(60), now=lambda: clock[0])
    clock[0] = lease.Elapsed(50.0, 50.0)
    held.renew()
    clock[0] = lease.Elapsed(100.0, 100.0)
    held.check()
    clock[0] = lease.Elapsed(109.0, 109.0)
    with pytest.raises(LeaseLost):
        held.check()
    held.release()


def test_time_since_boot_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel's clock that counts that, where it has one."""
    asked: list[object] = []
    monkeypatch.setattr(lease.time, "CLOCK_BOOTTIME", 7, raising=False)
    monkeypatch.setattr(lease.time, "clock_gettime", lambda clock: asked.append(clock) or 42.0, raising=False)
    assert lease.boot_time() == 42.0 and asked == [7]
    monkeypatch.delattr(lease.time, "CLOCK_BOOTTIME")
    monkeypatch.setattr(lease.time, "monotonic", lambda: 3.0)
    assert lease.boot_time() == 3.0


def test_each_try_of_a_write_asks_whether_it_still_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries minutes may pass: the second isn't sent once the lease is lost. Reading goes on."""
    from azure.core.pipeline.transport import HttpTransport

    sent: list[str] = []

    class Busy(HttpTransport[Any, Any]):
        def send(self, request: Any, **kwargs: Any) -> Any:
            sent.append(request.method)
            raise ServiceRequestError("no route to host")

        def open(self) -> None: ...

        def close(self) -> None: ...

        def __exit__(self, *args: object) -> None: ...

    def check() -> None:
        if "PUT" in sent:
            raise LeaseLost("the lease on the endpoint was lost")

    token = SimpleNamespace(get_token=lambda *scopes, **kw: SimpleNamespace(token="t", expires_on=9e9))
    monkeypatch.setattr(clients, "BACKOFF", 0)
    monkeypatch.setattr("azure.core.pipeline.policies.RetryPolicy.sleep", lambda *args, **kw: None)
    arm = clients.Arm(cloud.PUBLIC, token, before_write=check)  # type: ignore[arg-type]
    arm._client._pipeline._transport = Busy()
    arm._client._pipeline._impl_policies[-1].next._sender = Busy()
    with pytest.raises(LeaseLost):
        arm.request("PUT", "/x", "2024-10-01", {})
    assert sent == ["PUT"]
    with pytest.raises(CloudError, match="no route"):
        arm.request("GET", "/x", "2024-10-01")
    assert sent.count("GET") > 1


# What a file asks for -----------------------------------------------------------------------------------------------


def test_a_file_becomes_the_deployment_that_azure_makes(tmp_path: Path) -> None:
    """A registry's model by its address; never fewer instances than autoscale has; no way out unless managed."""
    found = wanted.new_deployment(
        release(model={"name": "claims-fraud", "version": "7"}, autoscale={"min": 3, "max": 5}), TARGET, "v7", tmp_path
    )
    assert found.model == "azureml://registries/mlr-larkspur-mlp-shared-weu/models/claims-fraud/versions/7"
    assert found.instances == 3 and found.egress is None and found.request_timeout_ms == 5000


def test_requests_to_a_deployment_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header is on each request alone, with a token for scoring; no answer in time is an error of one sentence."""
    import httpx

    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) > 1:
            raise httpx.ReadTimeout("late")
        return httpx.Response(200, text="{}", headers={"azureml-model-deployment": "v7"})

    token = SimpleNamespace(get_token=lambda scope: SimpleNamespace(token=f"for {scope}"))
    client = scoring.Scoring("/id", SimpleNamespace(cloud=cloud.PUBLIC), token)  # type: ignore[arg-type]
    client._client = httpx.Client(transport=httpx.MockTransport(answer))
    how: dict[str, Any] = {"timeout": 1.0, "content_type": "application/json"}
    assert client.invoke(SmallCloud().live, "v7", b"{}", **how).deployment == "v7"
    assert seen[0].headers["azureml-model-deployment"] == "v7"
    assert seen[0].headers["authorization"] == "Bearer for https://ml.azure.com/.default"
    with pytest.raises(CloudError, match="no answer within 1 s"):
        client.invoke(SmallCloud().live, "v7", b"{}", **how)
    with suppress(AttributeError):
        client.close()
