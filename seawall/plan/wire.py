"""Pulumi's wire form of properties: protobuf structs, to and from the values of a plan."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2

from seawall.plan.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, UNKNOWN_SENTINEL, Secret

ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Source of the three: pulumi/sdk, `rpc._special_asset_sig`, `_special_archive_sig`, `_special_resource_sig`."""


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A struct's fields as plan values, keys sorted: protobuf's maps come in no order."""
    fields = struct.fields
    return {key: _decoded(fields[key]) for key in sorted(fields)}


def _decoded(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == UNKNOWN_SENTINEL else text
    if kind == "struct_value":
        return _special(decode(value.struct_value))
    if kind == "list_value":
        return [_decoded(part) for part in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        # The wire knows floats alone; Azure knows integers, so a whole number is one.
        return int(number) if number.is_integer() else number
    return None


def _special(fields: dict[str, Any]) -> Any:
    signature = fields.get(SIGNATURE)
    if signature is None:
        return fields
    if signature == SECRET_SIGNATURE:
        return Secret(fields.get("value"))
    if signature == RESOURCE_SIGNATURE:
        # A resource given as an input stands for its ID, as for an engine without resource references.
        return fields.get("id", fields.get("urn"))
    return fields


def encode(values: dict[str, Any]) -> struct_pb2.Struct:
    """Plan values as a struct."""
    struct = struct_pb2.Struct()
    fields = struct.fields
    for key, value in values.items():
        _encode_into(fields[key], value)
    return struct


def _encode_into(target: struct_pb2.Value, value: Any) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, int | float):
        target.number_value = value
    elif value is UNKNOWN:
        target.string_value = UNKNOWN_SENTINEL
    elif isinstance(value, Secret):
        _encode_into(target, {SIGNATURE: SECRET_SIGNATURE, "value": value.value})
    elif isinstance(value, dict):
        fields = target.struct_value.fields
        target.struct_value.SetInParent()
        for key, part in value.items():
            _encode_into(fields[key], part)
    else:
        target.list_value.SetInParent()
        values = target.list_value.values
        for part in value:
            _encode_into(values.add(), part)
