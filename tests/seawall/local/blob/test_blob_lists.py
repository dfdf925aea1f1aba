"""Lists: pages, prefixes, folders; containers; append blobs; copies."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobPrefix, BlobServiceClient, ContainerClient
from blob_world import LOCKED, OTHER, storage_account

from seawall.local.azure import LocalAzure
from seawall.local.blob import Blobs
from seawall.local.place import Place

NAMES = ["a.txt", "a/1", "a/2", "a/b/3", "a/b/4", "a0", "c/5", "z&<é>"]


@pytest.fixture
def container(client: BlobServiceClient, blobs: Blobs) -> ContainerClient:
    container = client.create_container("lists")
    for name in NAMES:
        blobs.put("stplain", "lists", name, name.encode(), metadata={"letter": name[0]})
    return container


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_make_up_the_whole_list(container: ContainerClient, size: int) -> None:
    """Whatever the page size, a list has every name once and in order."""
    pages = [[blob.name for blob in page] for page in container.list_blobs(results_per_page=size).by_page()]
    assert [name for page in pages for name in page] == sorted(NAMES)
    assert all(len(page) <= size for page in pages)


@pytest.mark.parametrize("size", [1, 2, 100])
def test_folders_are_seen_once(container: ContainerClient, size: int) -> None:
    """With a delimiter, what lies below the next one is one prefix, over any number of pages."""
    top = [entry.name for page in container.walk_blobs(results_per_page=size).by_page() for entry in page]
    assert sorted(top) == ["a.txt", "a/", "a0", "c/", "z&<é>"]
    below = list(container.walk_blobs(name_starts_with="a/", results_per_page=size))
    assert sorted(entry.name for entry in below) == ["a/1", "a/2", "a/b/"]
    (folder,) = [entry for entry in below if isinstance(entry, BlobPrefix)]
    assert [blob.name for blob in folder] == ["a/b/3", "a/b/4"]


def test_a_prefix_narrows_and_metadata_comes_when_asked(container: ContainerClient) -> None:
    """`name_starts_with` is any start of a name; metadata is in a list only with include=metadata."""
    assert [blob.name for blob in container.list_blobs(name_starts_with="a/b")] == ["a/b/3", "a/b/4"]
    assert [blob.metadata for blob in container.list_blobs(name_starts_with="c")] == [{}]
    (found,) = container.list_blobs(name_starts_with="c", include="metadata")
    assert found.metadata == {"letter": "c"}
    assert (found.size, found.blob_type) == (3, "BlockBlob")
    assert found.last_modified is not None


def test_names_that_xml_cannot_hold(container: ContainerClient, blobs: Blobs) -> None:
    """A name with a control character is listed percent-encoded, and comes back as it was."""
    blobs.put("stplain", "lists", "odd\x01name", b"")
    assert "odd\x01name" in [blob.name for blob in container.list_blobs()]


def test_bad_pages_are_refused(container: ContainerClient) -> None:
    """A marker that no list has given, or a page of nothing, is an error of the request."""
    for options, code in (
        ({"marker": "%%%"}, "InvalidQueryParameterValue"),
        ({"results_per_page": 0}, "OutOfRangeQueryParameterValue"),
    ):
        marker = options.pop("marker", None)
        with pytest.raises(HttpResponseError) as caught:
            list(next(container.list_blobs(**options).by_page(marker)))
        assert (caught.value.status_code, caught.value.error_code) == (400, code)


def test_containers_are_made_listed_and_removed(client: BlobServiceClient) -> None:
    """A container has metadata and properties; it is made once; with it goes all that is in it."""
    container = client.create_container("first", metadata={"owner": "ml"})
    client.create_container("second")
    with pytest.raises(ResourceExistsError) as caught:
        container.create_container()
    assert caught.value.error_code == "ContainerAlreadyExists"
    assert [one.name for one in client.list_containers()] == ["first", "second"]
    (found,) = client.list_containers(name_starts_with="f", include_metadata=True)
    assert found.metadata == {"owner": "ml"}
    container.set_container_metadata({"owner": "data"})
    assert container.get_container_properties().metadata == {"owner": "data"}
    container.upload_blob("inside", b"1")
    assert container.exists()
    container.delete_container()
    assert not container.exists()
    with pytest.raises(ResourceNotFoundError) as missing:
        container.get_blob_client("inside").download_blob()
    assert missing.value.error_code == "ContainerNotFound"
    container.create_container()
    assert list(container.list_blobs()) == []


@pytest.mark.parametrize("name", ["ab", "Upper", "two--hyphens", "-start", "under_score", "x" * 64])
def test_bad_container_names_are_refused(client: BlobServiceClient, name: str) -> None:
    """Names are 3 to 63 lower-case letters, digits and single hyphens."""
    with pytest.raises(HttpResponseError) as caught:
        client.create_container(name)
    assert caught.value.error_code == "InvalidResourceName"


def test_a_container_that_is_a_resource_is_here_too(client: BlobServiceClient, place: Place) -> None:
    """A container made by Resource Manager is in lists and takes blobs; its removal there empties it here."""
    id = f"{storage_account('stplain')}/blobServices/default/containers/declared"
    with LocalAzure.open(place.store) as azure:
        azure.put(id, {"properties": {}})
        assert [one.name for one in client.list_containers()] == ["declared"]
        client.get_blob_client("declared", "b").upload_blob(b"1")
        assert azure.request("DELETE", id, "").status in (200, 202, 204)
    assert list(client.list_containers()) == []
    assert not client.get_container_client("declared").exists()


def test_deleting_a_declared_container_removes_the_resource(client: BlobServiceClient, place: Place) -> None:
    """Both are one, as on Azure: it is gone from Resource Manager as well."""
    id = f"{storage_account('stplain')}/blobServices/default/containers/declared"
    with LocalAzure.open(place.store) as azure:
        azure.put(id, {"properties": {}})
        client.delete_container("declared")
        assert not azure.store.exists(id)


def test_an_append_blob_grows(client: BlobServiceClient) -> None:
    """Blocks add up in their order; position and size conditions hold; a block blob doesn't take any."""
    container = client.create_container("audit")
    log = container.get_blob_client("log.jsonl")
    log.create_append_blob()
    assert [log.append_block(line)["blob_append_offset"] for line in (b"one\n", b"two\n")] == ["0", "4"]
    log.append_block(b"three\n", appendpos_condition=8)
    for options, code in (
        ({"appendpos_condition": 8}, "AppendPositionConditionNotMet"),
        ({"maxsize_condition": 15}, "MaxBlobSizeConditionNotMet"),
    ):
        with pytest.raises(HttpResponseError) as caught:
            log.append_block(b"four\n", **options)
        assert (caught.value.status_code, caught.value.error_code) == (412, code)
    assert log.download_blob().readall() == b"one\ntwo\nthree\n"
    properties = log.get_blob_properties()
    assert (properties.blob_type, properties.append_blob_committed_block_count) == ("AppendBlob", 3)
    container.upload_blob("log.jsonl", b"four\n", blob_type="AppendBlob")
    assert log.download_blob(offset=2, length=8).readall() == b"e\ntwo\nth"
    block = container.upload_blob("block", b"1")
    with pytest.raises(HttpResponseError) as wrong:
        block.append_block(b"2")
    assert wrong.value.error_code == "InvalidBlobType"


