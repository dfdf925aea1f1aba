"""How many vCPUs of each family of machines a subscription may use in a region, and how many it uses.

Sources: Azure ML docs, how-to-manage-quotas ("Azure Machine Learning managed online endpoints": 20 percent of a
deployment's compute is reserved for upgrades, `ceil(1.2 * instances) * cores`); REST reference, Quotas and Usages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from seawall.local.mlservices.vm_sizes import families, vm_size
from seawall.local.store import Row, Store, decode, encode

LIMIT = 350
"""vCPUs of a family that a subscription has in a region, where nobody has set another number."""

TOTAL = "totalClusterDedicatedCores"
"""The usage that counts the vCPUs of all families together."""

_WORKSPACE = "microsoft.machinelearningservices/workspaces"
_DEPLOYMENT = f"{_WORKSPACE}/onlineendpoints/deployments"
_COMPUTE = f"{_WORKSPACE}/computes"
_META = "quotas"


def needed(instance_type: str, instances: int) -> int:
    """The vCPUs that a managed online deployment takes of the quota; 0 for a machine that isn't known."""
    size = vm_size(instance_type)
    return math.ceil(round(1.2 * instances, 6)) * size.cores if size else 0


def limit(store: Store, subscription: str, region: str, family: str) -> int:
    """The vCPUs of a family that a subscription may use in a region."""
    return int(_limits(store).get(_key(subscription, region, family), LIMIT))


def set_limit(store: Store, subscription: str, region: str, family: str, cores: int | None) -> None:
    """Give a family another limit; None gives back what it had at first."""
    with store.write():
        limits = _limits(store)
        limits.pop(_key(subscription, region, family), None)
        if cores is not None:
            limits[_key(subscription, region, family)] = cores
        store.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_META, encode(limits)))


def used(store: Store, subscription: str, region: str, family: str = "", *, without: str = "") -> int:
    """The vCPUs in use of a family, or of all. `without` is the ID of a deployment that doesn't count."""
    total = 0
    for row, instance_type, instances, factor in _machines(store, subscription, region):
        size = vm_size(instance_type)
        if size is None or (family and size.family.lower() != family.lower()) or row.key == without.lower():
            continue
        total += math.ceil(round(factor * instances, 6)) * size.cores
    return total


def _machines(store: Store, subscription: str, region: str) -> Iterator[tuple[Row, str, int, float]]:
    """What runs in a region: the resource, the size of its machines, how many, and the reserve on top."""
    scope = f"/subscriptions/{subscription}"
    for row in store.of_type(_DEPLOYMENT, scope):
        if plain(row.body.get("location")) == plain(region):
            properties, sku = row.body.get("properties") or {}, row.body.get("sku") or {}
            yield row, str(properties.get("instanceType", "")), int(sku.get("capacity") or 1), 1.2
    for row in store.of_type(_COMPUTE, scope):
        properties = row.body.get("properties") or {}
        inner = properties.get("properties") or {}
        if plain(properties.get("computeLocation") or row.body.get("location")) == plain(region):
            yield row, str(inner.get("vmSize", "")), _nodes(properties, inner), 1.0


def _nodes(properties: dict[str, Any], inner: dict[str, Any]) -> int:
    if properties.get("computeType") == "ComputeInstance":
        return int(inner.get("state") == "Running")
    return int(inner.get("currentNodeCount") or 0)


def usages(store: Store, subscription: str, region: str) -> list[dict[str, Any]]:
    """The usages of a region as `Usages - List` answers them."""
    base = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{region}/usages"
    rows = [
        _usage(base, region, family, words, used(store, subscription, region, family), most)
        for family, words in families().items()
        for most in [limit(store, subscription, region, family)]
    ]
    total = sum(row["limit"] for row in rows)
    whole = _usage(
        base, region, TOTAL, "Total Cluster Dedicated Regional vCPUs", used(store, subscription, region), total
    )
    return [whole, *rows]


def _usage(base: str, region: str, name: str, words: str, current: int, most: int) -> dict[str, Any]:
    return {
        "id": f"{base}/{name}",
        "amlWorkspaceLocation": region,
        "type": "Microsoft.MachineLearningServices/usages",
        "unit": "Count",
        "currentValue": current,
        "limit": most,
        "name": {"value": name, "localizedValue": words},
    }


def quotas(store: Store, subscription: str, region: str) -> list[dict[str, Any]]:
    """The limits of a region as `Quotas - List` answers them."""
    base = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{region}/quotas"
    return [
        {
            "id": f"{base}/{family}",
            "amlWorkspaceLocation": region,
            "type": "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/quotas",
            "name": {"value": family, "localizedValue": words},
            "limit": limit(store, subscription, region, family),
            "unit": "Count",
        }
        for family, words in families().items()
    ]


def _limits(store: Store) -> dict[str, int]:
    found = store.database.row("SELECT value FROM meta WHERE name=?", (_META,))
    limits: dict[str, int] = decode(found[0]) if found else {}
    return limits


def _key(subscription: str, region: str, family: str) -> str:
    return f"{subscription}/{plain(region)}/{family}".lower()


def plain(region: object) -> str:
    """A region's name as IDs have it: `West Europe` is `westeurope`."""
    return str(region or "").replace(" ", "").lower()
