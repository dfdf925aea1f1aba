"""Reads YAML as version 1.2 has it (`yes` and `22:00` are text), and remembers on which line everything stands.

The readers of stack files and of personas have rules of their own (Pulumi's numbers and dates, scalars as text); this
one has YAML's, so that a release file means the same to every editor.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 1_000_000
MOST_DEPTH = 40
MOST_VALUES = 20_000

Place = tuple[str | int, ...]
"""Where a value stands: keys and indices from the top."""


@dataclass(frozen=True)
class FileError:
    """One thing that is wrong. `path` is empty for the file as a whole; `line` is 1 for the first, None for none."""

    path: str
    got: str
    expected: str
    line: int | None = None
    file: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        where = ": ".join(part for part in (place, self.path) if part)
        return f"{where + ': ' if where else ''}got {self.got}, expected {self.expected}"


class FileErrors(Exception):
    """A file that can't be used, with every reason, by line."""

    def __init__(self, errors: Iterable[FileError]) -> None:
        self.errors: Sequence[FileError] = sorted(dict.fromkeys(errors), key=lambda error: error.line or 0)
        super().__init__("\n".join(map(str, self.errors)))


@dataclass
class Source:
    """A file's values, and the line of each."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    errors: list[FileError] = field(default_factory=list)

    def fault(self, place: Place, got: str, expected: str) -> FileError:
        nearest = place
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        return FileError(dotted(place), got, expected, self.lines.get(nearest), self.file)


def read(file: Path, what: str) -> Source:
    """A file's mapping. `what` names the kind of file to people. Raises FileErrors for one that can't be read."""
    source = Source(file.name)
    root = _composed(_text(file, source, what), source, what)
    if not isinstance(root, yaml.MappingNode):
        kind = "a list" if isinstance(root, yaml.SequenceNode) else "a single value"
        raise FileErrors([source.fault((), kind, f"the keys of {what}")])
    source.values = _Walk(source).mapping(root, ())
    return source


def _text(file: Path, source: Source, what: str) -> str:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise FileErrors([source.fault((), "no such file", f"{what} at {file}")]) from None
    except IsADirectoryError:
        raise FileErrors([source.fault((), "a folder", what)]) from None
    except OSError as reason:
        raise FileErrors([source.fault((), reason.strerror or "no answer", "a file that can be read")]) from None
    if len(raw) > MOST_BYTES:
        raise FileErrors([source.fault((), f"{len(raw):,} bytes", f"{what} of at most {MOST_BYTES:,}")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = raw[: reason.start].count(b"\n") + 1
        got = f"a byte that is not UTF-8 (0x{raw[reason.start]:02x})"
        raise FileErrors([FileError("", got, "text in UTF-8", line, source.file)]) from None


_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_UNTAGGED = "tag:yaml.org,2002:str"
"""The tag that this loader gives to every scalar without one."""


def _composed(text: str, source: Source, what: str) -> yaml.Node:
    try:
        _checked_depth(text, source, what)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as reason:
        mark = getattr(reason, "problem_mark", None) or getattr(reason, "context_mark", None)
        problem = getattr(reason, "problem", None) or getattr(reason, "reason", None) or "something else"
        line = mark.line + 1 if mark else None
        raise FileErrors([FileError("", str(problem), "YAML", line, source.file)]) from None
    if root is None:
        raise FileErrors([source.fault((), "an empty file", f"the keys of {what}")])
    return root


def _checked_depth(text: str, source: Source, what: str) -> None:
    """Looks at the text before its tree is made: that is done by recursion, which ends the process when too deep."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            got = f"values nested more than {MOST_DEPTH} deep"
            raise FileErrors([FileError("", got, what, line, source.file)])


class _Walk:
    """Turns nodes into values. What is wrong on the way is noted in the source, and reading goes on."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen = 0

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.seen += 1
        self.source.lines.setdefault(place, node.start_mark.line + 1)
        if self.seen > MOST_VALUES or len(place) > MOST_DEPTH:
            got = f"aliases that stand for more than {MOST_VALUES:,} values, or for themselves"
            raise FileErrors([self.source.fault(place[:1], got, "a value that ends")])
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)  # an alias is composed into what it stands for
        if node.tag != _UNTAGGED:
            self.source.errors.append(self.source.fault(place, f"the tag {node.tag}", "a plain value"))
        value = node.value if node.style else resolved(node.value)
        if isinstance(value, float) and not math.isfinite(value):
            self.source.errors.append(self.source.fault(place, node.value, "a number that is finite"))
            return None
        return value

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.note((*place, "?"), "a key that is not text", "text as a key", line)
            elif key_node.value in found:
                first = self.source.lines[*place, key_node.value]
                expected = f"each key once; line {first} has it too"
                self.note((*place, key_node.value), "the same key twice", expected, line)
            else:
                self.source.lines[*place, key_node.value] = line
                found[key_node.value] = self.value(value_node, (*place, key_node.value))
        return found

    def note(self, place: Place, got: str, expected: str, line: int) -> None:
        self.source.errors.append(FileError(dotted(place), got, expected, line, self.source.file))


_WORDS: dict[str, Any] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def resolved(text: str) -> Any:
    """The value of a plain scalar. Source: YAML 1.2.2, section 10.3, core schema.

    >>> [resolved(text) for text in ("yes", "22:00", "true", "0x10", "010", "1.10", "2026-12-01")]
    ['yes', '22:00', True, 16, 10, 1.1, '2026-12-01']
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if re.fullmatch(r"0o[0-7]{1,99}|0x[0-9a-fA-F]{1,99}", text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def dotted(place: Place) -> str:
    """A place as people write it: `smokeTests[0].expect.status`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as an error shows it: short, on one line, never a whole section."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case dict():
            return f"a mapping of {', '.join(map(str, value))}"[:120] if value else "an empty mapping"
        case list() | tuple():
            return f"a list of {len(value)}"
        case str():
            return repr(value if len(value) <= 80 else f"{value[:77]}...")
    return str(value)[:80]
