"""Stack files that can't be used: each says where, what it got and what was expected, all at once."""

from __future__ import annotations

import jsonschema
import pytest

from stacks.settings import checking, json_schema
from stacks.settings.checks import CHECKS, Check
from tests.stacks.broken import failing
from tests.stacks.broken_combinations import COMBINATIONS
from tests.stacks.broken_values import VALUES
from tests.stacks.documents import CLUSTER, GONE, changed, minimal, written

ALL = VALUES | COMBINATIONS


@pytest.mark.parametrize("broken", ALL.values(), ids=ALL)
def test_what_is_wrong_is_said_where_it_is(tmp_path, broken):
    """Each error has the YAML path, what was expected, the file and a line in it; and there is no other error."""
    path = written(tmp_path, changed(minimal(), broken.edits), broken.stack)
    found = {error.path.removeprefix("config.seawall:"): error for error in failing(path).errors}
    assert set(found) == set(broken.errors)
    lines = path.read_text().count("\n")
    for place, expected in broken.errors.items():
        error = found[place]
        assert expected in error.expected
        assert error.got and error.file == path.name
        assert error.line is not None and 1 <= error.line <= lines
        assert str(error) == f"{path.name}:{error.line}: {error.path}: got {error.got}, expected {error.expected}"


@pytest.mark.parametrize("broken", ALL.values(), ids=ALL)
def test_what_editors_mark_is_wrong(broken):
    """The JSON Schema refuses unknown keys and wrong values; combinations and arithmetic are beyond it."""
    valid = jsonschema.Draft202012Validator(json_schema()).is_valid(changed(minimal(), broken.edits))
    assert valid is not broken.by_schema


def test_the_line_is_that_of_the_key(tmp_path):
    """An error in a list item points to the very line."""
    document = "config:\n  seawall:budget:\n    amount: 1\n    start: '2026-12-01'\n    # two\n    amont: 2\n"
    lines = {error.path: error.line for error in failing(written(tmp_path, document)).errors}
    assert lines["config.seawall:budget.amont"] == 6
    assert lines["config.seawall:owner"] == 1


def test_all_errors_come_at_once(tmp_path):
    """Wrong values, unknown keys, missing settings and wrong combinations are told together, in the file's order."""
    edits = {
        "organisation": "Larkspur",
        "owner": GONE,
        "netwrk": {},
        "budget.start": "2026-12-15",
        "monitoring.retentionDays": 30,
        "compute.clusters": [CLUSTER | {"maxNodes": 0}, CLUSTER],
        "security.keyVault.purgeProtection": False,
        "datastores": [{"name": "claims", "zone": "gold"}],
    }
    errors = failing(written(tmp_path, changed(minimal(), edits), "prod")).errors
    assert {error.path.removeprefix("config.seawall:") for error in errors} == {
        "organisation", "owner", "netwrk", "budget.start", "monitoring.retentionDays", "compute.clusters[0].maxNodes",
        "security.keyVault.purgeProtection", "datastores[0].zone",
    }  # fmt: skip
    assert [error.line for error in errors] == sorted(error.line for error in errors if error.line is not None)


def test_a_wrong_value_brings_no_error_that_only_follows_from_it(tmp_path):
    """A check says nothing about a setting that is wrong in itself."""
    edits = {"compute.clusters": [CLUSTER | {"size": "x"}], "workspace.imageBuildCompute": "cpu", "tier": "prod"}
    errors = failing(written(tmp_path, changed(minimal(), edits))).errors
    assert {error.path for error in errors} == {"config.seawall:compute.clusters[0].size", "config.seawall:tier"}


def test_three_wrong_items_of_a_list_are_three_errors(tmp_path):
    """Indices are those of the file, however many items are wrong."""
    clusters = [{"name": "a", "size": "x"}, CLUSTER, {"name": "b"}, CLUSTER | {"name": "?"}]
    errors = failing(written(tmp_path, changed(minimal(), {"compute.clusters": clusters}))).errors
    places = {error.path.removeprefix("config.seawall:compute.clusters") for error in errors}
    assert places == {"[0].name", "[0].size", "[0].maxNodes", "[2].name", "[2].size", "[2].maxNodes", "[3].name"}


def test_what_it_got_is_as_the_file_says_it(tmp_path):
    """A number or boolean is shown as written, a section by its keys, a long text shortened."""
    edits = {"monitoring.retentionDays": True, "owner": {"name": "Ana"}, "costCenter": "x" * 300}
    found = {error.path: error.got for error in failing(written(tmp_path, changed(minimal(), edits))).errors}
    assert found["config.seawall:monitoring.retentionDays"] == "true"
    assert found["config.seawall:owner"] == "a mapping of name"
    assert len(found["config.seawall:costCenter"]) < 100


def test_every_check_refuses_something(tmp_path, monkeypatch):
    """Each combination that is ruled out has a file above that is refused for it, and says why it is ruled out."""
    refused = set()

    def watched(check: Check) -> Check:
        def faults(settings):
            for fault in check.faults(settings):
                refused.add(check.name)
                yield fault

        return Check(check.name, check.why, check.reads, faults)

    monkeypatch.setattr(checking, "CHECKS", [watched(check) for check in CHECKS])
    for broken in COMBINATIONS.values():
        failing(written(tmp_path, changed(minimal(), broken.edits), broken.stack))
    assert refused >= {check.name for check in CHECKS} - {"webhook_is_private"}
    assert all(check.why for check in CHECKS)
