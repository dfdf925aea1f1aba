"""Differences between values, paths into them, and secrets on their way into the store."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.local.changes import ABSENT, differences, matches, parsed, restored, text
from seawall.local.sealing import Sealer, is_sealed, opaque, unsealed, with_known
from seawall.plan.values import OPAQUE, UNKNOWN, UNKNOWN_SENTINEL, Secret

_KEYS = st.sampled_from(["a", "b", "c.d", "e[0]", 'f"g', "h\\i", ".j", "hidden-link:/subscriptions/x"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_PATHS = st.lists(_KEYS | st.integers(0, 9), min_size=1, max_size=4).filter(lambda path: isinstance(path[0], str))


@given(_VALUES, _VALUES)
def test_values_differ_where_they_are_not_equal(before: Any, after: Any) -> None:
    """No difference means equal; each one names a place and what is there on either side."""
    found = list(differences(before, after))
    assert bool(found) == (before != after)
    for path, left, right in found:
        assert left != right
        assert (_at(before, path), _at(after, path)) == (left, right)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        there = key in value if isinstance(value, dict) else key < len(value)
        if not there:
            return ABSENT
        value = value[key]
    return value


@given(_PATHS)
def test_a_path_is_read_back_as_it_was_written(path: list[str | int]) -> None:
    """Whatever its names contain."""
    assert parsed(text(tuple(path))) == tuple(path)


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("tags.owner", "tags", True),
        ("tags", "tags.owner", True),
        ("tags.owner", "tags.other", False),
        ("rules[1].id", "rules[*].id", True),
        ("rules[1].id", "rules[0].id", False),
        ("anything[0].at.all", "*", True),
    ],
)
def test_a_pattern_names_what_is_at_above_or_below_it(path: str, pattern: str, expected: bool) -> None:
    """As Pulumi's property paths."""
    assert matches(parsed(path), parsed(pattern)) is expected


@pytest.mark.parametrize(
    ("new", "old", "pattern", "expected"),
    [
        ({"a": 1}, {"a": 2}, "a", {"a": 2}),
        ({"a": 1}, {}, "a", {}),
        ({}, {"a": 2}, "a", {"a": 2}),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2, "c": 2}}, "a.b", {"a": {"b": 2, "c": 1}}),
        ({"a": {"b": 1}}, {"a": 1}, "a.b", {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {}, "a.b", {"a": {"b": 1}}),
        ({"a": [1, 2]}, {"a": [3, 4]}, "a[1]", {"a": [1, 4]}),
        ({"a": [1, 2]}, {"a": [3]}, "a[1]", {"a": [1, 2]}),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 3}, {"b": 4}]}, "a[*].b", {"a": [{"b": 3}, {"b": 4}]}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 2}}, "a.*", {"a": {"x": 2}}),
    ],
)
def test_what_is_ignored_stays_as_it_was(new: Any, old: Any, pattern: str, expected: Any) -> None:
    """Present, absent, in lists, by wildcard."""
    assert restored(new, old, [pattern]) == expected


def test_a_secret_is_sealed_leaf_by_leaf() -> None:
    """Strings and numbers become digests that tell equal from different; the shape stays."""
    seal = Sealer(b"key").seal
    sealed = seal({"a": Secret({"user": "me", "port": 1, "on": True}), "b": Secret("me"), "c": UNKNOWN, "d": OPAQUE})
    assert "me" not in repr(sealed).replace("[secret:", "")
    assert sealed["a"]["user"] == sealed["b"]
    assert sealed["a"]["port"] != sealed["b"]
    assert sealed["a"]["on"] is True
    assert sealed["c"] == UNKNOWN_SENTINEL
    assert is_sealed(sealed["d"])
    assert unsealed(sealed)["b"] == "[secret]"
    assert opaque(sealed)["b"] is OPAQUE
    assert Sealer(b"other key").seal(Secret("me")) != sealed["b"]


def test_a_secret_that_can_not_be_read_takes_the_known_digest() -> None:
    """Only where there was a secret before."""
    seal = Sealer(b"key").seal
    known = seal({"a": Secret("x"), "b": ["y"]})
    assert with_known(seal({"a": OPAQUE, "b": [OPAQUE], "c": OPAQUE}), known) == {
        "a": known["a"],
        "b": ["[secret:]"],
        "c": "[secret:]",
    }
