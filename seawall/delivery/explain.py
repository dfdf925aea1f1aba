"""Says in plain words what a value should have been, from pydantic's errors and the JSON Schema of the file."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from seawall.delivery.source import Place, shown

_PLAIN = {
    "string_type": "text, in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below"}
MANY = 14
"""Keys too many to list beside a guess."""


def got(error: ErrorDetails) -> str:
    """What the file has there."""
    match error["type"]:
        case "extra_forbidden":
            return "an unknown key"
        case "missing":
            return "nothing"
    return str(error.get("ctx", {}).get("got") or shown(error["input"]))


def expected(error: ErrorDetails, place: Place, schema: Mapping[str, Any]) -> str:
    """What the value at this place should have been."""
    context = error.get("ctx", {})
    if error["type"] in _PLAIN:
        return _PLAIN[error["type"]]
    match error["type"]:
        case "expected":
            return str(context["expected"])
        case "missing":
            return f"{place[-1]}: {_described(schema, place)}"
        case "extra_forbidden":
            return unknown_key(str(place[-1]), known_keys(schema, place[:-1]))
        case "literal_error":
            return f"one of {str(context['expected']).replace(' or ', ', ')}"
        case "too_short" | "string_too_short":
            return f"at least {context['min_length']} of them" if error["type"] == "too_short" else "text"
        case "too_long" | "string_too_long":
            most = context["max_length"]
            return f"at most {most} of them" if error["type"] == "too_long" else f"at most {most} characters"
    for bound, words in _BOUNDS.items():
        if bound in context:
            return f"a number {words} {context[bound]:g}"
    return error["msg"]


def unknown_key(key: str, known: tuple[str, ...]) -> str:
    """What to write instead of a key that doesn't exist.

    >>> unknown_key("smoketest", ("strategy", "smokeTests"))
    "'smokeTests'? The keys here are strategy, smokeTests"
    """
    plain = {_plain(name): name for name in known}
    near = get_close_matches(_plain(key), plain, n=1, cutoff=0.7)
    if not known:
        return "none: this has no keys"
    if near and len(known) > MANY:
        return f"{plain[near[0]]!r}?"
    keys = f"he keys here are {', '.join(known)}"
    return f"{plain[near[0]]!r}? T{keys}" if near else f"a key of this section: t{keys}"


def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def known_keys(schema: Mapping[str, Any], place: Place) -> tuple[str, ...]:
    """The keys that the section at a place takes."""
    return tuple(dict.fromkeys(key for one in _at(schema, place) for key in one.get("properties", {})))


def _described(schema: Mapping[str, Any], place: Place) -> str:
    """What the value at a place is for, without the full stop."""
    words = (str(one["description"]) for one in _at(schema, place) if "description" in one)
    return next(words, "a value").split(". ")[0].rstrip(".")


def _at(root: Mapping[str, Any], place: Place) -> list[Mapping[str, Any]]:
    """The schemas that the value at a place may have: several where it is one of many things."""
    found = _alternatives(root, root)
    for part in place:
        steps = [one.get("items", {}) if isinstance(part, int) else _property(one, part) for one in found]
        found = [option for step in steps if step for option in _alternatives(root, step)]
    return found


def _property(schema: Mapping[str, Any], key: str) -> Any:
    more = schema.get("additionalProperties")
    return schema.get("properties", {}).get(key) or (more if isinstance(more, dict) else {})


def _alternatives(root: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in schema:
        target = root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]]
        return _alternatives(root, {**target, **{key: value for key, value in schema.items() if key != "$ref"}})
    options = schema.get("anyOf")
    if options is None:
        return [schema]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return [found for option in options for found in _alternatives(root, {**option, **rest})]
