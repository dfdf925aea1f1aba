"""What was approved is what is done: previews kept in a file, and updates held to them."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_stacks import PROGRAM, SMALL

from seawall.local.changes import ABSENT, Change
from seawall.local.diff import Diff, ResourceChange
from seawall.local.events import Op
from seawall.pipelines import approval
from seawall.pipelines.approval import Approval, NotApproved
from seawall.plan.model import Plan, Resource
from seawall.plan.values import Secret
from tests.seawall.engine.projects import put_stand_in

ROOT = Path(__file__).parents[2]
TOKEN = "azure-native:storage:StorageAccount"


def resource(name: str, **inputs: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::seawall::{TOKEN}::{name}", type=TOKEN, name=name, inputs=inputs)


def change(name: str, op: Op, *changes: Change) -> ResourceChange:
    one = resource(name)
    return ResourceChange(urn=one.urn, type=one.type, name=name, id=f"/{name}", op=op, changes=changes)


def diff(*changes: ResourceChange) -> Diff:
    return Diff(stack="dev", resources=changes)


def plan(*resources: Resource) -> Plan:
    return Plan(stack="dev", project="seawall", resources=resources)


def differing(before: Diff, after: Diff, was: Plan | None = None, now: Plan | None = None) -> list[str]:
    kept = approval.approved(before, was or plan())
    return list(approval.differing(kept, approval.steps(after, now or plan())))


SKU = Change(path="sku.name", before="Standard_LRS", after="Standard_ZRS")


class TestDiffering:
    """What counts as something else than was approved."""

    def test_the_same_is_no_difference(self) -> None:
        """In whatever order the steps come."""
        one, two = change("one", Op.UPDATE, SKU), change("two", Op.CREATE)
        assert differing(diff(one, two), diff(two, one)) == []

    def test_what_is_done_already_is_no_difference(self) -> None:
        """A deployment that broke off goes on under the same approval."""
        assert differing(diff(change("one", Op.CREATE), change("two", Op.CREATE)), diff(change("two", Op.CREATE))) == []

    def test_another_resource_is_one(self) -> None:
        (told,) = differing(diff(change("one", Op.CREATE)), diff(change("one", Op.CREATE), change("two", Op.DELETE)))
        assert told == "dev: two would be changed (delete), which is not in the approved preview"

    def test_another_operation_is_one(self) -> None:
        """An update that was approved isn't a replacement that was."""
        (told,) = differing(diff(change("one", Op.UPDATE, SKU)), diff(change("one", Op.REPLACE, SKU)))
        assert "update was approved, replace is what would be done" in told

    @pytest.mark.parametrize(
        "other",
        [
            Change(path="sku.name", before="Standard_LRS", after="Premium_LRS"),
            Change(path="sku.name", before="Standard_GRS", after="Standard_ZRS"),
            Change(path="sku.name", before=ABSENT, after="Standard_ZRS"),
            Change(path="sku.tier", before="Standard_LRS", after="Standard_ZRS"),
        ],
    )
    def test_another_value_on_either_side_is_one(self, other: Change) -> None:
        """Of what will be, and of what was thought to be there."""
        (told,) = differing(diff(change("one", Op.UPDATE, SKU)), diff(change("one", Op.UPDATE, other)))
        assert "otherwise than approved" in told

    def test_other_inputs_of_something_new_are_one(self) -> None:
        """A creation has no changed properties to show; its inputs count all the same."""
        made = diff(change("one", Op.CREATE))
        (told,) = differing(made, made, plan(resource("one", kind="a")), plan(resource("one", kind="b")))
        assert "its inputs" in told

    def test_a_secret_is_in_no_file(self) -> None:
        """Of its value nothing is kept, be it as a digest."""
        one = diff(change("one", Op.CREATE))
        kept = [
            approval.encoded(
                Approval(
                    environment="dev",
                    cloud="Azure",
                    stacks={"dev": approval.approved(one, plan(resource("one", key=Secret(word))))},
                )
            )
            for word in ("first", "second")
        ]
        assert kept[0] == kept[1]
        assert b"first" not in kept[0]


