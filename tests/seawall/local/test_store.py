"""The store's file: what happens to it when it is damaged, foreign, from the future, full or shared."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from builder import Builder
from platform_plan import platform

from seawall.local.azure import LocalAzure
from seawall.local.deploy import RunSettings, preview, stacks, up
from seawall.local.errors import StoreBroken, StoreBusy, StoreError, StoreForeign, StoreFull, StoreTooNew, StoreUnusable
from seawall.local.store import Row, Store
from seawall.plan.values import OPAQUE, Secret


def _row(name: str) -> Row:
    id = f"/subscriptions/s/resourceGroups/{name}"
    return Row(id, "microsoft.resources/resourcegroups", "Succeeded", "2024-03-01", "e", "", None, {"location": "x"})


def _database(path: Path, *statements: str) -> Path:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


def test_what_is_written_is_there_after_reopening(tmp_path: Path) -> None:
    """A store keeps its rows, and IDs are found in any case."""
    with Store(tmp_path / "a.db") as store:
        store.save(_row("RG-One"), ())
    with Store(tmp_path / "a.db") as store:
        found = store.resource("/SUBSCRIPTIONS/s/resourcegroups/rg-one")
    assert found is not None
    assert found.id == "/subscriptions/s/resourceGroups/RG-One"


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine may read what a platform looks like."""
    with Store(tmp_path / "a.db"):
        assert (tmp_path / "a.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"stacks: {dev: broken}\n", StoreBroken),
        (b"\x00" * 4096, StoreBroken),
        (b"SQLite format 3\0" + b"\xff" * 4000, StoreBroken),
    ],
)
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, content: bytes, error: type[StoreError]) -> None:
    """One clear line names the file; not a byte of it changes."""
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        Store(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_damaged_store_is_noticed_when_it_is_opened(tmp_path: Path) -> None:
    """A hole in the middle of the file is found before anything is written."""
    path = tmp_path / "a.db"
    with Store(path) as store:
        for number in range(300):
            store.save(_row(f"rg-{number}"), ())
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 12] = b"\xde" * 4096 * 4
    path.write_bytes(content)
    with pytest.raises(StoreBroken, match="damaged"):
        Store(path)
    assert path.read_bytes() == content


def test_a_truncated_store_is_noticed_when_it_is_opened(tmp_path: Path) -> None:
    """A file that was cut off is refused, not read half."""
    path = tmp_path / "a.db"
    with Store(path) as store:
        for number in range(300):
            store.save(_row(f"rg-{number}"), ())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreBroken):
        Store(path)


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """What a process leaves that was killed while it made its store is no obstacle."""
    path = tmp_path / "a.db"
    path.touch()
    with Store(path) as store:
        assert list(store.resources()) == []


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    """Its tables stay, and no journal mode of ours is forced on it."""
    path = _database(tmp_path / "a.db", "CREATE TABLE customers (name TEXT)", "INSERT INTO customers VALUES ('x')")
    content = path.read_bytes()
    with pytest.raises(StoreForeign, match="not a store"):
        Store(path)
    assert path.read_bytes() == content


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older program says that it is older."""
    path = tmp_path / "a.db"
    Store(path).close()
    _database(path, "PRAGMA user_version=99")
    with pytest.raises(StoreTooNew, match="format 99"):
        Store(path)


def test_a_folder_in_the_file_s_place_is_refused(tmp_path: Path) -> None:
    """The reason is the system's own."""
    with pytest.raises(StoreUnusable, match="directory"):
        Store(tmp_path)


