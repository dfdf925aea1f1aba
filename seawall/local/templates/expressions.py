"""The expressions of templates: `[concat(parameters('name'), '-x')]`.

Source: Azure docs, template-expressions and template-functions. Anything that isn't here is refused with its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.local.errors import AzureError

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<mark>[()\[\],.]))")

Function = Callable[..., Any]


@dataclass(frozen=True)
class Call:
    """A function with its arguments, not yet evaluated."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Part:
    """A property or an item of a value."""

    of: Any
    key: Any


def is_expression(text: str) -> bool:
    """Whether a text is an expression: `[[` begins a text that is none."""
    return text.startswith("[") and text.endswith("]") and not text.startswith("[[")


def evaluated(value: Any, functions: Mapping[str, Function]) -> Any:
    """A JSON value with its expressions evaluated, in keys as well. Functions are by name in lower case."""
    if isinstance(value, dict):
        return {str(evaluated(key, functions)): evaluated(item, functions) for key, item in value.items()}
    if isinstance(value, list):
        return [evaluated(item, functions) for item in value]
    if not isinstance(value, str):
        return value
    if is_expression(value):
        return _run(_parsed(value[1:-1]), functions)
    return value[1:] if value.startswith("[[") else value


def _run(node: Any, functions: Mapping[str, Function]) -> Any:
    if isinstance(node, Part):
        return _part(_run(node.of, functions), _run(node.key, functions))
    if not isinstance(node, Call):
        return node
    if node.name.lower() == "if":  # only the branch that is taken is evaluated
        condition, then, other = node.arguments
        return _run(then if _run(condition, functions) is True else other, functions)
    function = functions.get(node.name.lower())
    if function is None:
        message = f"The local Azure doesn't have the template function {node.name}."
        raise AzureError("NotImplemented", message, status=501)
    try:
        return function(*(_run(argument, functions) for argument in node.arguments))
    except (TypeError, ValueError, IndexError) as error:
        raise invalid(f"the template function {node.name} can't be evaluated: {error}") from None


def _part(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        found = {name.lower(): item for name, item in value.items()}
        if str(key).lower() in found:
            return found[str(key).lower()]
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    raise invalid(f"the template expression property {key!r} doesn't exist")


def _parsed(text: str) -> Any:
    tokens: list[str] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise invalid(f"the template language expression {text!r} can't be read at position {at}")
        tokens.append(found[0].strip())
        at = found.end()
    node, end = _expression(tokens, 0, text)
    if end != len(tokens):
        raise invalid(f"the template language expression {text!r} has more after its end")
    return node


def _expression(tokens: list[str], at: int, text: str) -> tuple[Any, int]:
    """The expression that begins at a token, and the token after it."""
    token = _at(tokens, at, text)
    if token.startswith("'"):
        return token[1:-1].replace("''", "'"), at + 1
    if token.lstrip("-").isdecimal():
        return int(token), at + 1
    if _at(tokens, at + 1, text) != "(":
        raise invalid(f"the template language expression {text!r} has no '(' after {token}")
    arguments, at = _arguments(tokens, at + 2, text)
    node: Any = Call(token, tuple(arguments))
    while at < len(tokens) and tokens[at] in ".[":
        if tokens[at] == ".":
            node, at = Part(node, _at(tokens, at + 1, text)), at + 2
        else:
            key, end = _expression(tokens, at + 1, text)
            node, at = Part(node, key), end + 1
    return node, at


def _arguments(tokens: list[str], at: int, text: str) -> tuple[list[Any], int]:
    arguments: list[Any] = []
    while _at(tokens, at, text) != ")":
        if arguments:
            if tokens[at] != ",":
                raise invalid(f"the template language expression {text!r} has no ',' before {tokens[at]}")
            at += 1
        argument, at = _expression(tokens, at, text)
        arguments.append(argument)
    return arguments, at + 1


def _at(tokens: list[str], at: int, text: str) -> str:
    if at >= len(tokens):
        raise invalid(f"the template language expression {text!r} ends too early")
    return tokens[at]


def invalid(message: str) -> AzureError:
    """The refusal of a template."""
    return AzureError("InvalidTemplate", f"Deployment template validation failed: '{message}'.")
