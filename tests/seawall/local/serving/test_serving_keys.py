"""Keys and tokens of endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.local.serving import keys
from seawall.local.store import Row, Store

TYPE = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/e"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "azure.db") as opened:
        yield opened


def test_an_endpoint_has_two_keys_of_its_own(store: Store, tmp_path: Path) -> None:
    """Both stay the same, differ from each other, from another endpoint's and from another store's."""
    primary, secondary = keys.keys(store, ENDPOINT)
    assert keys.keys(store, ENDPOINT.upper()) == (primary, secondary)
    with Store(tmp_path / "other.db") as other:
        assert len({primary, secondary, *keys.keys(store, f"{ENDPOINT}2"), *keys.keys(other, ENDPOINT)}) == 6


def test_regenerating_a_key_leaves_the_other_alone(store: Store, tmp_path: Path) -> None:
    """The new one is kept: it is the same for whoever opens the store next."""
    primary, secondary = keys.keys(store, ENDPOINT)
    new = keys.regenerate(store, ENDPOINT, "primary")
    assert new != primary and keys.keys(store, ENDPOINT) == (new, secondary)
    with Store(tmp_path / "azure.db") as again:
        assert keys.keys(again, ENDPOINT) == (new, secondary)


def test_a_key_that_came_with_the_endpoint_is_good_until_it_is_regenerated(store: Store) -> None:
    """A sealed one is known to nobody, so one of ours takes its place."""
    sealed = store.sealer.sealed("hidden")
    body = {"properties": {"keys": {"primaryKey": "chosen", "secondaryKey": sealed}}}
    store.save(Row(ENDPOINT, TYPE.lower(), "", "", "", "", None, body))
    primary, secondary = keys.keys(store, ENDPOINT)
    assert primary == "chosen" and secondary != sealed
    assert keys.regenerate(store, ENDPOINT, "primary") != "chosen"


def test_a_token_is_good_for_its_endpoint_until_it_expires(store: Store) -> None:
    """Another endpoint's, an altered one, an expired one and plain nonsense are not."""
    secret = keys.token_secret(store, ENDPOINT)
    token = keys.token(store, ENDPOINT, 1000.0, lifetime=60)
    assert token.expiry_time_utc == 1060 and token.refresh_after_time_utc == 1030
    assert keys.is_token(token.access_token, secret, ENDPOINT, 1059)
    assert not keys.is_token(token.access_token, secret, ENDPOINT, 1060)
    assert not keys.is_token(token.access_token, secret, f"{ENDPOINT}2", 1000)
    assert not keys.is_token(token.access_token, keys.token_secret(store, f"{ENDPOINT}2"), ENDPOINT, 1000)
    for damaged in ("", ".", "a.b.c", token.access_token[:-1], token.access_token + "x", "é.ü.ö"):
        assert not keys.is_token(damaged, secret, ENDPOINT, 1000)
