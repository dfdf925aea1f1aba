"""One stack under an engine process: previews, updates of just what was previewed, interruptions, recovery.

The process is a stand-in for the Pulumi CLI (see `stand_in`), which can't be had everywhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import edit, opened, put_stand_in, small_project

from seawall.engine.errors import EngineError, EngineInterrupted
from seawall.engine.stack import EngineStack
from seawall.local.azure import LocalAzure
from seawall.local.events import Event, Finished, Op, StepDone, StepFailed, StepStarted

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-small"
ACCOUNTS = f"{GROUP}/providers/Microsoft.Storage/storageAccounts"
SKU, TAGS = {"name": "Standard_LRS"}, {"owner": "platform"}
ACCOUNT = {"location": "westeurope", "kind": "StorageV2", "sku": SKU, "tags": TAGS}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = put_stand_in(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
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


DRIVER = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from projects import opened
from seawall.engine.errors import EngineError
from seawall.local.azure import LocalAzure
project, store, folder = map(Path, sys.argv[1:4])
with LocalAzure.open(store) as azure, opened(project, azure, {{"STAND_IN_HOLDS": sys.argv[4]}}) as stack:
    previewed = stack.preview(folder)
    try:
        stack.up(previewed, lambda event: None)
    except EngineError as error:
        print(type(error).__name__, error, "|", error.hint)
        sys.exit(3)
"""


class TestInterruptions:
    """An update that is stopped in the middle of making the second account, by a person or by force."""

    @pytest.fixture
    def held(self, project: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        """A process whose engine waits within the creation of `second`."""
        gate = tmp_path / "go"
        here = Path(__file__).parent
        code = DRIVER.format(tests=str(here), root=str(here.parents[2]))
        arguments = [str(project), str(tmp_path / "azure.db"), str(tmp_path), f"second={gate}"]
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_for(gate.with_suffix(".there"), process)
        yield process
        if process.poll() is None:
            kill_tree(process.pid)  # the engine runs in a session of its own, and would wait for ever
        process.wait()

    def test_one_ctrl_c_lets_the_step_end_and_the_next_run_finishes(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        held.send_signal(signal.SIGINT)
        out, _ = held.communicate(timeout=60)
        assert held.returncode == 3
        assert out.startswith("EngineInterrupted stopped: test is as far as it got")
        assert {"stsmallfirst", "stsmallsecond"} <= accounts(azure)
        assert "stsmallthird" not in accounts(azure)
        self.finishes(project, azure, tmp_path, pending=0)

    def test_two_ctrl_c_abandon_it_and_the_next_run_explains_and_finishes(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        held.send_signal(signal.SIGINT)
        time.sleep(0)  # lets the first one be handled before the second comes
        wait_until(lambda: held.poll() is not None or not held.send_signal(signal.SIGINT))
        held.communicate(timeout=60)
        assert held.returncode == 3
        self.finishes(project, azure, tmp_path, pending=None)

    def test_a_killed_engine_leaves_a_pending_operation_that_is_explained(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """SIGKILL hits both; what was being made is told, and whether it exists, and the next run finishes."""
        kill_tree(held.pid)
        held.wait()
        self.finishes(project, azure, tmp_path, pending=1)

    def test_what_exists_already_is_taken_into_the_state(
        self, held: Any, project: Path, azure: LocalAzure, tmp_path: Path
    ) -> None:
        """Azure had made it although the engine never heard: the next run takes it up rather than failing on it."""
        kill_tree(held.pid)
        held.wait()
        azure.put(f"{ACCOUNTS}/stsmallsecond", ACCOUNT)
        lines = self.finishes(project, azure, tmp_path, pending=1)
        assert "it exists" in lines[0]
        assert "taken into the state" in lines[0]

    def finishes(self, project: Path, azure: LocalAzure, folder: Path, *, pending: int | None) -> list[str]:
        """Settle what is open, bring it up; what was told of the open operations."""
        lines: list[str] = []
        with opened(project, azure) as stack:
            left = stack.pending()
            assert pending is None or len(left) == pending
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
        with opened(project, azure) as stack, pytest.raises(EngineError, match="state is locked by") as caught:
            stack.preview(tmp_path)
        assert "pulumi cancel -s test" in caught.value.hint
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
    for process in [*parent.children(recursive=True), parent]:
        process.kill()
