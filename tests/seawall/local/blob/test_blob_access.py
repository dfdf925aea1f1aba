"""Who may: tokens, account keys and the three kinds of shared access signatures, as the client library makes them."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import (
    AccountSasPermissions,
    BlobSasPermissions,
    BlobServiceClient,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from blob_server import BlobServer
from blob_world import ACCOUNT, LOCKED, Bearer, Connect, WallClock

from seawall.local.blob import Blobs, account_key
from seawall.local.place import Place
from seawall.local.store import Store

HOUR = timedelta(hours=1)


def soon() -> datetime:
    return datetime.now(UTC) + HOUR


def signed(account: str, key: str, permission: str, **options: Any) -> str:
    """A signature for container `models` with an account's key."""
    options = {"expiry": soon()} | options
    return generate_container_sas(account, "models", account_key=key, permission=permission, **options)


def code(call: Callable[[], Any]) -> tuple[int | None, Any]:
    with pytest.raises(HttpResponseError) as caught:
        call()
    return caught.value.status_code, caught.value.error_code


@pytest.fixture(autouse=True)
def contents(blobs: Blobs) -> None:
    """One blob in each of two containers of both accounts."""
    for account in (ACCOUNT, LOCKED):
        for container in ("models", "private"):
            blobs.ensure_container(account, container)
            blobs.put(account, container, "m/model.pkl", b"weights")


def test_a_token_opens_every_account(connect: Connect, place: Place) -> None:
    """A bearer token for storage works, on an account that refuses its keys too."""
    for account in (ACCOUNT, LOCKED):
        client = connect(Bearer(place), account)
        assert client.get_blob_client("models", "m/model.pkl").download_blob().readall() == b"weights"
        client.get_blob_client("models", "new").upload_blob(b"1")


def test_the_accounts_own_address_is_an_audience(connect: Connect, place: Place) -> None:
    """Tokens for `https://<account>.blob.core.windows.net` are accepted by that account alone."""
    credential = Bearer(place, f"https://{ACCOUNT}.blob.core.windows.net")
    assert connect(credential).get_container_client("models").exists()
    assert code(lambda: list(connect(credential, LOCKED).list_containers())) == (401, "InvalidAuthenticationInfo")


@pytest.mark.parametrize("options", [{"audience": "https://management.azure.com"}, {"lifetime": -60}])
def test_a_token_for_another_audience_or_expired_is_refused(connect: Connect, place: Place, options: Any) -> None:
    """401 InvalidAuthenticationInfo, with the challenge that tells a client where to get a token."""
    with pytest.raises(ClientAuthenticationError) as caught:
        list(connect(Bearer(place, **options)).list_containers())
    assert caught.value.status_code == 401
    assert caught.value.error_code == "InvalidAuthenticationInfo"
    assert "resource_id=https://storage.azure.com" in caught.value.response.headers["www-authenticate"]


def test_keys_are_the_accounts_own(connect: Connect, key: str, place: Place) -> None:
    """Both keys of an account work; another's don't; they are the same at every start."""
    with Store(place.store) as store:
        second, other = account_key(store, ACCOUNT, 2), account_key(store, LOCKED)
        assert account_key(store, ACCOUNT) == key != second
    for good in (key, second):
        assert connect(good).get_container_client("models").exists()
    assert code(lambda: list(connect(other).list_containers())) == (403, "AuthenticationFailed")


def test_an_account_may_refuse_keys(connect: Connect, place: Place) -> None:
    """With allowSharedKeyAccess false neither a key nor a signature made with one is taken."""
    with Store(place.store) as store:
        key = account_key(store, LOCKED)
    refused = (403, "KeyBasedAuthenticationNotPermitted")
    assert code(lambda: list(connect(key, LOCKED).list_containers())) == refused
    query = signed(LOCKED, key, "rl")
    assert code(lambda: list(connect(query, LOCKED).get_container_client("models").list_blobs())) == refused


def test_an_old_request_is_refused(connect: Connect, key: str, now: WallClock) -> None:
    """A request signed more than 15 minutes ago isn't taken."""
    now.time += 16 * 60
    assert code(lambda: list(connect(key).list_containers())) == (403, "AuthenticationFailed")


