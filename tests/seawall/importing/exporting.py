"""Resource groups of a local Azure as `az group export` writes them: names as parameters, references as functions."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seawall.azure.resource_id import parse
from seawall.local.azure import LocalAzure

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_LEFT_OUT = ("id", "name", "type", "provisioningState", "etag")

Bodies = dict[str, dict[str, Any]]
"""Bodies by ID."""


def bodies_in(azure: LocalAzure, subscription: str) -> Bodies:
    """Every resource in a subscription, by ID."""
    below = f"/subscriptions/{subscription}"
    return {row.id: dict(row.body) for row in azure.store.resources() if row.id.startswith(below)}


def templates(bodies: Mapping[str, Mapping[str, Any]], folder: Path) -> list[str]:
    """A template for each resource group; what stands in none is in the first. The arguments for `seawall import`."""
    groups: dict[str, list[str]] = defaultdict(list)
    for id in bodies:
        if parse(id).types:
            groups[parse(id).resource_group].append(id)
    first = sorted(name for name in groups if name)[0]
    groups[first] += groups.pop("", [])
    arguments = []
    for name, ids in sorted(groups.items()):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(template({id: bodies[id] for id in ids}), indent=1))
        arguments.append(f"{name}={path}")
    return arguments


def template(bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One template of some resources."""
    parameters: dict[str, Any] = {}
    entries = [_entry(id, body, parameters) for id, body in bodies.items()]
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": parameters, "resources": entries}


def _entry(id: str, body: Mapping[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    parsed = parse(id)
    top = "_".join((parsed.types[0], re.sub(r"\W", "_", parsed.names[0]), "name"))
    parameters[top] = {"defaultValue": parsed.names[0], "type": "String"}
    tail = "/".join(("", *parsed.names[1:])).replace("'", "''")
    name = f"[concat(parameters('{top}'), '{tail}')]" if len(parsed.names) > 1 else f"[parameters('{top}')]"
    entry = {
        "type": parsed.arm_type,
        "apiVersion": "2024-01-01",
        "name": name,
        **_escaped({key: value for key, value in body.items() if key not in _LEFT_OUT}),
    }
    if parsed.scope or not parsed.resource_group:
        entry["scope"] = parsed.scope or parsed.parent
    return entry


def _escaped(value: Any) -> Any:
    """Text that begins with `[` would be taken for an expression."""
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return f"[{value}" if isinstance(value, str) and value.startswith("[") else value


def ids(bodies: Iterable[str]) -> str:
    """A list of IDs as `az resource list --query [].id -o tsv` writes it."""
    return "\n".join(id for id in bodies if len(parse(id).types) == 1 and not parse(id).scope) + "\n"
