"""The SDK's classes and Microsoft's schemas, side by side: what the azure tests judge the table by."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from pulumi import _types as pulumi_types

ABSTRACT = {"Container", "Execution", "MultiplePipelineTrigger", "TabularSource", "TriggerDependencyReference"}
"""Discriminators of Data Factory's base classes, which the SDK has and the service doesn't."""

EXPECTED = re.compile(r"Expected value is '([^']+)'")


@cache
def resource_class(token: str) -> type:
    _, module, name = token.split(":")
    return getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)


def args_class(token: str) -> type:
    """The class of a resource's arguments; it is called InitArgs where a nested type has taken the plain name."""
    resource = resource_class(token)
    module = sys.modules[resource.__module__]
    name = resource.__name__
    return getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")


def stated_api_version(token: str) -> str:
    """The API version that the class's documentation names."""
    found = re.search(
        r"Azure REST API version:? ([\w-]+)\.", inspect.getsource(sys.modules[resource_class(token).__module__])
    )
    return found[1] if found else ""


@cache
def inputs_of(cls: type) -> dict[str, Any]:
    """The properties of an arguments class: name in camelCase to type."""
    names, kinds = pulumi_types.input_type_py_to_pulumi_names(cls), pulumi_types.input_type_types(cls)
    return {camel: kinds.get(camel, kinds.get(name)) for name, camel in names.items()}


@cache
def outputs_of(cls: type) -> dict[str, Any]:
    """The properties of a resource or of a nested output class: name in camelCase to type."""
    if issubclass(cls, pulumi.Resource):
        kinds = pulumi_types.resource_types(cls)
        return {camel: kinds.get(camel) for camel in pulumi_types.resource_pulumi_to_py_names(cls)}
    names, kinds = (
        pulumi_types._py_to_pulumi_names_from_py_properties(cls),
        pulumi_types._types_from_py_properties(cls),
    )
    return {camel: kinds.get(camel, kinds.get(name)) for name, camel in names.items()}


@cache
def constants(cls: type) -> dict[str, str]:
    """The discriminators of an arguments class, which its constructor sets by itself."""
    found = {}
    for name, camel in pulumi_types.input_type_py_to_pulumi_names(cls).items():
        match = EXPECTED.search(getattr(cls, name).fget.__doc__ or "")
        if match:
            found[camel] = match[1]
    return found


def classes_in(kind: Any) -> Iterator[tuple[str, type]]:
    """The classes in a property's type, each with how it is held: `""` itself, `"[]"` in a list, `"{}"` in a map."""
    for member in _members(kind):
        origin = typing.get_origin(member)
        arguments = typing.get_args(member)
        name = getattr(origin, "__name__", "")
        if name == "Sequence":
            yield from ((f"[]{held}", cls) for held, cls in classes_in(arguments[0]))
        elif name == "Mapping":
            yield from (("{}" + held, cls) for held, cls in classes_in(arguments[1]))
        elif isinstance(member, type) and (pulumi_types.is_input_type(member) or pulumi_types.is_output_type(member)):
            yield "", member


def is_list(kind: Any) -> bool:
    return any(getattr(typing.get_origin(member), "__name__", "") == "Sequence" for member in _members(kind))


def _members(kind: Any) -> Iterator[Any]:
    if kind is None or kind is type(None):
        return
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        for member in typing.get_args(kind):
            yield from _members(member)
    elif getattr(typing.get_origin(kind), "__name__", "") not in ("Awaitable", "Output"):
        yield kind


class Samples:
    """Inputs that set every property of an arguments class, every variant of a polymorphic one among them.

    One property of one class is gone into once, so that types that hold themselves come to an end.
    """

    def __init__(self) -> None:
        self._seen: set[tuple[type, str]] = set()

    def of(self, cls: type) -> list[dict[str, Any]]:
        choices = {name: self._choices(cls, name, kind) for name, kind in inputs_of(cls).items()}
        count = max((len(values) for values in choices.values()), default=1)
        return [
            {name: values[min(index, len(values) - 1)] for name, values in choices.items() if values}
            for index in range(count)
        ]

    def _choices(self, cls: type, name: str, kind: Any) -> list[Any]:
        if name in constants(cls):
            return [constants(cls)[name]]
        held = list(classes_in(kind))
        if not held:
            return [[f"<{name}>"]] if is_list(kind) else [f"<{name}>"]
        if (cls, name) in self._seen:
            return []
        self._seen.add((cls, name))
        held = [(how, nested) for how, nested in held if not ABSTRACT & set(constants(nested).values())]
        plain = [sample for how, nested in held if not how for sample in self.of(nested)]
        return plain or [_held(held[0][0], [sample for _, nested in held for sample in self.of(nested)])]


def _held(how: str, samples: list[Any]) -> Any:
    if how.startswith("[]"):
        return [_held(how[2:], samples)] if how[2:] else samples
    return {f"<key{index}>": _held(how[2:], [sample]) if how[2:] else sample for index, sample in enumerate(samples)}


class Schema:
    """One of Microsoft's schemas, read for the places that it has."""

    def __init__(self, folder: Path, file: str) -> None:
        self._schema = json.loads((folder / file).read_text())
        self.root = self.variants({"$ref": self._schema["$ref"]})

    def resolved(self, node: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """The node that a reference leads to, and whether it is read-only on the way."""
        read_only = False
        while True:
            read_only = read_only or node.get("readOnly", False)
            if "$ref" in node:
                node = self._schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
            elif len(node.get("allOf", ())) == 1:
                node = node["allOf"][0]
            else:
                return node, read_only

    def variants(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        node, _ = self.resolved(node)
        return [each for one in node["anyOf"] for each in self.variants(one)] if "anyOf" in node else [node]

    def misplaced(self, value: Any, nodes: list[dict[str, Any]], read_only: bool, path: str = "") -> Iterator[str]:
        """The paths in a value that the schema has no place for, or only a read-only one if those don't count."""
        if isinstance(value, list):
            items = [each for node in nodes if "items" in node for each in self.variants(node["items"])]
            for item in value:
                yield from self.misplaced(item, items, read_only, f"{path}[]")
        elif isinstance(value, dict):
            nodes = self._matching(value, [node for node in nodes if "properties" in node or _open(node)] or nodes)
            for name, item in value.items():
                below = f"{path}.{name}" if path else name
                places = [self._place(node, name) for node in nodes]
                found = [place for place, fixed in filter(None, places) if read_only or not fixed]
                anything = any(node == {} for node in nodes)
                if not found and not anything:
                    yield below
                elif found:
                    inner = [each for place in found for each in self.variants(place)]
                    if not any(each == {} for each in inner):
                        yield from self.misplaced(item, inner, read_only, below)

    def _matching(self, value: dict[str, Any], nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The variants whose constants agree with the value; if none does, there is no place for it."""

        def agrees(node: dict[str, Any]) -> bool:
            for name, place in node.get("properties", {}).items():
                constant = self.resolved(place)[0].get("const")
                if constant is not None and value.get(name, constant) != constant:
                    return False
            return True

        return [node for node in nodes if agrees(node)] if len(nodes) > 1 else nodes

    def _place(self, node: dict[str, Any], name: str) -> tuple[dict[str, Any], bool] | None:
        if name in node.get("properties", {}):
            return node["properties"][name], self.resolved(node["properties"][name])[1]
        return (node["additionalProperties"], False) if _open(node) else None


def _open(node: dict[str, Any]) -> bool:
    return isinstance(node.get("additionalProperties"), dict)


def leaves(value: Any) -> Iterator[Any]:
    """All texts in a value, keys of maps aside."""
    if isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value
