"""One stack under an engine process: previews, updates of just what was previewed, interruptions, recovery.

Everything is shown with a stand-in for the Pulumi CLI (see `stand_in`), and with the real one where there is one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from held import ABANDONED
from projects import CLIS, cli_folder, edit, opened, small_project

from seawall.engine.errors import EngineError, EngineInterrupted
from seawall.engine.stack import EngineStack
from seawall.local.azure import LocalAzure
from seawall.local.events import Event, Finished, Op, StepDone, StepFailed, StepStarted

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small"
ACCOUNTS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
SKU, TAGS = {"name": "Standard_LRS"}, {"owner": "platform"}
ACCOUNT = {"location": "westeurope", "kind": "StorageV2", "sku": SKU, "tags": TAGS}


@pytest.fixture(params=CLIS)
def pulumi(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which CLI is on PATH."""
    folder = cli_folder(request.param, tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    return str(request.param)


@pytest.fixture
def project(tmp_path: Path, pulumi: str) -> Path:
    return small_project(tmp_path / "project")


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as local:
        yield local


def brought_up(stack: EngineStack, folder: Path) -> list[Event]:
    """Preview and update; the events of the update."""
    events: list[Event] = []
    previewed = stack.preview(folder)
    assert stack.up(previewed, events.append).succeeded
    return events


def accounts(azure: LocalAzure) -> set[str]:
    return {row.id.rsplit("/", 1)[-1] for row in azure.store.of_type("microsoft.storage/storageaccounts")}


class TestRuns:
    """What a run does, and what it tells."""

    def test_a_preview_changes_nothing_and_an_update_does_what_was_previewed(
        self, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        with opened(project, azure) as stack:
            previewed = stack.preview(tmp_path)
            assert previewed.diff.counts == {Op.CREATE: 4}
            assert accounts(azure) == set()
            events: list[Event] = []
            summary = stack.up(previewed, events.append)
        assert summary.succeeded
        assert accounts(azure) == {"stsmallfirst", "stsmallsecond", "stsmallthird"}
        assert sum(isinstance(event, StepStarted) for event in events) == 4
        assert sum(isinstance(event, StepDone) for event in events) == 4
        assert isinstance(events[-1], Finished)

    def test_a_second_run_changes_nothing(self, project: Path, azure: LocalAzure, tmp_path: Path) -> None:
        with opened(project, azure) as stack:
            brought_up(stack, tmp_path)
            assert stack.preview(tmp_path).diff.counts == {Op.SAME: 4}

    def test_an_edit_shows_each_property_with_both_values(
        self, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        with opened(project, azure) as stack:
            brought_up(stack, tmp_path)
        edit(project, owner="finance", accounts=["first", "second"])
        with opened(project, azure) as stack:
            diff = stack.preview(tmp_path).diff
        assert diff.counts == {Op.SAME: 1, Op.UPDATE: 2, Op.DELETE: 1}
        changed = next(change for change in diff.changing if change.name == "first")
        assert [(str(c.path), c.before, c.after) for c in changed.changes] == [("tags.owner", "platform", "finance")]

    def test_a_fixed_property_replaces(self, project: Path, azure: LocalAzure, tmp_path: Path) -> None:
        with opened(project, azure) as stack:
            brought_up(stack, tmp_path)
        edit(project, location="northeurope")
        with opened(project, azure) as stack:
            diff = stack.preview(tmp_path).diff
        assert diff.counts[Op.REPLACE] == 3
        assert "location can't be changed in place" in diff.changing[0].reasons

    def test_an_update_of_something_else_than_was_previewed_is_refused(
        self, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """The world changed between the two: nothing more is done, and the message says to run it again."""
        with opened(project, azure) as stack:
            previewed = stack.preview(tmp_path)
            edit(project, accounts=["first", "second", "third", "fourth"])
            with pytest.raises(EngineError, match="no longer what was previewed") as caught:
                stack.up(previewed, lambda event: None)
        assert "previews anew" in caught.value.hint
        assert "stsmallfourth" not in accounts(azure)

    def test_what_the_cloud_refuses_is_told_of_its_resource(
        self, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        azure.put(GROUP, {"location": "westeurope"})
        azure.put(f"{ACCOUNTS}/stsmallsecond", ACCOUNT)
        events: list[Event] = []
        with opened(project, azure) as stack:
            summary = stack.up(stack.preview(tmp_path), events.append)
        assert not summary.succeeded
        failed = next(event for event in events if isinstance(event, StepFailed))
        assert "already exist" in str(failed.error)

    def test_a_refresh_finds_what_was_changed_and_deleted(
        self, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        with opened(project, azure) as stack:
            brought_up(stack, tmp_path)
            body = azure.get(f"{ACCOUNTS}/stsmallfirst")
            azure.put(f"{ACCOUNTS}/stsmallfirst", {**body, "tags": {"owner": "somebody"}})
            azure.delete(f"{ACCOUNTS}/stsmallsecond")
            seen = stack.refresh(lambda event: None)
            found = {change.name: change.op for change in seen.drifted}
            assert found == {"first": Op.UPDATE, "second": Op.DELETE}
            again = stack.preview(tmp_path).diff
        assert again.counts == {Op.SAME: 2, Op.UPDATE: 1, Op.CREATE: 1}

    def test_destroy_deletes_all_of_it(self, project: Path, azure: LocalAzure, tmp_path: Path) -> None:
        with opened(project, azure) as stack:
            brought_up(stack, tmp_path)
            diff = stack.preview_destroy()
            assert diff.counts == {Op.DELETE: 4}
            assert accounts(azure)
            assert stack.destroy(diff, lambda event: None).succeeded
        assert azure.snapshot()["resources"] == {}

    def test_the_project_s_own_stack_files_stay_as_they_are(
        self, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """The engine works on a copy, into which it may write its salt."""
        before = (project / "stacks" / "Pulumi.test.yaml").read_bytes()
        with opened(project, azure) as stack:
            brought_up(stack, tmp_path)
        assert (project / "stacks" / "Pulumi.test.yaml").read_bytes() == before


HELD = Path(__file__).with_name("held.py")


class TestInterruptions:
    """An update that is stopped in the middle of making the second account, by a person or by force."""

    @pytest.fixture
    def gate(self, tmp_path: Path) -> Path:
        return tmp_path / "go"

    @pytest.fixture
    def held(self, project: Path, tmp_path: Path, gate: Path) -> Iterator[subprocess.Popen[str]]:
        """A process whose engine waits within the creation of `second`, on which `third` depends."""
        edit(project, chained=True)
        line = [sys.executable, str(HELD), str(project), str(tmp_path / "azure.db"), str(tmp_path), str(gate)]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_for(gate.with_suffix(".there"), process)
        yield process
        if process.poll() is None:
            kill_tree(process.pid)  # the engine runs in a session of its own, and would wait for ever
        process.communicate()

    def test_one_ctrl_c_lets_the_step_end_and_the_next_run_finishes(
        self, held: Any, gate: Path, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        held.send_signal(signal.SIGINT)
        assert "received; cancelling" in held.stdout.readline()
        gate.touch()
        out, _ = held.communicate(timeout=60)
        assert held.returncode == 3, out
        assert "EngineInterrupted stopped: test is as far as it got" in out
        assert accounts(azure) == {"stsmallfirst", "stsmallsecond"}
        assert self.finishes(project, azure, tmp_path) == []

    def test_two_ctrl_c_abandon_it_and_the_next_run_explains_and_finishes(
        self, held: Any, gate: Path, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        held.send_signal(signal.SIGINT)
        assert "received; cancelling" in held.stdout.readline()
        held.send_signal(signal.SIGINT)
        wait_until(lambda: "EngineInterrupted" in held.stdout.readline())
        gate.write_text(ABANDONED)
        held.communicate(timeout=60)
        assert held.returncode == 3
        (line,) = self.finishes(project, azure, tmp_path)
        assert "interrupted before it existed; it will be created" in line

    def test_a_killed_engine_leaves_a_pending_operation_that_is_explained(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """SIGKILL hits both; what was being made is told, and whether it exists, and the next run finishes."""
        kill_tree(held.pid)
        held.wait()
        with opened(project, azure) as stack, pytest.raises(EngineError, match="which was killed") as caught:
            stack.settle(stack.pending(), lambda id: False)
        assert "pulumi cancel -s test --yes" in caught.value.hint
        (line,) = self.finishes(project, azure, tmp_path, killed=True)
        assert "interrupted before it existed; it will be created" in line

    def test_what_exists_already_is_taken_into_the_state(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """Azure had made it although the engine never heard: the next run takes it up rather than failing on it."""
        kill_tree(held.pid)
        held.wait()
        azure.put(f"{ACCOUNTS}/stsmallsecond", ACCOUNT)
        (line,) = self.finishes(project, azure, tmp_path, killed=True)
        assert "it exists" in line
        assert "taken into the state" in line

    def finishes(self, project: Path, azure: LocalAzure, folder: Path, *, killed: bool = False) -> list[str]:
        """Settle what is open, bring it up; what was told of the open operations.

        The lock that a killed run leaves is taken off, and no other.
        """
        lines: list[str] = []
        with opened(project, azure) as stack:
            assert (stack.free() is not None) is killed
            left = stack.pending()
            if left:
                lines = stack.settle(left, lambda id: azure.get(id) is not None)
                assert all("storage:StorageAccount second: creating it was interrupted" in line for line in lines)
                assert stack.pending() == ()
            brought_up(stack, folder)
            assert stack.preview(folder).diff.counts == {Op.SAME: 4}
        assert accounts(azure) == {"stsmallfirst", "stsmallsecond", "stsmallthird"}
        return lines

    def test_a_second_run_meanwhile_is_told_who_has_the_lock(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """Previews only read; what would change something is refused."""
        with opened(project, azure) as stack:
            assert stack.free() is None
            previewed = stack.preview(tmp_path)
            with pytest.raises(EngineError, match="state is locked by") as caught:
                stack.up(previewed, lambda event: None)
        assert "Wait for that run to end" in caught.value.hint
        assert not isinstance(caught.value, EngineInterrupted)


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    def there() -> bool:
        if process.poll() is not None:
            raise AssertionError(process.communicate())
        return path.exists()

    wait_until(there)


def wait_until(happened: Any) -> None:
    """Poll for up to a minute; a slow machine only takes longer."""
    pause = threading.Event()
    for _ in range(1200):
        if happened():
            return
        pause.wait(0.05)
    raise AssertionError("it did not happen within a minute")


def kill_tree(pid: int) -> None:
    """SIGKILL to a process and all that it started."""
    import psutil

    parent = psutil.Process(pid)
    processes = [*parent.children(recursive=True), parent]
    for process in processes:
        process.kill()
    wait_until(lambda: not any(map(lives, processes[:-1])))


def lives(process: Any) -> bool:
    import psutil

    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
