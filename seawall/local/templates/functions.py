"""The functions that expressions of templates call. Source: Azure docs, template-functions."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from seawall.local.templates.expressions import Function, invalid

_NAMESPACE = uuid.UUID("11fb06fb-712d-4ddd-98c7-e71bbd588830")
"""Of `guid`. Source: Azure docs, template-functions-string (guid)."""
_TYPE = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)+/.+")


@dataclass(frozen=True)
class Context:
    """Where a template is deployed, and what it asks of what is there."""

    subscription: str
    group: str
    location: str
    tenant: str
    reference: Callable[[str, bool], Any]
    """A resource's properties by its ID; all of it where the second argument is true."""

    @property
    def scope(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"


def functions(context: Context, parameters: Mapping[str, Any], variables: Callable[[str], Any]) -> dict[str, Function]:
    """By name in lower case."""
    return {
        "parameters": lambda name: _named(parameters, name, "parameter"),
        "variables": variables,
        "subscription": lambda: _subscription(context),
        "resourcegroup": lambda: {"id": context.scope, "name": context.group, "location": context.location},
        "resourceid": lambda *parts: resource_id(context, *parts),
        "subscriptionresourceid": lambda *parts: _subscription_id(context, *parts),
        "reference": lambda id, version="", full="": context.reference(id, str(full).lower() == "full"),
        "guid": lambda *parts: str(uuid.uuid5(_NAMESPACE, "-".join(map(str, parts)))),
        "uniquestring": unique_string,
        **_PLAIN,
    }


_PLAIN: dict[str, Function] = {
    "and": lambda *values: all(value is True for value in values),
    "or": lambda *values: any(value is True for value in values),
    "not": lambda value: value is not True,
    "equals": lambda one, other: bool(one == other),
    "empty": lambda value: value is None or (hasattr(value, "__len__") and not value),
    "concat": lambda *parts: _concat(parts),
    "array": lambda value: value if isinstance(value, list) else [value],
    "json": lambda text: json.loads(text),
    "length": lambda value: len(value),
    "tolower": lambda text: text.lower(),
    "toupper": lambda text: text.upper(),
    "string": lambda value: value if isinstance(value, str) else json.dumps(value),
    "true": lambda: True,
    "false": lambda: False,
    "null": lambda: None,
}


def _concat(parts: tuple[Any, ...]) -> Any:
    if parts and all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    return "".join(str(part) for part in parts)


def unique_string(*parts: Any) -> str:
    """13 characters that are always the same for the same parts, though not those that Azure makes of them."""
    digest = hashlib.sha256("-".join(map(str, parts)).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:13]


def _named(values: Mapping[str, Any], name: str, what: str) -> Any:
    for key, value in values.items():
        if key.lower() == name.lower():
            return value
    raise invalid(f"the template {what} '{name}' is not found")


def _subscription(context: Context) -> dict[str, str]:
    id = f"/subscriptions/{context.subscription}"
    return {"id": id, "subscriptionId": context.subscription, "tenantId": context.tenant, "displayName": "Local"}


def resource_id(context: Context, *parts: Any) -> str:
    """`resourceId([subscription], [group], type, name…)`."""
    texts = [str(part) for part in parts]
    at = next((index for index, text in enumerate(texts) if _TYPE.fullmatch(text)), None)
    if at is None or at > 2:
        raise invalid(f"resourceId has no resource type in {', '.join(texts)}")
    subscription = texts[0] if at == 2 else context.subscription
    group = texts[at - 1] if at else context.group
    return f"/subscriptions/{subscription}/resourceGroups/{group}{_below(texts[at], texts[at + 1 :])}"


def _subscription_id(context: Context, *parts: Any) -> str:
    texts = [str(part) for part in parts]
    own = bool(_TYPE.fullmatch(texts[0]))
    subscription, rest = (context.subscription, texts) if own else (texts[0], texts[1:])
    return f"/subscriptions/{subscription}{_below(rest[0], rest[1:])}"


def _below(arm_type: str, names: list[str]) -> str:
    provider, *types = arm_type.split("/")
    if len(types) != len(names):
        raise invalid(f"resource type {arm_type} wants {len(types)} names, not {len(names)}")
    return f"/providers/{provider}/" + "/".join(f"{kind}/{name}" for kind, name in zip(types, names, strict=True))
