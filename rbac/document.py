"""Reads YAML strictly, with the line of everything, and collects all that is wrong before it complains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 1_000_000
MOST_DEPTH = 20
MOST_SHOWN = 8
"""Right words that an error lists where none is near."""


@dataclass(frozen=True)
class TableError:
    """One thing that is wrong in a file. `line` is 1 for the first; 0 where it is the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class TableErrors(Exception):
    """A file that can't be used, with every reason."""

    def __init__(self, errors: Iterable[TableError]) -> None:
        self.errors: Sequence[TableError] = tuple(sorted(errors, key=lambda error: error.line))
        super().__init__("\n".join(map(str, self.errors)))


@dataclass(frozen=True)
class Node:
    """A value and its line. Scalars are text as written; a mapping remembers where each key stands."""

    line: int
    value: str | list[Node] | dict[str, Node]
    keys: Mapping[str, int] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        match self.value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case "":
                return "nothing"
        return repr(self.value[:60])


class Document:
    """A YAML file on its way to a model: gives values, and notes what isn't as it should be."""

    def __init__(self, path: Path) -> None:
        self.file = f"{path.parent.name}/{path.name}"
        self.errors: list[TableError] = []
        self.root = self._read(path)

    def refuse(self, line: int, message: str) -> None:
        self.errors.append(TableError(self.file, line, message))

    def close(self) -> None:
        """Raises `TableErrors` where anything was refused."""
        if self.errors:
            raise TableErrors(dict.fromkeys(self.errors))

    def section(self, node: Node, what: str, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Node]:
        """The values of a mapping whose keys are known. Unknown and missing ones are refused."""
        values = self.mapping(node, what)
        known = (*required, *optional)
        for key in values:
            if key not in known:
                self.refuse(node.keys[key], f"{what} has no key {key!r}: {meant(key, known)}")
        for key in required:
            if key not in values and isinstance(node.value, dict):
                self.refuse(node.line, f"{what} lacks the key {key!r}")
        return {key: value for key, value in values.items() if key in known}

    def mapping(self, node: Node, what: str) -> dict[str, Node]:
        if isinstance(node.value, dict):
            return node.value
        self.refuse(node.line, f"{what} is {node.kind}; it has to be a mapping")
        return {}

    def text(self, node: Node | None, what: str) -> str:
        """A text on one line, not empty."""
        if node is None:
            return ""
        if isinstance(node.value, str) and node.value.strip():
            return " ".join(node.value.split())
        self.refuse(node.line, f"{what} is {node.kind}; it has to be text")
        return ""

    def texts(self, node: Node | None, what: str) -> list[tuple[str, int]]:
        """A list of texts, each once, with their lines; not empty."""
        if node is None:
            return []
        if not isinstance(node.value, list) or not node.value:
            kind = "empty" if isinstance(node.value, list) else node.kind
            self.refuse(node.line, f"{what} is {kind}; it has to be a list with at least one entry")
            return []
        found: dict[str, int] = {}
        for item in node.value:
            text = self.text(item, f"an entry of {what}")
            if text in found:
                self.refuse(item.line, f"{what} has {text!r} twice")
            elif text:
                found[text] = item.line
        return list(found.items())

    def one_of(self, node: Node | None, what: str, known: Sequence[str]) -> str:
        """A word of a known set; the first of them where it isn't, which is refused."""
        text = self.text(node, what)
        if text and text not in known:
            assert node is not None
            self.refuse(node.line, f"{what}: {text!r} is unknown: {meant(text, known)}")
        return text if text in known else known[0]

    def truth(self, node: Node | None, what: str) -> bool:
        return self.one_of(node, what, ("false", "true")) == "true"

    def _read(self, path: Path) -> Node:
        nothing = Node(0, {})
        try:
            content = path.read_bytes()
        except OSError as error:
            self.refuse(0, f"can't be read: {error.strerror}")
            return nothing
        if len(content) > MOST_BYTES:
            self.refuse(0, f"has {len(content):,} bytes; at most {MOST_BYTES:,} are read")
            return nothing
        try:
            root = yaml.compose(content.decode("utf-8"), Loader=yaml.BaseLoader)
        except UnicodeDecodeError:
            self.refuse(0, "is not text in UTF-8")
            return nothing
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.refuse(mark.line + 1 if mark else 0, f"is not YAML: {getattr(error, 'problem', None) or error}")
            return nothing
        if root is None:
            self.refuse(0, "is empty")
            return nothing
        return self._node(root, 0)

    def _node(self, node: Any, depth: int) -> Node:
        line = node.start_mark.line + 1
        if depth > MOST_DEPTH:
            self.refuse(line, f"is nested more than {MOST_DEPTH} deep")
            return Node(line, "")
        if isinstance(node, yaml.ScalarNode):
            return Node(line, node.value)
        if isinstance(node, yaml.SequenceNode):
            return Node(line, [self._node(item, depth + 1) for item in node.value])
        values: dict[str, Node] = {}
        keys: dict[str, int] = {}
        for key, value in node.value:
            place = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or not key.value:
                self.refuse(place, "a key has to be text")
            elif key.value in values:
                self.refuse(place, f"the key {key.value!r} stands here a second time; first in line {keys[key.value]}")
            else:
                values[key.value], keys[key.value] = self._node(value, depth + 1), place
        return Node(line, values, keys)


def meant(word: str, known: Iterable[str]) -> str:
    """What is said of a wrong word: the nearest right one, or which there are.

    >>> meant("Raeder", ("Reader", "Owner"))
    'did you mean Reader?'
    """
    words = list(known)
    plain = {one.casefold(): one for one in words}
    near = get_close_matches(word.casefold(), plain, n=1, cutoff=0.5)
    if near:
        return f"did you mean {plain[near[0]]}?"
    more = f" and {len(words) - MOST_SHOWN} more" if len(words) > MOST_SHOWN else ""
    return f"there are {', '.join(words[:MOST_SHOWN])}{more}" if words else "there is none"
