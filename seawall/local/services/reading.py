"""Reading a body that may be anything: what isn't what it has to be is refused, as by Azure's deserializer."""

from __future__ import annotations

from typing import Any

from seawall.local.errors import AzureError


def unreadable(path: str, expected: str) -> AzureError:
    """The refusal of a value that is of the wrong kind."""
    message = f"The request content was invalid and could not be deserialized: '{path}' must be {expected}."
    return AzureError("InvalidRequestContent", message, target=path)


def mapping(value: Any, *path: str) -> dict[str, Any]:
    """The object at a path; empty where there is none."""
    for name in path:
        value = _object(value, path).get(name)
    return _object(value, path)


def _object(value: Any, path: tuple[str, ...]) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unreadable(".".join(path) or "value", "an object")
    return value


def items(value: Any, *path: str) -> list[Any]:
    """The list at a path; empty where there is none."""
    found = mapping(value, *path[:-1]).get(path[-1])
    if found is None:
        return []
    if not isinstance(found, list):
        raise unreadable(".".join(path), "a list")
    return found


def number(value: Any, *path: str, default: float = 0) -> float:
    """The number at a path."""
    found = mapping(value, *path[:-1]).get(path[-1])
    if found is None:
        return default
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise unreadable(".".join(path), "a number")
    return found


def text(value: Any, *path: str, default: str = "") -> str:
    """The text at a path."""
    found = mapping(value, *path[:-1]).get(path[-1])
    if found is None:
        return default
    if not isinstance(found, str):
        raise unreadable(".".join(path), "text")
    return found
