"""The words and symbols that all commands share."""

from __future__ import annotations

import pytest

from seawall.cli.wording import FUTURE, SYMBOLS, count, counts, duration, resource_group, shown
from seawall.local.events import Op


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.04, "0.0 s"), (4.24, "4.2 s"), (59.9, "59.9 s"), (65, "1 min 05 s"), (3600, "60 min 00 s")]
)
def test_durations_read_like_a_clock(seconds: float, told: str) -> None:
    """Under a minute in tenths of a second, from then on in minutes and seconds."""
    assert duration(seconds) == told


def test_counts_name_what_happened_and_what_stayed() -> None:
    """Operations that didn't happen aren't told; what is unchanged always is."""
    assert counts({Op.CREATE: 3, Op.SAME: 1200}) == "3 created, 1,200 unchanged"
    assert counts({Op.DELETE: 1}, FUTURE) == "1 to delete, 0 unchanged"


def test_every_operation_has_a_symbol() -> None:
    """No operation of a run is without its symbol, colour and word."""
    assert set(SYMBOLS) == set(Op)


def test_a_number_agrees_with_its_noun() -> None:
    """One resource, two resources."""
    assert (count(1, "resource"), count(2, "resource")) == ("1 resource", "2 resources")


@pytest.mark.parametrize(
    ("id", "group"),
    [("/subscriptions/s/resourceGroups/RG-a/x", "RG-a"), ("/subscriptions/s/resourcegroups/b", "b"), ("", "")],
)
def test_a_resource_group_is_read_from_an_id(id: str, group: str) -> None:
    """In any case of `resourceGroups`; what is in none has an empty one."""
    assert resource_group(id) == group


def test_a_value_is_shown_on_one_line() -> None:
    """Text is quoted, booleans are as in JSON, long values are cut."""
    assert shown({"a": [True, None, 1, "x"]}) == '{a: [true, None, 1, "x"]}'
    assert len(shown("y" * 500)) == 120
