"""Reads a promotion policy: the policy, or everything that is wrong with it, each with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from seawall.delivery.promotion import policy
from seawall.delivery.promotion.facts import REGISTRY
from seawall.delivery.promotion.policy import Policy

MOST_BYTES = 1_000_000
_PLAIN = "plain"
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

Place = tuple[str | int, ...]


class PolicyErrors(Exception):
    """A policy that can't be used; `errors` has every reason, by line."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


def load(path: Path) -> Policy:
    """The policy in a file. Raises `PolicyErrors` with everything that is wrong, files that it names included."""
    document = _Document(path.name)
    values = document.read(path)
    found: Policy | None = None
    try:
        found = Policy.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            document.note(_place(detail["loc"]), *_said(detail))
    for place, terms in _terms(values):
        _check_order(document, place, terms, values)
        _check_files(document, place, terms, path)
    if document.errors or found is None:
        raise PolicyErrors(text for _, text in sorted(dict.fromkeys(document.errors)))
    return found


def _terms(values: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """The terms of every target as they are written, right or wrong."""
    models = values.get("models")
    sections: list[tuple[Place, Any]] = [(("default",), values.get("default"))]
    sections += [(("models", name), section) for name, section in (models if isinstance(models, dict) else {}).items()]
    for place, targets in sections:
        for target, terms in (targets if isinstance(targets, dict) else {}).items():
            if isinstance(terms, dict):
                yield (*place, target), terms


def _check_order(document: _Document, place: Place, terms: Mapping[str, Any], values: Any) -> None:
    """A target comes after others of its own section; the registry comes first."""
    after = terms.get("after")
    section = values
    for part in place[:-1]:
        section = section[part]
    for index, before in enumerate(after if isinstance(after, list) else []):
        if place[-1] == REGISTRY:
            document.note((*place, "after", index), _shown(before), f"nothing: {REGISTRY} comes first")
        elif before == place[-1] or (before != REGISTRY and before not in section):
            document.note((*place, "after", index), _shown(before), "another target of the same section")


def _check_files(document: _Document, place: Place, terms: Mapping[str, Any], policy_file: Path) -> None:
    evaluation = terms.get("evaluation")
    if not isinstance(evaluation, dict):
        return
    for key in ("script", "data"):
        name = evaluation.get(key)
        if isinstance(name, str) and name and not (policy_file.parent / name).is_file():
            document.note((*place, "evaluation", key), repr(name), f"a file, from the folder of {policy_file.name}")


class _Loader(yaml.BaseLoader):
    """Composes nodes, and marks plain scalars, so that they can be told from quoted ones."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode and implicit[0]:
            return _PLAIN
        return str(super().resolve(kind, value, implicit))


@dataclass
class _Document:
    file: str
    lines: dict[Place, int] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)

    def read(self, path: Path) -> Any:
        try:
            raw = path.read_bytes()
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise PolicyErrors([f"{path}: got bytes that are not UTF-8, expected text"]) from None
        except OSError as reason:
            raise PolicyErrors([f"{path}: {(reason.strerror or 'no answer').lower()}, expected a policy"]) from None
        if len(raw) > MOST_BYTES:
            raise PolicyErrors([f"{path}: got {len(raw):,} bytes, expected a policy of at most {MOST_BYTES:,}"])
        try:
            root = yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as reason:
            mark = getattr(reason, "problem_mark", None)
            problem = getattr(reason, "problem", None) or "something else"
            line = f":{mark.line + 1}" if mark else ""
            raise PolicyErrors([f"{self.file}{line}: got {problem}, expected YAML"]) from None
        except RecursionError:
            raise PolicyErrors([f"{self.file}: got values nested too deep, expected a policy"]) from None
        if not isinstance(root, yaml.MappingNode):
            raise PolicyErrors([f"{self.file}: got no mapping, expected the keys default and models"])
        return self.value(root, ())

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if len(place) > 20:  # an alias within itself never ends
            raise PolicyErrors([f"{self.file}:{node.start_mark.line + 1}: got values nested too deep"])
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        return _resolved(node.value) if node.tag == _PLAIN else node.value

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                line = key_node.start_mark.line + 1
                self.errors.append(self._at(line, (*place, key), "the same key twice", "it once"))
                continue
            self.lines[*place, key] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*place, key))
        return found

    def note(self, place: Place, got: str, expected: str) -> None:
        near = place
        while near and near not in self.lines:
            near = near[:-1]
        self.errors.append(self._at(self.lines.get(near, 1), place, got, expected))

    def _at(self, line: int, place: Place, got: str, expected: str) -> tuple[int, str]:
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
        return line, f"{self.file}:{line}: {dotted + ': ' if dotted else ''}got {got}, expected {expected}"


def _resolved(text: str) -> Any:
    """The value of an unquoted scalar: only `true`, `false`, `null` and decimal numbers are anything but text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


_MODELS: dict[str, type[BaseModel]] = {
    name.lower(): thing
    for name, thing in vars(policy).items()
    if isinstance(thing, type) and issubclass(thing, policy.Section)
}


def _place(loc: tuple[int | str, ...]) -> Place:
    """Where a fault stands. Pydantic puts `[key]` behind the key where the key itself is wrong."""
    return tuple(part for part in loc if part != "[key]")


def _said(detail: ErrorDetails) -> tuple[str, str]:
    """What was got and what was expected, in the words of someone who writes the file."""
    kind, got = detail["type"], _shown(detail["input"])
    context = detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            key = str(detail["loc"][-1])
            near = difflib.get_close_matches(key, _keys(), n=1)
            return "an unknown key", f"{near[0]}" if near else "one of the documented keys"
        case "missing":
            return "nothing", "a value: this key is needed"
        case "value_error":
            return _shown(detail["input"]), str(context["error"])
        case "model_type" | "dict_type" | "mapping_type":
            return got, "a mapping"
        case "tuple_type" | "list_type":
            return got, "a list"
        case "string_type":
            return got, "text; put it in quotes if it is meant to be"
        case "string_too_short":
            return "an empty text", "some text"
        case "too_short":
            return "an empty list", f"at least {context['min_length']}"
        case "bool_type":
            return got, "true or false"
        case "int_type" | "int_from_float":
            return got, "a whole number"
        case "float_type" | "finite_number":
            return got, "a number"
        case "greater_than":
            return got, f"more than {context['gt']}"
        case "greater_than_equal":
            return got, f"at least {context['ge']:g}"
        case "less_than_equal":
            return got, f"at most {context['le']}"
    return got, detail["msg"]


def _keys() -> list[str]:
    """Every key that the file may have anywhere."""
    return sorted({str(one.alias or name) for model in _MODELS.values() for name, one in model.model_fields.items()})


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return f"a mapping of {', '.join(map(str, value))}"[:100] if value else "an empty mapping"
        case list() | tuple():
            return f"a list of {len(value)}"
        case BaseModel():
            return "this section"
        case str():
            return repr(value if len(value) <= 80 else f"{value[:77]}...")
    return str(value)
