"""What a stack's exported state and a plan say of the same resources, and where they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seawall.plan.model import Plan, Resource
from seawall.plan.values import SECRET_SIGNATURE, SIGNATURE, UNKNOWN, Secret

STACK = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"
Facts = dict[str, dict[str, Any]]


def facts_of_plan(plan: Plan) -> Facts:
    """By URN, what the offline engine says of each resource."""
    urns = {resource.urn for resource in plan.resources if not _is_default(resource.urn)}
    return {resource.urn: _planned(resource, urns) for resource in plan.resources if resource.urn in urns}


def _planned(resource: Resource, urns: set[str]) -> dict[str, Any]:
    return {
        "type": resource.type,
        "id": resource.id,
        "parent": _parent(resource.parent),
        "inputs": _marked(resource.inputs),
        "dependencies": sorted(urns.intersection(resource.dependencies)),
        "protect": resource.options.protect,
    }


def facts_of_export(path: Path) -> Facts:
    """By URN, what the engine keeps of each resource. Default providers are its own business and left out."""
    entries = json.loads(path.read_text())["deployment"]["resources"]
    kept = [entry for entry in entries if not _is_default(entry["urn"]) and entry["type"] != STACK]
    urns = {entry["urn"] for entry in kept}
    return {entry["urn"]: _kept(entry, urns) for entry in kept}


def _kept(entry: Mapping[str, Any], urns: set[str]) -> dict[str, Any]:
    return {
        "type": entry["type"],
        "id": "" if entry["type"].startswith(PROVIDERS) else entry.get("id", ""),
        "parent": _parent(entry.get("parent", "")),
        "inputs": _exported(entry.get("inputs", {})),
        "dependencies": sorted(urns.intersection(entry.get("dependencies", ()))),
        "protect": entry.get("protect", False),
    }


def _is_default(urn: str) -> bool:
    return f"::{PROVIDERS}" in urn and urn.rsplit("::", 1)[-1].startswith("default")


def _parent(urn: str) -> str:
    """The stack itself is everything's parent; only what is between counts."""
    return "" if f"::{STACK}::" in urn else urn


def _marked(value: Any) -> Any:
    """A plan's value with secrets marked and whole numbers as numbers."""
    if isinstance(value, Secret):
        return {"secret": _marked(value.value)}
    if isinstance(value, dict):
        return {key: _marked(part) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_marked(part) for part in value]
    return "unknown" if value is UNKNOWN else value


def _exported(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return {"secret": json.loads(value["plaintext"]) if "plaintext" in value else "…"}
        return {key: _exported(part) for key, part in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [_exported(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def differences(ours: Facts, theirs: Facts) -> Iterator[str]:
    """Where they differ, a line for each resource and fact."""
    for urn in sorted(ours.keys() | theirs.keys()):
        if urn not in ours or urn not in theirs:
            yield f"{urn}: only {'the engine' if urn in theirs else 'the plan'} has it"
            continue
        for fact, value in ours[urn].items():
            other = theirs[urn][fact]
            if _is_provider(urn) and fact in ("inputs", "id"):
                continue
            if value != other and not _both_secret(value, other):
                yield f"{urn}: {fact} is {value!r} in the plan and {other!r} in the engine"


def _is_provider(urn: str) -> bool:
    return f"::{PROVIDERS}" in urn


def _both_secret(ours: Any, theirs: Any) -> bool:
    """Equal but for the clear text of secrets, which an export doesn't show."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() == theirs.keys() == {"secret"}:
            return "…" in (ours["secret"], theirs["secret"]) or ours == theirs
        return ours.keys() == theirs.keys() and all(_both_secret(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_both_secret, ours, theirs))
    return bool(ours == theirs)
