"""The commands that change an environment, on real stack files and a local Azure of their own."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sandbox import Sandbox

from seawall.cli import progress
from seawall.cli.exits import ExitCode
from seawall.local import stack_lock
from seawall.local.azure import LocalAzure
from seawall.local.events import Event, StepDone

UP = ("up", "dev", "--local", "--yes")


def test_up_brings_up_what_the_environment_needs_and_then_changes_nothing(sandbox: Sandbox) -> None:
    """`up dev` makes shared and dev, says where things are and what to do next; a second run changes nothing."""
    first = sandbox.run(*UP)
    assert first.code == ExitCode.DONE, first.err
    assert set(sandbox.owned()) == {"shared", "dev"}
    assert "dev is up on the local Azure" in first.out
    assert "fraud-online" in first.out and "/score" in first.out and "mlw-larkspur-mlp-dev-weu" in first.out
    assert "rules: " in first.out and "passed" in first.out
    assert len(re.findall(r"^    \S*seawall \w+ dev ", first.out, re.MULTILINE)) == 3, "three things to do next"
    assert "\x1b" not in first.out
    second = sandbox.run(*UP)
    assert second.code == ExitCode.DONE
    assert "nothing changed" in second.out and " created" not in second.out


def test_up_answers_in_json_alone(sandbox: Sandbox) -> None:
    """With --json, stdout is one document: counts, places, verdict; no secret and no progress."""
    answer = sandbox.run(*UP, "--json")
    document = answer.json
    assert document["exitCode"] == 0 and document["succeeded"] and document["changed"]
    assert {stack["stack"]: stack["counts"] for stack in document["stacks"]} == {
        stack: {"create": number} for stack, number in sandbox.owned().items()
    }
    assert {place["kind"] for place in document["places"]} >= {"Workspace", "Online endpoint"}
    assert document["guardrails"]["mandatory"] == 0 and document["guardrails"]["rules"] >= 15
    assert sandbox.run(*UP, "--json").json["changed"] is False


def test_preview_changes_nothing(sandbox: Sandbox) -> None:
    """A preview of an empty Azure shows what would be created, by component, and creates nothing."""
    answer = sandbox.run("preview", "dev", "--local")
    assert answer.code == ExitCode.DONE
    assert "    +  machinelearningservices:Workspace" in answer.out
    assert "  Workspace workspace\n" in answer.out
    assert " to create" in answer.out
    assert sandbox.owned() == {}


def test_preview_shows_a_change_property_by_property(sandbox: Sandbox) -> None:
    """After a budget was raised in the stack file, the preview shows that property and counts the rest as unchanged."""
    sandbox.run(*UP)
    sandbox.change("dev", "amount: 1500", "amount: 1600")
    answer = sandbox.run("preview", "dev", "--local")
    assert "    ~  consumption:Budget" in answer.out
    assert "         ~ amount: 1500 => 1600" in answer.out
    assert "  1 to update, " in answer.out
    document = sandbox.run("preview", "dev", "--local", "--json").json
    [shared, dev] = document["stacks"]
    assert not shared["changed"] and dev["counts"]["update"] == 1
    assert dev["resources"][0]["changes"] == [{"path": "amount", "before": 1500, "after": 1600}]
    assert "1 updated, " in sandbox.run(*UP).out


def test_a_mandatory_violation_stops_up_before_anything_changes(sandbox: Sandbox) -> None:
    """A budget beyond its cap: exit code 1, the rule, the resource and how to mend it; nothing was made."""
    sandbox.change("dev", "amount: 1500", "amount: 50000")
    answer = sandbox.run(*UP)
    assert answer.code == ExitCode.REFUSED
    assert "mandatory  budget-within-cap  dev: consumption:Budget" in answer.out
    assert "To mend it: " in answer.out
    assert "error: 1 mandatory violation in dev; nothing was changed" in answer.err
    assert sandbox.owned() == {}
    document = sandbox.run(*UP, "--json").json
    assert document["exitCode"] == 1 and document["guardrails"]["refused"]
    assert sandbox.run("preview", "dev", "--local").code == ExitCode.REFUSED
    assert sandbox.run("check", "dev").code == ExitCode.REFUSED


def test_without_a_terminal_up_asks_for_yes(sandbox: Sandbox) -> None:
    """Where nobody can be asked, --yes is needed; nothing is made without it. An unchanged environment needs none."""
    answer = sandbox.run("up", "dev", "--local")
    assert answer.code == ExitCode.BAD_INPUT
    assert "Say --yes" in answer.err
    assert sandbox.owned() == {}
    sandbox.run(*UP)
    assert sandbox.run("up", "dev", "--local").code == ExitCode.DONE


@pytest.mark.parametrize(("answer", "made"), [("y", True), ("n", False)])
def test_on_a_terminal_up_asks(sandbox: Sandbox, answer: str, made: bool) -> None:
    """On a terminal `up` asks first: a yes goes ahead, a no changes nothing."""
    import pty

    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "seawall", "up", "shared", "--local", "--cwd", str(sandbox.root)]
    process = subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, env={**os.environ, "TERM": "xterm"})
    os.close(inner)
    written = b""
    try:
        while chunk := os.read(outer, 4096):
            written += chunk
            if b"[y/N]" in written and answer:
                os.write(outer, f"{answer}\n".encode())
                answer = ""
    except OSError:
        pass  # a terminal whose last writer has gone reads as an error on Linux
    assert process.wait() == (ExitCode.DONE if made else ExitCode.INTERRUPTED)
    assert ("shared" in sandbox.owned()) is made
    assert b"Go ahead?" in written


def test_ctrl_c_in_the_middle_is_resumed_by_the_next_run(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped after twenty steps, the same command finishes what was begun and makes the rest."""
    seen: list[Event] = []

    def interrupt(screen: object, event: Event) -> None:
        seen.append(event)
        if sum(isinstance(one, StepDone) for one in seen) == 20:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress, "_tell", interrupt)
        stopped = sandbox.run(*UP)
    assert stopped.code == ExitCode.INTERRUPTED
    assert "goes on from there" in stopped.err
    assert 0 < sum(sandbox.owned().values()) < 60
    assert sandbox.run(*UP).code == ExitCode.DONE
    assert sandbox.run(*UP, "--json").json["changed"] is False


