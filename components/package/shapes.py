"""What a component takes and gives, as its annotations say it."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pulumi import ComponentResource, Output, Resource

from components.package.offered import LEFT_OUT, SECRETS, TYPE_NAMES

Kind = Literal["string", "integer", "number", "boolean", "any", "date", "enum", "list", "map", "object", "union"]

_SIMPLE: Mapping[Any, Kind] = {
    str: "string", int: "integer", float: "number", bool: "boolean", Any: "any", date: "date",
}  # fmt: skip


class Unsupported(Exception):
    """An annotation that no package can say."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The shape of one value.

    `of` is that of a list's items or a map's values, `classes` are the dataclasses that an object (one) or a union
    (any of them) is made of, `values` the closed set of an enum, and `enum` its class where it has one; `name` is the
    enum's. `pending`: the value may come from a resource and be known only later. `nullable`: it may be left away.
    """

    kind: Kind
    of: Shape | None = None
    classes: tuple[type, ...] = ()
    values: tuple[Any, ...] = ()
    enum: type[Enum] | None = None
    name: str = ""
    pending: bool = False
    nullable: bool = False


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property: its name in Python and in other languages, its shape, and whether it must be given."""

    name: str
    key: str
    owner: type
    shape: Shape
    required: bool
    secret: bool
    default: Any = field(default=None, compare=False)


def camel(name: str) -> str:
    """A name as other languages write it.

    >>> camel("log_analytics_workspace_id")
    'logAnalyticsWorkspaceId'
    """
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def pascal(name: str) -> str:
    """The same for a type's name."""
    made = camel(name)
    return made[:1].upper() + made[1:]


def type_name(cls: type) -> str:
    """What a class is called in the package."""
    return TYPE_NAMES.get((cls.__module__, cls.__name__), cls.__name__)


def arguments_class(component: type[ComponentResource]) -> type:
    """The dataclass of a component's arguments."""
    found: type = inspect.get_annotations(component.__init__, eval_str=True)["args"]
    return found


@cache
def inputs_of(cls: type) -> tuple[Property, ...]:
    """The properties of a dataclass, in its own order."""
    hints = _annotations(cls)
    made = []
    for one in fields(cls):
        if (cls.__name__, one.name) in LEFT_OUT:
            continue
        owner, hint = hints[one.name]
        default = one.default if one.default_factory is MISSING else one.default_factory()
        shape = shape_of(hint, _enum_name(owner, one.name))
        made.append(
            Property(
                name=one.name,
                key=camel(one.name),
                owner=owner,
                shape=shape,
                required=default is MISSING and not shape.nullable,
                secret=(owner.__name__, one.name) in SECRETS,
                default=None if default is MISSING else default,
            )
        )
    return tuple(made)


def outputs_of(component: type[ComponentResource]) -> tuple[Property, ...]:
    """What a component gives. Its Azure ID is `resourceId`: Pulumi keeps `id` of a component to itself."""
    made = []
    for name, (owner, hint) in _annotations(component).items():
        if not name.startswith("_"):
            shape = shape_of(hint, _enum_name(owner, name))
            made.append(
                Property(
                    name=name,
                    key="resourceId" if name == "id" else camel(name),
                    owner=owner,
                    shape=shape,
                    required=not shape.nullable,
                    secret=(owner.__name__, name) in SECRETS,
                )
            )
    return tuple(made)


def shape_of(hint: Any, name: str) -> Shape:
    """The shape that an annotation describes; `name` is given to a closed set of values. Raises `Unsupported`."""
    if hint in _SIMPLE:
        return Shape(kind=_SIMPLE[hint])
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Output:
        return replace(shape_of(inner[0], name), pending=True)
    if origin in (Union, types.UnionType):
        return _union(inner, name)
    if origin is Literal:
        return Shape(kind="enum", values=inner, name=name)
    if origin is not None and issubclass(origin, Mapping) and inner[0] is str:
        return Shape(kind="map", of=shape_of(inner[1], name))
    if origin is not None and issubclass(origin, Sequence | Collection):
        return Shape(kind="list", of=shape_of(inner[0], name))
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return Shape(kind="enum", values=tuple(one.value for one in hint), enum=hint, name=hint.__name__)
    if is_dataclass(hint) and not issubclass(hint, Resource):  # type: ignore[arg-type]  # a class, not an instance
        return Shape(kind="object", classes=(hint,))  # type: ignore[arg-type]
    raise Unsupported(str(hint))


def nested(shape: Shape) -> tuple[type, ...]:
    """The dataclasses that a shape is made of, at its own depth."""
    return nested(shape.of) if shape.of else shape.classes


def _union(members: tuple[Any, ...], name: str) -> Shape:
    awaited = [get_args(one)[0] for one in members if get_origin(one) is Awaitable]
    nullable = types.NoneType in members
    if awaited:  # an Input: its plain type, an Awaitable and an Output of it
        return replace(shape_of(awaited[0], name), pending=True, nullable=nullable)
    rest = [one for one in members if one is not types.NoneType]
    if len(rest) == 1:
        return replace(shape_of(rest[0], name), nullable=nullable)
    if all(is_dataclass(one) for one in rest):
        return Shape(kind="union", classes=tuple(rest), nullable=nullable)
    raise Unsupported(" | ".join(map(str, rest)))


def _annotations(cls: type) -> dict[str, tuple[type, Any]]:
    """Each annotated name with the class that declares it."""
    found: dict[str, tuple[type, Any]] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.partition(".")[0] == "components":
            for name, hint in inspect.get_annotations(base, eval_str=True).items():
                if typing.get_origin(hint) is not typing.ClassVar:
                    found[name] = (base, hint)
    return found


def _enum_name(owner: type, name: str) -> str:
    return type_name(owner).removesuffix("Args") + pascal(name)