def test_a_file_as_the_parent_folder_is_refused(tmp_path: Path) -> None:
    """No traceback of the file system gets through."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnusable):
        Store(tmp_path / "file" / "a.db")


def test_another_process_that_holds_the_store_is_waited_for_and_then_named_as_the_reason(tmp_path: Path) -> None:
    """A store that stays locked gives one clear error after the busy timeout."""
    path = tmp_path / "a.db"
    Store(path).close()
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    with Store(path, timeout=0.01) as store, pytest.raises(StoreBusy, match="locked"):
        store.save(_row("rg"), ())
    other.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    """All of a transaction is there, or none."""
    with Store(tmp_path / "a.db") as store:
        with pytest.raises(RuntimeError), store.write():
            store.save(_row("rg"), ())
            raise RuntimeError("stop")
        assert list(store.resources()) == []


def test_threads_share_a_store(tmp_path: Path) -> None:
    """Writes from many threads are all there."""
    with Store(tmp_path / "a.db") as store:
        threads = [threading.Thread(target=store.save, args=(_row(f"rg-{n}"), ())) for n in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.count("microsoft.resources/resourcegroups") == 40


def test_a_full_disk_stops_a_run_and_loses_nothing(tmp_path: Path) -> None:
    """The run ends with one clear error; with room again, the same command finishes it."""
    plan = platform()
    with LocalAzure.open(tmp_path / "whole.db") as azure:
        up(plan, azure)
        expected = azure.snapshot()
    path = tmp_path / "full.db"
    with LocalAzure.open(path) as azure:
        pages = azure.store.database.rows("PRAGMA page_count")[0][0]
        azure.store.database.rows(f"PRAGMA max_page_count={pages + 20}")
        with pytest.raises(StoreFull, match="no room"):
            up(plan, azure, settings=RunSettings(workers=4))
        made = len(list(azure.store.resources()))
    with LocalAzure.open(path) as azure:
        assert 0 < made <= len(list(azure.store.resources())) < len(plan.resources)
        assert preview(plan, azure).problems == ()
        assert up(plan, azure).succeeded
        assert azure.snapshot() == expected


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting one takes root")
def test_a_full_file_system_is_told_as_such(tmp_path: Path) -> None:
    """On a real file system without room the reason is the same clear one."""
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=300k tmpfs {small}") != 0:
        pytest.skip("mounting a file system isn't allowed here")
    try:
        with LocalAzure.open(small / "a.db") as azure, pytest.raises(StoreFull, match="no room"):
            up(platform(), azure)
        with LocalAzure.open(small / "a.db") as azure:
            assert preview(platform(), azure).problems == ()
    finally:
        os.system(f"umount {small}")


def test_secrets_are_not_in_the_file(tmp_path: Path) -> None:
    """Neither a resource nor a stack's state, journal or outputs hold a secret in clear."""
    b = Builder()
    group = b.group(tags={"token": Secret("hunter2-in-a-tag")})
    vault = b.vault(group, "kv-a")
    where = {"resourceGroupName": group.name, "vaultName": vault.name, "secretName": "db"}
    b.add("keyvault:Secret", "secret", **where, properties={"value": Secret("hunter2-in-a-vault")})
    plan = b.plan(password=Secret("hunter2-exported"))
    with LocalAzure.open(tmp_path / "a.db") as azure:
        assert up(plan, azure).succeeded
        assert not preview(plan, azure).changed
        assert stacks(azure)[0].outputs == {"password": OPAQUE}
        for file in tmp_path.iterdir():
            if file.is_file():
                assert b"hunter2" not in file.read_bytes()


WRITES = """
import sys
from pathlib import Path
from seawall.local.store import Row, Store
with Store(Path(sys.argv[1])) as store:
    store.save(Row("/from/another", "a/b", "Succeeded", "", "", "", None, {}))
"""


def test_a_second_connection_in_one_process_leaves_the_first_one_s_locks(tmp_path: Path) -> None:
    """POSIX forgets all locks of a process on a file when any of its descriptors of it is closed; without them another
    process would take the log away under the first connection, and its writes would be lost."""
    path = tmp_path / "azure.db"
    first = Store(path)
    first.save(Row("/before", "a/b", "Succeeded", "", "", "", None, {}))
    Store(path).close()
    subprocess.run([sys.executable, "-c", WRITES, str(path)], check=True)
    first.save(Row("/after", "a/b", "Succeeded", "", "", "", None, {}))
    first.close()
    with Store(path) as again:
        assert [row.id for row in again.resources()] == ["/after", "/before", "/from/another"]
