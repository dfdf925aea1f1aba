"""Resource Manager's rules of transport, asked over plain HTTPS without an Azure client."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from seawall.local.https import tls, tokens
from tests.served import Served, until

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-served"
VERSION = {"api-version": "2024-01-01"}


@pytest.fixture
def arm(served: Served) -> Iterator[httpx.Client]:
    """A client that is signed in at Resource Manager."""
    token = tokens.issue(served.place, "https://management.azure.com/")
    with _client(served) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _client(served: Served) -> httpx.Client:
    import ssl

    context = ssl.create_default_context(cafile=str(tls.bundle_file(served.place)))
    return httpx.Client(base_url=served.url, verify=context, trust_env=False, timeout=60)


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def test_metadata_needs_no_token(served: Served) -> None:
    """A cloud's metadata names this Azure, with the address under which it was asked."""
    with _client(served) as client:
        clouds = client.get(served.env["ARM_CLOUD_METADATA_URL"]).json()
    assert [cloud["name"] for cloud in clouds] == ["SeawallLocal"]
    assert clouds[0]["resourceManager"] == f"{served.url}/"
    assert clouds[0]["suffixes"]["storage"] == "core.windows.net"


def test_a_request_without_a_token_is_refused(served: Served) -> None:
    """401, with a challenge that says where to sign in."""
    with _client(served) as client:
        answer = client.get(GROUP, params=VERSION)
    assert (answer.status_code, _code(answer)) == (401, "AuthenticationFailed")
    assert 'authorization_uri="https://login.microsoftonline.com/' in answer.headers["WWW-Authenticate"]


def test_a_bad_token_is_refused_by_what_is_wrong_with_it(served: Served, tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    """Expired, for another audience, damaged, signed by another, or no bearer token: each has its own code."""
    from seawall.local.place import Place

    place, audience = served.place, "https://management.azure.com"
    stranger = Place(tmp_path_factory.mktemp("stranger") / "azure.db")
    good = tokens.issue(place, audience)
    bad = {
        "Bearer " + tokens.issue(place, audience, lifetime=-600): "ExpiredAuthenticationToken",
        "Bearer " + tokens.issue(place, "https://storage.azure.com"): "InvalidAuthenticationTokenAudience",
        "Bearer " + good[:-8]: "InvalidAuthenticationToken",
        "Bearer nonsense": "InvalidAuthenticationToken",
        "Bearer " + tokens.issue(stranger, audience): "InvalidAuthenticationToken",
        "Basic " + base64.b64encode(b"a:b").decode(): "AuthenticationFailedInvalidHeader",
    }
    with _client(served) as client:
        for header, code in bad.items():
            answer = client.get(GROUP, params=VERSION, headers={"Authorization": header})
            assert (answer.status_code, _code(answer)) == (401, code)
        assert client.get(GROUP, params=VERSION, headers={"Authorization": f"Bearer {good}"}).status_code == 200


def test_an_api_version_is_needed_and_any_will_do(arm: httpx.Client) -> None:
    """None is 400; one of the right form is answered, however old."""
    assert _code(arm.get(GROUP)) == "MissingApiVersionParameter"
    assert _code(arm.get(GROUP, params={"api-version": "latest"})) == "InvalidApiVersionParameter"
    for version in ("2014-04-01", "2016-09-01", "2021-04-01-preview", "2099-12-31"):
        assert arm.get(GROUP, params={"api-version": version}).status_code == 200


def test_answers_can_be_correlated(arm: httpx.Client) -> None:
    """Every answer has its own request ID, the client's correlation ID, and says how many requests are left."""
    headers = {
        "x-ms-correlation-request-id": "c0ffee00-0000-0000-0000-000000000000",
        "x-ms-client-request-id": "mine",
        "x-ms-return-client-request-id": "true",
    }
    first = arm.get(GROUP, params=VERSION, headers=headers)
    second = arm.get(GROUP, params=VERSION)
    assert first.headers["x-ms-correlation-request-id"] == headers["x-ms-correlation-request-id"]
    assert first.headers["x-ms-client-request-id"] == "mine"
    assert first.headers["x-ms-request-id"] != second.headers["x-ms-request-id"]
    assert int(first.headers["x-ms-ratelimit-remaining-subscription-reads"]) > 0
    refused = arm.put(GROUP, params=VERSION, content=b"{")
    assert int(refused.headers["x-ms-ratelimit-remaining-subscription-writes"]) > 0


@pytest.mark.parametrize("content", [b"{", b"[1]", b'"text"', b"\xff\xfe", b'{"a": }'])
def test_content_that_is_no_json_object_is_refused(arm: httpx.Client, content: bytes) -> None:
    """400 InvalidRequestContent, and nothing was made."""
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-malformed"
    answer = arm.put(path, params=VERSION, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, _code(answer)) == (400, "InvalidRequestContent")
    assert arm.get(path, params=VERSION).status_code == 404


def test_huge_content_is_refused(arm: httpx.Client) -> None:
    """413 for more than Resource Manager takes."""
    answer = arm.put(GROUP, params=VERSION, content=b" " * (5 << 20))
    assert answer.status_code == 413


def test_an_unknown_method_is_refused(arm: httpx.Client) -> None:
    """405, with the method's name."""
    answer = arm.request("TRACE", GROUP, params=VERSION)
    assert answer.status_code == 405 and "TRACE" in answer.json()["error"]["message"]


def test_a_head_says_only_whether_there_is_such_a_thing(arm: httpx.Client) -> None:
    """204 or 404, and never a body."""
    there, nowhere = arm.head(GROUP, params=VERSION), arm.head(f"{GROUP}-nowhere", params=VERSION)
    assert (there.status_code, there.content) == (204, b"")
    assert (nowhere.status_code, nowhere.content) == (404, b"")


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", f"{GROUP}/exportTemplate", "exportTemplate"),
        ("POST", f"{GROUP}/moveResources", "moveResources"),
        ("PUT", f"{GROUP}/providers/Microsoft.Quantum/workspaces/w", "microsoft.quantum/workspaces"),
        ("GET", f"{GROUP}/providers/Microsoft.Quantum/workspaces", "microsoft.quantum/workspaces"),
    ],
)
def test_what_is_not_there_is_501_with_its_name(arm: httpx.Client, method: str, path: str, name: str) -> None:
    """An operation that isn't simulated is never a silent success."""
    answer = arm.request(method, path, params=VERSION, json={} if method != "GET" else None)
    assert (answer.status_code, _code(answer)) == (501, "NotImplemented")
    assert name in answer.json()["error"]["message"]


