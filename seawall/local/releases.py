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
        "properties.traffic",
        "properties.mirrorTraffic",
    )
}


def released_inputs(token: str) -> tuple[str, ...]:
    """The inputs, as paths, that a stack sets when it creates a resource and leaves alone ever after."""
    return _INPUTS.get(token, ())


def carried(arm_type: str, body: dict[str, Any], live: dict[str, Any] | None) -> dict[str, Any]:
    """A body with what belongs to releases as it is in another one.

    The body of an update takes it from the live resource; a live resource takes it from the plan, so that no
    comparison sees it.
    """
    service = service_of(arm_type)
    if not service.owned_by_releases or live is None:
        return body
    properties = {k: v for k, v in (body.get("properties") or {}).items() if k not in service.owned_by_releases}
    theirs = live.get("properties") or {}
    properties |= {name: theirs[name] for name in service.owned_by_releases if name in theirs}
    prefix = service.release_tags
    tags = {key: value for key, value in (body.get("tags") or {}).items() if not key.startswith(prefix)}
    tags |= {key: value for key, value in (live.get("tags") or {}).items() if key.startswith(prefix)}
    result = {**body, "properties": properties}
    if tags or "tags" in body:
        result["tags"] = tags
    return result
