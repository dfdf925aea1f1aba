"""The commands that look, check and export, on real stack files; and stack files that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sandbox import Sandbox

from seawall.cli.exits import ExitCode
from seawall.plan.files import read

COMMANDS = (
    ("plan", "dev"),
    ("check", "dev"),
    ("export", "dev"),
    ("graph", "dev", "--out", "dev.svg"),
    ("preview", "dev", "--local"),
    ("up", "dev", "--local", "--yes"),
)


def test_plan_lists_types_and_writes_a_file_that_can_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    """Without a file the plan is a list of types; the file is the plan, and --json the same on stdout."""
    listed = sandbox.run("plan", "dev")
    assert "1  machinelearningservices:Workspace" in listed.out
    file = tmp_path / "dev.json"
    written = sandbox.run("plan", "dev", "--out", str(file))
    assert str(file) in written.out
    plan = read(file)
    assert f"{len(plan.managed)}  resources of" in listed.out
    assert sandbox.run("plan", "dev", "--json").out == file.read_text()
    assert sandbox.run("plan", "dev", "--out", "-").out == file.read_text()


def test_export_writes_a_template(sandbox: Sandbox, tmp_path: Path) -> None:
    """The ARM export has its schema, its content version, and an entry for each resource of the plan."""
    file = tmp_path / "dev.json"
    assert sandbox.run("export", "dev", "--format", "arm", "--out", str(file)).code == ExitCode.DONE
    template = json.loads(file.read_text())
    assert template["$schema"].endswith("deploymentTemplate.json#") and template["contentVersion"]
    assert len(template["resources"]) == len(json.loads(sandbox.run("export", "dev").out)["resources"])
    assert {"type", "apiVersion", "name"} <= set(template["resources"][0])


def test_graph_writes_both_formats(sandbox: Sandbox, tmp_path: Path) -> None:
    """The ending of the file's name says which picture is drawn."""
    assert sandbox.run("graph", "dev", "--out", str(tmp_path / "dev.svg")).code == ExitCode.DONE
    assert "mlw-larkspur-mlp-dev-weu" in "".join(ElementTree.parse(tmp_path / "dev.svg").getroot().itertext())
    assert sandbox.run("graph", "dev", "--out", str(tmp_path / "dev.mmd")).code == ExitCode.DONE
    assert "flowchart LR" in (tmp_path / "dev.mmd").read_text()


def test_check_tells_the_verdict(sandbox: Sandbox) -> None:
    """An environment that keeps every rule passes, in words and in JSON."""
    answer = sandbox.run("check", "dev")
    assert answer.code == ExitCode.DONE and "Guardrails dev: " in answer.out
    document = sandbox.run("check", "dev", "--json").json
    assert document["guardrails"]["stacks"][0]["stack"] == "dev"
    assert document["guardrails"]["mandatory"] == 0 and not document["guardrails"]["refused"]
    assert 0 < document["guardrails"]["passed"] <= document["guardrails"]["rules"]


def test_an_advisory_violation_is_told_and_let_through(sandbox: Sandbox) -> None:
    """In dev a budget that computes may overrun is advice: it is shown, and the exit code is 0."""
    sandbox.change("dev", "amount: 1500", "amount: 15")
    answer = sandbox.run("check", "dev")
    assert answer.code == ExitCode.DONE
    assert "advisory   estimated-cost-within-budget" in answer.out


def test_schema_is_the_settings_schema(sandbox: Sandbox, tmp_path: Path) -> None:
    """`schema` writes a JSON Schema, to a file or to stdout, and needs no project."""
    from seawall.cli.app import run

    file = tmp_path / "schema.json"
    assert run(["schema", "--out", str(file)]) == ExitCode.DONE
    schema = json.loads(file.read_text())
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "seawall:network" in json.dumps(schema)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_fault_of_a_stack_file_is_told_at_once(sandbox: Sandbox, command: tuple[str, ...]) -> None:
    """Three faults in one file are three errors, each with its line and path; exit code 2; nothing is made."""
    sandbox.change("dev", "location: westeurope", "location: atlantis")
    sandbox.change("dev", "maxNodes: 4", "maxNodes: many")
    sandbox.change("dev", "retentionDays: 30", "retentionDay: 30")
    answer = sandbox.run(*command)
    assert answer.code == ExitCode.BAD_INPUT
    errors = [line for line in answer.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 3
    assert all(line.startswith("error: Pulumi.dev.yaml:") for line in errors)
    assert "Traceback" not in answer.err
    assert not sandbox.store.exists() or sandbox.owned() == {}


@pytest.mark.parametrize(
    "content", [b"", b"config: [", b"\xff\xfe\x00", b"- a\n- b\n", b"config: {}\n"], ids=lambda content: repr(content)
)
def test_a_file_that_is_no_stack_file_is_bad_input(sandbox: Sandbox, content: bytes) -> None:
    """Empty, not YAML, not UTF-8, not a mapping, without settings: exit code 2 and what was expected."""
    sandbox.stack_file("dev").write_bytes(content)
    answer = sandbox.run("preview", "dev", "--local")
    assert answer.code == ExitCode.BAD_INPUT
    assert "Pulumi.dev.yaml" in answer.err and "Traceback" not in answer.err


def test_environments_that_contradict_each_other_are_bad_input(sandbox: Sandbox) -> None:
    """Two environments with the same address space can't be peered: planning either says so."""
    sandbox.change("dev", "addressSpace: 10.40.4.0/22", "addressSpace: 10.40.0.0/22")
    answer = sandbox.run("plan", "dev")
    assert answer.code == ExitCode.BAD_INPUT
    assert "addressSpace" in answer.err and "shared" in answer.err


def test_another_environment_s_mistakes_don_t_stop_this_one(sandbox: Sandbox) -> None:
    """A broken test environment is no reason not to plan dev."""
    sandbox.stack_file("test").write_text("config: [")
    assert sandbox.run("plan", "dev").code == ExitCode.DONE


def test_a_fault_of_the_program_is_bad_input(sandbox: Sandbox) -> None:
    """An exception in the Pulumi program is one message, without a traceback."""
    (sandbox.root / "stacks" / "__main__.py").write_text("raise ValueError('no such tide')\n")
    answer = sandbox.run("plan", "dev")
    assert answer.code == ExitCode.BAD_INPUT
    assert "no such tide" in answer.err and "Traceback" not in answer.err


def test_a_file_that_can_t_be_written_is_bad_input(sandbox: Sandbox, tmp_path: Path) -> None:
    """A folder that isn't there is told, and nothing half-written is left."""
    answer = sandbox.run("plan", "dev", "--out", str(tmp_path / "nowhere" / "dev.json"))
    assert answer.code == ExitCode.BAD_INPUT
    assert "can't be written" in answer.err
