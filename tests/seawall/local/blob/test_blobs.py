"""Blob storage for those in Python: what services of the local Azure read and write."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from blob_world import ACCOUNT, OTHER, WallClock

from seawall.local.blob import BlobError, Blobs, leases
from seawall.local.blob.rows import Address
from seawall.local.place import Place


@pytest.fixture
def models(blobs: Blobs, tmp_path: Path) -> Blobs:
    """A model of three files."""
    blobs.ensure_container(ACCOUNT, "models")
    weights = tmp_path / "weights"
    weights.write_bytes(b"w" * 3_000_000)
    blobs.put(ACCOUNT, "models", "fraud/1/MLmodel", b"flavors:\n", metadata={"upload_status": "completed"})
    blobs.put(ACCOUNT, "models", "fraud/1/data/model.pkl", weights)
    blobs.put(ACCOUNT, "models", "fraud/10/MLmodel", b"another version\n")
    return blobs


def refused(code: str) -> pytest.RaisesExc[BlobError]:
    return pytest.raises(BlobError, match=f"^{code}: ")


def test_a_model_comes_down_as_files(models: Blobs, tmp_path: Path) -> None:
    """Everything below a prefix is written with the names that follow it; version 1 is not version 10."""
    written = models.download(ACCOUNT, "models", "fraud/1", tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in written] == ["MLmodel", "data/model.pkl"]
    assert (tmp_path / "out/data/model.pkl").stat().st_size == 3_000_000
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["MLmodel", "data"]
    (one,) = models.download(ACCOUNT, "models", "fraud/1/MLmodel", tmp_path / "single")
    assert one.read_bytes() == b"flavors:\n"


def test_nothing_leads_out_of_the_folder(models: Blobs, tmp_path: Path) -> None:
    """A blob whose name climbs up is refused, and one that isn't there is told."""
    models.put(ACCOUNT, "models", "bad/../../evil", b"x")
    with refused("InvalidResourceName"):
        models.download(ACCOUNT, "models", "bad", tmp_path / "out")
    assert not (tmp_path / "evil").exists()
    with refused("BlobNotFound"):
        models.download(ACCOUNT, "models", "absent", tmp_path / "out")


def test_a_file_and_a_folder_of_one_name_cannot_both_come_down(models: Blobs, tmp_path: Path) -> None:
    """Blob storage has no folders, a disk has: the conflict is one clear error."""
    models.put(ACCOUNT, "models", "both/x", b"1")
    models.put(ACCOUNT, "models", "both/x/y", b"2")
    with pytest.raises(BlobError):
        models.download(ACCOUNT, "models", "both", tmp_path / "out")


def test_folder_markers_are_not_files(models: Blobs, tmp_path: Path) -> None:
    """The empty blobs with which clients mark folders don't come down as files."""
    models.put(ACCOUNT, "models", "fraud/1/data", b"", metadata={"hdi_isfolder": "true"})
    models.download(ACCOUNT, "models", "fraud/1", tmp_path / "out")
    assert (tmp_path / "out/data/model.pkl").is_file()


def test_a_copy_is_the_same_byte_for_byte(models: Blobs) -> None:
    """A version copied to another account has the same digests and metadata, and outlives its source."""
    models.ensure_container(OTHER, "registry")
    before = {name: models.sha256(ACCOUNT, "models", name) for name in models.names(ACCOUNT, "models", "fraud/1/")}
    copied = models.copy((ACCOUNT, "models", "fraud/1"), (OTHER, "registry", "m/fraud/1/"))
    assert [one.name for one in copied] == ["m/fraud/1/MLmodel", "m/fraud/1/data/model.pkl"]
    assert copied[0].metadata == {"upload_status": "completed"}
    for name in before:
        models.delete(ACCOUNT, "models", name)
    after = {name: models.sha256(OTHER, "registry", f"m/{name}") for name in before}
    assert after == before
    assert before["fraud/1/MLmodel"] == hashlib.sha256(b"flavors:\n").hexdigest()


def test_a_copy_is_whole_or_not_at_all(models: Blobs, now: WallClock) -> None:
    """When one of the targets is leased, none of them changes."""
    models.ensure_container(OTHER, "registry")
    models.put(OTHER, "registry", "x/data/model.pkl", b"leased")
    address = Address(OTHER, "registry", "x/data/model.pkl")
    models.store.change_lease(address, lambda lease: leases.acquire(lease, now(), "a", 60), lambda _: None)
    with refused("LeaseIdMissing"):
        models.copy((ACCOUNT, "models", "fraud/1"), (OTHER, "registry", "x"))
    assert models.names(OTHER, "registry") == ["x/data/model.pkl"]
    assert models.read(OTHER, "registry", "x/data/model.pkl") == b"leased"
    models.put(OTHER, "registry", "x/data/model.pkl", b"by its holder", lease="a")


def test_a_name_can_be_taken_once(models: Blobs) -> None:
    """`only_new` refuses to replace: a version that is registered stays as it is."""
    with refused("BlobAlreadyExists"):
        models.put(ACCOUNT, "models", "fraud/1/MLmodel", b"x", only_new=True)
    assert models.read(ACCOUNT, "models", "fraud/1/MLmodel") == b"flavors:\n"


def test_names_and_containers_that_are_not_there(models: Blobs) -> None:
    """A container that isn't there lists nothing; reading from it is an error, as is an unknown account."""
    assert models.names(ACCOUNT, "absent") == []
    with refused("ContainerNotFound"):
        models.read(ACCOUNT, "absent", "x")
    with refused("BlobNotFound"):
        models.entry(ACCOUNT, "models", "x")
    for call in (
        lambda: models.names("stabsent", "models"),
        lambda: models.ensure_container("stabsent", "models"),
        lambda: models.put("stabsent", "models", "x", b""),
    ):
        with refused("AccountNotFound"):
            call()


def test_what_is_kept_outlives_the_process(models: Blobs, place: Place) -> None:
    """Opened again, everything is there."""
    models.append(ACCOUNT, "models", "audit/log.jsonl", b"one\n")
    with Blobs.open(place) as again:
        assert again.names(ACCOUNT, "models", "fraud/1/") == ["fraud/1/MLmodel", "fraud/1/data/model.pkl"]
        assert again.append(ACCOUNT, "models", "audit/log.jsonl", b"two\n").size == 8
    assert models.read(ACCOUNT, "models", "audit/log.jsonl") == b"one\ntwo\n"
