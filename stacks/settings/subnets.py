"""The subnets of a stack's network: arithmetic of address ranges.

Environments have four subnets of a quarter each. A hub has Azure's own two first, at fixed sizes, so that its spokes
know the firewall's address from the hub's range alone, then the two of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

RESERVED = 5
"""Addresses that Azure keeps in each subnet: the network's, four for itself with the broadcast address.
Source: virtual-networks-faq, "Are there any restrictions on using IP addresses within these subnets?"."""

LONGEST_PREFIX = 29
"""The smallest subnet that Azure takes."""

AZURE_PREFIX = 26
"""Azure asks for /26 or larger for AzureFirewallSubnet and AzureBastionSubnet."""

HUB = ("firewall", "bastion", "privateEndpoints", "runners")
ENVIRONMENT = ("privateEndpoints", "runners", "training", "scoring")


class SubnetsDontFit(ValueError):
    """The subnets don't fit in the address space. `missing` names those that found no room."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(f"no room for {', '.join(self.missing)}")


@dataclass(frozen=True)
class Layout:
    """The subnets of one network; None for one that it doesn't have."""

    private_endpoints: IPv4Network
    runners: IPv4Network
    training: IPv4Network | None = None
    scoring: IPv4Network | None = None
    firewall: IPv4Network | None = None
    bastion: IPv4Network | None = None


def arranged(space: IPv4Network, given: Mapping[str, IPv4Network], is_hub: bool) -> dict[str, IPv4Network]:
    """Every subnet of a hub or an environment: those given, and the others in the first room that is left.

    Keys are as in the stack file. Raises SubnetsDontFit.
    """
    wanted = HUB if is_hub else ENVIRONMENT
    taken = {name: given[name] for name in wanted if name in given}
    missing = []
    for name in wanted:
        if name in taken:
            continue
        room = first_free(space, prefix_of(name, space), taken.values())
        if room is None:
            missing.append(name)
        else:
            taken[name] = room
    if missing:
        raise SubnetsDontFit(missing)
    return taken


def prefix_of(name: str, space: IPv4Network) -> int:
    """The size that a subnet has where none is given, as a prefix length: Azure's own a /26, others a quarter.

    In a hub of /24 Azure's two take half, so ours take an eighth: no more than a /27 is needed there.
    """
    if name in ("firewall", "bastion"):
        return AZURE_PREFIX
    return space.prefixlen + 2


def first_free(space: IPv4Network, prefix: int, taken: Iterable[IPv4Network]) -> IPv4Network | None:
    """The first range of this size within the space that overlaps nothing; None where there is none."""
    if not space.prefixlen <= prefix <= LONGEST_PREFIX:
        return None
    return next((room for room in _free(space, prefix, list(taken))), None)


def _free(space: IPv4Network, prefix: int, taken: list[IPv4Network]) -> Iterator[IPv4Network]:
    """Free ranges in order. A taken range is stepped over whole, so that a /8 with few subnets takes few steps."""
    size = 1 << (32 - prefix)
    start, end = int(space.network_address), int(space.broadcast_address)
    while start + size - 1 <= end:
        room = IPv4Network((start, prefix))
        blocking = [other for other in taken if other.overlaps(room)]
        if not blocking:
            yield room
            start += size
        else:
            after = max(int(other.broadcast_address) for other in blocking) + 1
            start = -(-max(after, start + 1) // size) * size


def usable(subnet: IPv4Network) -> int:
    """How many resources fit in a subnet."""
    return max(0, subnet.num_addresses - RESERVED)


def first_usable(subnet: IPv4Network) -> IPv4Address:
    """The first address that Azure hands out in a subnet; the firewall has it in AzureFirewallSubnet."""
    return subnet.network_address + 4
