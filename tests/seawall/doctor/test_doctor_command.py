"""`seawall doctor`: a sound environment on the local Azure, in process and served, and how it ends where one isn't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from doctored import SUBSCRIPTION

from seawall.cli.app import run
from seawall.local.azure import LocalAzure
from seawall.local.mlservices import quota
from tests import served as serving
from tests.served import Served

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "stacks", root / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", root)
    return root


def doctor(project: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["doctor", *arguments, "--cwd", str(project)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_sound_environment_has_no_fault_before_and_after_up(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the local Azure, in process; a second look after `up` finds what is there to be the environment's own."""
    before, out, _ = doctor(project, capsys, "dev", "--local")
    assert before == 0 and "dev: nothing is in the way." in out
    assert run(["up", "dev", "--local", "--yes", "--json", "--cwd", str(project)]) == 0
    after, out, _ = doctor(project, capsys, "dev", "--local", "--json")
    document = json.loads(out)
    assert (after, document["exitCode"], document["faults"], document["warnings"]) == (0, 0, 0, 0)
    assert {"tools", "login", "quotas", "names", "permissions"} <= {one["check"] for one in document["checks"]}


def test_a_fault_of_the_cloud_ends_with_3(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each finding says how to mend it, on a line of its own; the last line says how many there are."""
    store = project / ".seawall" / "azure.db"
    store.parent.mkdir()
    with LocalAzure.open(store) as azure:
        quota.set_limit(azure.store, SUBSCRIPTION, "westeurope", "standardDSv2Family", 4)
    code, out, err = doctor(project, capsys, "dev", "--local")
    assert code == 3
    assert "standardDSv2Family in westeurope has 4 of 4 vCPUs left" in out
    assert "To mend it: Ask for more: portal, Quotas" in out
    assert "1 fault in the way of dev: quotas of vCPUs" in err


def test_a_fault_of_the_stack_file_ends_with_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault is told, what needs no plan is examined all the same, and JSON has both."""
    file = project / "stacks" / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("location: westeurope", "location: atlantis").replace("LRS", "XXX", 1))
    code, out, _ = doctor(project, capsys, "dev", "--local", "--json")
    document = json.loads(out)
    found = {one["check"]: one for one in document["checks"]}
    assert code == document["exitCode"] == 2
    assert len([one for one in found["stack"]["findings"] if one["level"] == "fault"]) >= 2
    assert (found["connection"]["level"], found["quotas"]["level"]) == ("ok", "skipped")


def test_an_unknown_environment_ends_with_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As every command says it."""
    code, _, err = doctor(project, capsys, "dve", "--local")
    assert code == 2 and "Did you mean dev?" in err


def test_where_a_server_runs_it_is_asked_over_https(served: Served) -> None:
    """The same checks through Azure's own client: login, tokens, clock, pages."""
    found = serving.run(served.place, ["doctor", "dev", "--local", "--json"])
    document = json.loads(found.stdout)
    checks = {one["check"]: one for one in document["checks"]}
    assert (found.returncode, document["faults"]) == (0, 0), found.stdout
    assert served.url in checks["connection"]["findings"][0]["message"]
    assert checks["clock"]["level"] == "ok"
