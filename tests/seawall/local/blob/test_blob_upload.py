"""Uploads and downloads with Azure's own client: every byte, every header, at once and in parts."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Callable

import pytest
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobBlock, BlobServiceClient, ContentSettings

from seawall.local.blob import Blobs


@pytest.mark.parametrize("size", [0, 1, 5000, 3 << 20])
def test_what_is_uploaded_comes_back(client: BlobServiceClient, blobs: Blobs, size: int) -> None:
    """A blob of any size comes back byte for byte, to clients and to those in Python."""
    data = random.Random(size).randbytes(size)
    container = client.create_container("data")
    blob = container.upload_blob("folder/a file ü#?.bin", data, metadata={"kind": "test"})
    assert blob.download_blob().readall() == data
    assert blobs.read("stplain", "data", "folder/a file ü#?.bin") == data
    properties = blob.get_blob_properties()
    assert properties.size == size
    assert properties.metadata == {"kind": "test"}
    assert bytes(properties.content_settings.content_md5) == hashlib.md5(data).digest()


def test_a_large_blob_goes_up_and_down_in_parallel_blocks(connect: Callable[..., BlobServiceClient], key: str) -> None:
    """Blocks that several threads send and ranges that several threads fetch make up the same bytes."""
    client = connect(key, max_single_put_size=1 << 20, max_block_size=1 << 20, max_single_get_size=1 << 20,
                     max_chunk_get_size=1 << 20)  # fmt: skip
    data = os.urandom((17 << 20) + 123)
    container = client.create_container("data")
    blob = container.upload_blob("large", data, max_concurrency=4, validate_content=True)
    assert blob.download_blob(max_concurrency=4, validate_content=True).readall() == data
    committed, uncommitted = blob.get_block_list("all")
    assert [block.size for block in committed] == [1 << 20] * 17 + [123]
    assert uncommitted == []
    assert blob.download_blob(offset=(1 << 20) - 5, length=11).readall() == data[(1 << 20) - 5 : (1 << 20) + 6]


def test_blocks_are_committed_in_the_order_of_the_list(client: BlobServiceClient) -> None:
    """A block list may take blocks from the last commit and from what is staged, and forgets the rest."""
    blob = client.create_container("data").get_blob_client("parts")
    for id, data in (("a", b"one "), ("b", b"two "), ("c", b"three ")):
        blob.stage_block(id, data)
    with pytest.raises(ResourceNotFoundError):
        blob.get_blob_properties()
    blob.commit_block_list([BlobBlock("b"), BlobBlock("a")])
    assert blob.download_blob().readall() == b"two one "
    blob.stage_block("d", b"four ")
    blob.commit_block_list([BlobBlock("a"), BlobBlock("d")])
    assert blob.download_blob().readall() == b"one four "
    with pytest.raises(HttpResponseError) as caught:
        blob.commit_block_list([BlobBlock("c")])
    assert caught.value.error_code == "InvalidBlockList"
    assert blob.download_blob().readall() == b"one four "


def test_content_headers_come_back(client: BlobServiceClient) -> None:
    """Content type, encoding and so on are kept, changed all at once, and seen in lists too."""
    container = client.create_container("data")
    settings = ContentSettings(content_type="text/csv", cache_control="no-store", content_language="nl",
                               content_disposition="inline")  # fmt: skip
    blob = container.upload_blob("table.csv", b"a,b", content_settings=settings)
    found = blob.get_blob_properties().content_settings
    assert (found.content_type, found.cache_control, found.content_language, found.content_disposition) == (
        "text/csv", "no-store", "nl", "inline")  # fmt: skip
    assert next(iter(container.list_blobs())).content_settings.content_type == "text/csv"
    blob.set_http_headers(ContentSettings(content_type="text/plain"))
    found = blob.get_blob_properties().content_settings
    assert (found.content_type, found.cache_control, found.content_md5) == ("text/plain", None, None)


def test_metadata_is_replaced_as_a_whole(client: BlobServiceClient) -> None:
    """Metadata set anew loses what was there, and changes the ETag but not the bytes."""
    blob = client.create_container("data").upload_blob("m", b"x", metadata={"one": "1"})
    before = blob.get_blob_properties()
    blob.set_blob_metadata({"two": "2"})
    after = blob.get_blob_properties()
    assert after.metadata == {"two": "2"}
    assert after.etag != before.etag
    assert blob.download_blob().readall() == b"x"


def test_an_upload_overwrites_only_where_it_may(client: BlobServiceClient) -> None:
    """Without `overwrite` an upload to a name in use fails with BlobAlreadyExists, in one piece or in blocks."""
    container = client.create_container("data")
    container.upload_blob("name", b"first")
    with pytest.raises(ResourceExistsError) as caught:
        container.upload_blob("name", b"second")
    assert caught.value.error_code == "BlobAlreadyExists"
    container.upload_blob("name", b"third", overwrite=True)
    assert container.download_blob("name").readall() == b"third"


def test_conditions_on_etag_and_time(client: BlobServiceClient) -> None:
    """If-Match, If-None-Match and the times decide over writes (412) and reads (304)."""
    blob = client.create_container("data").upload_blob("c", b"one")
    first = blob.get_blob_properties()
    blob.upload_blob(b"two", overwrite=True, etag=first.etag, match_condition=MatchConditions.IfNotModified)
    with pytest.raises(ResourceModifiedError) as caught:
        blob.upload_blob(b"three", overwrite=True, etag=first.etag, match_condition=MatchConditions.IfNotModified)
    assert caught.value.error_code == "ConditionNotMet"
    assert blob.download_blob().readall() == b"two"
    now = blob.get_blob_properties()
    for read in (
        lambda: blob.get_blob_properties(etag=now.etag, match_condition=MatchConditions.IfModified),
        lambda: blob.download_blob(if_modified_since=now.last_modified),
    ):
        with pytest.raises(HttpResponseError) as unchanged:
            read()
        assert unchanged.value.status_code == 304
    with pytest.raises(ResourceModifiedError):
        blob.set_blob_metadata({"a": "b"}, if_modified_since=now.last_modified)


def test_one_of_two_conditional_writers_wins(client: BlobServiceClient, blobs: Blobs) -> None:
    """Of many writers that all saw the same ETag, exactly one succeeds."""
    blob = client.create_container("data").upload_blob("race", b"start")
    etag, outcomes = blob.get_blob_properties().etag, []

    def write(number: int) -> None:
        try:
            blob.upload_blob(str(number), overwrite=True, etag=etag, match_condition=MatchConditions.IfNotModified)
            outcomes.append(number)
        except ResourceModifiedError:
            outcomes.append(-1)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [number for number in outcomes if number >= 0]
    assert len(outcomes) == 8
    assert blobs.read("stplain", "data", "race") == str(winner).encode()


def test_two_writers_at_once_leave_one_whole_blob(connect: Callable[..., BlobServiceClient], key: str) -> None:
    """Uploads in blocks to one name don't mix: the blob is one of the two."""
    client = connect(key, max_single_put_size=1 << 16, max_block_size=1 << 16)
    container = client.create_container("data")
    bodies = [letter * (1 << 20) for letter in (b"a", b"b")]
    failures: list[str] = []

    def write(data: bytes) -> None:
        for _ in range(3):
            try:
                container.upload_blob("shared", data, overwrite=True, max_concurrency=2)
            except HttpResponseError as error:
                # The other's commit has dropped the blocks that were staged so far, as on Azure.
                failures.append(error.error_code or "")

    threads = [threading.Thread(target=write, args=(data,)) for data in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert container.download_blob("shared").readall() in bodies
    assert set(failures) <= {"InvalidBlockList"}


def test_a_wrong_checksum_is_refused(client: BlobServiceClient) -> None:
    """A body whose MD5 isn't the one that came with it changes nothing."""
    blob = client.create_container("data").upload_blob("sum", b"good")
    with pytest.raises(HttpResponseError) as caught:
        blob.stage_block("a", b"bad", headers={"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    assert caught.value.error_code == "Md5Mismatch"
    assert blob.download_blob().readall() == b"good"


def test_the_same_bytes_are_kept_once(client: BlobServiceClient, blobs: Blobs) -> None:
    """Blobs with the same content share one file, named by its SHA-256."""
    container, data = client.create_container("data"), os.urandom(100_000)
    container.upload_blob("one", data)
    container.upload_blob("two", data)
    sha = hashlib.sha256(data).hexdigest()
    assert blobs.sha256("stplain", "data", "one") == sha
    folder = blobs.store.contents.folder
    assert [path.name for path in folder.rglob("*") if path.is_file() and path.stat().st_size == 100_000] == [sha]