@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.0])
def test_ctrl_c_at_any_time_ends_clearly_and_can_be_resumed(sandbox: Sandbox, seconds: float) -> None:
    """A process that gets SIGINT, whenever, ends at once without a traceback; the next run makes everything."""
    command = [sys.executable, "-m", "seawall", "up", "shared", "--local", "--yes", "--cwd", str(sandbox.root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode in (ExitCode.INTERRUPTED, ExitCode.DONE)
    assert "Traceback" not in said
    if process.returncode == ExitCode.INTERRUPTED:
        assert "goes on from there" in said
    assert sandbox.run("up", "shared", "--local", "--yes").code == ExitCode.DONE
    assert sandbox.run("up", "shared", "--local", "--json").json["changed"] is False


def test_another_run_of_the_stack_is_not_disturbed(sandbox: Sandbox) -> None:
    """While another process changes the stack, `up` is refused with who that is."""
    sandbox.run("up", "shared", "--local", "--yes")
    locks = [path for path in sandbox.store.parent.rglob("*") if "lock" in path.name and "shared" in path.name]
    assert len(locks) == 1
    sandbox.change("shared", "amount: 4500", "amount: 4600")
    with stack_lock.held(locks[0], "shared", command="seawall up shared"):
        answer = sandbox.run("up", "shared", "--local", "--yes")
    assert answer.code == ExitCode.CLOUD_FAULT
    assert "being changed by process" in answer.err and "(seawall up shared)" in answer.err


def test_destroy_leaves_nothing_of_the_stack_and_all_of_the_other(sandbox: Sandbox) -> None:
    """`destroy dev` deletes all of dev and nothing of shared; a second one finds nothing to do."""
    sandbox.run(*UP)
    shared = sandbox.owned()["shared"]
    answer = sandbox.run("destroy", "dev", "--local", "--yes")
    assert answer.code == ExitCode.DONE
    assert "Soft-deleted, names still taken" in answer.out
    assert sandbox.owned() == {"shared": shared}
    assert "nothing to delete" in sandbox.run("destroy", "dev", "--local", "--yes").out
    recovered = sandbox.run(*UP)
    assert "recovered from soft deletion" in recovered.out


def test_what_others_need_is_not_destroyed(sandbox: Sandbox) -> None:
    """While dev is up, destroying shared is refused and changes nothing."""
    sandbox.run(*UP)
    before = sandbox.owned()
    answer = sandbox.run("destroy", "shared", "--local", "--yes")
    assert answer.code == ExitCode.REFUSED
    assert "dev is up and needs shared: destroy dev first" in answer.err
    assert sandbox.owned() == before


def test_destroy_needs_no_valid_stack_file(sandbox: Sandbox) -> None:
    """What is on record is enough to take an environment down: its stack file may be broken by then."""
    sandbox.run(*UP)
    sandbox.stack_file("dev").write_text("config: [")
    assert sandbox.run("destroy", "dev", "--local", "--yes").code == ExitCode.DONE
    assert "dev" not in sandbox.owned()


def test_refresh_finds_what_was_deleted_behind_its_back(sandbox: Sandbox) -> None:
    """An endpoint that somebody deleted is found by `refresh`, and made anew by the next `up`."""
    sandbox.run(*UP)
    assert "as the last `up` left it" in sandbox.run("refresh", "dev", "--local").out
    with LocalAzure.open(sandbox.store) as azure:
        [id] = [id for id in azure.snapshot()["resources"] if id.lower().endswith("/datastores/lake_raw")]
        azure.delete(id)
    answer = sandbox.run("refresh", "dev", "--local")
    assert answer.code == ExitCode.DONE
    assert "(deleted)" in answer.out and "1 resource changed behind its back" in answer.out
    again = sandbox.run(*UP)
    assert "1 created" in again.out
    assert sandbox.run("refresh", "dev", "--local", "--json").json["drifts"] == []


@pytest.mark.parametrize(
    "command", [("preview", "dev"), ("up", "dev", "--yes"), ("destroy", "dev"), ("refresh", "dev")], ids=" ".join
)
def test_a_store_that_is_no_store_is_a_fault_of_the_cloud(sandbox: Sandbox, command: tuple[str, ...]) -> None:
    """A file that isn't the local Azure's is left as it is: exit code 3, and how to name another."""
    sandbox.store.parent.mkdir()
    sandbox.store.write_bytes(b"not a database, and long enough to be read as one" * 50)
    before = sandbox.store.read_bytes()
    answer = sandbox.run(*command, "--local")
    assert answer.code == ExitCode.CLOUD_FAULT
    assert "azure.db" in answer.err and "--store" in answer.err
    assert sandbox.store.read_bytes() == before


def test_the_store_can_be_elsewhere(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--store and SEAWALL_STORE name another file for the local Azure; the option wins."""
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    monkeypatch.setenv("SEAWALL_STORE", str(one))
    assert sandbox.run("preview", "shared", "--local").code == ExitCode.DONE
    assert one.exists()
    assert sandbox.run("preview", "shared", "--local", "--store", str(two)).code == ExitCode.DONE
    assert two.exists() and not sandbox.store.exists()


def test_no_output_shows_a_secret(sandbox: Sandbox) -> None:
    """An encrypted setting reaches a resource, and neither preview, plan, export nor up prints anything of it."""
    sandbox.change("dev", "config:\n", "config:\n  seawall:alertWebhook:\n    secure: v1:c2VhbGVk:hidden\n")
    told = io.StringIO()
    for arguments in (
        ("preview", "dev", "--local", "--diff"),
        ("preview", "dev", "--local", "--json"),
        UP,
        ("plan", "dev", "--json"),
        ("export", "dev"),
    ):
        answer = sandbox.run(*arguments)
        assert answer.code == ExitCode.DONE, answer.err
        told.write(answer.out + answer.err)
    assert "hidden" not in told.getvalue() and "c2VhbGVk" not in told.getvalue()
    assert b"c2VhbGVk" not in b"".join(path.read_bytes() for path in sandbox.store.parent.iterdir() if path.is_file())


def test_a_reader_that_leaves_early_does_not_stop_a_run(sandbox: Sandbox) -> None:
    """`seawall up ... | head -1` makes the whole environment, and ends well."""
    command = f"{sys.executable} -m seawall up shared --local --yes --cwd {sandbox.root}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "Traceback" not in done.stderr
    assert f"{sandbox.owned()['shared']} to create" in done.stdout
    assert sandbox.run("up", "shared", "--local", "--json").json["changed"] is False


def test_a_pipe_gets_plain_lines_and_exit_codes(sandbox: Sandbox) -> None:
    """In a process of its own, its output piped, `up` writes no escape codes and ends with 0."""
    command = [sys.executable, "-m", "seawall", *UP, "--cwd", str(sandbox.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert json.loads(subprocess.check_output([*command, "--json"]))["changed"] is False