def test_copies_within_an_account(client: BlobServiceClient) -> None:
    """A copy has the bytes, content headers and metadata of its source, or the metadata it was given."""
    container = client.create_container("copies")
    source = container.upload_blob("source", b"bytes", metadata={"a": "1"})
    copy = container.get_blob_client("copy")
    assert copy.start_copy_from_url(source.url)["copy_status"] == "success"
    assert copy.download_blob().readall() == b"bytes"
    properties = copy.get_blob_properties()
    assert (properties.metadata, properties.copy.status, properties.copy.source) == ({"a": "1"}, "success", source.url)
    copy.start_copy_from_url(source.url, metadata={"b": "2"}, requires_sync=True)
    assert copy.get_blob_properties().metadata == {"b": "2"}
    put = container.get_blob_client("put")
    put.upload_blob_from_url(source.url)
    assert put.download_blob().readall() == b"bytes"
    staged = container.get_blob_client("staged")
    staged.stage_block_from_url("a", source.url, source_offset=1, source_length=3)
    staged.commit_block_list(["a"])
    assert staged.download_blob().readall() == b"yte"
    source.delete_blob()
    assert copy.download_blob().readall() == b"bytes"


def test_copies_between_accounts_need_a_signature(client: BlobServiceClient, blobs: Blobs) -> None:
    """Another account's blob is copied with a signature in its URL, and only then."""
    blobs.ensure_container(OTHER, "theirs")
    blobs.put(OTHER, "theirs", "model.pkl", b"weights")
    target = client.create_container("ours").get_blob_client("model.pkl")
    url = blobs.url(OTHER, "theirs", "model.pkl")
    with pytest.raises(HttpResponseError) as caught:
        target.start_copy_from_url(url)
    assert (caught.value.status_code, caught.value.error_code) == (401, "CannotVerifyCopySource")
    query = blobs.sas(OTHER, "theirs", permissions="r", expiry=datetime.timedelta(minutes=5))
    target.start_copy_from_url(f"{url}?{query}")
    assert target.download_blob().readall() == b"weights"
    for bad, status in ((f"{blobs.url(OTHER, 'theirs', 'none')}?{query}", 404), ("https://example.org/x", 400)):
        with pytest.raises(HttpResponseError) as wrong:
            target.start_copy_from_url(bad)
        assert (wrong.value.status_code, wrong.value.error_code) == (status, "CannotVerifyCopySource")


