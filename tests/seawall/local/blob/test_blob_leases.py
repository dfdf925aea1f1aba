"""Leases: two clients contend, time passes, and every refusal has Azure's own code."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, BlobLeaseClient, BlobServiceClient
from blob_world import WallClock

A, B = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


def refused(status: int, code: str, call: Callable[[], object]) -> None:
    with pytest.raises(HttpResponseError) as caught:
        call()
    assert (caught.value.status_code, caught.value.error_code) == (status, code)


@pytest.fixture
def blob(client: BlobServiceClient) -> BlobClient:
    return client.create_container("locks").upload_blob("lock", b"1")


def test_two_clients_contend_for_a_lease(blob: BlobClient, connect: Callable[..., BlobServiceClient], key: str) -> None:
    """While one client holds a blob, another gets 409 LeaseAlreadyPresent; after the release it may."""
    other = connect(key).get_blob_client("locks", "lock")
    held = blob.acquire_lease(lease_duration=15)
    refused(409, "LeaseAlreadyPresent", lambda: other.acquire_lease(lease_duration=15))
    properties = other.get_blob_properties()
    assert (properties.lease.status, properties.lease.state, properties.lease.duration) == ("locked", "leased", "fixed")
    held.release()
    assert other.get_blob_properties().lease.state == "available"
    other.acquire_lease(lease_duration=-1)
    assert blob.get_blob_properties().lease.duration == "infinite"


def test_a_lease_ends_with_its_time(blob: BlobClient, now: WallClock) -> None:
    """After its seconds a lease is expired: another may have the blob, and the first one finds its lease lost."""
    first = blob.acquire_lease(lease_duration=15)
    now.time += 14
    refused(409, "LeaseAlreadyPresent", lambda: blob.acquire_lease(lease_duration=15))
    now.time += 1
    assert blob.get_blob_properties().lease.state == "expired"
    refused(412, "LeaseLost", lambda: blob.set_blob_metadata({"a": "b"}, lease=first))
    second = blob.acquire_lease(lease_duration=60)
    refused(409, "LeaseIdMismatchWithLeaseOperation", first.renew)
    refused(412, "LeaseIdMismatchWithBlobOperation", lambda: blob.set_blob_metadata({"a": "b"}, lease=first))
    blob.set_blob_metadata({"a": "b"}, lease=second)


def test_an_expired_lease_is_renewed_unless_somebody_wrote(blob: BlobClient, now: WallClock) -> None:
    """Renewal revives an expired lease, but not after a write by anybody."""
    lease = blob.acquire_lease(lease_duration=15)
    now.time += 20
    lease.renew()
    assert blob.get_blob_properties().lease.state == "leased"
    now.time += 20
    blob.upload_blob(b"2", overwrite=True)
    refused(409, "LeaseIdMismatchWithLeaseOperation", lease.renew)


def test_writes_need_the_lease(blob: BlobClient) -> None:
    """A leased blob is read by anybody, and changed or deleted with its lease's ID alone; a copy over it too."""
    lease = blob.acquire_lease(lease_duration=-1, lease_id=A)
    assert lease.id == A
    for write in (
        lambda: blob.upload_blob(b"2", overwrite=True),
        lambda: blob.set_blob_metadata({}),
        lambda: blob.stage_block("a", b"2"),
        lambda: blob.start_copy_from_url(blob.url),
        blob.delete_blob,
    ):
        refused(412, "LeaseIdMissing", write)
    assert blob.download_blob().readall() == b"1"
    assert blob.download_blob(lease=A).readall() == b"1"
    refused(412, "LeaseIdMismatchWithBlobOperation", lambda: blob.download_blob(lease=B))
    blob.upload_blob(b"2", overwrite=True, lease=lease)
    assert blob.get_blob_properties().lease.state == "leased"
    blob.delete_blob(lease=lease)


def test_a_lease_that_is_not_there_is_told(blob: BlobClient) -> None:
    """An ID without a lease fails with the code of the operation that it came with."""
    refused(412, "LeaseNotPresentWithBlobOperation", lambda: blob.set_blob_metadata({}, lease=A))
    blob.acquire_lease(lease_duration=15, lease_id=A).release()
    refused(409, "LeaseIdMismatchWithLeaseOperation", BlobLeaseClient(blob, A).renew)
    refused(409, "LeaseIdMismatchWithLeaseOperation", BlobLeaseClient(blob, A).release)
    refused(409, "LeaseNotPresentWithLeaseOperation", BlobLeaseClient(blob, A).break_lease)
    refused(409, "LeaseNotPresentWithLeaseOperation", lambda: BlobLeaseClient(blob, A).change(B))


def test_a_lease_changes_hands(blob: BlobClient) -> None:
    """A change gives a lease another ID; the old one is of no use afterwards."""
    lease = blob.acquire_lease(lease_duration=60, lease_id=A)
    lease.change(B)
    assert lease.id == B
    refused(412, "LeaseIdMismatchWithBlobOperation", lambda: blob.set_blob_metadata({}, lease=A))
    blob.set_blob_metadata({"x": "y"}, lease=B)


def test_a_broken_lease_holds_until_its_time(blob: BlobClient, now: WallClock) -> None:
    """A break leaves the lease in place for as long as asked, then anybody may have the blob."""
    lease = blob.acquire_lease(lease_duration=60, lease_id=A)
    assert lease.break_lease(lease_break_period=10) == 10
    assert blob.get_blob_properties().lease.state == "breaking"
    refused(409, "LeaseAlreadyPresent", lambda: blob.acquire_lease(lease_duration=15))
    refused(409, "LeaseIsBreakingAndCannotBeAcquired", lambda: blob.acquire_lease(lease_duration=15, lease_id=A))
    refused(409, "LeaseIsBrokenAndCannotBeRenewed", lease.renew)
    refused(409, "LeaseIsBreakingAndCannotBeChanged", lambda: lease.change(B))
    refused(412, "LeaseIdMissing", lambda: blob.set_blob_metadata({}))
    now.time += 10
    assert blob.get_blob_properties().lease.state == "broken"
    refused(409, "LeaseIsBrokenAndCannotBeRenewed", lease.renew)
    blob.acquire_lease(lease_duration=15)


def test_an_infinite_lease_breaks_at_once(blob: BlobClient) -> None:
    """Without a period, a fixed lease's break waits for its end, an infinite one's for nothing."""
    lease = blob.acquire_lease(lease_duration=-1)
    assert lease.break_lease() == 0
    fixed = blob.acquire_lease(lease_duration=30)
    assert fixed.break_lease() == 30


@pytest.mark.parametrize("seconds", [0, 14, 61, -2])
def test_a_lease_lasts_15_to_60_seconds(blob: BlobClient, seconds: int) -> None:
    """Any other duration is an invalid header."""
    refused(400, "InvalidHeaderValue", lambda: blob.acquire_lease(lease_duration=seconds))


def test_a_leased_container_is_not_deleted(client: BlobServiceClient, now: WallClock) -> None:
    """A container's lease guards its deletion, and nothing in it."""
    container = client.create_container("guarded")
    lease = container.acquire_lease(lease_duration=15)
    container.upload_blob("inside", b"1")
    refused(412, "LeaseIdMissing", container.delete_container)
    refused(412, "LeaseIdMismatchWithContainerOperation", lambda: container.delete_container(lease=A))
    assert container.get_container_properties().lease.state == "leased"
    container.delete_container(lease=lease)
    refused(404, "ContainerNotFound", container.get_container_properties)
