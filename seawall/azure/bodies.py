"""A resource's body: from azure-native's inputs to what the REST API takes, and from its answer to outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.azure.resource_id import names_of
from seawall.azure.shapes import to_rest, to_sdk
from seawall.azure.types import lookup

_SCOPED = frozenset(
    (
        "azure-native:authorization:RoleManagementPolicy",
        "azure-native:authorization:RoleManagementPolicyAssignment",
        "azure-native:costmanagement:ScheduledAction",
    )
)
"""Types whose body says its scope although the URL says it too."""

UNSAID = frozenset(("systemData", "apiVersion", "etag", "eTag"))
"""What a response says of itself and not of the resource; it differs from one call to the next."""


_TYPELESS = frozenset(("azure-native:network:PrivateDnsZoneGroup",))
"""Types whose class in the SDK has no output `type`."""


def body(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The REST body of a resource of the given Pulumi token and inputs (in camelCase), with its `name`.

    Raises `UnknownType`, and `UnnamedResource` where an input that names the resource is absent or unknown.
    """
    row = lookup(token)
    dropped = row.path_inputs | row.unsent
    kept = {
        name: value
        for name, value in inputs.items()
        if name not in dropped or (name == "scope" and row.token in _SCOPED)
    }
    result = {"name": names_of(row, inputs)[-1], **to_rest(kept, row.shape)}
    if row.name_from:
        # The one request that azure-native makes. Source: pulumi-azure-native, custom_pim_eligibility.go
        result.setdefault("properties", {})["requestType"] = "AdminAssign"
    return result


def outputs(token: str, id: str, response: Mapping[str, Any]) -> dict[str, Any]:
    """What azure-native gives as a resource's outputs for a REST response: lifted up, in camelCase, with its `id`.

    Raises `UnknownType`.
    """
    row = lookup(token)
    said = {name: value for name, value in response.items() if name not in UNSAID}
    result: dict[str, Any] = to_sdk(said, row.output_shape)
    if row.token in _TYPELESS:
        result.pop("type", None)
    return result | {"id": id, "azureApiVersion": row.api_version}
