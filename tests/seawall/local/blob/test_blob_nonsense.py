"""Whatever is sent, the answer is one of Blob storage's: never a fault of the server."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from contextlib import suppress

import httpx
import pytest
from blob_world import ACCOUNT, Bearer, WallClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.local.blob import BlobError, Blobs
from seawall.local.blob.app import BlobApp, app
from seawall.local.place import Place

_TEXT = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12)
_ODD = st.sampled_from(
    [
        "",
        "0",
        "-1",
        "9" * 5000,
        "bytes=5-1",
        "bytes=0-3",
        "bytes=9-",
        "*",
        '"0x1"',
        "YWJj",
        "a=b",
        "%00",
        "00000000-0000-0000-0000-000000000001",
        "Sat, 01 Jan 0001 00:00:00 GMT",
        "BlockBlob",
        "AppendBlob",
        "acquire",
        "renew",
        "break",
        "release",
        "change",
        "true",
        "1",
        "15",
        "\x85",
        "é",
    ]
)
_COMPS = [
    "list",
    "properties",
    "metadata",
    "lease",
    "block",
    "blocklist",
    "appendblock",
    "userdelegationkey",
    "acl",
    "tier",
    "copy",
    "batch",
    "nothing",
]
_QUERY = st.dictionaries(
    st.sampled_from(
        [
            "prefix",
            "delimiter",
            "marker",
            "maxresults",
            "include",
            "blockid",
            "blocklisttype",
            "sig",
            "sv",
            "se",
            "sp",
            "sr",
            "skoid",
            "sdd",
            "snapshot",
            "x",
        ]
    ),
    _ODD | _TEXT,
    max_size=3,
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "range",
            "x-ms-range",
            "if-match",
            "if-none-match",
            "if-modified-since",
            "x-ms-lease-id",
            "content-md5",
            "x-ms-lease-action",
            "x-ms-lease-duration",
            "x-ms-proposed-lease-id",
            "x-ms-lease-break-period",
            "x-ms-blob-type",
            "x-ms-copy-source",
            "x-ms-source-range",
            "x-ms-meta-a",
            "x-ms-meta-1!",
            "x-ms-date",
            "x-ms-blob-content-md5",
            "x-ms-blob-condition-appendpos",
            "x-ms-blob-content-type",
            "x-ms-range-get-content-md5",
            "x-ms-client-request-id",
        ]
    ),
    _ODD | _TEXT | st.just(f"https://{ACCOUNT}.blob.core.windows.net/data/b?sig=%F0&sv=2030&skoid=x&se=x"),
    max_size=4,
)
_PATHS = st.sampled_from(
    [
        "/",
        "/data",
        "/data/",
        "/data/b",
        "/data/log",
        "/none/b",
        "/data/%00",
        "/%FF/%FE",
        "//",
        "/data/a/b",
        "/$root/x",
        "/data/" + "n" * 1500,
    ]
)
_BODIES = st.binary(max_size=20) | st.sampled_from(
    [
        b"<BlockList><Latest>YWJj</Latest></BlockList>",
        b"<BlockList><Odd/></BlockList>",
        b"<!DOCTYPE a><a/>",
        b"<KeyInfo><Start>x</Start><Expiry>0001-01-01T00:00:00+23:59</Expiry></KeyInfo>",
        b"<KeyInfo/>",
        b"<",
    ]
)
_AUTHORIZATIONS = st.sampled_from(
    ["token", "token", "token", "", "SharedKey x", f"SharedKey {ACCOUNT}:é", "Bearer x.y.z", "Basic eA=="]
)


@pytest.fixture
def application(place: Place, now: WallClock) -> BlobApp:
    return app(place, now=now)


def fill(blobs: Blobs) -> None:
    """Have something to ask for, whatever the requests before have removed or leased."""
    with suppress(BlobError):
        blobs.store.delete_container(ACCOUNT, "data", lambda _: None)
    blobs.ensure_container(ACCOUNT, "data")
    blobs.put(ACCOUNT, "data", "b", b"0123456789")
    blobs.append(ACCOUNT, "data", "log", b"one")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"]),
    path=_PATHS,
    query=_QUERY,
    comp=st.sampled_from(["", *_COMPS]),
    restype=st.sampled_from(["", "container", "service", "account", "x"]),
    headers=_HEADERS,
    body=_BODIES,
    authorization=_AUTHORIZATIONS,
)
def test_nonsense_is_refused_in_azures_form(
    application: BlobApp,
    place: Place,
    blobs: Blobs,
    method: str,
    path: str,
    query: dict[str, str],
    comp: str,
    restype: str,
    headers: dict[str, str],
    body: bytes,
    authorization: str,
) -> None:
    """Any method, path, parameters, headers and body give an answer below 500, or 501; errors have code and XML."""
    fill(blobs)
    parameters = query | ({"comp": comp} if comp else {}) | ({"restype": restype} if restype else {})
    if authorization == "token":
        authorization = f"Bearer {asyncio.run(token(place))}"
    sent = {name: value.encode("latin-1") for name, value in headers.items()}
    sent |= {"authorization": authorization.encode("latin-1")} if authorization else {}

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=application, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport) as client:
            url = httpx.URL(f"https://{ACCOUNT}.blob.core.windows.net{path}", params=parameters)
            return await client.request(method, url, headers=sent, content=body)

    answer = asyncio.run(ask())
    assert answer.status_code < 500 or answer.status_code == 501, answer.text
    if answer.status_code >= 400:
        assert answer.headers["x-ms-error-code"]
        if method != "HEAD":
            assert ET.fromstring(answer.content).findtext("Code") == answer.headers["x-ms-error-code"]


async def token(place: Place) -> str:
    return Bearer(place).get_token().token


def test_another_service_of_an_account_is_not_here(application: BlobApp) -> None:
    """The dfs, file, queue and table hosts answer 501, and say so."""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application)) as client:
            return await client.get(f"https://{ACCOUNT}.dfs.core.windows.net/data?resource=filesystem")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (501, "NotImplemented")
    assert "dfs" in answer.text