def test_what_is_missing_has_azures_code(client: BlobServiceClient) -> None:
    """No such container, no such blob, no such account: 404, each with its own code."""
    with pytest.raises(ResourceNotFoundError) as caught:
        client.get_blob_client("absent", "b").download_blob()
    assert caught.value.error_code == "ContainerNotFound"
    container = client.create_container("present")
    with pytest.raises(ResourceNotFoundError) as caught:
        container.get_blob_client("b").download_blob()
    assert caught.value.error_code == "BlobNotFound"
    assert not container.get_blob_client("b").exists()
    with pytest.raises(ResourceNotFoundError):
        container.delete_blob("b")


def test_an_account_that_is_not_in_the_store(connect: Callable[..., BlobServiceClient], key: str) -> None:
    """A name that no account has is told so: on Azure it would not even resolve."""
    with pytest.raises(ResourceNotFoundError) as caught:
        connect(key, "stnowhere").get_account_information()
    assert caught.value.error_code == "AccountNotFound"
    assert "stnowhere" in str(caught.value)


def test_account_information_is_the_resources(client: BlobServiceClient) -> None:
    """Kind and redundancy come from the account's resource; service properties are the defaults."""
    found = client.get_account_information()
    assert (found["sku_name"], found["account_kind"], found["is_hns_enabled"]) == ("Standard_ZRS", "StorageV2", False)
    assert client.get_service_properties()["delete_retention_policy"].enabled is False


def test_what_the_local_azure_has_not_answers_501(client: BlobServiceClient) -> None:
    """An operation that is not here is refused by its name in the REST reference."""
    container = client.create_container("data")
    blob = container.upload_blob("b", b"1")
    for call, name in (
        (blob.create_snapshot, "Snapshot Blob"),
        (lambda: blob.set_standard_blob_tier("Cool"), "Set Blob Tier"),
        (lambda: blob.set_blob_tags({"a": "b"}), "Set Blob Tags"),
        (lambda: container.upload_blob("p", b"\0" * 512, blob_type="PageBlob"), "page blobs"),
        (lambda: container.upload_blob("t", b"1", tags={"a": "b"}), "blob index tags"),
        (container.get_container_access_policy, "Get Container ACL"),
        (lambda: container.delete_blobs("b"), "Blob Batch"),
    ):
        with pytest.raises(HttpResponseError) as caught:
            call()
        assert (caught.value.status_code, caught.value.error_code) == (501, "NotImplemented"), name
        assert name in str(caught.value)
    assert blob.download_blob().readall() == b"1"


def test_an_account_of_a_service_takes_no_keys(blobs: Blobs) -> None:
    """An account that a registry made for itself is no resource, and exists once a service says so."""
    assert not blobs.exists("st1234567890")
    blobs.ensure_account("st1234567890")
    blobs.ensure_container("st1234567890", "models")
    blobs.put("st1234567890", "models", "m", b"1")
    assert blobs.names("st1234567890", "models") == ["m"]
    assert blobs.exists(LOCKED)
