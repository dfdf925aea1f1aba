"""Plans on disk: what is written is read back, and a broken file is one clear line."""

from __future__ import annotations

import json

import pytest

from seawall.plan import files
from seawall.plan.errors import PlanErrors
from seawall.plan.model import Options, Plan, Resource
from seawall.plan.values import OPAQUE, UNKNOWN, Secret

RESOURCE = Resource(
    urn="urn:pulumi:dev::seawall::azure-native:storage:StorageAccount::one",
    type="azure-native:storage:StorageAccount",
    name="one",
    id="/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/stone",
    inputs={"accountName": "stone", "tags": {"key": Secret("hunter2")}},
    outputs={"creationTime": UNKNOWN},
    dependencies=(),
    options=Options(protect=True),
)
PLAN = Plan(stack="dev", resources=(RESOURCE,), outputs={"one": "stone"})


def test_the_format_is_the_documented_one():
    """A plan file has the keys that its readers rely on, and no others."""
    document = json.loads(files.to_json(PLAN))
    assert set(document) == {"version", "stack", "project", "resources", "outputs"}
    (entry,) = document["resources"]
    assert list(entry) == [
        "urn", "type", "name", "id", "parent", "inputs", "outputs", "dependencies", "propertyDependencies", "options",
    ]  # fmt: skip
    assert entry["options"] == {"protect": True}
    assert (document["version"], document["stack"]) == (1, "dev")


def test_a_secret_is_marked_and_its_value_is_nowhere(tmp_path):
    """A secret comes back as a secret whose value is not at hand."""
    files.write(PLAN, tmp_path / "plan.json")
    assert "hunter2" not in (tmp_path / "plan.json").read_text()
    read = files.read(tmp_path / "plan.json")
    assert read.resources[0].inputs["tags"]["key"] == OPAQUE
    assert read.resources[0].outputs["creationTime"] is UNKNOWN
    assert read.resources[0].options == RESOURCE.options
    assert read.outputs == PLAN.outputs


def test_writing_leaves_nothing_half_done(tmp_path):
    """A plan that can't be written leaves neither a file nor a part of one."""
    with pytest.raises(OSError):
        files.write(PLAN, tmp_path / "no-such-folder" / "plan.json")
    assert list(tmp_path.iterdir()) == []


def entry(urn: str, **fields) -> dict:
    return {"urn": urn, "type": "t", "name": "n", **fields}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not JSON, or cut off"),
        (b"stack: dev", "not JSON, or cut off"),
        (files.to_json(PLAN)[:200], "not JSON, or cut off"),
        (b"\xff\xfe{}", "not JSON, or cut off"),
        (b"[]", "not a plan: Expected `object`, got `array`"),
        (b'{"version": 1, "resources": []}', "not a plan: Object missing required field `stack`"),
        (b'{"version": 9, "stack": "dev", "resources": []}', "a plan of version 9; this Seawall reads version 1"),
        (
            json.dumps({"version": 1, "stack": "dev", "resources": [entry("a"), entry("a")]}).encode(),
            "two resources have the URN a",
        ),
        (
            json.dumps(
                {
                    "version": 1,
                    "stack": "dev",
                    "resources": [entry("a", dependencies=["b"]), entry("b", dependencies=["a"])],
                }
            ).encode(),
            "resources depend on each other in a circle: a, b",
        ),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path, content, expected):
    """Whatever is wrong with a plan file, one line says it."""
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(PlanErrors) as caught:
        files.read(path)
    (error,) = caught.value.errors
    assert expected in error and "\n" not in error


def test_a_missing_file_is_one_clear_line(tmp_path):
    """A plan that isn't there is said so by its path."""
    with pytest.raises(PlanErrors, match=r"plan\.json: can't be read: No such file"):
        files.read(tmp_path / "plan.json")
