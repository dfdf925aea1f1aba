"""The example in YAML asks the component package for what its schema has, and gets a platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from seawall.plan.model import Resource
from tests.components.package.hosting import running

FOLDER = Path(__file__).parents[2] / "examples" / "yaml"
GIVEN = {"workload": "fraud", "expiry": "2099-12-31"}
"""What whoever runs the example configures."""

PLACE = re.compile(r"\$\{([^}]+)\}")


def evaluated(value: Any, known: dict[str, Any]) -> tuple[Any, set[str]]:
    """A value of the program with what `${...}` stands for, and the resources that it comes from."""
    if isinstance(value, dict):
        made = {key: evaluated(one, known) for key, one in value.items()}
        return {key: one for key, (one, _) in made.items()}, {urn for _, urns in made.values() for urn in urns}
    if not isinstance(value, str):
        return value, set()
    sources: set[str] = set()

    def found(name: str) -> Any:
        if name in known:
            given, urns = evaluated(known[name], known)
            sources.update(urns)
            return given
        resource, _, key = name.partition(".")
        urn, outputs = known[f"resource {resource}"]
        sources.add(urn)
        return outputs[key]

    whole = PLACE.fullmatch(value)
    made = found(whole[1]) if whole else PLACE.sub(lambda place: str(found(place[1])), value)
    return made, sources


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load((FOLDER / "Pulumi.yaml").read_text())
    return made


@pytest.fixture(scope="module")
def resources(program: dict[str, Any]) -> dict[str, Resource]:
    """What the program registers, by URN, through the running package."""
    settings = {key: one["value"] if "value" in one else GIVEN[key] for key, one in program["config"].items()}
    known: dict[str, Any] = {"pulumi.stack": "dev", **settings, **program["variables"]}
    made: dict[str, Resource] = {}
    with running() as host:
        for name, one in program["resources"].items():
            inputs = {key: evaluated(value, known) for key, value in one["properties"].items()}
            monitor, outputs, answer = host.construct(
                one["type"].removeprefix("seawall:"),
                name,
                {key: value for key, (value, _) in inputs.items()},
                dependencies={key: sorted(urns) for key, (_, urns) in inputs.items() if urns},
            )
            known[f"resource {name}"] = (answer.urn, outputs)
            made |= monitor.resources
        for value in program["outputs"].values():
            assert evaluated(value, known)[0].startswith(("/subscriptions/", "https://"))
    return made


def test_it_uses_the_package_in_this_repository(program):
    """The package is the folder that has the plugin."""
    assert (FOLDER / program["packages"]["seawall"] / "PulumiPlugin.yaml").is_file()


def test_five_resources_are_a_platform(resources):
    """All of what stands behind the five components is made, in one group, named after the workload."""
    azure = [one for one in resources.values() if one.type.startswith("azure-native:")]
    assert {one.type.rpartition(":")[2] for one in azure} >= {"Vault", "Registry", "StorageAccount", "Compute"}
    assert all("/resourceGroups/rg-fraud" in one.id for one in azure)
    said = re.search(r"five resources here, (\d+) in Azure's own terms", (FOLDER / "README.md").read_text())
    assert said and int(said[1]) == len(azure)


def test_it_is_closed(resources):
    """The workspace is private, with the one host named that its computes may reach."""
    (workspace,) = (one for one in resources.values() if one.type.endswith("machinelearningservices:Workspace"))
    assert workspace.inputs["publicNetworkAccess"] == "Disabled"
    assert workspace.inputs["managedNetwork"]["outboundRules"]["packages"]["destination"] == "packages.larkspur.example"
    assert workspace.inputs["tags"] == {
        "env": "dev",
        "workload": "fraud",
        "owner": "ml-platform@larkspur.example",
        "costCenter": "ml-platform",
        "dataClassification": "internal",
        "expiry": "2099-12-31",
    }
