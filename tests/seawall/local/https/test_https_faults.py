"""Faults on demand: `seawall local fault`, and what clients make of them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from seawall.azure.guid import TENANT
from seawall.local.https import tls, tokens
from tests.served import Served, command, run, until

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
VERSION = {"api-version": "2024-01-01"}


@pytest.fixture
def arm(served: Served) -> Iterator[httpx.Client]:
    """A client that is signed in at Resource Manager."""
    token = tokens.issue(served.place, "https://management.azure.com/")
    context = ssl.create_default_context(cafile=str(tls.bundle_file(served.place)))
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=served.url, verify=context, trust_env=False, timeout=60, headers=headers) as client:
        yield client


@pytest.fixture(autouse=True)
def _cleared(served: Served) -> Iterator[None]:
    """No fault is left behind."""
    yield
    command(served.place, "local", "fault", "clear")


def _group(name: str) -> str:
    return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"


def _add(served: Served, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(served.place, "local", "fault", "add", *arguments, "--json"))
    return found


def test_the_nth_request_fails_as_often_as_asked(served: Served, arm: httpx.Client) -> None:
    """The second and the third fail with status, code and Retry-After; nothing else does."""
    path = _group("rg-nth")
    options = ("--status", "429", "--retry-after", "2", "--nth", "2", "--times", "2")
    _add(served, path, "--method", "PUT", *options)
    answers = [arm.put(path, params=VERSION, json={"location": "westeurope"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 429, 429, 200]
    assert answers[1].json()["error"]["code"] == "TooManyRequests"
    assert answers[1].headers["Retry-After"] == "2"
    assert arm.get(path, params=VERSION).status_code == 200


def test_an_answer_can_be_lost_after_the_work_is_done(served: Served, arm: httpx.Client) -> None:
    """The client sees a 503, the group is there."""
    path = _group("rg-after")
    _add(served, path, "--method", "PUT", "--status", "503", "--when", "after")
    assert arm.put(path, params=VERSION, json={"location": "westeurope"}).status_code == 503
    assert arm.get(path, params=VERSION).status_code == 200


def test_a_connection_can_be_lost(served: Served, arm: httpx.Client) -> None:
    """Before the work is done: the client sees no answer at all, and nothing was made."""
    path = _group("rg-reset")
    _add(served, path, "--method", "PUT", "--reset")
    with pytest.raises(httpx.TransportError):
        arm.put(path, params=VERSION, json={"location": "westeurope"})
    assert arm.get(path, params=VERSION).status_code == 404


def test_a_slow_answer_stops_no_other(served: Served, arm: httpx.Client) -> None:
    """While one request waits out its delay, others are answered."""
    path = _group("rg-slow")
    _add(served, path, "--method", "GET", "--delay", "3600")
    with pytest.raises(httpx.ReadTimeout):
        arm.get(path, params=VERSION, timeout=0.5)
    assert arm.get(path, params=VERSION).status_code == 404


def test_an_operation_can_fail_at_its_end(served: Served, arm: httpx.Client) -> None:
    """The PUT is accepted, and its operation ends as Failed with the code that was asked for."""
    base = _group("rg-served") + "/providers/Microsoft.Storage/storageAccounts"
    options = ("--when", "operation", "--status", "400", "--code", "AllocationFailed", "--method", "PUT")
    _add(served, f"{base}/stfails*", *options)
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    answer = arm.put(f"{base}/stfailsonce", params=VERSION, json=body)
    assert answer.is_success
    for _ in range(1000):
        found = arm.get(answer.headers["Azure-AsyncOperation"]).json()
        if found["status"] != "InProgress":
            break
    assert (found["status"], found["error"]["code"]) == ("Failed", "AllocationFailed")
    shown = arm.get(f"{base}/stfailsonce", params=VERSION).json()
    assert shown["properties"]["provisioningState"] == "Failed"


def test_azure_s_client_waits_and_tries_again(served: Served) -> None:
    """azure-core honours Retry-After of a 429 and a 503 by itself, for Resource Manager and for sign-in."""
    from tests.seawall.local.https.test_https_clients import client

    command(served.place, "local", "fault", "add", _group("rg-served"), "--status", "429", "--retry-after", "0.1")
    command(served.place, "local", "fault", "add", _group("rg-served"), "--status", "503", "--nth", "2")
    command(served.place, "local", "fault", "add", "--kind", "token", "--status", "503", "--retry-after", "0.1")
    found = client(served, "show(arm().resource_groups.get('rg-served').name)")
    assert found == "rg-served"
    faults = json.loads(command(served.place, "local", "fault", "list", "--json"))["faults"]
    assert [fault["seen"] > 0 for fault in faults] == [True, True, True]


def test_blob_storage_s_faults_are_in_its_own_words(served: Served) -> None:
    """A fault of kind blob is XML with x-ms-error-code, as storage clients read it."""
    command(served.place, "local", "fault", "add", "--kind", "blob", "--status", "503", "--code", "ServerBusy")
    context = ssl.create_default_context(cafile=served.env["SSL_CERT_FILE"])
    with httpx.Client(proxy=served.env["HTTPS_PROXY"], verify=context, trust_env=False, timeout=60) as client:
        answer = client.get("https://stany.blob.core.windows.net/c?restype=container&comp=list")
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (503, "ServerBusy")
    assert "<Code>ServerBusy</Code>" in answer.text


def test_requests_that_score_fail_on_demand(served: Served, arm: httpx.Client) -> None:
    """The router answers 429 with Retry-After, loses a connection, and goes on as before once the faults are over."""
    base = _group("rg-served") + "/providers"
    for id, body in _workspace(base).items():
        answer = arm.put(id, params=VERSION, json={"location": "westeurope", **body})
        assert answer.is_success, answer.text
        until(lambda answer=answer: arm.get(str(answer.url)).json()["properties"]["provisioningState"] == "Succeeded")
    keys = arm.post(f"{id}/listKeys", params=VERSION).json()
    uri = arm.get(id, params=VERSION).json()["properties"]["scoringUri"]
    _add(served, "faulty-*/score", "--kind", "scoring", "--status", "429", "--retry-after", "2")
    _add(served, "faulty-*/score", "--kind", "scoring", "--reset", "--nth", "2")
    _add(served, "other-*/score", "--kind", "scoring", "--status", "500", "--times", "0")
    context = ssl.create_default_context(cafile=served.env["SSL_CERT_FILE"])
    headers = {"Authorization": f"Bearer {keys['primaryKey']}"}
    with httpx.Client(proxy=served.env["HTTPS_PROXY"], verify=context, trust_env=False, timeout=60) as client:
        # The faults travel to the router's process, and are there a moment later.
        refused = until(lambda: _with(429, client.post(uri, json={}, headers=headers)))
        assert refused.headers["Retry-After"] == "2"
        with pytest.raises(httpx.TransportError):
            until(lambda: _with(429, client.post(uri, json={}, headers=headers)))
        assert client.post(uri, json={}, headers=headers).status_code == 404  # it has no deployment


def _with(status: int, answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code == status else None


def _workspace(base: str) -> dict[str, dict[str, Any]]:
    """An endpoint, as the last, and what it needs: bodies by ID."""
    account, vault = f"{base}/Microsoft.Storage/storageAccounts/stfaulty", f"{base}/Microsoft.KeyVault/vaults/kv-faulty"
    workspace = f"{base}/Microsoft.MachineLearningServices/workspaces/mlw-faulty"
    sku = {"family": "A", "name": "standard"}
    return {
        account: {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
        vault: {"properties": {"tenantId": TENANT, "accessPolicies": [], "sku": sku}},
        workspace: {
            "identity": {"type": "SystemAssigned"}, "properties": {"storageAccount": account, "keyVault": vault}
        },
        f"{workspace}/onlineEndpoints/faulty-ep": {
            "identity": {"type": "SystemAssigned"}, "properties": {"authMode": "Key"}
        },
    }  # fmt: skip


def test_faults_are_listed_and_cleared_one_by_one(served: Served) -> None:
    """Each has a number; what is cleared strikes no more."""
    place = served.place
    numbers = [_add(served, _group("rg-listed"), "--status", str(status))["fault"]["number"] for status in (500, 502)]
    command(place, "local", "fault", "clear", str(numbers[0]))
    faults = json.loads(command(place, "local", "fault", "list", "--json"))["faults"]
    assert [fault["number"] for fault in faults] == [numbers[1]]
    assert "502 BadGateway" in command(place, "local", "fault", "list")
    assert json.loads(command(place, "local", "fault", "clear", "--json"))["cleared"] == 1
    assert "No faults" in command(place, "local", "fault", "list")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ["it does nothing"]),
        (("--status", "200"), ["status"]),
        (("--status", "42", "--nth", "0", "--times", "-1", "--when", "later", "--kind", "printer"),
         ["status", "nth", "times", "when", "kind"]),
        (("--when", "operation", "--delay", "1"), ["operation"]),
        (("--delay", "-1"), ["delay"]),
        (("--kind", "scoring", "--when", "after", "--status", "500"), ["score"]),
        (("--times", "many"), ["--times"]),
    ],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused(served: Served, arguments: tuple[str, ...], words: list[str]) -> None:
    """Exit code 2 and every error at once; no fault is added."""
    found = run(served.place, ["local", "fault", "add", *arguments])
    assert found.returncode == 2
    assert all(word in found.stderr for word in words), found.stderr
    assert "Traceback" not in found.stderr
    assert json.loads(command(served.place, "local", "fault", "list", "--json"))["faults"] == []
