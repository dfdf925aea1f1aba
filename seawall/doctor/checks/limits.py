"""Whether the subscription has room for what the plans make: networks, addresses, accounts, role assignments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from seawall.doctor.case import Case, Wanted
from seawall.doctor.finding import Finding, fault, ok, warning

NETWORK: Mapping[str, tuple[str, ...]] = {
    "Microsoft.Network/virtualNetworks": ("VirtualNetworks",),
    "Microsoft.Network/networkSecurityGroups": ("NetworkSecurityGroups",),
    "Microsoft.Network/routeTables": ("RouteTables",),
    "Microsoft.Network/publicIPAddresses": ("PublicIPAddresses", "StandardSkuPublicIpAddresses"),
    "Microsoft.Network/natGateways": ("NatGateways",),
    "Microsoft.Network/privateEndpoints": ("PrivateEndpoints",),
}
"""By ARM type, the usages that count it. Source: Network REST reference, Usages - List; names as
`az network list-usages` shows them. One that Azure doesn't list isn't judged."""

NETWORK_VERSION, STORAGE_VERSION, ROLES_VERSION = "2024-05-01", "2024-01-01", "2022-04-01"

ROLE_ASSIGNMENTS = 4000
"""A subscription's, with all below it. Source: Azure docs, role-based-access-control/troubleshoot-limits."""

NEARLY = 0.95
"""The part of a limit from which a run is told."""

ASSIGNMENT, ACCOUNT = "Microsoft.Authorization/roleAssignments", "Microsoft.Storage/storageAccounts"


def check(case: Case) -> Iterator[Finding]:
    """What the plans add to what is there stays within the limits."""
    told = []
    for subscription in case.subscriptions:
        told += [*_network(case, subscription), *_storage(case, subscription), *_roles(case, subscription)]
    yield from told
    if not told:
        yield ok("there is room for what the plan adds")


def _network(case: Case, subscription: str) -> Iterator[Finding]:
    wanted = [one for one in case.of_type(*NETWORK) if one.subscription == subscription and one.location]
    for location in dict.fromkeys(one.location for one in wanted):
        path = f"/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/usages"
        usages = _usages(case, path, NETWORK_VERSION)
        new = Counter(one.type.arm_type for one in _new(case, [one for one in wanted if one.location == location]))
        for arm_type, count in new.items():
            for name in NETWORK[arm_type]:
                if name.lower() in usages:
                    yield from _judged(f"{name} in {location}", count, *usages[name.lower()])


def _storage(case: Case, subscription: str) -> Iterator[Finding]:
    """Source: Storage REST reference, Usages - List By Location: 250 accounts a region, unless raised."""
    wanted = [one for one in case.of_type(ACCOUNT) if one.subscription == subscription and one.location]
    for location in dict.fromkeys(one.location for one in wanted):
        path = f"/subscriptions/{subscription}/providers/Microsoft.Storage/locations/{location}/usages"
        usage = _usages(case, path, STORAGE_VERSION).get("storageaccounts")
        new = _new(case, [one for one in wanted if one.location == location])
        if usage and new:
            yield from _judged(f"storage accounts in {location}", len(new), *usage)


def _roles(case: Case, subscription: str) -> Iterator[Finding]:
    """Source: REST reference, Role Assignments - List For Subscription, which lists those below it too."""
    wanted = [one for one in case.of_type(ASSIGNMENT) if one.subscription == subscription]
    if not wanted:
        return
    base = f"/subscriptions/{subscription}"
    listed = case.port.listed(f"{base}/providers/{ASSIGNMENT}", ROLES_VERSION)
    own = {str(entry.get("id", "")).lower() for entry in listed}
    own = {id for id in own if id.startswith(base.lower())}  # those of management groups count there
    new = sum(str(one.id).lower() not in own for one in wanted)
    yield from _judged(f"role assignments in subscription {subscription}", new, len(own), ROLE_ASSIGNMENTS)


def _usages(case: Case, path: str, version: str) -> dict[str, tuple[int, int]]:
    """In use and limit, by name in lower case."""
    found = {}
    for entry in case.port.listed(path, version):
        name = str((entry.get("name") or {}).get("value", "")).lower()
        found[name] = (int(entry.get("currentValue") or 0), int(entry.get("limit") or 0))
    return found


def _new(case: Case, wanted: list[Wanted]) -> list[Wanted]:
    """Those that aren't there yet. Source: REST reference, Resources - List."""
    there: set[str] = set()
    for subscription in dict.fromkeys(one.subscription for one in wanted):
        listed = case.port.listed(f"/subscriptions/{subscription}/resources", "2021-04-01")
        there |= {str(entry.get("id", "")).lower() for entry in listed}
    return [one for one in wanted if str(one.id).lower() not in there]


def _judged(what: str, new: int, used: int, limit: int) -> Iterator[Finding]:
    if not new or limit <= 0:
        return
    told = f"{used + new:,} of {limit:,} {what}"
    mend = "Delete what nobody needs, or ask for more: portal, Help + support, service and subscription limits."
    if used + new > limit:
        yield fault(f"the plan would make {told}", mend)
    elif used + new > NEARLY * limit:
        yield warning(f"with the plan there will be {told}", mend)
