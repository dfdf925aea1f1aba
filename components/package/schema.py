"""The package's schema, from which Pulumi makes an SDK for each language.

Source: Pulumi docs, iac/guides/building-extending/packages/schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi import ComponentResource

from components.package.offered import PACKAGE
from components.package.shapes import (
    Property,
    Shape,
    arguments_class,
    inputs_of,
    nested,
    outputs_of,
    pascal,
    type_name,
)
from components.package.words import describe, describe_component, describe_type

DISCRIMINATOR = "kind"
"""Which of several classes an object is meant to be."""

_LANGUAGES: Mapping[str, Mapping[str, bool]] = {
    **{name: {"respectSchemaVersion": True} for name in ("nodejs", "python", "csharp", "java")},
    "go": {"respectSchemaVersion": True, "generateExtraInputTypes": True, "disableObjectDefaults": True},
}
"""What the SDKs' generators are told. Go's names types for lists of plain objects that it only makes where told to, and
writes defaults into required plain objects in a way that doesn't compile; the components know their defaults.
Source: pulumi/pkg, codegen/go."""

_JSON: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "any": {"$ref": "pulumi.json#/Any"},
    "date": {"type": "string"},
}


def schema(components: Mapping[str, type[ComponentResource]], version: str) -> dict[str, Any]:
    """The schema of a package of the components."""
    types: dict[str, Any] = {}
    given = output_types(components.values())
    resources = {token(name): _resource(component, types, given) for name, component in components.items()}
    return {
        "name": PACKAGE,
        "displayName": "Seawall",
        "version": version,
        "description": "Guarded components of an ML platform on Azure: private, identity-based, encrypted, logged.",
        "language": {name: dict(options) for name, options in _LANGUAGES.items()},
        "resources": resources,
        "types": dict(sorted(types.items())),
    }


def token(name: str) -> str:
    """The token of a component or a type, as programs name it."""
    return f"{PACKAGE}:index:{name}"


def output_types(components: Iterable[type[ComponentResource]]) -> frozenset[type]:
    """The classes that outputs are made of. Given back as an input, each of their values may be known only later."""
    return frozenset(cls for one in components for output in outputs_of(one) for cls in nested(output.shape))


def without(property: Property) -> str:
    """The switch that says None of a property whose default is something else; other languages can't say None."""
    return f"without{pascal(property.name)}" if property.shape.nullable and property.default is not None else ""


def _resource(component: type[ComponentResource], types: dict[str, Any], given: frozenset[type]) -> dict[str, Any]:
    args = arguments_class(component)
    inputs = inputs_of(args)
    outputs = outputs_of(component)
    return {
        "isComponent": True,
        "description": describe_component(component),
        "type": "object",
        "inputProperties": _properties(inputs, args, types, given, plain=True),
        "requiredInputs": sorted(one.key for one in inputs if one.required),
        "properties": {one.key: _property(one, component, types, given, plain=False) for one in outputs},
        "required": sorted(one.key for one in outputs if one.required),
    }


def _properties(
    inputs: Iterable[Property], cls: type, types: dict[str, Any], given: frozenset[type], *, plain: bool
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for one in inputs:
        made[one.key] = _property(one, cls, types, given, plain=plain)
        if switch := without(one):
            said = f"Whether there is no `{one.key}` at all, not even the default."
            made[switch] = {"type": "boolean", "description": said, **({"plain": True} if plain else {})}
    return made


def _property(
    property: Property, user: type, types: dict[str, Any], given: frozenset[type], *, plain: bool
) -> dict[str, Any]:
    said = _shaped(property.shape, types, given, plain=plain and not property.secret)  # a secret is an output
    said["description"] = describe(property, user)
    if isinstance(property.default, (str, int)) and property.default != "":
        said["default"] = property.default
    if property.secret:
        said["secret"] = True
    return said


def _shaped(shape: Shape, types: dict[str, Any], given: frozenset[type], *, plain: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"plain": True} if plain and not shape.pending else {}
    if shape.kind == "list":
        return {"type": "array", "items": _shaped(_of(shape), types, given, plain=plain), **made}
    if shape.kind == "map":
        return {"type": "object", "additionalProperties": _shaped(_of(shape), types, given, plain=plain), **made}
    if shape.kind == "enum":
        types[token(shape.name)] = _enum(shape)
        return {"$ref": _reference(shape.name), **made}
    for cls in shape.classes:
        _object(cls, types, given, kind=shape.kind == "union")
    names = [type_name(cls) for cls in shape.classes]
    if shape.kind == "union":
        mapping = {name: _reference(name) for name in names}
        discriminator = {"propertyName": DISCRIMINATOR, "mapping": mapping}
        return {"oneOf": [{"$ref": one} for one in mapping.values()], "discriminator": discriminator, **made}
    return {"$ref": _reference(names[0]), **made} if names else {**_JSON[shape.kind], **made}


def _object(cls: type, types: dict[str, Any], given: frozenset[type], *, kind: bool) -> None:
    name = type_name(cls)
    if token(name) in types:
        return
    types[token(name)] = {}  # before its properties, which may lead back to it
    inputs = inputs_of(cls)
    properties = _properties(inputs, cls, types, given, plain=cls not in given)
    required = [one.key for one in inputs if one.required]
    if kind:
        said = {"type": "string", "const": name, "description": "Says which kind of object this is."}
        properties = {DISCRIMINATOR: said, **properties}
        required.append(DISCRIMINATOR)
    types[token(name)] = {
        "type": "object",
        "description": describe_type(cls),
        "properties": properties,
        "required": sorted(required),
    }


def _enum(shape: Shape) -> dict[str, Any]:
    kind = "integer" if isinstance(shape.values[0], int) else "string"
    return {"type": kind, "enum": [{"name": _member(one), "value": one} for one in shape.values]}


def _member(value: Any) -> str:
    """A name for a value that every language takes."""
    text = {"*": "Any"}.get(value, str(value))
    return f"Size{text}" if text[0].isdigit() else text


def _of(shape: Shape) -> Shape:
    assert shape.of is not None, "lists and maps have it"
    return shape.of


def _reference(name: str) -> str:
    return f"#/types/{token(name)}"