def test_nobody_is_anonymous(server: BlobServer, connect: Connect) -> None:
    """Without a credential nothing is read: clients get a challenge, browsers a plain refusal."""
    blob = connect().get_blob_client("models", "m/model.pkl")
    assert code(blob.download_blob) == (401, "NoAuthenticationInformation")
    handlers = (
        urllib.request.ProxyHandler({"https": server.proxy}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(server.trusted))),
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(*handlers).open(blob.url)
    assert caught.value.code == 409
    assert caught.value.headers["x-ms-error-code"] == "PublicAccessNotPermitted"
    assert b"<Code>PublicAccessNotPermitted</Code>" in caught.value.read()


def test_a_containers_signature_holds_for_that_container(connect: Connect, key: str) -> None:
    """It reads and lists what it says, in its container, and no more."""
    query = signed(ACCOUNT, key, "rl")
    client = connect(query)
    container = client.get_container_client("models")
    assert [blob.name for blob in container.list_blobs()] == ["m/model.pkl"]
    assert container.download_blob("m/model.pkl").readall() == b"weights"
    mismatch = (403, "AuthorizationPermissionMismatch")
    assert code(lambda: container.upload_blob("new", b"1")) == mismatch
    assert code(lambda: container.delete_blob("m/model.pkl")) == mismatch
    private = client.get_blob_client("private", "m/model.pkl")
    assert code(private.download_blob) == (403, "AuthenticationFailed")
    assert code(lambda: list(client.list_containers())) == (403, "AuthenticationFailed")
    assert code(container.delete_container) == (403, "AuthorizationFailure")


def test_a_signature_holds_for_its_time(connect: Connect, key: str, now: WallClock) -> None:
    """Before its start and after its expiry it is refused as AuthenticationFailed."""
    start = datetime.fromtimestamp(now.time, UTC) + timedelta(minutes=10)
    query = signed(ACCOUNT, key, "r", expiry=start + HOUR, start=start)
    blob = connect(query).get_blob_client("models", "m/model.pkl")
    assert code(blob.download_blob) == (403, "AuthenticationFailed")
    now.time += 1800
    assert blob.download_blob().readall() == b"weights"
    now.time += 3600
    with pytest.raises(ClientAuthenticationError) as caught:
        blob.download_blob()
    assert "not valid in the specified time frame" in str(caught.value)


def test_a_blobs_signature_holds_for_that_blob(connect: Connect, key: str, blobs: Blobs) -> None:
    """It opens one name; with `create` alone it makes a blob and never replaces one."""
    blobs.put(ACCOUNT, "models", "other", b"2")
    query = generate_blob_sas(ACCOUNT, "models", "m/model.pkl", account_key=key, permission="r", expiry=soon(),
                              content_type="text/plain")  # fmt: skip
    client = connect(query)
    found = client.get_blob_client("models", "m/model.pkl").download_blob()
    assert (found.readall(), found.properties.content_settings.content_type) == (b"weights", "text/plain")
    assert code(client.get_blob_client("models", "other").download_blob) == (403, "AuthenticationFailed")
    permission = BlobSasPermissions(create=True)
    query = generate_blob_sas(ACCOUNT, "models", "new", account_key=key, permission=permission, expiry=soon())
    new = connect(query).get_blob_client("models", "new")
    new.upload_blob(b"1")
    assert code(lambda: new.upload_blob(b"2", overwrite=True)) == (403, "UnauthorizedBlobOverwrite")
    assert blobs.read(ACCOUNT, "models", "new") == b"1"


def test_a_tampered_signature_is_refused(connect: Connect, key: str) -> None:
    """Permissions that weren't signed make the whole signature worthless."""
    query = signed(ACCOUNT, key, "r")
    blob = connect(query.replace("sp=r", "sp=rw")).get_blob_client("models", "m/model.pkl")
    assert code(blob.download_blob) == (403, "AuthenticationFailed")


def test_an_accounts_signature_names_levels_and_services(connect: Connect, key: str) -> None:
    """It holds for the resource types that it names, with the permissions that it names."""

    def client(types: ResourceTypes, permission: AccountSasPermissions, **options: Any) -> BlobServiceClient:
        return connect(generate_account_sas(ACCOUNT, key, types, permission, soon(), **options))

    read = AccountSasPermissions(read=True, list=True)
    objects = client(ResourceTypes(object=True), read)
    assert objects.get_blob_client("private", "m/model.pkl").download_blob().readall() == b"weights"
    assert code(lambda: list(objects.list_containers())) == (403, "AuthorizationResourceTypeMismatch")
    every = client(ResourceTypes(service=True, container=True, object=True), read)
    assert [one.name for one in every.list_containers()] == ["models", "private"]
    assert code(lambda: every.create_container("new")) == (403, "AuthorizationPermissionMismatch")
    maker = client(ResourceTypes(container=True), AccountSasPermissions(create=True))
    maker.create_container("made")
    far = client(ResourceTypes(object=True), read, ip="10.0.0.1-10.0.0.9").get_blob_client("models", "m/model.pkl")
    assert code(far.download_blob) == (403, "AuthorizationSourceIPMismatch")


