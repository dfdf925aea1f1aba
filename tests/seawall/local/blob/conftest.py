"""What the tests of Blob storage share: a place with accounts, a server with a clock of theirs, real clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient
from blob_server import BlobServer
from blob_world import ACCOUNT, GROUP, LOCKED, OTHER, Connect, WallClock, storage_account

from seawall.local.azure import LocalAzure
from seawall.local.blob import Blobs, account_key
from seawall.local.place import Place
from seawall.local.store import Store


@pytest.fixture(scope="session")
def made_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A store with the accounts, made once."""
    place = Place(tmp_path_factory.mktemp("blob") / "azure.db")
    with LocalAzure.open(place.store) as azure:
        azure.put(GROUP, {"location": "westeurope"})
        for name in (ACCOUNT, LOCKED, OTHER):
            properties = {"allowSharedKeyAccess": False} if name == LOCKED else {}
            body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}}
            azure.put(storage_account(name), body | {"properties": properties})
    return place


@pytest.fixture
def place(made_place: Place, tmp_path: Path) -> Place:
    """A store with the accounts, and nothing in them."""
    place = Place(tmp_path / "azure.db")
    place.store.write_bytes(made_place.store.read_bytes())
    return place


@pytest.fixture
def now() -> WallClock:
    return WallClock()


@pytest.fixture
def blobs(place: Place, now: WallClock) -> Iterator[Blobs]:
    with Blobs.open(place, now=now) as blobs:
        yield blobs


@pytest.fixture
def server(place: Place, now: WallClock) -> Iterator[BlobServer]:
    with BlobServer(place, now=now) as server:
        yield server


@pytest.fixture
def key(place: Place) -> str:
    """The key of the first account."""
    with Store(place.store) as store:
        return account_key(store, ACCOUNT)


@pytest.fixture
def connect(server: BlobServer) -> Iterator[Connect]:
    """Clients of the server; they find it through its proxy, as `HTTPS_PROXY` would have them do."""
    clients: list[BlobServiceClient] = []

    def connected(credential: Any = None, account: str = ACCOUNT, **options: Any) -> BlobServiceClient:
        client = BlobServiceClient(
            f"https://{account}.blob.core.windows.net", credential=credential, proxies={"https": server.proxy},
            connection_verify=str(server.trusted), retry_total=0, **options,
        )  # fmt: skip
        clients.append(client)
        return client

    yield connected
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect, key: str) -> BlobServiceClient:
    """A client with the account's key."""
    return connect(key)
