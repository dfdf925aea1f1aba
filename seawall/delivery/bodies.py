"""Resource Manager's bodies of endpoints, deployments and usages, read and rewritten. Pure.

Sources: Azure Machine Learning REST, onlineEndpoints, onlineDeployments, usages, virtualMachineSizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from seawall.delivery.port import Capacity, Deployment, Endpoint, FamilyUsage

READ_ONLY = ("provisioningState", "scoringUri", "swaggerUri")
_ENVELOPE = ("location", "kind", "sku", "identity", "tags", "properties")


def endpoint(body: Mapping[str, Any]) -> Endpoint:
    properties = body.get("properties") or {}
    return Endpoint(
        name=str(body.get("name", "")),
        traffic=_weights(properties.get("traffic")),
        mirror=_weights(properties.get("mirrorTraffic")),
        tags={str(key): str(value) for key, value in (body.get("tags") or {}).items()},
        scoring_uri=str(properties.get("scoringUri") or ""),
        auth_mode=str(properties.get("authMode") or ""),
        state=str(properties.get("provisioningState") or ""),
    )


def updated(
    body: Mapping[str, Any],
    traffic: Mapping[str, int] | None,
    mirror: Mapping[str, int] | None,
    tags: Mapping[str, str | None],
) -> dict[str, Any]:
    """The body of an endpoint's PUT: what is live, with other weights and tags.

    Whatever a PUT leaves out, Azure resets: all that a GET gave goes along, but for what only Azure may write.
    """
    result = {key: deepcopy(body[key]) for key in _ENVELOPE if body.get(key) is not None}
    properties = {key: value for key, value in result.get("properties", {}).items() if key not in READ_ONLY}
    live = endpoint(body)
    properties["traffic"] = dict(live.traffic if traffic is None else _weights(traffic))
    properties["mirrorTraffic"] = dict(live.mirror if mirror is None else _weights(mirror))
    result["properties"] = properties
    kept = {key: value for key, value in live.tags.items() if tags.get(key, "") is not None}
    result["tags"] = {**kept, **{key: value for key, value in tags.items() if value is not None}}
    if "identity" in result:
        result["identity"] = _identity(result["identity"])
    return result


def _identity(identity: Mapping[str, Any]) -> dict[str, Any]:
    """An identity as it is asked for: without the principals, which are Azure's to say."""
    result: dict[str, Any] = {"type": identity.get("type")}
    if identity.get("userAssignedIdentities"):
        result["userAssignedIdentities"] = {id: {} for id in identity["userAssignedIdentities"]}
    return result


def deployment(body: Mapping[str, Any]) -> Deployment:
    properties = body.get("properties") or {}
    return Deployment(
        name=str(body.get("name", "")),
        state=str(properties.get("provisioningState") or ""),
        instances=int((body.get("sku") or {}).get("capacity") or 1),
        instance_type=str(properties.get("instanceType") or ""),
        model=str(properties.get("model") or ""),
        environment=str(properties.get("environmentId") or ""),
        tags={str(key): str(value) for key, value in (body.get("tags") or {}).items()},
    )


def capacity(sizes: Iterable[Mapping[str, Any]], usages: Iterable[Mapping[str, Any]]) -> Capacity:
    """What a region offers, by the answers of `vmSizes` and `usages`."""
    found = {
        str(size.get("name", "")).lower(): (str(size.get("family", "")), int(size.get("vCPUs") or 0)) for size in sizes
    }
    used: dict[str, FamilyUsage] = {}
    for usage in usages:
        name = usage.get("name") or {}
        key = family_key(str(name.get("value", "")) if isinstance(name, Mapping) else str(name))
        limit = usage.get("limit")
        if key and "lowpriority" not in key and isinstance(limit, int) and limit >= 0 and key not in used:
            used[key] = FamilyUsage(int(usage.get("currentValue") or 0), limit)
    return Capacity(sizes=found, families=used)


def family_key(name: str) -> str:
    """A VM family's name in the one form that both lists can be brought to.

    >>> family_key("Standard DSv2 Family Cluster Dedicated vCPUs") == family_key("standardDSv2Family")
    True
    """
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return bare.removesuffix("clusterdedicatedvcpus").removesuffix("vcpus")


def _weights(weights: object) -> dict[str, int]:
    if not isinstance(weights, Mapping):
        return {}
    return {str(name): int(weight) for name, weight in weights.items() if weight}