@pytest.mark.parametrize("account", [ACCOUNT, LOCKED])
def test_a_user_delegation_signature_needs_no_key(connect: Connect, place: Place, account: str) -> None:
    """A token's bearer gets a key to sign with; what it signs is held to the same limits."""
    service = connect(Bearer(place), account)
    key = service.get_user_delegation_key(soon() - 2 * HOUR, soon())
    query = generate_container_sas(account, "models", user_delegation_key=key, permission="rl", expiry=soon())
    client = connect(query, account)
    assert client.get_blob_client("models", "m/model.pkl").download_blob().readall() == b"weights"
    new = client.get_blob_client("models", "new")
    assert code(lambda: new.upload_blob(b"1")) == (403, "AuthorizationPermissionMismatch")
    private = client.get_blob_client("private", "m/model.pkl")
    assert code(private.download_blob) == (403, "AuthenticationFailed")
    other = LOCKED if account == ACCOUNT else ACCOUNT
    elsewhere = connect(query, other).get_blob_client("models", "m/model.pkl")
    assert code(elsewhere.download_blob) == (403, "AuthenticationFailed")


def test_a_user_delegation_key_ends(connect: Connect, place: Place, now: WallClock) -> None:
    """After its key's expiry a signature is worthless, whatever its own expiry says; keys last a week at most."""
    service = connect(Bearer(place))
    key = service.get_user_delegation_key(soon() - 2 * HOUR, soon())
    expiry = datetime.now(UTC) + timedelta(days=2)
    query = generate_blob_sas(ACCOUNT, "models", "m/model.pkl", user_delegation_key=key, permission="r", expiry=expiry)
    blob = connect(query).get_blob_client("models", "m/model.pkl")
    assert blob.download_blob().readall() == b"weights"
    now.time += 7200
    assert code(blob.download_blob) == (403, "AuthenticationFailed")
    long = datetime.now(UTC) + timedelta(days=8)
    assert code(lambda: service.get_user_delegation_key(soon() - 2 * HOUR, long)) == (400, "InvalidXmlNodeValue")


def test_only_a_tokens_bearer_gets_a_delegation_key(client: BlobServiceClient) -> None:
    """An account's key doesn't get one, as on Azure."""
    assert code(lambda: client.get_user_delegation_key(datetime.now(UTC), soon())) == (403, "AuthenticationFailed")


def test_services_hand_out_signatures(connect: Connect, blobs: Blobs) -> None:
    """`Blobs.sas` makes what clients can use, for a container or a blob, on accounts without keys too."""
    query = blobs.sas(LOCKED, "models", permissions="lwr", expiry=HOUR)
    container = connect(query, LOCKED).get_container_client("models")
    container.upload_blob("uploaded/code.py", b"print()")
    assert [blob.name for blob in container.list_blobs(name_starts_with="up")] == ["uploaded/code.py"]
    one = connect(blobs.sas(LOCKED, "models", "uploaded/code.py", permissions="r", expiry=HOUR), LOCKED)
    assert one.get_blob_client("models", "uploaded/code.py").download_blob().readall() == b"print()"
    assert code(one.get_blob_client("models", "m/model.pkl").download_blob) == (403, "AuthenticationFailed")
    with pytest.raises(ValueError, match="seven days"):
        blobs.sas(LOCKED, "models", permissions="r", expiry=timedelta(days=8))


def test_what_may_not_be_seen_is_not_told(connect: Connect) -> None:
    """A request is judged before it is looked up: a stranger learns nothing of what is there."""
    with pytest.raises(ClientAuthenticationError):
        connect().get_blob_client("models", "absent").download_blob()
    with pytest.raises(ResourceNotFoundError):
        connect(account="stnowhere").get_blob_client("models", "absent").download_blob()
