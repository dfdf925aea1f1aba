"""Names of Azure resources."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import names as module
from components.names import REGIONS, RULES, NameRefused, Names, checked, kinds

PROD = Names("larkspur", "mlp", "prod", "westeurope", "44444444-4444-4444-4444-444444444444")
INSTANCES = {"datastore", "environment", "compute cluster", "compute instance", "online endpoint", "batch endpoint",
             "federated credential"}  # fmt: skip
"""Kinds that have no name without an instance."""

slugs = st.from_regex(r"[a-z][a-z0-9]{1,5}", fullmatch=True)
made = st.builds(Names, slugs, slugs, slugs, st.sampled_from(sorted(REGIONS)), st.uuids().map(str))


def test_names_of_one_environment():
    """The names of production, as they stand in Azure."""
    assert PROD.of("resource group", "network") == "rg-larkspur-mlp-prod-weu-network"
    assert PROD.of("virtual network") == "vnet-larkspur-mlp-prod-weu"
    assert PROD.of("ml workspace") == "mlw-larkspur-mlp-prod-weu"
    assert PROD.of("key vault") == f"kvmlpprod{PROD.hash}"
    assert PROD.of("storage account") == f"stmlpprod{PROD.hash}"
    assert PROD.of("data lake account") == f"dlsmlpprod{PROD.hash}"
    assert PROD.of("container registry") == f"crlarkspurmlpprodweu{PROD.hash}"
    assert PROD.of("online endpoint", "fraud-online") == f"fraud-online-prod-{PROD.hash}"
    assert PROD.of("compute cluster", "cpu") == f"cpu-prod-{PROD.hash}"
    assert PROD.of("firewall subnet") == "AzureFirewallSubnet"


def test_the_hash_is_stable():
    """The same environment has the same names on every machine, for ever: a change here renames what exists."""
    assert PROD.hash == "pdayi"


@pytest.mark.parametrize("part", ["organisation", "workload", "environment", "region", "subscription"])
def test_the_hash_tells_environments_apart(part):
    """Whatever differs, global names differ."""
    other = {"region": "northeurope", "subscription": "55555555-5555-5555-5555-555555555555"}.get(part, "other")
    assert replace(PROD, **{part: other}).hash != PROD.hash


def test_the_case_of_a_subscription_is_no_matter():
    """GUIDs are compared without case."""
    lower = replace(PROD, subscription="abcdefab-0000-0000-0000-000000000000")
    assert replace(PROD, subscription=lower.subscription.upper()).hash == lower.hash


@given(made, st.from_regex(r"[a-z]{3,9}", fullmatch=True))
def test_names_are_pure_and_within_limits(names, instance):
    """Every kind's name of a short environment is one that Azure takes, and the same each time."""
    again = replace(names)
    for kind, rule in RULES.items():
        instances = {instance} if kind in INSTANCES else {"", instance} if rule.most >= 60 else {""}
        for one in instances:
            name = names.of(kind, one)
            assert name == again.of(kind, one)
            assert rule.least <= len(name) <= rule.most and re.fullmatch(rule.pattern, name)


@given(made, made)
def test_global_names_of_two_environments_differ(one, other):
    """What is unique in the world or in a region differs between any two environments."""
    if one != other:
        for kind in ("storage account", "key vault", "container registry"):
            assert one.of(kind) != other.of(kind)
        assert one.of("online endpoint", "fraud") != other.of("online endpoint", "fraud")


def test_kinds_of_one_environment_differ():
    """No two kinds share a name where Azure would mind: storage accounts, and endpoints of both kinds by instance."""
    assert PROD.of("storage account") != PROD.of("data lake account")
    assert PROD.of("compute cluster", "a") != PROD.of("compute cluster", "b")


def test_region_codes_are_unambiguous():
    """Each region has a code of its own, of at most four characters."""
    assert len(set(REGIONS.values())) == len(REGIONS)
    assert all(re.fullmatch(r"[a-z]{2,4}\d?", code) and len(code) <= 4 for code in REGIONS.values())


@pytest.mark.parametrize(
    ("kind", "name", "excess", "says"),
    [
        ("storage account", "st" + "x" * 23, 1, "has 25 characters, 1 too many: Azure takes 3 to 24"),
        ("key vault", "k" * 30, 6, "6 too many: Azure takes 3 to 24"),
        ("ml workspace", "w" * 34, 1, "1 too many: Azure takes 3 to 33"),
        ("ml registry", "r" * 33, 1, "1 too many: Azure takes 5 to 32"),
        ("online endpoint", "e" * 33, 1, "1 too many: Azure takes 3 to 32"),
        ("compute cluster", "c" * 25, 1, "1 too many: Azure takes 3 to 24"),
        ("container registry", "abc", 0, "2 too few: Azure takes 5 to 50"),
        ("storage account", "stClaims", 0, "lower-case letters and digits"),
        ("key vault", "kv--claims", 0, "single '-'"),
        ("compute cluster", "1cpu", 0, "starting with a letter"),
        ("container registry", "cr-claims", 0, "letters and digits"),
        ("datastore", "claims-raw", 0, "letters, digits and '_'"),
    ],
)
def test_what_azure_refuses_is_refused_with_the_limit(kind, name, excess, says):
    """A refused name says what Azure takes and by how much it is over."""
    with pytest.raises(NameRefused) as caught:
        checked(kind, name)
    assert says in str(caught.value) and kind in str(caught.value) and caught.value.excess == excess


def test_an_unknown_kind_is_an_error():
    """A misspelt kind never names anything."""
    with pytest.raises(KeyError):
        PROD.of("key valut")  # type: ignore[arg-type]


def test_every_kind_has_a_rule():
    """The list of kinds and the table of rules agree."""
    assert set(kinds()) == set(RULES)


def test_the_examples_in_docstrings_hold():
    """What docstrings show is what happens."""
    results = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert results.attempted and not results.failed
