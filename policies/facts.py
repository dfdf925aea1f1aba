"""What several rules know about Azure's resources."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_network

from policies.reading import ListView, View, same

MANAGED_COMPUTES = ("AmlCompute", "ComputeInstance")
"""The computes that Azure Machine Learning runs itself. Every other type is attached: its own service guards it.

Source: built-in policies e96a9a5f (local authentication) and 7804b5c7 (virtual network), which ask these two alone.
"""


def managed_compute(compute: View) -> str | None:
    """Which of `MANAGED_COMPUTES` a `machinelearningservices:Compute` is; None for an attached one."""
    kind = compute.get("properties.computeType")
    return next((managed for managed in MANAGED_COMPUTES if same(kind, managed)), None)


def user_assigned(identity: View) -> list[str]:
    """The IDs of the user-assigned identities of an `identity` block: a list in inputs, a map in what Azure answers."""
    given = identity.get("userAssignedIdentities", ())
    if isinstance(given, View):
        return list(given)
    return [str(id) for id in given] if isinstance(given, ListView) else []


def has_identity(resource: View) -> bool:
    """Whether a resource has a managed identity: its own, or at least one that was assigned to it."""
    identity = resource.get("identity")
    if not isinstance(identity, View):
        return False
    kinds = {kind.strip().casefold() for kind in str(identity.get("type", "")).split(",")}
    return "systemassigned" in kinds or ("userassigned" in kinds and bool(user_assigned(identity)))


def closed(resource: View, path: str = "publicNetworkAccess") -> bool:
    """Whether a service says that nobody reaches it from the Internet. One in a network security perimeter does too.

    Source: Azure docs, private-link/network-security-perimeter-concepts, "Access modes".
    """
    access = resource.get(path)
    return same(access, "Disabled") or same(access, "SecuredByPerimeter")


@lru_cache(maxsize=4096)
def anywhere(source: str) -> bool:
    """Whether a source of traffic is everybody: a wildcard, the Internet, or half of all addresses or the like.

    >>> [anywhere(source) for source in ("*", "0.0.0.0/1", "10.0.0.0/8", "VirtualNetwork")]
    [True, True, False, False]
    """
    if source.casefold() in ("*", "any", "internet", "0.0.0.0"):
        return True
    try:
        return ip_network(source.strip(), strict=False).prefixlen < 8
    except ValueError:
        return False


def views(value: object) -> Iterator[View]:
    """The objects in a list; none where there is no list."""
    if isinstance(value, ListView):
        yield from (part for part in value if isinstance(part, View))


def texts(value: object) -> list[str]:
    """The texts in a list; none where there is no list."""
    return [part for part in value if isinstance(part, str)] if isinstance(value, ListView) else []
