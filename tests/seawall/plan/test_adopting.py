"""The inputs of what exists are found from its ID and its outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seawall.azure.resource_id import resource_id
from seawall.azure.types import lookup
from seawall.plan.adopting import adopted_inputs, names_in
from seawall.plan.inputs import Checker
from seawall.plan.model import Plan
from seawall.plan.values import plain
from tests.stack_plans import stack_plan

NAMES = ("shared", "dev", "prod")


def arm_resources(plan: Plan) -> list[Any]:
    return [r for r in plan.resources if r.custom and r.type.startswith("azure-native:")]


@pytest.mark.parametrize("name", NAMES)
def test_the_names_in_an_id_make_the_same_id_again(name: str) -> None:
    """For every ARM resource of a stack, the inputs read from its ID and its own agree."""
    for resource in arm_resources(stack_plan(name)):
        found = names_in(resource.type, resource.id)
        given = {key: value for key, value in resource.inputs.items() if key in found}
        assert found, resource.id
        assert {key: value.strip("/").lower() for key, value in found.items()} == {
            key: str(value).strip("/").lower() for key, value in given.items()
        }
        if not lookup(resource.type).name_from:
            assert resource_id(resource.type, found, resource.id.split("/")[2]).lower() == resource.id.lower()


@pytest.mark.parametrize("name", NAMES)
def test_adopted_inputs_are_valid_and_hold_what_was_asked_for(name: str) -> None:
    """From its outputs alone, each resource gets inputs without a fault, in which every input of the program stands."""
    checker = Checker()
    for resource in arm_resources(stack_plan(name)):
        found = adopted_inputs(resource.type, resource.id, plain(resource.outputs))
        assert checker.faults(resource.type, found) == [], resource.urn
        for key, value in plain(resource.inputs).items():
            if key in resource.outputs:
                assert missing(value, found.get(key)) == [], (resource.urn, key)


def missing(asked: Any, found: Any, path: str = "") -> list[str]:
    """The paths at which something that was asked for isn't there."""
    if isinstance(asked, list) and isinstance(found, list) and all(isinstance(part, str) for part in asked):
        asked, found = (sorted(part, key=str) for part in (asked, found))
    if isinstance(asked, dict) and isinstance(found, dict):
        return [at for key, value in asked.items() for at in missing(value, found.get(key), f"{path}.{key}")]
    if isinstance(asked, list) and isinstance(found, list) and len(asked) == len(found):
        pairs = enumerate(zip(asked, found, strict=True))
        return [at for index, pair in pairs for at in missing(*pair, f"{path}[{index}]")]
    return [] if asked == found or asked is None else [f"{path}: {asked!r} is not {found!r}"]


def test_what_azure_fills_in_is_no_input(plan: Callable[..., Plan]) -> None:
    """A storage account's endpoints, and its SKU's tier, are Azure's answers."""
    import pulumi_azure_native as azure

    def program() -> None:
        azure.storage.StorageAccount(
            "account",
            account_name="stadopted",
            resource_group_name="rg",
            location="westeurope",
            kind="StorageV2",
            sku=azure.storage.SkuArgs(name="Standard_LRS"),
        )

    account = next(r for r in plan(program).resources if r.custom)
    found = adopted_inputs(account.type, account.id, plain(account.outputs))
    assert found["sku"] == {"name": "Standard_LRS"}
    assert found["accountName"] == "stadopted"
    assert "primaryEndpoints" not in found
