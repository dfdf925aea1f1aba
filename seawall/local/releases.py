"""What belongs to releases on a resource that a stack owns: live traffic, mirroring and the release's own tags.

A PUT of an online endpoint that leaves its traffic out stops it, so every update carries the live values, read right
before; and no comparison of a stack ever looks at them. Source: Azure ML docs, reference-yaml-endpoint-online.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seawall.local.services import service_of

_INPUTS: Mapping[str, tuple[str, ...]] = {
    "azure-native:machinelearningservices:OnlineEndpoint": (
        "onlineEndpointProperties.traffic",
        "onlineEndpointProperties.mirrorTraffic",
    )
}


def released_inputs(token: str) -> tuple[str, ...]:
    """The inputs, as paths, that a stack sets when it creates a resource and leaves alone ever after."""
    return _INPUTS.get(token, ())


def carried(arm_type: str, body: dict[str, Any], live: dict[str, Any] | None) -> dict[str, Any]:
    """The body of an update with what belongs to releases as it is in the live resource."""
    service = service_of(arm_type)
    if not service.owned_by_releases or live is None:
        return body
    properties = dict(body.get("properties") or {})
    for name in service.owned_by_releases:
        properties.pop(name, None)
        if name in (live.get("properties") or {}):
            properties[name] = live["properties"][name]
    result = {**body, "properties": properties}
    prefix = service.release_tags
    tags = {key: value for key, value in (body.get("tags") or {}).items() if not key.startswith(prefix)}
    tags |= {key: value for key, value in (live.get("tags") or {}).items() if key.startswith(prefix)}
    if tags or "tags" in body:
        result["tags"] = tags
    return result


def stripped(arm_type: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body without what belongs to releases, for comparisons and for the stack's state."""
    service = service_of(arm_type)
    if not service.owned_by_releases:
        return body
    result = dict(body)
    if isinstance(body.get("properties"), dict):
        result["properties"] = {k: v for k, v in body["properties"].items() if k not in service.owned_by_releases}
    if isinstance(body.get("tags"), dict):
        kept = {key: value for key, value in body["tags"].items() if not key.startswith(service.release_tags)}
        result["tags"] = kept
        if not kept and body["tags"]:
            del result["tags"]
    return result
