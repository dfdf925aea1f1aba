"""Plans on disk: what is written is read back, and a broken file is one clear line."""

from __future__ import annotations

import json
from pathlib import Path

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


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, monkeypatch):
    """Its size is looked at first, and what has none is read up to the limit and no further."""
    monkeypatch.setattr(files, "MOST_BYTES", 100)
    path = tmp_path / "plan.json"
    path.write_bytes(b" " * 101)
    with pytest.raises(PlanErrors, match="too large") as caught:
        files.read(path)
    assert len(caught.value.errors) == 1
    with pytest.raises(PlanErrors, match="too large: it is more than"):
        files.read(Path("/dev/zero"))


def test_200_megabytes_are_too_large():
    """The limit stands below, and above 100,000 resources as they are."""
    assert 180_000_000 < files.MOST_BYTES < 200_000_000


def document(*resources: dict) -> bytes:
    return json.dumps({"version": 1, "stack": "dev", "resources": resources}).encode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (document(*(entry(f"u{number % 500}") for number in range(1000))), "the URN u0, and so for 499 more"),
        (b'{"version": 1, "stack": "dev", "resources": [], "outputs": ' + b'{"a":' * 5000, "nested too deeply"),
        (document(entry("a", inputs=[])), "not a plan: Expected `object`, got `array`"),
        (document(entry("a", inputs="x" * 9)), "not a plan: Expected `object`, got `str`"),
        (document(entry(7)), "not a plan: Expected `str`, got `int`"),
        (
            document(
                *(entry(f"n{number}", dependencies=[f"n{(number + 1) % 30}"]) for number in range(30)),
                *(entry(f"tail{number}", dependencies=["n0"]) for number in range(100)),
            ),
            "in a circle: n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 20 more",
        ),
    ],
)
def test_a_line_stays_a_line_however_much_is_wrong(content, expected):
    """Hundreds of twins, a long circle with a tail, or deep nesting are told in a line that can be read."""
    with pytest.raises(PlanErrors) as caught:
        files.from_json(content, "plan.json")
    (error,) = caught.value.errors
    assert error.startswith("plan.json: ") and expected in error and "\n" not in error and len(error) < 300


def test_values_are_converted_only_where_marked():
    """A resource without secrets or unknowns comes as it stands in the file, next to one that has them."""
    plain = RESOURCE.__class__(urn="u", type="t", name="n", inputs={"tags": {"a": [1, 2.5, None]}})
    read = files.from_json(files.to_json(Plan(stack="dev", resources=(RESOURCE, plain))), "plan")
    by_urn = {resource.urn: resource for resource in read.resources}
    assert by_urn["u"].inputs == {"tags": {"a": [1, 2.5, None]}}
    assert by_urn[RESOURCE.urn].outputs == {"creationTime": UNKNOWN}
