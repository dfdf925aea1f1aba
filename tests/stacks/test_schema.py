"""The JSON Schema of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from stacks.settings import json_schema
from tests.stacks.documents import changed, minimal

STACKS = Path(__file__).parents[2] / "stacks"
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def properties(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, inner in schema.get("properties", {}).items():
            yield f"{place}.{name}", inner
        for key, inner in schema.items():
            yield from properties(inner, f"{place}/{key}")
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from properties(inner, f"{place}/{index}")


def test_it_is_a_schema():
    """It is valid by its own dialect, and says which that is."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_setting_is_described():
    """The schema is the documentation of the settings: none is without a sentence."""
    found = list(properties(SCHEMA))
    assert len(found) > 100
    for place, schema in found:
        target = SCHEMA["$defs"].get(schema.get("$ref", "").rsplit("/", 1)[-1], {})
        assert schema.get("description") or target.get("description"), place


@pytest.mark.parametrize("stack", ["shared", "dev", "test", "prod"])
def test_the_stack_files_are_valid(stack):
    """Editors find nothing wrong with the project's own stack files."""
    document = yaml.safe_load((STACKS / f"Pulumi.{stack}.yaml").read_text())
    assert not list(VALIDATOR.iter_errors(document))


@pytest.mark.parametrize(
    "place", ["unknown", "network.unknown", "network.managed.unknown", "budget.thresholds.unknown"]
)
def test_unknown_keys_are_marked(place):
    """A misspelt key is marked at every depth."""
    assert VALIDATOR.is_valid(minimal())
    assert not VALIDATOR.is_valid(changed(minimal(), {place: 1}))


def test_other_namespaces_and_pulumis_keys_are_valid():
    """Providers' configuration and Pulumi's own keys are not marked; secrets are marked unless encrypted."""
    document = minimal(alertWebhook={"secure": "v1:abc"}) | {"encryptionsalt": "v1:abc"}
    document["config"]["azure-native:location"] = "westeurope"
    assert VALIDATOR.is_valid(document)
    assert not VALIDATOR.is_valid(minimal(alertWebhook="https://hooks.larkspur.example"))


def test_defaults_are_in_it():
    """An editor shows what holds where nothing is said."""
    definitions = SCHEMA["$defs"]
    assert definitions["Monitoring"]["properties"]["retentionDays"]["default"] == 90
    assert definitions["KeyVault"]["properties"]["purgeProtection"]["default"] is True
