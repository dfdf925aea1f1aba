"""Checks a resource's inputs against the type information that the package's own SDK carries.

Found are unknown and misplaced properties, missing ones, wrong types and values outside a closed enumeration; a value
outside an open one is a warning, since Azure may know it already. Which member of a union of Args classes is meant is
not checked beyond its constant (`computeType: AmlCompute`): the SDK's types don't say more.
"""

from __future__ import annotations

import difflib
import enum
import importlib
import sys
import threading
import typing
from collections import abc
from collections.abc import Mapping
from functools import cache
from typing import Any

from pulumi import _types

from seawall.plan.values import UNKNOWN

_SCALARS = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}


_LOADING = threading.RLock()
"""The SDK's modules load when they are first used; a second thread that came meanwhile would see half of one."""


class Checker:
    """Checks inputs; remembers the warnings."""

    def __init__(self) -> None:
        self.warnings: dict[str, None] = {}

    def faults(self, token: str, inputs: dict[str, Any]) -> list[str]:
        """What is wrong with a resource's inputs, one message for each fault, each with the property's path.

        `inputs` is in camelCase, secrets laid open. A resource type that the SDK doesn't have is a fault.
        """
        args = args_class(token)
        if args is None:
            return [f"the {token.split(':', 1)[0]} SDK has no resource type {token}"]
        check = _Check(token)
        check.object(inputs, args, "")
        self.warnings.update(dict.fromkeys(check.warnings))
        return check.faults

    def accepts(self, token: str, name: str) -> bool:
        """Whether a resource type has an input of the given name."""
        args = args_class(token)
        return args is not None and name in _fields(args)


def accepted(token: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of values in the shape of a resource's outputs, what it takes as inputs, at every depth."""
    args = args_class(token)
    return _accepted(values, args) if args else {}


def _accepted(values: Mapping[str, Any], args: type) -> dict[str, Any]:
    fields = _fields(args)
    taken = {name: _taken(value, fields[name]) for name, value in values.items() if name in fields}
    for name in _required(args) - taken.keys():
        # azure-native lifts a key's or a vault's `properties` up in the outputs, and not in the inputs.
        classes = [m for m in _members(fields[name]) if isinstance(m, type) and _types.is_input_type(m)]
        lifted = _accepted(values, classes[0]) if classes else {}
        taken |= {name: lifted} if lifted else {}
    return taken


def _taken(value: Any, kind: Any) -> Any:
    members = _members(kind)
    if isinstance(value, dict):
        classes = [m for m in members if isinstance(m, type) and _types.is_input_type(m)]
        if not classes and any(typing.get_origin(m) in (list, abc.Sequence) for m in members):
            return list(value)  # `userAssignedIdentities` goes in as a list and comes out as a map
        return _accepted(value, _meant(value, classes)) if classes else value
    if isinstance(value, list):
        elements = [typing.get_args(m)[0] for m in members if typing.get_origin(m) in (list, abc.Sequence)]
        return [_taken(part, elements[0]) for part in value] if elements else value
    return value


@cache
def args_class(token: str) -> type | None:
    """The SDK's class of a resource type's inputs: `StorageAccountArgs` for `azure-native:storage:StorageAccount`.

    Where a nested type has that name already (a subnet's `NetworkSecurityGroupArgs`), it is called `...InitArgs`. The
    package's SDK is imported, which costs half a second for some: ask only of a type that a program has used.
    """
    package, module, name = token.split(":")
    with _LOADING:
        for place in _modules(f"pulumi_{package.replace('-', '_')}", module):
            try:
                resource = getattr(importlib.import_module(place), name)
            except (ImportError, AttributeError):
                continue
            own = vars(sys.modules[resource.__module__])
            return own.get(f"{name}InitArgs") or own.get(f"{name}Args")
    return None


def _modules(sdk: str, module: str) -> list[str]:
    """Where a token's class may stand: `storage` and `core/v1` are modules, of `index/group` only what is before it."""
    above = module.rpartition("/")[0]
    places = [f"{sdk}.{part.replace('/', '.')}" for part in (module, above) if part and part.split("/")[0] != "index"]
    return [*places, sdk]


@cache
def _fields(args: type) -> dict[str, Any]:
    return _types.input_type_types(args)


@cache
def _required(args: type) -> frozenset[str]:
    return _types._required_property_names(args)


@cache
def _members(kind: Any) -> tuple[Any, ...]:
    """The types that a value may have: a union's members without what serves Python alone."""
    if not _types._is_union_type(kind):
        return (kind,)
    members: list[Any] = []
    for member in typing.get_args(kind):
        if member is not type(None) and not _types._is_plumbing_arg(member):
            members.extend(_members(member))
    return tuple(dict.fromkeys(members))


class _Check:
    def __init__(self, token: str) -> None:
        self.token = token
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def object(self, value: dict[str, Any], args: type, path: str) -> None:
        fields = _fields(args)
        for name in sorted(_required(args)):
            if value.get(name) is None:
                self.faults.append(f"{_join(path, name)} is missing; {_kind_name(args)} requires it")
        for name, part in value.items():
            kind = fields.get(name)
            if kind is None:
                self.faults.append(self._unknown(name, args, path))
            elif part is not None and part is not UNKNOWN:
                self.value(part, kind, _join(path, name))

    def value(self, value: Any, kind: Any, path: str) -> None:
        if value is None or value is UNKNOWN:
            return
        members = _members(kind)
        if isinstance(value, dict):
            self._mapping(value, members, path)
        elif isinstance(value, list):
            self._sequence(value, members, path)
        else:
            self._scalar(value, members, path)

    def _mapping(self, value: dict[str, Any], members: tuple[Any, ...], path: str) -> None:
        classes = [m for m in members if isinstance(m, type) and _types.is_input_type(m)]
        if classes:
            self.object(value, _meant(value, classes), path)
            return
        for member in members:
            if typing.get_origin(member) in (dict, abc.Mapping):
                parts = typing.get_args(member)
                for name, part in value.items():
                    self.value(part, parts[1] if len(parts) == 2 else Any, f"{path}.{name}")
                return
        if not _open(members) and dict not in members:
            self._mismatch(value, members, path)

    def _sequence(self, value: list[Any], members: tuple[Any, ...], path: str) -> None:
        for member in members:
            if typing.get_origin(member) in (list, abc.Sequence):
                element = (typing.get_args(member) or (Any,))[0]
                for index, part in enumerate(value):
                    self.value(part, element, f"{path}[{index}]")
                return
        if not _open(members) and list not in members:
            self._mismatch(value, members, path)

    def _scalar(self, value: Any, members: tuple[Any, ...], path: str) -> None:
        if _open(members):
            return
        enumerations = [m for m in members if isinstance(m, type) and issubclass(m, enum.Enum)]
        allowed = [member.value for enumeration in enumerations for member in enumeration]
        if any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in allowed):
            return
        plain = tuple(m for m in members if m in _SCALARS)
        if any(_is(value, scalar) for scalar in plain):
            if allowed:
                near = ", ".join(map(str, allowed))
                self.warnings.append(f"{self.token} {path}: {value!r} is not among the known values ({near})")
            return
        self._mismatch(value, members, path)

    def _mismatch(self, value: Any, members: tuple[Any, ...], path: str) -> None:
        self.faults.append(f"{path} is {_shown(value)}; expected {_expected(members)}")

    def _unknown(self, name: str, args: type, path: str) -> str:
        fields = _fields(args)
        message = f"{_join(path, name)} is not a property of {_kind_name(args)}"
        elsewhere = [
            field
            for field, kind in sorted(fields.items())
            for member in _members(kind)
            if isinstance(member, type) and _types.is_input_type(member) and name in _fields(member)
        ]
        if elsewhere:
            return f"{message}; it belongs in {_join(_join(path, elsewhere[0]), name)}"
        near = difflib.get_close_matches(name, fields, n=1) or difflib.get_close_matches(_camel(name), fields, n=1)
        return f"{message}; did you mean {near[0]}?" if near else message


