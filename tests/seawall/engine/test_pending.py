"""What interrupted runs leave: pending operations in a state, and the lock of a CLI that was killed."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from seawall.engine import state_lock
from seawall.engine.locks import freed
from seawall.engine.pending import Pending, settled, standing

VAULT = {"urn": "urn:pulumi:dev::p::azure-native:keyvault:Vault::vault", "type": "azure-native:keyvault:Vault"}
GROUP = {"urn": "urn:pulumi:dev::p::azure-native:resources:ResourceGroup::g", "type": "t", "id": "/g"}
ID = "/subscriptions/1/vaults/kv"


def state(operation: str, *resources: dict[str, Any]) -> dict[str, Any]:
    resource = {**VAULT, "inputs": {"vaultName": "kv"}, "dependencies": [GROUP["urn"]]}
    return {"resources": [GROUP, *resources], "pending_operations": [{"resource": resource, "type": operation}]}


def test_what_was_made_is_taken_among_the_resources_with_all_that_is_known_of_it() -> None:
    """It comes last, after what it depends on."""
    document = settled(state("creating"), {VAULT["urn"]: ID})
    assert document["pending_operations"] == []
    *_, taken = document["resources"]
    assert (taken["id"], taken["inputs"], taken["dependencies"]) == (ID, {"vaultName": "kv"}, [GROUP["urn"]])


def test_what_made_nothing_is_forgotten() -> None:
    assert settled(state("creating"), {}) == {"resources": [GROUP], "pending_operations": []}


def test_what_is_being_replaced_waits_for_its_deletion() -> None:
    """The state knows two of a name then, one of which is to go."""
    old = {**VAULT, "id": "/old"}
    _, before, after = settled(state("creating", old), {VAULT["urn"]: ID})["resources"]
    assert (before["id"], before["delete"], after["id"]) == ("/old", True, ID)


def test_what_is_in_the_state_already_is_taken_once() -> None:
    made = {**VAULT, "id": ID}
    assert settled(state("updating", made), {VAULT["urn"]: ID})["resources"] == [GROUP, made]


def test_only_what_the_state_has_can_be_read_anew() -> None:
    pending = (Pending(VAULT["urn"], VAULT["type"], "updating"), Pending("urn:gone", "t", "reading"))
    assert standing(state("updating", {**VAULT, "id": ID}), pending) == [VAULT["urn"]]


def test_nothing_depends_on_a_lock_that_is_to_be_lifted() -> None:
    """The engine would want to delete what depends on it as well."""
    lock = "urn:lock"
    guarded = {**VAULT, "dependencies": [GROUP["urn"], lock], "propertyDependencies": {"scope": [lock], "name": None}}
    (after,) = freed({"resources": [guarded]}, [lock])["resources"]
    assert after["dependencies"] == [GROUP["urn"]]
    assert after["propertyDependencies"] == {"scope": [], "name": []}
    assert freed({"resources": [GROUP]}, [lock]) == {"resources": [GROUP]}


@pytest.mark.parametrize(
    ("operation", "made", "told"),
    [
        ("creating", True, "it exists (/x); it is taken into the state"),
        ("creating", False, "before it existed; it will be created"),
        ("creating", None, "whether it exists can't be told"),
        ("updating", None, "it is read from the cloud anew"),
    ],
)
def test_each_pending_operation_is_explained(operation: str, made: bool | None, told: str) -> None:
    line = Pending(VAULT["urn"], VAULT["type"], operation).told(made=made, id="/x")
    assert line.startswith(f"keyvault:Vault vault: {operation}")
    assert told in line


def locked(folder: Path, *, pid: int, host: str = "", at: str = "") -> state_lock.StateLock:
    path = folder / ".pulumi" / "locks" / "organization" / "p" / "dev" / "1.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"pid": pid, "username": "me", "hostname": host or socket.gethostname()}
    path.write_text(json.dumps({**said, "timestamp": at or datetime.now(UTC).isoformat()}))
    (found,) = state_lock.in_folder(folder, "dev")
    assert found.file == path
    return found


def test_a_lock_whose_process_lives_or_is_elsewhere_is_in_use(tmp_path: Path) -> None:
    assert not locked(tmp_path, pid=os.getpid()).is_abandoned
    assert not locked(tmp_path, pid=0x3FFFFFFF, host="another").is_abandoned


def test_a_lock_whose_process_is_gone_is_abandoned(tmp_path: Path) -> None:
    """One that has the number of a younger process is, too."""
    assert locked(tmp_path, pid=0x3FFFFFFF).is_abandoned
    assert locked(tmp_path, pid=os.getpid(), at="2001-01-01T00:00:00Z").is_abandoned


def test_a_file_that_is_no_lock_is_passed_over(tmp_path: Path) -> None:
    locked(tmp_path, pid=1).file.write_text("{")  # type: ignore[union-attr]
    assert list(state_lock.in_folder(tmp_path, "dev")) == []
