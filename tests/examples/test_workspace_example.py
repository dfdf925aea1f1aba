from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import yaml

from seawall.plan.engine import plan_program
from seawall.plan.model import Plan
from tests.components.judged import azure_resources, inputs, judge, one

FOLDER = Path(__file__).parents[2] / "examples" / "workspace"


@pytest.fixture(scope="module")
def example() -> Plan:
    """The example as Pulumi would run it: its own project name, and its stack file's settings."""
    project = yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())
    settings = yaml.safe_load((FOLDER / "Pulumi.dev.yaml").read_text())["config"]
    return plan_program(
        lambda: runpy.run_path(str(FOLDER / "__main__.py"), run_name="__main__"),
        stack="dev",
        project=project["name"],
        config=settings,
    )


def test_three_lines_of_settings_are_enough():
    """The stack file has three settings, a line each."""
    lines = (FOLDER / "Pulumi.dev.yaml").read_text().splitlines()
    assert lines[0] == "config:" and len(lines[1:]) == 3


def test_azure_would_take_every_resource(example, azure_types):
    """Each body is valid, and all of it is known before anything exists."""
    judge(example, azure_types)


def test_the_workspace_is_private_and_stands_on_its_own(example):
    """Nothing outside the program is needed, and nothing of it is public."""
    workspace = inputs(example, "machinelearningservices:Workspace")
    assert workspace["publicNetworkAccess"] == "Disabled"
    assert workspace["managedNetwork"]["isolationMode"] == "AllowOnlyApprovedOutbound"
    ids = {resource.id for resource in azure_resources(example)}
    assert {
        workspace[part] for part in ("storageAccount", "keyVault", "containerRegistry", "applicationInsights")
    } <= ids
    assert example.outputs["workspaceId"] == one(example, "machinelearningservices:Workspace").id
    assert example.outputs["workspaceId"].endswith(
        "/resourceGroups/rg-fraud/providers/Microsoft.MachineLearningServices/workspaces/mlw-fraud"
    )