class TestFile:
    """What is written is read again, and nothing else is."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        kept = approval.approved(diff(change("one", Op.UPDATE, SKU)), plan(resource("one")))
        kept = dataclasses.replace(kept, update_plan={"resourcePlans": {}})
        whole = Approval(environment="dev", cloud="Azure", stacks={"dev": kept})
        (tmp_path / "preview.json").write_bytes(approval.encoded(whole))
        return tmp_path / "preview.json"

    def test_it_comes_back_as_it_was(self, path: Path) -> None:
        found = approval.read(path, environment="dev", cloud="Azure")
        assert found.changed
        assert found.stacks["dev"].update_plan == {"resourcePlans": {}}
        assert (
            list(
                approval.differing(
                    found.stacks["dev"], approval.steps(diff(change("one", Op.UPDATE, SKU)), plan(resource("one")))
                )
            )
            == []
        )

    @pytest.mark.parametrize(("environment", "cloud"), [("prod", "Azure"), ("dev", "the local Azure")])
    def test_one_of_something_else_is_refused(self, path: Path, environment: str, cloud: str) -> None:
        with pytest.raises(NotApproved, match="is a preview of dev on Azure, not of"):
            approval.read(path, environment=environment, cloud=cloud)

    @pytest.mark.parametrize(
        "text", ["", "{}", "[]", '{"seawallApproval": 2}', '{"seawallApproval": 1, "stacks": 3}', "x"]
    )
    def test_anything_else_is_refused_in_one_line(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(NotApproved) as caught:
            approval.read(tmp_path / "other.json", environment="dev", cloud="Azure")
        assert "\n" not in str(caught.value)

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(NotApproved, match="No such file"):
            approval.read(tmp_path / "none.json", environment="dev", cloud="Azure")


def test_under_pulumi_s_engine_its_own_update_plan_is_what_holds(tmp_path: Path) -> None:
    """The engine is a stand-in: see tests/seawall/engine/stand_in.py. Refused where something has changed since."""
    tree = tmp_path / "platform"
    tree.mkdir()
    for name in ("components", "rbac", "policies", "seawall", "pyproject.toml", "Pulumi.yaml"):
        (tree / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "stacks", tree / "stacks", ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
    (tree / "stacks" / "Pulumi.dev.yaml").write_text(SMALL["dev"])
    (tree / "stacks" / "__main__.py").write_text(PROGRAM)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PULUMI_", "AZURE_"))}
    programs = put_stand_in(tmp_path / "bin")
    env = {**kept, "PATH": f"{programs}:/usr/bin:/bin", "SEAWALL_STORE": str(tmp_path / "azure.db")}

    def seawall(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "seawall", *arguments, "--local", "--engine", "pulumi"]
        return subprocess.run(line, env=env, cwd=tree, capture_output=True, text=True, check=False)

    path, file = tmp_path / "preview.json", tree / "stacks" / "Pulumi.dev.yaml"
    previewed = seawall("preview", "dev", "--save-plan", str(path))
    assert previewed.returncode == 0, previewed.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (stack,) = json.loads(path.read_text())["stacks"]
    assert set(stack["updatePlan"].values()) == {"create"}
    file.write_text(file.read_text().replace("amount: 1500", "amount: 1600"))
    refused = seawall("up", "dev", "--plan", str(path), "--yes")
    assert refused.returncode == 1
    assert "budget would be changed otherwise than approved" in " ".join(refused.stderr.split())
    file.write_text(file.read_text().replace("amount: 1600", "amount: 1500"))
    document = json.loads(path.read_text())
    document["stacks"][0]["updatePlan"] = dict.fromkeys(stack["updatePlan"], "same")
    (tmp_path / "forged.json").write_text(json.dumps(document))
    held = seawall("up", "dev", "--plan", str(tmp_path / "forged.json"), "--yes")
    assert held.returncode == 3, "the engine is given the plan of the file, not one of its own making"
    assert "no longer what was previewed" in held.stderr
