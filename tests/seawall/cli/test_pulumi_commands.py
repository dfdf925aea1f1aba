"""`preview`, `up`, `refresh` and `destroy` through an engine process, from the command line.

The engine process is a stand-in for the Pulumi CLI (see tests/seawall/engine/stand_in.py), and, where it is there, the
real one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.local.azure import LocalAzure
from tests.seawall.engine.projects import CLIS, cli_folder, put_stand_in

ROOT = Path(__file__).parents[3]
BUDGET = "amount: 4500"


def variables(folder: Path, tmp_path: Path) -> dict[str, str]:
    """Variables with a CLI on PATH, and a store of the test's own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AZURE_"))}
    return {**kept, "PATH": f"{folder}:/usr/bin:/bin", "SEAWALL_STORE": str(tmp_path / "azure.db")}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """With the stand-in."""
    return variables(put_stand_in(tmp_path / "bin"), tmp_path)


@pytest.fixture(params=CLIS)
def pulumi(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """With either CLI."""
    return variables(cli_folder(request.param, tmp_path / "bin"), tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with stack files that may be edited."""
    folder = tmp_path / "platform"
    folder.mkdir()
    for name in ("components", "rbac", "policies", "seawall", "pyproject.toml", "Pulumi.yaml"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "stacks").mkdir()
    for path in (ROOT / "stacks").iterdir():
        target = folder / "stacks" / path.name
        target.write_bytes(path.read_bytes()) if path.suffix == ".yaml" else target.symlink_to(path)
    return folder


def seawall(*arguments: str, env: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", "from seawall.cli import main; main()", *arguments]
    return subprocess.run(line, env=env, cwd=cwd, capture_output=True, text=True, check=False)


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def violations(document: dict[str, Any]) -> list[tuple[str, str]]:
    stacks = document["guardrails"]["stacks"]
    return sorted((v["rule"], v["urn"]) for stack in stacks for v in stack["violations"])


def test_the_life_of_an_environment(project: Path, pulumi: dict[str, str]) -> None:
    """Created, edited, changed behind its back, read and destroyed, locks and all, by the engine on the local Azure."""
    flags = ("shared", "--local", "--engine", "pulumi", "--json")

    def run(command: str, *more: str) -> dict[str, Any]:
        done = seawall(command, *flags, *more, env=pulumi, cwd=project)
        assert done.returncode == 0, done.stderr
        return answer(done)

    first = run("up", "--yes")
    assert first["succeeded"]
    assert set(first["stacks"][0]["counts"]) == {"create"}
    file = project / "stacks" / "Pulumi.shared.yaml"
    file.write_text(file.read_text().replace(BUDGET, "amount: 4600"))
    plan = project / "plan.json"
    (changed,) = run("preview", "--save-plan", str(plan))["stacks"][0]["resources"]
    assert (changed["name"], changed["op"]) == ("budget", "update")
    assert changed["changes"] == [{"path": "amount", "before": 4500, "after": 4600}]
    if pulumi["PATH"].startswith(f"{project.parent}/bin"):
        assert run("refresh")["drifts"] == []  # the stand-in's update plans and diffs of outputs are its own
    else:
        check_with_a_real_engine(run, plan, Path(pulumi["SEAWALL_STORE"]))
    assert run("destroy", "--yes", "--lift-protection")["succeeded"]


def check_with_a_real_engine(run: Callable[..., dict[str, Any]], plan: Path, store: Path) -> None:
    """What was approved is done, and what was changed behind its back is found."""
    assert run("up", "--yes", "--plan", str(plan))["stacks"][0]["counts"].get("update") == 1
    with LocalAzure.open(store) as azure:
        group = azure.store.of_type("microsoft.resources/resourcegroups")[0].id
        azure.put(group, {**(azure.get(group) or {}), "tags": {"owner": "somebody"}})
    (drift,) = run("refresh")["drifts"]
    assert drift["id"] == group


def test_the_policy_pack_stops_what_the_offline_check_stops(project: Path, pulumi: dict[str, str]) -> None:
    """The same violations, exit 1, and nothing made."""
    file = project / "stacks" / "Pulumi.shared.yaml"
    file.write_text(file.read_text().replace(BUDGET, "amount: 50000"))
    flags = ("shared", "--local", "--engine", "pulumi", "--json")
    previewed = seawall("preview", *flags, env=pulumi, cwd=project)
    assert previewed.returncode == 1
    document = answer(previewed)
    pack = sorted((v["rule"], v["urn"]) for v in document["policyPack"])
    assert pack == violations(document)
    assert "budget-within-cap" in {rule for rule, _ in pack}
    assert "differ" not in previewed.stderr
    assert "KeyboardInterrupt" not in previewed.stderr
    raised = seawall("up", *flags, "--yes", env=pulumi, cwd=project)
    assert raised.returncode == 1
    assert not Path(pulumi["SEAWALL_STORE"]).with_name("pulumi").exists() or "create" not in raised.stdout


@pytest.mark.parametrize(
    ("fails", "message", "todo"),
    [
        ("login", "isn't logged in", "pulumi login"),
        ("expired", "login to Azure has expired", "az login --tenant 99999999"),
        ("permission", "ci may not Microsoft.Network/virtualNetworks/write", "seawall doctor shared"),
        ("plugin", "a plugin of Pulumi's is missing", "pulumi install"),
        ("passphrase", "passphrase", "PULUMI_CONFIG_PASSPHRASE"),
    ],
)
def test_a_failure_is_one_message_and_what_to_do(
    environment: dict[str, str], fails: str, message: str, todo: str
) -> None:
    """Exit 3, no traceback."""
    done = seawall("refresh", "shared", "--local", "--engine", "pulumi", env={**environment, "STAND_IN_FAILS": fails})
    assert done.returncode == 3
    assert message in done.stderr
    assert todo in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_cli_it_says_how_to_get_one(environment: dict[str, str], tmp_path: Path) -> None:
    done = seawall("refresh", "shared", env={**environment, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert done.returncode == 2
    assert "there is no Pulumi CLI" in done.stderr
    assert "seawall tools install" in done.stderr


def test_a_cli_that_is_too_old_is_refused(environment: dict[str, str]) -> None:
    old = {**environment, "STAND_IN_VERSION": "2.1.0"}
    done = seawall("refresh", "shared", "--local", "--engine", "pulumi", env=old)
    assert done.returncode == 2
    assert "version" in done.stderr


def test_what_was_never_brought_up_can_t_be_refreshed_or_destroyed(pulumi: dict[str, str]) -> None:
    for command in ("refresh", "destroy"):
        done = seawall(command, "shared", "--local", "--engine", "pulumi", env=pulumi)
        assert done.returncode == 2, done.stderr
        assert "was never brought up there" in done.stderr


def test_seawall_s_own_engine_is_for_the_local_azure() -> None:
    done = seawall("preview", "dev", "--engine", "seawall", env=dict(os.environ))
    assert done.returncode == 2
    assert "--engine seawall works on the local Azure alone" in done.stderr


@pytest.mark.parametrize("line", [("destroy", "--purge"), ("destroy", "--wait"), ("up", "--wait")])
def test_what_pulumi_does_not_know_is_refused_and_not_ignored(line: tuple[str, str]) -> None:
    command, flag = line
    done = seawall(command, "shared", "--local", "--engine", "pulumi", flag, env=dict(os.environ))
    assert done.returncode == 2
    assert f"{flag} works with --engine seawall alone" in done.stderr
