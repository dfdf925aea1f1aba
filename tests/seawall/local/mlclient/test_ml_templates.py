"""Templates of Resource Manager: their expressions, their order, and what is refused of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.templates.expressions import evaluated
from seawall.local.templates.functions import Context, functions

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
CONTEXT = Context(SUBSCRIPTION, "rg", "westeurope", "t", lambda id, full: {"id": id})


def value(expression: Any, **parameters: Any) -> Any:
    return evaluated(expression, functions(CONTEXT, parameters, {"v": [1, 2]}.__getitem__))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("plain", "plain"),
        ("[[not one]", "[not one]"),
        ("[concat(parameters('a'), '-', toLower('X'), 1)]", "one-x1"),
        ("[if(equals(parameters('A'), 'one'), 'yes', reference('never'))]", "yes"),
        ("[if(not(empty(variables('v'))), variables('v')[1], json('null'))]", 2),
        ("[and(equals(1, 1), or(false(), true()))]", True),
        ("[concat('it''s ', string(length(array('x'))))]", "it's 1"),
        ("[resourceGroup().location]", "westeurope"),
        ("[resourceId('Microsoft.X/a/b', 'one', 'two')]", f"{GROUP}/providers/Microsoft.X/a/one/b/two"),
        ("[resourceId('other', 'Microsoft.X/a', 'n')]", f"{GROUP[:-2]}other/providers/Microsoft.X/a/n"),
        ("[subscriptionResourceId('Microsoft.X/a', 'n')]", f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.X/a/n"),
        ({"[parameters('a')]": ["[variables('v')]"]}, {"one": [[1, 2]]}),
    ],
)
def test_expressions_are_evaluated(expression: Any, expected: Any) -> None:
    """As Resource Manager does, in keys too; only the branch of an `if` that is taken."""
    assert value(expression, a="one") == expected


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("[parameters('none')]", "parameter 'none' is not found"),
        ("[concat('a']", "ends too early"),
        ("[concat('a' 'b')]", "no ',' before 'b'"),
        ("[concat('a') 'b']", "more after its end"),
        ("[a b]", "no '\\(' after a"),
        ("[?]", "can't be read"),
        ("[tenant()]", "template function tenant"),
        ("[resourceId('Microsoft.X/a')]", "wants 1 names"),
        ("[resourceGroup().nothing]", "'nothing' doesn't exist"),
        ("[toLower()]", "toLower can't be evaluated"),
    ],
)
def test_expressions_that_mean_nothing_are_refused(expression: str, words: str) -> None:
    """Each with what is wrong in it, never with a fault of ours."""
    with pytest.raises(AzureError, match=words):
        value(expression)


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[LocalAzure]:
    with LocalAzure.open(tmp_path / "azure.db") as found:
        found.put(GROUP, {"location": "westeurope"})
        yield found


def identity(name: str, *needs: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "name": name,
        "location": "[resourceGroup().location]",
        "dependsOn": list(needs),
        **more,
    }


def deploy(azure: LocalAzure, *resources: dict[str, Any], **more: Any) -> Any:
    template = {"resources": list(resources), **more.pop("template", {})}
    body = {"properties": {"mode": "Incremental", "template": template, **more}}
    return azure.request("PUT", f"{GROUP}/providers/Microsoft.Resources/deployments/d", "2024-03-01", body)


def test_what_a_template_wants_is_made_in_order(azure: LocalAzure) -> None:
    """Dependencies first, a false condition leaves one out, a nested template's resources belong to it."""
    inner = {"type": "Microsoft.Resources/deployments", "name": "in", "dependsOn": ["last"], "properties": {}}
    inner["properties"] = {"template": {"resources": [identity("nested")]}}
    deploy(azure, inner, identity("last", "first"), identity("first"), identity("none", condition=False))
    made = azure.get(f"{GROUP}/providers/Microsoft.Resources/deployments/d")
    assert made is not None
    names = [each["id"].rsplit("/", 1)[-1] for each in made["properties"]["outputResources"]]
    assert names == ["first", "last", "nested"]
    assert all(azure.get(each["id"]) for each in made["properties"]["outputResources"])
    operations = azure.request("GET", f"{GROUP}/deployments/d/operations").body["value"]
    assert [each["properties"]["targetResource"]["resourceName"] for each in operations] == names


def test_a_template_that_fails_says_why_and_is_kept_as_failed(azure: LocalAzure) -> None:
    """What was made before stays, as on Azure."""
    lost = {"type": "Microsoft.Storage/storageAccounts", "name": "NOT-A-NAME", "location": "westeurope"}
    with pytest.raises(AzureError) as caught:
        deploy(azure, identity("first"), {**lost, "dependsOn": ["first"]})
    assert caught.value.code == "DeploymentFailed"
    assert caught.value.details[0].code == "AccountNameInvalid"
    made = azure.get(f"{GROUP}/providers/Microsoft.Resources/deployments/d")
    assert made is not None and made["properties"]["provisioningState"] == "Failed"
    assert azure.get(f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/first")


@pytest.mark.parametrize(
    ("resources", "more", "words"),
    [
        ([identity("a", "b"), identity("b", "a")], {}, "circular dependency"),
        ([identity("a", copy={"count": 2})], {}, "loops"),
        ([identity("a/b")], {}, "incorrect segment lengths"),
        ([], {"parameters": {"x": {"value": 1}}}, "not valid"),
        ([], {"template": {"parameters": {"x": {"type": "string"}}}}, "'x' is not provided"),
        (
            [],
            {
                "template": {"parameters": {"x": {"allowedValues": ["a"]}}},
                "parameters": {"x": {"value": "b"}},
            },
            "not one of",
        ),
    ],
)
def test_templates_that_cannot_be_deployed(
    azure: LocalAzure, resources: list[dict[str, Any]], more: dict[str, Any], words: str
) -> None:
    """Refused before anything is made."""
    with pytest.raises(AzureError, match=words):
        deploy(azure, *resources, **more)
    assert azure.get(f"{GROUP}/providers/Microsoft.Resources/deployments/d") is None
