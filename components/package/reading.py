"""A program's inputs as the components' own arguments."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from pulumi import Output
from pulumi.errors import InputPropertyErrorDetails
from pulumi.output import Unknown

from components.package.schema import DISCRIMINATOR, without
from components.package.shapes import Shape, inputs_of, type_name

_TYPES: Mapping[str, tuple[type, str]] = {
    "string": (str, "text"),
    "boolean": (bool, "true or false"),
    "number": (float, "a number"),
    "integer": (int, "a whole number"),
}


class Missing(Exception):
    """A value that can't be made; the reason is among the faults."""


class Reader:
    """Makes arguments of the inputs of one component. `faults` has everything that is wrong, each with its path.

    `given` are the classes that outputs are made of: as an input, any of their values may be known only later.
    """

    def __init__(self, given: frozenset[type]) -> None:
        self.faults: list[InputPropertyErrorDetails] = []
        self._given = given

    def arguments(self, cls: type, values: Mapping[str, Any], path: str = "", source: Output[Any] | None = None) -> Any:
        """An instance of the dataclass. `source` is the output that the values were taken from. Raises `Missing`."""
        made: dict[str, Any] = {}
        known = inputs_of(cls)
        before = len(self.faults)
        for one in known:
            here = f"{path}.{one.key}" if path else one.key
            value = values.get(one.key)
            if (switch := without(one)) and values.get(switch):
                made[one.name] = None
            elif value is not None:
                shape = replace(one.shape, pending=True) if cls in self._given else one.shape
                try:
                    made[one.name] = self.value(shape, value, here, source)
                except Missing:
                    continue
            elif one.required:
                self._fault(here, f"it is required by {type_name(cls).removesuffix('Args')}")
            elif one.default is None:
                made[one.name] = None
        self._strangers(cls, values, path)
        if len(self.faults) > before:
            raise Missing
        try:
            return cls(**made)
        except ValueError as error:
            self._fault(path or cls.__name__.removesuffix("Args"), str(error))
            raise Missing from None

    def value(self, shape: Shape, value: Any, path: str, source: Output[Any] | None = None) -> Any:
        """A value of the shape. Raises `Missing`."""
        leaf = not (shape.of or shape.classes)
        if isinstance(value, Output):
            if shape.pending and leaf:
                return value
            return self.value(shape, self._settled(value, shape, path), path, value)
        if isinstance(value, Unknown):
            if shape.pending:
                return Output.from_input(value) if source is None else source.apply(lambda _: value)
            return self._refuse(path, "it must be known when the program runs, and comes from what isn't there yet")
        if shape.kind == "list":
            return self._items(shape, value, path, source)
        if shape.kind == "map":
            return self._entries(shape, value, path, source)
        if shape.classes:
            return self._object(shape, value, path, source)
        made = self._plain(shape, value, path)
        if shape.pending and source is not None and _data(source).is_known:
            return source.apply(lambda _: made)  # whoever uses it waits for what it came from
        return made

    def _settled(self, value: Output[Any], shape: Shape, path: str) -> Any:
        """What an output holds already, for what must be known when a component is made."""
        data = _data(value)
        if data.is_secret and not (shape.of or shape.classes):
            return self._refuse(path, "it takes no secret: it becomes part of what everybody sees")
        return data.value

    def _items(self, shape: Shape, value: Any, path: str, source: Output[Any] | None) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            return self._refuse(path, f"expected a list, got {value!r}")
        assert shape.of is not None
        made = []
        for number, one in enumerate(value):
            try:
                made.append(self.value(shape.of, one, f"{path}[{number}]", source))
            except Missing:
                continue
        return made

    def _entries(self, shape: Shape, value: Any, path: str, source: Output[Any] | None) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            return self._refuse(path, f"expected names with values, got {value!r}")
        assert shape.of is not None
        made = {}
        for key, one in value.items():
            try:
                made[key] = self.value(shape.of, one, f"{path}.{key}", source)
            except Missing:
                continue
        return made

    def _object(self, shape: Shape, value: Any, path: str, source: Output[Any] | None) -> Any:
        if not isinstance(value, Mapping):
            return self._refuse(path, f"expected an object, got {value!r}")
        if shape.kind != "union":
            return self.arguments(shape.classes[0], value, path, source)
        names = {type_name(cls): cls for cls in shape.classes}
        kind = value.get(DISCRIMINATOR)
        if kind not in names:
            return self._refuse(f"{path}.{DISCRIMINATOR}", f"expected one of {', '.join(names)}, got {kind!r}")
        return self.arguments(names[kind], {k: v for k, v in value.items() if k != DISCRIMINATOR}, path, source)

    def _plain(self, shape: Shape, value: Any, path: str) -> Any:
        # Every number comes as a float: Pulumi's wire has no other.
        if isinstance(value, float) and value.is_integer() and shape.kind in ("integer", "enum", "any"):
            value = int(value)
        if shape.kind == "any":
            return whole(value)
        if shape.kind == "enum":
            if value not in shape.values:
                return self._refuse(path, f"expected one of {', '.join(map(str, shape.values))}, got {value!r}")
            return shape.enum(value) if shape.enum else value
        if shape.kind == "date":
            try:
                return date.fromisoformat(value)
            except (TypeError, ValueError):
                return self._refuse(path, f"expected a day such as 2027-01-31, got {value!r}")
        expected, words = _TYPES[shape.kind]
        if not isinstance(value, expected):
            return self._refuse(path, f"expected {words}, got {value!r}")
        return value

    def _strangers(self, cls: type, values: Mapping[str, Any], path: str) -> None:
        known = {one.key for one in inputs_of(cls)} | {without(one) for one in inputs_of(cls)}
        for key in values:
            if key not in known:
                close = get_close_matches(key, known, 1)
                hint = f"; did you mean {close[0]}?" if close else ""
                self._fault(f"{path}.{key}" if path else key, f"there is no such property{hint}")

    def _fault(self, path: str, reason: str) -> None:
        self.faults.append({"property_path": path, "reason": f"{path}: {reason}"})

    def _refuse(self, path: str, reason: str) -> Any:
        self._fault(path, reason)
        raise Missing


def whole(value: Any) -> Any:
    """A free value with its whole numbers as such."""
    if isinstance(value, Mapping):
        return {key: whole(one) for key, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _data(output: Output[Any]) -> Any:
    """What an output of the wire holds: it is there as soon as the output is, though the SDK has no name for it."""
    held: asyncio.Future[Any] = output._data
    return held.result()
