"""The words and symbols that all commands share."""

from __future__ import annotations

import pytest

from seawall.cli.wording import FUTURE, SYMBOLS, called, count, counts, duration, readable, resource_group, shown
from seawall.local.events import Op


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.04, "0.0 s"), (4.24, "4.2 s"), (59.9, "59.9 s"), (65, "1 min 05 s"), (3600, "60 min 00 s")]
)
def test_durations_read_like_a_clock(seconds: float, told: str) -> None:
    """Under a minute in tenths of a second, from then on in minutes and seconds."""
    assert duration(seconds) == told


def test_counts_name_what_happened_and_what_stayed() -> None:
    """Operations that didn't happen aren't told, unless nothing happened at all."""
    assert counts({Op.CREATE: 3, Op.SAME: 1200}) == "3 created, 1,200 unchanged"
    assert counts({Op.DELETE: 1}, FUTURE) == "1 to delete"
    assert counts({}) == "0 unchanged"


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


def test_urns_and_ids_are_told_as_people_tell_resources() -> None:
    """A message names what it is about by type and name, whatever it was given."""
    urn = "urn:pulumi:dev::seawall::seawall:components:DataLake$azure-native:storage:BlobContainer::lake-raw"
    group = "/subscriptions/0000/resourceGroups/rg-data"
    vault = f"{group}/providers/Microsoft.KeyVault/vaults/kv/keys/k"
    told = readable(f"{urn} lies in {vault}, {group}: no")
    assert told == "storage:BlobContainer lake-raw lies in vaults/kv/keys/k, rg-data: no"
    assert readable("as it is") == "as it is"


def test_a_resource_is_called_by_both_names_where_both_say_something() -> None:
    """The program's name, and Azure's unless that is the same, a GUID or `default`."""
    assert called("/a/b/kv-1", "vault") == "vault (kv-1)"
    assert called("/a/b/vault", "vault") == "vault"
    assert called("/a/b/default", "zones") == "zones"
    assert called("/a/b/3388fca9-010d-5e9d-8e7a-c5e292240172", "grant") == "grant"


def test_a_value_is_shown_on_one_line() -> None:
    """Text is quoted, booleans are as in JSON, long values are cut."""
    assert shown({"a": [True, None, 1, "x"]}) == '{a: [true, None, 1, "x"]}'
    assert len(shown("y" * 500)) == 120
