"""Property by property: where two sealed JSON values differ, and paths into them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from seawall.local.sealing import unsealed


class Absent:
    """A property that isn't there. There is one: `ABSENT`."""

    def __repr__(self) -> str:
        return "[absent]"


ABSENT: Final = Absent()

Path = tuple[str | int, ...]

_PLAIN = re.compile(r'[^.\[\]"\\]+')
_PIECE = re.compile(r'\.?([^.\[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]')


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property that differs. Secrets are masked; `ABSENT` stands for "not there"."""

    path: str
    """Such as `sku.name` or `rules[0].id`, in the names of the plan's inputs."""
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {self.before!r} -> {self.after!r}"


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Each leaf at which two sealed values differ, with its path; `ABSENT` on the side where it isn't."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from differences(_item(before, index), _item(after, index), (*path, index))
    else:
        yield path, before, after


def _item(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def change(path: Path, before: Any, after: Any) -> Change:
    """A difference as people may see it."""
    return Change(path=text(path), before=_shown(before), after=_shown(after))


def _shown(value: Any) -> Any:
    return value if value is ABSENT else unsealed(value)


def text(path: Path) -> str:
    """A path as it is written: `a.b[0]["c.d"]`."""
    result = ""
    for part in path:
        if isinstance(part, int):
            result += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            result += f".{part}" if result else part
        else:
            escaped = part.replace("\\", "\\\\").replace('"', '\\"')
            result += f'["{escaped}"]'
    return result


def parsed(path: str) -> Path:
    """The inverse of `text`; `*` stands for every key or index. Source: Pulumi docs, property paths."""
    parts: list[str | int] = []
    for name, index, quoted in _PIECE.findall(path):
        if index:
            parts.append("*" if index == "*" else int(index))
        else:
            parts.append(name or re.sub(r"\\(.)", r"\1", quoted))
    return tuple(parts)


def matches(path: Path, pattern: Path) -> bool:
    """Whether a pattern names the path, something above it, or something below it."""
    return all(wanted in ("*", part) for part, wanted in zip(path, pattern, strict=False))


def restored(new: Any, old: Any, patterns: Iterable[str]) -> Any:
    """The new value with what the patterns name as it is in the old one (ignoreChanges)."""
    for pattern in patterns:
        new = _restored(new, old, parsed(pattern))
    return new


def _restored(new: Any, old: Any, path: Path) -> Any:
    if not path:
        return old
    head, rest = path[0], path[1:]
    if isinstance(new, dict) and isinstance(old, dict):
        keys = dict.fromkeys([*new, *old]) if head == "*" else (head,)
        result = dict(new)
        for key in keys:
            _put_back(result, key, _restored(new.get(key, ABSENT), old.get(key, ABSENT), rest))
        return result
    if isinstance(new, list) and isinstance(old, list):
        if head == "*":
            return [_restored(part, _item(old, index), rest) for index, part in enumerate(new)]
        if isinstance(head, int) and head < min(len(new), len(old)):
            return [*new[:head], _restored(new[head], old[head], rest), *new[head + 1 :]]
    # Something above the named property came or went: its parts can't be told apart.
    return new


def _put_back(values: dict[Any, Any], key: Any, value: Any) -> None:
    if value is ABSENT:
        values.pop(key, None)
    else:
        values[key] = value


def placed(value: Any, path: Path, leaf: Any) -> tuple[Any, bool]:
    """A copy of the value with the leaf at the path (`ABSENT`: without it), and whether there was a place for it."""
    if not path:
        return leaf, True
    head, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(head, str) and (head in value or not rest):
        part, fits = placed(value.get(head, ABSENT), rest, leaf)
        result = dict(value)
        _put_back(result, head, part)
        return result, fits
    if isinstance(value, list) and isinstance(head, int) and head < len(value) and (rest or leaf is not ABSENT):
        part, fits = placed(value[head], rest, leaf)
        return [*value[:head], part, *value[head + 1 :]], fits
    return value, False
