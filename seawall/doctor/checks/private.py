"""Whether what is private can be reached from this machine: releases and people's work need that, `up` doesn't."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace

from seawall.doctor.case import Case, Wanted
from seawall.doctor.finding import Finding, ok, skipped, warning

HOSTS: Mapping[str, str] = {
    "Microsoft.Storage/storageAccounts": "{name}.blob.core.windows.net",
    "Microsoft.KeyVault/vaults": "{name}.vault.azure.net",
    "Microsoft.ContainerRegistry/registries": "{name}.azurecr.io",
}
"""The host name of what can be closed to the Internet. Source: Azure docs, private-endpoint-dns."""

INSIDE = (
    "Run what uploads or looks in (`seawall release`, `seawall model`) on the platform's own runners, over its VPN or "
    "Bastion; or let this network resolve the private DNS zones."
)


def check(case: Case) -> Iterator[Finding]:
    """From inside, a private host has a private address. Source: Azure docs, private-endpoint-dns."""
    if case.local:
        yield skipped("not examined: nothing on the local Azure is private")
        return
    closed = [one for one in case.of_type(*HOSTS) if _is_closed(one)]
    there = [one for one in closed if case.there(one.id, one.type.api_version) is not None]
    outside = [one for one, inside in zip(there, case.each(lambda o: _is_inside(case, o), there), strict=True)
               if not inside]  # fmt: skip
    if outside:
        yield warning(
            f"this machine is outside of the network: {len(outside)} of {len(there)} private resources, "
            f"{outside[0].name} among them, can't be reached from here; `seawall up` doesn't need them",
            INSIDE,
        )
    elif there:
        yield ok(f"all {len(there)} private resources resolve to private addresses")


def _is_closed(one: Wanted) -> bool:
    """Whether the Internet is shut out: by the switch, or by a firewall that denies what it doesn't name."""
    rules = one.inputs.get("networkRuleSet") or one.inputs.get("networkAcls")
    properties = one.inputs.get("properties")
    if isinstance(properties, dict):  # a vault's inputs lie one deeper
        return _is_closed(replace(one, inputs=properties))
    denies = isinstance(rules, dict) and rules.get("defaultAction") == "Deny"
    return denies or one.inputs.get("publicNetworkAccess") == "Disabled"


def _is_inside(case: Case, one: Wanted) -> bool:
    try:
        found = case.machine.addresses(HOSTS[one.type.arm_type].format(name=one.name))
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(address).is_private for address in found)