def test_an_etag_guards_a_change(arm: httpx.Client) -> None:
    """If-Match with another version's ETag is 412; with the current one, or `*`, it goes through."""
    path = f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/pip-etag"
    body = {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}
    _done(arm, arm.put(path, params=VERSION, json=body))
    etag = arm.get(path, params=VERSION).headers["ETag"]
    stale = arm.put(path, params=VERSION, json={**body, "tags": {"a": "1"}}, headers={"If-Match": 'W/"other"'})
    assert (stale.status_code, _code(stale)) == (412, "PreconditionFailed")
    assert arm.put(path, params=VERSION, json={**body, "tags": {"a": "1"}}, headers={"If-Match": etag}).is_success


def _done(arm: httpx.Client, answer: httpx.Response) -> None:
    url = answer.headers.get("Azure-AsyncOperation")
    if url:
        until(lambda: arm.get(url).json()["status"] != "InProgress")


def test_a_location_is_202_until_there_is_a_result(arm: httpx.Client) -> None:
    """Of a PUT it ends in the resource, of a DELETE in 204; the wait that clients are told is under a second."""
    path = f"{GROUP}/providers/Microsoft.MachineLearningServices/registries/mlr-location"
    regions = [{"location": "westeurope", "acrDetails": [], "storageAccountDetails": []}]
    put = arm.put(path, params=VERSION, json={"location": "westeurope", "properties": {"regionDetails": regions}})
    assert put.status_code in (200, 201, 202)
    assert float(put.headers["x-ms-retry-after-ms"]) <= 1000 and "Retry-After" not in put.headers
    answer = _polled(arm, put)
    assert (answer.status_code, answer.json()["name"]) == (200, "mlr-location")
    deleted = arm.delete(path, params=VERSION)
    assert deleted.status_code == 202
    assert _polled(arm, deleted).status_code == 204


def _polled(arm: httpx.Client, answer: httpx.Response) -> httpx.Response:
    url = answer.headers["Location"]
    assert url.startswith(str(arm.base_url).rstrip("/"))
    return until(lambda: _result(arm.get(url)))


def _result(answer: httpx.Response) -> httpx.Response | None:
    assert answer.status_code != 202 or answer.headers["Location"]
    return None if answer.status_code == 202 else answer


def test_an_operation_ends_that_nobody_polls(arm: httpx.Client) -> None:
    """A client that looks at the resource alone sees it become ready."""
    path = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stunpolled"
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    assert arm.put(path, params=VERSION, json=body).json()["properties"]["provisioningState"] != "Succeeded"
    until(lambda: arm.get(path, params=VERSION).json()["properties"]["provisioningState"] == "Succeeded")


def test_the_next_page_keeps_what_the_first_was_asked_with(arm: httpx.Client) -> None:
    """nextLink is absolute, and has the API version and the filter."""
    for number in range(3):
        path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-next-{number}"
        arm.put(path, params=VERSION, json={"location": "westeurope", "tags": {"next": "yes"}})
    query = {**VERSION, "$top": "2", "$filter": "tagName eq 'next' and tagValue eq 'yes'"}
    first = arm.get(f"/subscriptions/{SUBSCRIPTION}/resourcegroups", params=query).json()
    assert first["nextLink"].startswith(f"{served_url(arm)}/subscriptions/")
    second = arm.get(first["nextLink"]).json()
    assert [item["name"] for item in (*first["value"], *second["value"])] == [f"rg-next-{n}" for n in range(3)]
    assert "nextLink" not in second


def served_url(arm: httpx.Client) -> str:
    return str(arm.base_url).rstrip("/")


def test_a_taken_name_is_not_available(arm: httpx.Client) -> None:
    """checkNameAvailability knows the names of the store."""
    account = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stnamecheck"
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    _done(arm, arm.put(account, params=VERSION, json=body))
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability"
    asked = {"type": "Microsoft.Storage/storageAccounts"}
    taken = arm.post(path, params=VERSION, json={"name": "stnamecheck", **asked}).json()
    free = arm.post(path, params=VERSION, json={"name": "stnamecheckfree", **asked}).json()
    assert (taken["nameAvailable"], taken["reason"], free["nameAvailable"]) == (False, "AlreadyExists", True)


def test_what_the_command_line_asks_needs_a_token_of_the_place(served: Served, arm: httpx.Client) -> None:
    """The state of the server isn't for whoever reaches its port."""
    with _client(served) as client:
        assert client.get("/_seawall/status").status_code == 401
    assert arm.get("/_seawall/status").status_code == 401


def test_only_the_owner_reads_the_keys(served: Served) -> None:
    """The authority's key, the tokens' key and the client's secret are for nobody else on the machine."""
    assert served.place.tls.stat().st_mode & 0o077 == 0
    for path in served.place.tls.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert json.loads(served.place.server.read_text())["ready"] is True
    assert served.place.server.stat().st_mode & 0o077 == 0
