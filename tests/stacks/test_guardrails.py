"""The guardrails of a stack file: what the settings take is what the policies read."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from policies import Context
from policies.config import Guardrails as PoliciesGuardrails
from policies.config import InvalidConfig, context_of
from stacks.guardrails import PLATFORM
from stacks.guardrails import context_of as of_stack
from stacks.settings import json_schema, load
from stacks.settings.errors import SettingsErrors
from stacks.settings.guardrails import Guardrails
from tests.test_platform import stack_file

SUBNET = "/subscriptions/0/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s"

GIVEN: dict[str, Any] = {
    "budgetCap": 2500.5,
    "idleMinutes": 30,
    "approvedFqdns": ["packages.larkspur.example"],
    "controlledSubnets": [SUBNET],
    "subscriptions": ["55555555-5555-5555-5555-555555555555"],
    "clusterNodes": 50,
    "computeSizes": ["Standard_DS3_v2", "Standard_E*"],
    "aiCapacity": 100,
    "logDays": 30,
    "locations": ["northeurope"],
    "requiredTags": ["recoveryTier"],
    "resourceTypes": {"batch:Pool": "2024-07-01", "monitor:Workspace": "2023-04-03-preview"},
    "imageRegistries": ["crlarkspur.azurecr.io"],
    "packageFeeds": ["packages.larkspur.example"],
    "modelRegistries": ["mlr-larkspur-mlp-shared-weu"],
    "aiModels": ["OpenAI/gpt-4o"],
    "publishers": ["Mistral AI"],
    "minInstances": 2,
    "canaryPercent": 5,
    "declaredResources": [SUBNET],
    "defenderOwner": "shared",
    "levels": {"storage-lifecycle": "mandatory"},
}
"""Every guardrail with a value of its own."""


def loaded(tmp_path, guardrails: Any) -> Guardrails:
    document = yaml.safe_load(stack_file("prod").read_text())
    document["config"]["seawall:guardrails"] = guardrails
    path = tmp_path / "Pulumi.prod.yaml"
    path.write_text(yaml.safe_dump(document))
    return load(path).guardrails


def bounds(model: Any) -> dict[str, Any]:
    """The numbers that a key takes, as its schema has them."""
    found = {}
    for key, schema in model.model_json_schema(by_alias=True)["properties"].items():
        kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") in ("integer", "number")]
        for kind in kinds:
            found[key] = {name: kind[name] for name in kind if name != "title"}
    return found


def test_settings_and_policies_know_the_same_guardrails():
    """The same keys, and the same bounds of numbers, in both."""
    keys = [{field.alias for field in model.model_fields.values()} for model in (Guardrails, PoliciesGuardrails)]
    assert keys[0] == keys[1] == set(GIVEN)
    assert bounds(Guardrails) == bounds(PoliciesGuardrails) != {}


def test_every_guardrail_reaches_the_rules(tmp_path):
    """What a stack file says changes what rules know: each key, by itself."""
    assert loaded(tmp_path, GIVEN).model_dump(by_alias=True, mode="json") == GIVEN
    for key, value in GIVEN.items():
        config = {
            "guardrails": json.dumps({key: value}),
            "subscription": "44444444-4444-4444-4444-444444444444",
            "shared": json.dumps({"subscription": "11111111-1111-1111-1111-111111111111"}),
        }
        silent = {name: text for name, text in config.items() if name != "guardrails"}
        assert context_of(config.get, "prod") != context_of(silent.get, "prod"), key


def test_a_stack_without_guardrails_has_the_strict_defaults(tmp_path):
    """Nothing is approved that nobody approved, and everything stands in the stack's own region."""
    assert loaded(tmp_path, {}) == Guardrails()
    context = context_of({"location": "westeurope"}.get, "prod")
    assert context.allowed_locations == {"westeurope"}
    assert (context.image_registries, context.package_feeds) == ({"mcr.microsoft.com"}, frozenset())
    assert (context.model_registries, context.ai_models, context.publishers) == (frozenset(),) * 3
    assert (Context().min_instances, Context().canary_share, Context().cluster_node_cap) == (3, 10, 20)


def test_image_registries_of_the_settings_are_approved():
    """What security.approvedImageRegistries allows to build from, the rules allow too."""
    config = {"security": json.dumps({"approvedImageRegistries": ["docker.larkspur.example"]})}
    assert context_of(config.get, "prod").image_registries == {"mcr.microsoft.com", "docker.larkspur.example"}


@pytest.mark.parametrize(
    ("guardrails", "place"),
    [
        ({"canary": 10}, "guardrails.canary"),
        ({"canaryPercent": 51}, "guardrails.canaryPercent"),
        ({"minInstances": 0}, "guardrails.minInstances"),
        ({"locations": ["West Europe"]}, "guardrails.locations[0]"),
        ({"resourceTypes": {"batch:Pool": "latest"}}, "guardrails.resourceTypes.batch:Pool"),
        ({"computeSizes": ["*"]}, "guardrails.computeSizes[0]"),
        ({"aiModels": ["gpt-4o"]}, "guardrails.aiModels[0]"),
        ({"declaredResources": ["log-central"]}, "guardrails.declaredResources[0]"),
    ],
)
def test_what_is_no_guardrail_is_refused_where_it_stands(tmp_path, guardrails, place):
    """An unknown key, a number out of bounds, and what isn't the kind of thing that is asked for."""
    with pytest.raises(SettingsErrors) as refused:
        loaded(tmp_path, guardrails)
    assert [error.path.removeprefix("config.seawall:") for error in refused.value.errors] == [place]


def test_every_guardrail_is_described():
    """Editors show what each key is for."""
    schema = json_schema()["$defs"]["guardrails"]
    section = json_schema()["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    properties = section.get("properties") or json_schema()["$defs"]["Guardrails"]["properties"]
    assert set(properties) == set(GIVEN)
    assert all(len(each["description"]) > 20 for each in properties.values())


def test_a_program_that_is_not_the_platforms_has_limits_and_no_demanded_access() -> None:
    """It needs none of the platform's settings; as soon as it has one of them, all are asked for."""
    given = {"environment": "dev", "location": "westeurope"}
    assert of_stack(given.get, "tools") == context_of(given.get, "tools")
    for key in PLATFORM:
        with pytest.raises((SettingsErrors, InvalidConfig)):
            of_stack({**given, key: "larkspur"}.get, "tools")
