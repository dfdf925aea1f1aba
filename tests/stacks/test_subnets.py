"""Arithmetic of subnets."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.settings.subnets import SubnetsDontFit, arranged, first_free, first_usable, usable


def test_an_environment_has_four_quarters():
    """Subnets follow each other in the order of their names, a quarter each."""
    found = arranged(IPv4Network("10.0.4.0/22"), {}, is_hub=False)
    assert {name: str(subnet) for name, subnet in found.items()} == {
        "privateEndpoints": "10.0.4.0/24",
        "runners": "10.0.5.0/24",
        "training": "10.0.6.0/24",
        "scoring": "10.0.7.0/24",
    }


@pytest.mark.parametrize("space", ["10.0.0.0/24", "10.0.0.0/22", "10.0.0.0/16", "10.0.0.0/8"])
def test_the_firewall_comes_first_in_every_hub(space):
    """A spoke knows the firewall's address from the hub's range alone, whatever its size."""
    found = arranged(IPv4Network(space), {}, is_hub=True)
    assert str(found["firewall"]) == "10.0.0.0/26" and str(found["bastion"]) == "10.0.0.64/26"
    assert str(first_usable(found["firewall"])) == "10.0.0.4"


def test_what_is_given_stays_and_the_rest_goes_around_it():
    """Computed subnets take the first room beside those that are given."""
    given_subnets = {"runners": IPv4Network("10.0.4.0/26")}
    found = arranged(IPv4Network("10.0.4.0/22"), given_subnets, is_hub=False)
    assert str(found["runners"]) == "10.0.4.0/26" and str(found["privateEndpoints"]) == "10.0.5.0/24"


def test_what_finds_no_room_is_named():
    """All that found no room is said at once."""
    with pytest.raises(SubnetsDontFit) as caught:
        arranged(IPv4Network("10.0.4.0/22"), {"runners": IPv4Network("10.0.4.0/22")}, is_hub=False)
    assert caught.value.missing == ("privateEndpoints", "training", "scoring")


def test_azure_keeps_five_addresses_of_each_subnet():
    """A /29 holds three resources."""
    assert usable(IPv4Network("10.0.0.0/29")) == 3


@given(st.integers(8, 28), st.data())
def test_room_is_free_and_the_first_that_is(prefix, data):
    """What is found overlaps nothing, and every range before it overlaps something."""
    space = IPv4Network((10 << 24, prefix))
    size = data.draw(st.integers(prefix, 29))
    ranges = st.integers(0, 2**12).map(lambda index: IPv4Network(((10 << 24) + (index << 4) % space.num_addresses, 28)))
    taken = data.draw(st.lists(ranges, max_size=8)) if prefix <= 28 else []
    room = first_free(space, size, taken)
    candidates = list(space.subnets(new_prefix=size))[:300] if size - prefix <= 12 else []
    free = [one for one in candidates if not any(one.overlaps(other) for other in taken)]
    if room is not None:
        assert room.subnet_of(space) and not any(room.overlaps(other) for other in taken)
    if free:
        assert room == free[0]
