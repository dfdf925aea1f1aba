"""What a property's value can be besides plain JSON: a secret, or unknown.

A plan's inputs and outputs are JSON values in which any part may be a `Secret` or `UNKNOWN`. Both have a form on
disk that is Pulumi's own, so that a plan reads like a Pulumi state file; a secret's form never holds the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a special value. Source: pulumi/sdk, `_special_sig_key`."""

SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
"""Under `SIGNATURE`: this is a secret. Source: pulumi/sdk, `_special_secret_sig`."""

UNKNOWN_SENTINEL: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The string that stands for an unknown value on the wire. Source: pulumi/sdk, `rpc.UNKNOWN`."""

MASK: Final = "[secret]"
"""What people see in place of a secret."""


class Unknown:
    """A value that nobody can know before the deployment. There is one: `UNKNOWN`."""

    _one: Unknown | None = None

    def __new__(cls) -> Unknown:
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    def __repr__(self) -> str:
        return "[unknown]"

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: object) -> Unknown:
        return self

    def __reduce__(self) -> tuple[type[Unknown], tuple[()]]:
        return (Unknown, ())


UNKNOWN: Final = Unknown()


class Secret:
    """A value that no file and no output may show. Equal to another secret when the values are equal."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.value == other.value

    def __hash__(self) -> int:
        return hash(MASK)


OPAQUE: Final = Secret(UNKNOWN)
"""A secret whose value isn't at hand: read back from a file, or encrypted with a key that isn't here."""


def plain(value: Any) -> Any:
    """The value with its secrets laid open, as a deep copy; `UNKNOWN` stays. For rules and for deployment only."""
    return _mapped(value, lambda secret: plain(secret.value))


def masked(value: Any) -> Any:
    """The value with `MASK` in place of each secret and of each unknown its name, as a deep copy. For people."""
    shown = _mapped(value, lambda _: MASK)
    return _without_unknowns(shown)


def to_wire(value: Any) -> Any:
    """The value as a plan file holds it: secrets marked without their value, unknowns as Pulumi's sentinel."""
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": ""}
    if value is UNKNOWN:
        return UNKNOWN_SENTINEL
    if isinstance(value, dict):
        return {key: to_wire(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire(part) for part in value]
    return value


def from_wire(value: Any) -> Any:
    """The inverse of `to_wire`; every secret comes back `OPAQUE`."""
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return OPAQUE
        return {key: from_wire(part) for key, part in value.items()}
    if isinstance(value, list):
        return [from_wire(part) for part in value]
    return UNKNOWN if value == UNKNOWN_SENTINEL else value


def unknown_paths(value: Any, path: str = "") -> Iterator[str]:
    """The paths, such as `sku.name` or `rules[0].id`, at which the value is unknown."""
    if value is UNKNOWN:
        yield path
    elif isinstance(value, Secret):
        if value is not OPAQUE:
            yield from unknown_paths(value.value, path)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from unknown_paths(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from unknown_paths(part, f"{path}[{index}]")


def _mapped(value: Any, of_secret: Callable[[Secret], Any]) -> Any:
    if isinstance(value, Secret):
        return of_secret(value)
    if isinstance(value, dict):
        return {key: _mapped(part, of_secret) for key, part in value.items()}
    if isinstance(value, list):
        return [_mapped(part, of_secret) for part in value]
    return value


def _without_unknowns(value: Any) -> Any:
    if value is UNKNOWN:
        return repr(UNKNOWN)
    if isinstance(value, dict):
        return {key: _without_unknowns(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_unknowns(part) for part in value]
    return value
