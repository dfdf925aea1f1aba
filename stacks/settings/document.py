"""Reads a stack file's YAML as Pulumi reads it, and remembers where everything stands.

Pulumi reads with Go's yaml.v3: only `true` and `false` are booleans, `22:00` and `yes` are text, `0777` is octal, an
unquoted day becomes a time. Sources: gopkg.in/yaml.v3, `resolve.go`; pulumi/sdk, `workspace/loaders.go` (the file is
decoded, encoded and decoded again) and `resource/config/object.go` (a time becomes Go's text of it).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from stacks.settings.errors import Place, SettingsError, SettingsErrors, dotted

MOST_BYTES = 1_000_000
MOST_VALUES = 50_000
MOST_DEPTH = 50

_PLAIN = "plain"
_TAG = "tag:yaml.org,2002:"
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt]|\s+)\d{1,2}:\d{1,2}:\d{1,2}(\.\d*)?\s*(Z|[-+]\d{2}:?\d{2})?")
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)")


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Composes nodes, and marks plain scalars so that they can be told from quoted and tagged ones."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else f"{_TAG}str"
        return f"{_TAG}map" if kind is yaml.MappingNode else f"{_TAG}seq"


@dataclass
class Document:
    """A stack file: its values as Pulumi has them, and for each path its line and, for a plain scalar, its text."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    texts: dict[Place, str] = field(default_factory=dict)
    errors: list[SettingsError] = field(default_factory=list)

    def line(self, path: Place) -> int | None:
        """The line of a path, or of the nearest section around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def fault(self, path: Place, got: str, expected: str) -> SettingsError:
        return SettingsError(dotted(path), got, expected, self.line(path), self.file)


def read(file: Path) -> Document:
    """The document in a file. Raises SettingsErrors for a file that can't be read at all."""
    document = Document(file.name)
    root = _composed(_text(file, document), document)
    if not isinstance(root, yaml.MappingNode):
        kind = "a list" if isinstance(root, yaml.SequenceNode) else "a single value"
        raise SettingsErrors([document.fault((), kind, "a mapping with the key config")])
    values = _Walk(document).value(root, ())
    assert isinstance(values, dict)
    document.values = values
    return document


def _text(file: Path, document: Document) -> str:
    try:
        raw = file.read_bytes()
    except IsADirectoryError:
        raise SettingsErrors([document.fault((), "a folder", "a stack file")]) from None
    except FileNotFoundError:
        raise SettingsErrors([document.fault((), "no such file", f"a stack file at {file}")]) from None
    except OSError as reason:
        raise SettingsErrors([document.fault((), reason.strerror or "no answer", "a file that can be read")]) from None
    if len(raw) > MOST_BYTES:
        raise SettingsErrors([document.fault((), f"{len(raw):,} bytes", f"a stack file of at most {MOST_BYTES:,}")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = raw[: reason.start].count(b"\n") + 1
        got = f"a byte that is not UTF-8 (0x{raw[reason.start]:02x})"
        error = SettingsError("", got, "text in UTF-8", line, document.file)
        raise SettingsErrors([error]) from None


def _composed(text: str, document: Document) -> yaml.Node:
    try:
        _checked_depth(text, document)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as reason:
        mark = getattr(reason, "problem_mark", None) or getattr(reason, "context_mark", None)
        problem = getattr(reason, "problem", None) or getattr(reason, "reason", None) or "something else"
        line = mark.line + 1 if mark else None
        raise SettingsErrors([SettingsError("", str(problem), "YAML", line, document.file)]) from None
    if root is None:
        raise SettingsErrors([document.fault((), "an empty file", "a mapping with the key config")])
    return root


def _checked_depth(text: str, document: Document) -> None:
    """Looks at the text before its tree is made: that is done by recursion, which ends the process when too deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            got = f"values nested more than {MOST_DEPTH} deep"
            line = event.start_mark.line + 1 if event.start_mark else None
            raise SettingsErrors([SettingsError("", got, "a stack file", line, document.file)])


class _Walk:
    """Turns nodes into values. What is wrong on the way is noted in the document, and reading goes on."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen = 0

    def value(self, node: yaml.Node, path: Place) -> Any:
        self.seen += 1
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > MOST_DEPTH:
            raise SettingsErrors([self.document.fault(path[:2], "an alias within itself", "a value that ends")])
        if self.seen > MOST_VALUES:
            got = f"aliases that stand for more than {MOST_VALUES:,} values"
            raise SettingsErrors([self.document.fault(path[:2], got, "a stack file")])
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)  # an alias is composed into what it stands for
        return self.scalar(node, path)

    def mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged |= self.merged(value_node, path)
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.note((*path, "?"), "a key that is not text", "text as a key")
                continue
            key = key_node.value
            if key in found:
                first = self.document.lines[*path, key]
                self.note((*path, key), "the same key twice", f"each key once; line {first} has it too", key_node)
                continue
            self.document.lines[*path, key] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key))
        return merged | found

    def merged(self, node: yaml.Node, path: Place) -> dict[str, Any]:
        """What `<<` brings in. The first of several mappings wins, and the section's own keys win over all."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: dict[str, Any] = {}
        for source in reversed(sources):
            if isinstance(source, yaml.MappingNode):
                found |= self.mapping(source, path)
            else:
                self.note((*path, "<<"), "something else", "a mapping, or a list of mappings")
        return found

    def scalar(self, node: yaml.ScalarNode, path: Place) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if kind == "str":
            return node.value
        if kind not in (_PLAIN, "int", "float", "bool", "null"):
            self.note(path, f"the tag {node.tag}", "a plain value")
            return None
        self.document.texts[path] = node.value
        value = resolved(node.value)
        if isinstance(value, float) and not math.isfinite(value):
            self.note(path, node.value, "a number that is finite")
            return None
        return value

    def note(self, path: Place, got: str, expected: str, node: yaml.Node | None = None) -> None:
        line = node.start_mark.line + 1 if node else self.document.line(path)
        self.document.errors.append(SettingsError(dotted(path), got, expected, line, self.document.file))


def resolved(text: str) -> Any:
    """The value of a plain scalar, as Pulumi has it after reading.

    >>> [resolved(text) for text in ("yes", "22:00", "true", "0x10", "010", "1.10", "2.0", "2026-12-01")]
    ['yes', '22:00', True, 16, 8, 1.1, 2, '2026-12-01 00:00:00 +0000 UTC']
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if (time := _time(text)) is not None:
        return time
    plain = text if text.startswith(".") else text.replace("_", "")
    if _INTEGER.fullmatch(plain):
        return _integer(plain)
    if _FLOAT.fullmatch(plain):
        number = float(plain)
        # JSON knows one kind of number: 2.0 reaches the program as 2.
        return int(number) if number.is_integer() and abs(number) < 1e21 else number
    return text


def _integer(plain: str) -> int:
    digits = plain.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567":
        digits = f"0o{digits[1:]}"
    return -int(digits, 0) if plain.startswith("-") else int(digits, 0)


def _time(text: str) -> str | None:
    """Go's text of a time; None for what is none. A time of day keeps its own text: no setting takes one."""
    if _TIME.fullmatch(text):
        return text
    day = _DAY.fullmatch(text)
    if day is None:
        return None
    try:
        return f"{date(*map(int, day.groups()))} 00:00:00 +0000 UTC"
    except ValueError:
        return None
