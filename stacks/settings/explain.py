"""Says in plain words what a value should have been, from pydantic's errors and the JSON Schema of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from stacks.settings.errors import Place
from stacks.settings.model import Settings

_PUBLIC = "no such key: everything is private, and reached through private endpoints"
_STORAGE_KIND = (
    "no such key: Azure refuses a workspace account that isn't flat, standard StorageV2; dataLake is the other one"
)

NOT_SETTINGS: Mapping[str, str] = {
    "storage.hierarchicalNamespace": _STORAGE_KIND,
    "storage.isHnsEnabled": _STORAGE_KIND,
    "storage.kind": _STORAGE_KIND,
    "storage.sku": f"{_STORAGE_KIND}; storage.redundancy says how many copies",
    "storage.accessTier": _STORAGE_KIND,
    "dataLake.versioning": "no such key: Azure has no blob versions on a hierarchical namespace",
    "containerRegistry.sku": "no such key: it is Premium, since only that has private endpoints",
    "containerRegistry.adminUser": "no such key: registries are reached by identity",
    "network.managed.outboundRules.ports": "no such key: an fqdn rule opens ports 80 and 443, always",
    "network.managed.outboundRules.port": "no such key: an fqdn rule opens ports 80 and 443, always",
    "endpoints.online.traffic": "no such key: traffic belongs to releases",
    "endpoints.online.deployments": "no such key: deployments belong to releases",
    "endpoints.batch.deployments": "no such key: deployments belong to releases",
    "endpoints.batch.auth": "no such key: batch endpoints take Entra tokens and nothing else",
    "endpoints.batch.identity": "no such key: a batch job runs with its cluster's identity",
    "compute.clusters.publicIp": "no such key: nodes have no public IP",
    "compute.clusters.ssh": "no such key: nodes have no local accounts",
    "compute.instances.ssh": "no such key: instances have no local accounts",
    "budget.timeGrain": "no such key: budgets are monthly",
    "workspace.locked": "no such key: a lock on a workspace breaks the scale-down of its clusters",
    **{
        f"{section}.{key}": _PUBLIC
        for section in (
            "workspace", "storage", "dataLake", "containerRegistry", "registry", "security.keyVault", "endpoints.online"
        )
        for key in ("publicNetworkAccess", "publicAccess", "allowedIps")
    },
}  # fmt: skip
"""Keys that people look for and that are left out on purpose, with the reason."""


def expected(error: ErrorDetails, place: Place) -> str:
    """What the value at this place should have been. `place` is the path without pydantic's union tags."""
    context = error.get("ctx", {})
    kind = error["type"]
    if kind in _PLAIN:
        return _PLAIN[kind] + (", in quotes" if kind == "string_type" and not isinstance(error["input"], str) else "")
    match kind:
        case "expected":
            return str(context["expected"])
        case "missing":
            return f"{place[-1]}: {described(place)}"
        case "extra_forbidden":
            return unknown_key(str(place[-1]), known_keys(place[:-1]), ".".join(p for p in place if isinstance(p, str)))
        case "literal_error":
            return f"one of {str(context['expected']).replace(' or ', ', ')}"
        case "union_tag_invalid" | "union_tag_not_found":
            return f"type: one of {context.get('expected_tags', _RULE_TYPES)!s}"
        case "too_short":
            return f"at least {context['min_length']} of them"
        case "too_long":
            return f"at most {context['max_length']} of them"
    for bound, words in _BOUNDS.items():
        if bound in context:
            return f"a number {words} {context[bound]}"
    return error["msg"]


_PLAIN = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number that is finite",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below"}
_RULE_TYPES = "'fqdn', 'privateEndpoint', 'serviceTag'"


def unknown_key(key: str, known: tuple[str, ...], place: str = "") -> str:
    """What to write instead of a key that doesn't exist.

    >>> unknown_key("adressSpace", ("mode", "addressSpace"))
    "'addressSpace'? The keys here are mode, addressSpace"
    """
    if reason := NOT_SETTINGS.get(place):
        return reason
    near = get_close_matches(_plain(key), [_plain(name) for name in known], n=1, cutoff=0.7)
    guess = next((name for name in known if near and _plain(name) == near[0]), None)
    if not known:
        return "none: this has no keys"
    if guess and len(known) > MANY:
        return f"{guess!r}?"
    keys = f"he keys here are {', '.join(known)}"
    return f"{guess!r}? T{keys}" if guess else f"a key of this section: t{keys}"


MANY = 12
"""Keys too many to list beside a guess."""


def _plain(key: str) -> str:
    """A key without what people write differently.

    >>> _plain("retention_days") == _plain("retentionDays")
    True
    """
    return key.replace("_", "").replace("-", "").lower()


@cache
def _schema() -> dict[str, Any]:
    return Settings.model_json_schema(by_alias=True)


def _at(place: Place) -> list[dict[str, Any]]:
    """The schemas that the value at a place may have: several where it is a union."""
    found = _alternatives(_schema())
    for part in place:
        step = [
            schema.get("items", {}) if isinstance(part, int) else schema.get("properties", {}).get(part, {})
            for schema in found
        ]
        found = [option for schema in step if schema for option in _alternatives(schema)]
    return found


def _alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        target = _schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        return _alternatives(target | {key: value for key, value in schema.items() if key != "$ref"})
    options = schema.get("anyOf", schema.get("oneOf"))
    if options is None:
        return [schema]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
    return [found for option in options for found in _alternatives(option | rest)]


def known_keys(place: Place) -> tuple[str, ...]:
    """The keys that the section at a place takes."""
    return tuple(dict.fromkeys(key for schema in _at(place) for key in schema.get("properties", {})))


def described(place: Place) -> str:
    """What the setting at a place is for, without the full stop."""
    return next((str(schema["description"]).rstrip(".") for schema in _at(place) if "description" in schema), "a value")
