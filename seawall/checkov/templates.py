"""A plan as the files that checkov reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from seawall.azure.types import UnknownType, lookup
from seawall.plan.export import arm_template
from seawall.plan.model import Plan, Resource


@dataclass(frozen=True)
class Exported:
    """A resource, and what stands for it in a template."""

    resource: Resource
    body: Mapping[str, Any]


def write(plan: Plan, folder: Path) -> dict[tuple[str, str], Exported]:
    """Write the plan's resources as ARM templates, and say what each is by file and `type.name`.

    checkov takes resources of one type and name for one, though their scopes differ (diagnostic settings, locks): each
    such one goes into a file of its own. Types that have no ARM form here are left out.
    """
    known = {resource.urn: resource for resource in plan.resources if _has_form(resource)}
    narrowed = tuple(
        msgspec.structs.replace(resource, dependencies=tuple(urn for urn in resource.dependencies if urn in known))
        for resource in known.values()
    )
    template = arm_template(msgspec.structs.replace(plan, resources=narrowed))
    bodies = template.pop("resources")
    seen: Counter[str] = Counter()
    files: dict[str, list[Any]] = {}
    exported: dict[tuple[str, str], Exported] = {}
    for resource, body in zip(narrowed, bodies, strict=True):
        name = f"{body['type']}.{body['name']}"
        file = f"{plan.stack}-{seen[name]}.json"
        seen[name] += 1
        files.setdefault(file, []).append(body)
        exported[file, name] = Exported(resource, body)
    for file, resources in files.items():
        content = msgspec.json.encode({**template, "resources": resources})
        (folder / file).write_bytes(msgspec.json.format(content, indent=2))
    return exported


def _has_form(resource: Resource) -> bool:
    if not resource.arm:
        return False
    try:
        lookup(resource.type)
    except UnknownType:
        return False
    return True
