"""How a rule reads a resource: known, absent and unknown are three things.

A rule asks for a property and gets its value when it is known, a default when it is absent, and never goes past a
value that nobody can know before deployment: touching one raises `UnknownValue`, which the host turns into the
verdict "unknown". Secrets are read in clear and remembered, so that no message shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, overload

from seawall.plan.model import Resource
from seawall.plan.values import MASK, UNKNOWN, Secret

_NAMESPACE = "azure-native:"
_VERSION = re.compile(r"/v\d{8}\w*(?=:)")


class UnknownValue(Exception):
    """A rule needs a property that can't be known before deployment."""

    def __init__(self, path: str, resource: ResourceView | None = None) -> None:
        self.path = path
        self.resource = resource
        super().__init__(f"property {path} can't be known before deployment")


class Secrets:
    """The secret values that rules have read, to be masked in what people see."""

    def __init__(self) -> None:
        self._values: set[str] = set()

    def opened(self, secret: Secret) -> Any:
        """The secret's value in clear; from now on no message shows it."""
        self._remember(secret.value)
        return secret.value

    def masked(self, text: str) -> str:
        """The text with `MASK` in place of every secret that was read; of a very short one, only as a whole word."""
        for value in sorted(self._values, key=lambda value: (-len(value), value)):
            edge = r"\b" if len(value) <= 3 and value.isalnum() else ""
            text = re.sub(f"{edge}{re.escape(value)}{edge}", MASK, text)
        return text

    def _remember(self, value: Any) -> None:
        if isinstance(value, Secret):
            self._remember(value.value)
        elif isinstance(value, dict):
            for part in value.values():
                self._remember(part)
        elif isinstance(value, list):
            for part in value:
                self._remember(part)
        elif isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            self._values.add(str(value))


class View:
    """A JSON object within a resource. `path` says where it stands, for messages."""

    __slots__ = ("_root", "_value", "path")

    def __init__(self, value: dict[str, Any], path: str, root: ResourceView) -> None:
        self._value = value
        self.path = path
        self._root = root

    @property
    def root(self) -> ResourceView:
        """The resource that it stands in."""
        return self._root

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a path such as `sku.name`: a scalar, a `View` or a `ListView`; the default where it is absent.

        Null counts as absent. Raises `UnknownValue` where the value, or what it stands in, is unknown.
        """
        return self._at(_steps(path), default)

    def __getitem__(self, key: str) -> Any:
        """The value of one key, which may contain dots, as tags do; None where it is absent."""
        return self._at((key,), None)

    def is_unknown(self, path: str) -> bool:
        """Whether the value at a path can't be known, for rules that have another way to find out."""
        try:
            self.get(path)
        except UnknownValue:
            return True
        return False

    def items(self) -> Iterator[tuple[str, Any]]:
        """Keys, sorted, with their values. Raises `UnknownValue` at a value that is unknown; skips absent ones."""
        for key in sorted(self._value):
            value = self[key]
            if value is not None:
                yield key, value

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._value))

    def __len__(self) -> int:
        return len(self._value)

    def _at(self, steps: tuple[str, ...], default: Any) -> Any:
        value: Any = self._value
        for depth, step in enumerate(steps, 1):
            if type(value) is not dict:
                return default
            value = value.get(step)
            if type(value) is Secret:
                value = _opened(value, self._root)
            if value is UNKNOWN:
                raise UnknownValue(self._path_to(steps[:depth]), self._root)
            if value is None:
                return default
        kind = type(value)
        if kind is not dict and kind is not list:
            return value
        path = self._path_to(steps)
        return View(value, path, self._root) if kind is dict else ListView(value, path, self._root)

    def _path_to(self, steps: tuple[str, ...]) -> str:
        return ".".join((self.path, *steps) if self.path else steps)


class ListView(Sequence[Any]):
    """A JSON list within a resource. Raises `UnknownValue` at an item that is unknown."""

    __slots__ = ("_root", "_value", "path")

    def __init__(self, value: list[Any], path: str, root: ResourceView) -> None:
        self._value = value
        self.path = path
        self._root = root

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self._value)))]
        value = self._value[index]
        path = f"{self.path}[{index}]"
        if type(value) is Secret:
            value = _opened(value, self._root)
        if value is UNKNOWN:
            raise UnknownValue(path, self._root)
        if type(value) is dict:
            return View(value, path, self._root)
        return ListView(value, path, self._root) if type(value) is list else value

    def __len__(self) -> int:
        return len(self._value)


class ResourceView(View):
    """A resource as rules see it: its inputs as a `View`, and what it is."""

    __slots__ = ("_text", "resource", "secrets", "type")

    def __init__(self, resource: Resource, secrets: Secrets) -> None:
        super().__init__(resource.inputs, "", self)
        self._text: str | None = None
        self.resource = resource
        self.secrets = secrets
        self.type = short_type(resource.type)
        """The type without provider prefix and API version, such as `storage:StorageAccount`."""

    @property
    def urn(self) -> str:
        return self.resource.urn

    @property
    def name(self) -> str:
        """The logical name in the program."""
        return self.resource.name

    @property
    def id(self) -> str:
        """The ARM ID; empty where it isn't known yet."""
        return self.resource.id

    @property
    def outputs(self) -> View:
        """What Azure answers, in the SDK's shape."""
        return View(self.resource.outputs, "outputs", self)

    @property
    def text(self) -> str:
        """Every text in the inputs, keys of objects too, in lower case, a line each; gathered once.

        For rules that look for something in all of a resource. Secrets are in it; a NUL stands for what is unknown.
        """
        if self._text is None:
            lines: list[str] = []
            _gather(self.resource.inputs, lines)
            self._text = "\n".join(lines).lower()
        return self._text

    @property
    def has_unknowns(self) -> bool:
        """Whether anything in the inputs is unknown."""
        return "\0" in self.text

    def places(self) -> Iterator[tuple[str, Any]]:
        """Each text and each unknown value in the inputs with its path. Secrets are in clear: no message may show one.

        Slower than `text`: for what that has found.
        """
        return _places(self.resource.inputs, "")

    def __bool__(self) -> bool:
        """A resource is there, even without inputs."""
        return True

    def __repr__(self) -> str:
        return f"<{self.type} {self.name}>"


def same(value: Any, expected: str) -> bool:
    """Whether a value is a text that equals another but for case: Azure takes its enumerations and IDs in any case."""
    return isinstance(value, str) and value.casefold() == expected.casefold()


@lru_cache(maxsize=4096)
def short_type(token: str) -> str:
    """An azure-native token without its prefix and API version; any other token as it is.

    >>> short_type("azure-native:storage/v20240101:StorageAccount")
    'storage:StorageAccount'
    """
    return _VERSION.sub("", token).removeprefix(_NAMESPACE) if token.startswith(_NAMESPACE) else token


def _gather(value: Any, lines: list[str]) -> None:
    kind = type(value)
    if kind is str:
        lines.append(value)
    elif kind is dict:
        lines.extend(value)
        for part in value.values():
            _gather(part, lines)
    elif kind is list:
        for part in value:
            _gather(part, lines)
    elif kind is Secret:
        _gather(value.value, lines)
    elif value is UNKNOWN:
        lines.append("\0")


def _places(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Secret):
        yield from _places(value.value, path)
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _places(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _places(part, f"{path}[{index}]")
    elif value is UNKNOWN or isinstance(value, str):
        yield path, value


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _opened(secret: Secret, root: ResourceView) -> Any:
    value = root.secrets.opened(secret)
    return _opened(value, root) if type(value) is Secret else value
