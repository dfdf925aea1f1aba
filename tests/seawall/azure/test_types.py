"""The table of ARM types against Microsoft's index, its schemas and the SDK's classes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from seawall.azure.bodies import UNSAID, body, outputs
from seawall.azure.fills.base import without
from seawall.azure.shapes import to_rest, to_sdk
from seawall.azure.types import ArmType, UnknownType, canonical, lookup, of_arm_type, types
from tests.seawall.azure.azure_sdk import (
    Samples,
    Schema,
    args_class,
    inputs_of,
    leaves,
    outputs_of,
    resource_class,
    stated_api_version,
)

ROWS = {row.token.removeprefix("azure-native:"): row for row in types()}

WIDER = {
    "network:VirtualNetwork": {"properties.subnets[].properties.serviceGateway"},
    "network:PrivateEndpoint": {"properties.subnet.properties.serviceGateway"},
    "resources:Deployment": {"properties.parameters.<key0>.expression", "properties.parameters.<key0>.type"},
    "cognitiveservices:RaiPolicy": {"properties.safetyProviders", "properties.contentFilters[].action"},
    "web:WebApp": {"properties.functionAppConfig.siteUpdateStrategy"},
}
"""Inputs that the SDK has from a later API version, since it shares a nested class between versions."""


STATED = {
    # The published type definitions of Microsoft.Web end before the version that the SDK uses.
    "web:AppServicePlan": "2025-05-01",
    "web:WebApp": "2025-05-01",
    # This class is made by hand, and says nothing.
    "authorization:PimRoleEligibilitySchedule": "",
}
"""API versions that the SDK's documentation gives other than the index."""


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> ArmType:
    return ROWS[request.param]


@pytest.fixture
def schema(row: ArmType, azure_types: Any) -> Schema:
    file = next(entry["file"] for entry in azure_types.index if entry["token"] == row.token)
    return Schema(azure_types.folder, file)


def short(row: ArmType) -> str:
    return row.token.removeprefix("azure-native:")


def test_table_is_the_index(azure_types: Any) -> None:
    """The table holds the tokens of the index, each with its ARM type and API version, and no others."""
    ours = {row.token: (row.arm_type, row.api_version) for row in types()}
    assert ours == {entry["token"]: (entry["arm_type"], entry["api_version"]) for entry in azure_types.index}


def test_api_version_is_the_sdks(row: ArmType) -> None:
    """The API version of each row is the one that the SDK's class says it uses."""
    assert stated_api_version(row.token) == STATED.get(short(row), row.api_version)


def test_every_input_has_one_place(row: ArmType) -> None:
    """Each name of the row is an input of the SDK's class."""
    inputs = set(inputs_of(args_class(row.token)))
    assert row.path_inputs <= inputs
    assert row.unsent <= inputs
    assert row.replace_on - {"location"} <= inputs
    assert set(row.name_from) <= inputs


def test_every_input_reaches_its_place(row: ArmType, schema: Schema) -> None:
    """All that the SDK's classes take, at every depth and in every variant, lands where the schema has it."""
    misplaced: set[str] = set()
    for inputs in Samples().of(args_class(row.token)):
        sent = body(row.token, inputs)
        misplaced |= set(schema.misplaced(sent, schema.root, read_only=True))
        dropped = row.path_inputs | row.unsent
        expected = Counter(leaves({name: value for name, value in inputs.items() if name not in dropped}))
        lost = expected - Counter(leaves(_lists(sent)))
        assert not lost
    assert misplaced == WIDER.get(short(row), set())


def _lists(value: Any) -> Any:
    """The value with sets as lists again: a map of empty maps is the list of its keys."""
    if isinstance(value, dict):
        if value and all(item == {} for item in value.values()):
            return list(value)
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list) else value


def test_shapes_invert(row: ArmType) -> None:
    """The REST form of any inputs, read back, is what the SDK gave."""
    if row.shape != row.output_shape:
        pytest.skip("its outputs have another form than its inputs")
    for inputs in Samples().of(args_class(row.token)):
        kept = {name: value for name, value in inputs.items() if name not in row.path_inputs | row.unsent}
        assert _lists(to_sdk(to_rest(kept, row.shape), row.output_shape)) == _lists(kept)


def test_outputs_are_the_classs(row: ArmType, schema: Schema) -> None:
    """What a whole response would give as outputs is what the SDK's class has, name by name."""
    response: dict[str, Any] = {}
    for node in schema.root:
        response |= {name: "<value>" for name in node["properties"] if name != "properties"}
        for inner in schema.variants(node["properties"].get("properties", {})):
            held = response.setdefault("properties", {})
            held |= {name: "<value>" for name in inner.get("properties", {})}
    for path in row.no_output:
        response = without(response, path)
    given = set(outputs(row.token, "/<id>", response)) - {"id"} - UNSAID
    known = set(outputs_of(resource_class(row.token))) - {"id", "urn"} - UNSAID
    assert given <= known
    # Some classes promise what Azure never returns.
    assert known - given <= {path[-1] for path in row.no_output}


def test_canonical_strips_the_version() -> None:
    """A dated token, stable or preview, means the same type as the plain one."""
    assert canonical("azure-native:storage/v20240101:StorageAccount") == "azure-native:storage:StorageAccount"
    assert canonical("azure-native:app/v20250202preview:Job") == "azure-native:app:Job"
    assert canonical("azure-native:app:Job") == "azure-native:app:Job"
    assert lookup("azure-native:storage/v20240101:StorageAccount") is lookup("azure-native:storage:StorageAccount")


def test_unknown_types_are_named() -> None:
    """A type outside the table is an error that names it, and ARM types are found in any case."""
    with pytest.raises(UnknownType, match="azure-native:batch:Pool"):
        lookup("azure-native:batch:Pool")
    with pytest.raises(UnknownType, match=r"Microsoft\.Batch/pools"):
        of_arm_type("Microsoft.Batch/pools")
    assert of_arm_type("microsoft.keyvault/VAULTS").token == "azure-native:keyvault:Vault"