def _meant(value: dict[str, Any], classes: list[type]) -> type:
    """The member of a union that a value means: the one named by a constant in it, else the best fit."""
    if len(classes) == 1:
        return classes[0]
    constants = {part.lower() for part in value.values() if isinstance(part, str)}
    names = {c: c.__name__.removesuffix("Args").lower() for c in classes}
    # `AmlCompute` names AmlComputeArgs whole, `FQDN` only the start of FqdnOutboundRuleArgs.
    whole = [c for c in classes if names[c] in constants]
    begun = [c for c in classes if any(constant and names[c].startswith(constant) for constant in constants)]
    # A class fits by the share of its known names, then by having few requirements unmet.
    return max(
        whole or begun or classes,
        key=lambda c: (len(_fields(c).keys() & value.keys()), -len(_required(c) - value.keys())),
    )


def _open(members: tuple[Any, ...]) -> bool:
    return Any in members


def _is(value: Any, scalar: type) -> bool:
    if scalar is bool:
        return isinstance(value, bool)
    if scalar is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, scalar) and not (scalar is int and isinstance(value, bool))


def _expected(members: tuple[Any, ...]) -> str:
    parts = []
    for member in members:
        if member in _SCALARS:
            parts.append(_SCALARS[member])
        elif isinstance(member, type) and issubclass(member, enum.Enum):
            parts.append("one of " + ", ".join(str(choice.value) for choice in member))
        elif typing.get_origin(member) in (list, abc.Sequence):
            parts.append("a list")
        elif isinstance(member, type) and _types.is_input_type(member):
            parts.append(f"an object ({_kind_name(member)})")
        else:
            parts.append("an object")
    return " or ".join(dict.fromkeys(parts))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value!r}"


def _kind_name(args: type) -> str:
    return args.__name__.removesuffix("Args")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
