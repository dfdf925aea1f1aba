"""The four stacks, in every network mode, with and without own keys: what would be sent is what Azure takes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.plan.errors import PlanErrors
from seawall.plan.export import arm_template
from seawall.plan.model import Plan
from seawall.plan.project import plan_project
from seawall.plan.values import UNKNOWN, unknown_paths
from stacks.settings import load
from stacks.settings.configuration import configuration

ROOT = Path(__file__).parent.parent
STACKS = ("shared", "dev", "test", "prod")
MODES = ("managed", "virtualNetwork", "hubAndSpoke")


def planned(path: Path, stack: str) -> Plan:
    load(path)  # a settings error says more than the program's
    config = configuration(path)
    return plan_project(ROOT, stack, config.values, secret_keys=config.secrets)


def stack_file(stack: str) -> Path:
    return ROOT / "stacks" / f"Pulumi.{stack}.yaml"


def variant(folder: Path, stack: str, mode: str, own_keys: bool) -> Path:
    """A stack's file with another network mode, with or without own keys."""
    document: dict[str, Any] = yaml.safe_load(stack_file(stack).read_text())
    config = document["config"]
    network = {"mode": mode, "addressSpace": config["seawall:network"]["addressSpace"]}
    if mode == "hubAndSpoke":
        network["hub"] = {} if stack == "shared" else {"addressSpace": hub_space()}
    config["seawall:network"] = network
    security = copy.deepcopy(config.get("seawall:security", {}))
    config["seawall:security"] = security | {"customerManagedKeys": own_keys}
    path = folder / f"Pulumi.{stack}.yaml"
    path.write_text(yaml.safe_dump(document))
    for conda in (ROOT / "stacks").rglob("*.yaml"):
        if "Pulumi." not in conda.name:
            target = folder / conda.relative_to(ROOT / "stacks")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(conda.read_text())
    return path


def hub_space() -> str:
    return yaml.safe_load(stack_file("shared").read_text())["config"]["seawall:network"]["addressSpace"]


def faults(plan: Plan, azure_types) -> list[str]:
    found = []
    for entry in arm_template(plan)["resources"]:
        body = {key: value for key, value in entry.items() if key not in ("type", "apiVersion", "dependsOn", "scope")}
        body["name"] = body["name"].rsplit("/", 1)[-1]
        found += azure_types.errors(entry["type"], body)
    return found


@pytest.mark.parametrize("own_keys", [False, True], ids=["", "own-keys"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stack", STACKS)
def test_every_body_is_one_that_azure_takes(tmp_path, azure_types, stack, mode, own_keys):
    """In each stack, network mode and with own keys or not, every exported body is valid against Microsoft's types."""
    plan = planned(variant(tmp_path, stack, mode, own_keys), stack)
    assert faults(plan, azure_types) == []
    assert [r.urn for r in plan.managed for _ in unknown_paths(r.inputs)] == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_stacks_as_they_are_are_valid(azure_types, stack):
    """The project's own four stack files plan, and every body is valid."""
    plan = planned(stack_file(stack), stack)
    assert faults(plan, azure_types) == []


def test_production_is_a_whole_platform():
    """`prod` has at least 120 resources in Azure."""
    plan = planned(stack_file("prod"), "prod")
    assert len(plan.managed) >= 120


def test_every_type_is_one_that_the_schemas_know(azure_types):
    """No stack uses a resource type that index.json lacks."""
    known = {entry["token"] for entry in azure_types.index}
    used = {r.type for stack in STACKS for r in planned(stack_file(stack), stack).managed if r.arm}
    assert used - known == set()


def test_outputs_are_simulated_down_to_what_stacks_export():
    """Whatever a stack exports is known offline."""
    for stack in STACKS:
        outputs = planned(stack_file(stack), stack).outputs
        assert outputs and UNKNOWN not in outputs.values()


@pytest.mark.parametrize("stack", ["test", "prod"])
def test_production_protects_what_can_not_be_made_again(stack):
    """In production stateful resources are protected and locked one by one, never a workspace or a resource group."""
    plan = planned(stack_file(stack), stack)
    locked = {
        plan.by_id[r.inputs["scope"].lower()].type.rsplit(":", 1)[-1]
        for r in plan.of_type("azure-native:authorization:ManagementLockByScope")
    }
    protected = {r.type.rsplit(":", 1)[-1] for r in plan.managed if r.options.protect}
    assert {"StorageAccount", "Vault", "Registry"} <= locked & protected
    assert locked.isdisjoint({"ResourceGroup"})
    workspaces = [r.id.lower() for r in plan.of_type("azure-native:machinelearningservices:Workspace")]
    locks = plan.of_type("azure-native:authorization:ManagementLockByScope")
    assert not [lock for lock in locks if lock.inputs["scope"].lower() in workspaces]


def test_a_program_fault_names_the_stack_file(tmp_path):
    """A stack file that the settings refuse ends as one error with its reason, without a plan."""
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text("config:\n  seawall:organisation: 7\n")
    config = configuration(path)
    with pytest.raises(PlanErrors) as caught:
        plan_project(ROOT, "dev", config.values)
    assert "organisation" in caught.value.errors[0]
