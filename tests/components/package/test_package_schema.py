"""The package's schema: what programs in other languages are told of the components."""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import components
from components.package.offered import LEFT_OUT, SECRETS, offered, package_version
from components.package.provider import Package
from components.package.shapes import Unsupported, arguments_class, camel, shape_of
from components.package.words import COMMON

FOLDER = Path(components.__file__).parent
TOKEN = re.compile(r"seawall:index:[A-Z][A-Za-z0-9]+")
RESERVED = {"urn", "id", "pulumi"}
"""Source: pulumi/pkg, codegen/schema/reserved_keywords.go; and `id`, which the SDK's host never passes on."""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    said = Package().schema
    assert said is not None
    made: dict[str, Any] = json.loads(said)
    return made


def objects(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """Every set of properties, with what is required of it."""
    for name, resource in schema["resources"].items():
        yield f"{name} inputs", resource["inputProperties"], resource["requiredInputs"]
        yield f"{name} outputs", resource["properties"], resource["required"]
    for name, one in schema["types"].items():
        if "enum" not in one:
            yield name, one["properties"], one["required"]


def shapes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from shapes(one)
    elif isinstance(value, list):
        for one in value:
            yield from shapes(one)


def test_every_component_is_offered(schema):
    """The package has each component that `components` exports, and says that it is one."""
    exported = {
        name
        for name in components.__all__
        if isinstance(getattr(components, name), type)
        and issubclass(getattr(components, name), components.Component)
        and name != "Component"
    }
    assert set(schema["resources"]) == {f"seawall:index:{name}" for name in exported}
    assert len(exported) >= 35
    assert all(one["isComponent"] for one in schema["resources"].values())


def test_everything_is_described(schema):
    """Each component, type and property has a description, in the names of other languages."""
    for name, one in [*schema["resources"].items(), *schema["types"].items()]:
        assert "enum" in one or len(one["description"]) > 15, name
    for name, properties, _ in objects(schema):
        for key, one in properties.items():
            assert len(one["description"]) > 5, f"{name}.{key} has no description"
    snake = [text for text in map(str, schema["resources"].values()) if re.search(r"`[a-z]+_[a-z_]+`", text)]
    assert snake == []


def test_the_common_descriptions_are_all_of_use():
    """No description stands there for a property that no component has."""
    used = {
        field.name
        for component in offered().values()
        for cls in _classes(arguments_class(component))
        for field in dataclasses.fields(cls)
    }
    outputs = {name for component in offered().values() for name in component.__annotations__}
    assert set(COMMON) - used - outputs == {"application_insights_id"} - used


def _classes(cls: type, seen: set[type] | None = None) -> set[type]:
    """A dataclass and those that it is made of."""
    from components.package.shapes import inputs_of, nested

    seen = seen if seen is not None else set()
    if cls not in seen:
        seen.add(cls)
        for one in inputs_of(cls):
            for inner in nested(one.shape):
                _classes(inner, seen)
    return seen


def test_what_is_required_exists_and_has_no_default(schema):
    """Required properties are properties, nothing with a default is required, and no name is one that Pulumi keeps."""
    for name, properties, required in objects(schema):
        assert set(required) <= set(properties), name
        assert not [key for key in required if "default" in properties[key]], name
        assert not RESERVED & set(properties), name


def test_names_of_azure_are_required_and_what_may_be_none_is_not(schema):
    """A storage account needs its place and name; whether and where it logs and is reached may be left out."""
    account = schema["resources"]["seawall:index:StorageAccount"]
    assert account["requiredInputs"] == ["location", "resourceGroupId", "resourceName", "tags"]
    assert account["required"] == ["name", "privateEndpointIds", "resourceId"]
    assert schema["resources"]["seawall:index:OnlineEndpoint"]["required"] == ["name", "resourceId", "scoringUri"]


def test_references_lead_to_types(schema):
    """Every reference is to a type of the package, each type is used, and tokens are of Pulumi's form."""
    found = {one["$ref"] for one in shapes(schema) if "$ref" in one}
    inner = {ref.removeprefix("#/types/") for ref in found if ref.startswith("#/")}
    assert inner == set(schema["types"])
    assert found - {f"#/types/{one}" for one in inner} == {"pulumi.json#/Any"}
    assert all(TOKEN.fullmatch(token) for token in [*schema["types"], *schema["resources"]])


def test_closed_sets_are_enums(schema):
    """A Literal is an enum with Azure's own values, under names that every language takes."""
    auth = schema["types"]["seawall:index:OnlineEndpointAuth"]
    assert [one["value"] for one in auth["enum"]] == ["AADToken", "AMLToken", "Key"]
    sizes = schema["types"]["seawall:index:CustomerManagedKeyKeySize"]
    assert sizes == {"type": "integer", "enum": [{"name": f"Size{n}", "value": n} for n in (2048, 3072, 4096)]}
    names = [one["name"] for kind in schema["types"].values() for one in kind.get("enum", ())]
    assert all(re.fullmatch(r"[A-Za-z]\w*", name) for name in names)


def test_a_union_is_told_apart_by_its_kind(schema):
    """The outbound rules of a managed network are one of three types, each with its own constant."""
    rules = schema["types"]["seawall:index:ManagedNetwork"]["properties"]["outboundRules"]["additionalProperties"]
    assert rules["discriminator"]["propertyName"] == "kind"
    for name, reference in rules["discriminator"]["mapping"].items():
        one = schema["types"][reference.removeprefix("#/types/")]
        assert one["properties"]["kind"]["const"] == name and "kind" in one["required"]


def test_secrets_are_marked(schema):
    """What carries a credential is secret, and nothing else is."""
    marked = {
        (name, key) for name, properties, _ in objects(schema) for key in properties if properties[key].get("secret")
    }
    assert marked == {
        ("seawall:index:ActionGroup inputs", "webhooks"),
        ("seawall:index:ApplicationInsights outputs", "connectionString"),
    }
    assert len(SECRETS) == len(marked)
    assert not [one for one in shapes(schema) if one.get("secret") and one.get("plain")], "a secret is an output"


def test_an_sdk_in_go_compiles(schema):
    """Its generator is told what keeps types that it doesn't make, and defaults that don't compile, out of an SDK."""
    assert schema["language"]["go"] == {
        "respectSchemaVersion": True,
        "generateExtraInputTypes": True,
        "disableObjectDefaults": True,
    }


def test_ids_may_come_from_resources_and_names_may_not(schema):
    """What a component computes with at once is plain; what it hands on to Azure may be known later."""
    inputs = schema["resources"]["seawall:index:StorageAccount"]["inputProperties"]
    assert inputs["resourceName"]["plain"] and inputs["location"]["plain"]
    assert "plain" not in inputs["resourceGroupId"] and "plain" not in inputs["logAnalyticsWorkspaceId"]
    link = schema["types"]["seawall:index:PrivateLink"]["properties"]
    assert "plain" not in link["subnetId"] and "plain" not in link["zoneIds"]["additionalProperties"]


def test_types_of_outputs_are_never_plain(schema):
    """What one component gives and another takes may be known later in every part."""
    for name in ("EncryptionKey", "Companions"):
        assert not [one for one in shapes(schema["types"][f"seawall:index:{name}"]) if "plain" in one]


def test_defaults_are_those_of_python(schema):
    """A default that other languages can say is the dataclass's own."""
    for name, component in offered().items():
        inputs = schema["resources"][f"seawall:index:{name}"]["inputProperties"]
        for field in dataclasses.fields(arguments_class(component)):  # type: ignore[arg-type]
            said = inputs.get(camel(field.name), {}).get("default")
            assert said is None or said == field.default, f"{name}.{field.name}"
    assert schema["resources"]["seawall:index:KeyVault"]["inputProperties"]["softDeleteDays"]["default"] == 90


def test_what_is_left_out_could_not_be_offered():
    """Each field that the package leaves out has a type that no schema can say, and a reason."""
    from components.companions import Companions
    from components.package.shapes import _annotations
    from components.peering import PeeringArgs

    classes = {"PeeringArgs": PeeringArgs, "Companions": Companions}
    for (cls, name), reason in LEFT_OUT.items():
        _, hint = _annotations(classes[cls])[name]
        with pytest.raises(Unsupported):
            shape_of(hint, name)
        assert len(reason) > 20


def test_the_plugin_has_an_environment_of_its_own():
    """Pulumi finds the plugin's name beside the components, and makes its environment of pinned requirements."""
    plugin = yaml.safe_load((FOLDER / "PulumiPlugin.yaml").read_text())
    assert plugin["name"] == "seawall"
    assert plugin["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    assert (FOLDER / "__main__.py").is_file()
    lines = (FOLDER / "requirements.txt").read_text().splitlines()
    assert {"--require-hashes", "-c ../requirements/runtime.txt"} <= set(lines)
    pinned = set(re.findall(r"^([\w-]+)==", (FOLDER.parent / "requirements" / "runtime.txt").read_text(), re.MULTILINE))
    assert wanted(lines) <= pinned


def wanted(lines: list[str]) -> set[str]:
    return {line for line in lines if not line.startswith(("#", "-"))}


def test_what_the_components_import_is_required():
    """The plugin's environment has every package that a component imports, and no other."""
    found: set[str] = set()
    for path in (*FOLDER.glob("*.py"), *FOLDER.glob("package/*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    theirs = found - sys.stdlib_module_names - {"components"}
    packages = {"pulumi": "pulumi", "pulumi_azure_native": "pulumi-azure-native", "yaml": "pyyaml"}
    assert {packages[name] for name in theirs} == wanted((FOLDER / "requirements.txt").read_text().splitlines())


def test_the_version_is_the_project_s():
    """The package has the version that the project is released under, installed or not."""
    assert package_version() == importlib.metadata.version("seawall")
