"""Plans on disk: JSON, secrets marked but never in clear, the same text for the same plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from seawall.plan.errors import PlanErrors
from seawall.plan.model import VERSION, Options, Plan, Resource
from seawall.plan.order import ordered
from seawall.plan.values import from_wire, to_wire


def to_json(plan: Plan) -> bytes:
    """The plan as a file's content: indented JSON in UTF-8."""
    document = {
        "version": plan.version,
        "stack": plan.stack,
        "project": plan.project,
        "resources": [_entry(resource) for resource in plan.resources],
        "outputs": to_wire(plan.outputs),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def write(plan: Plan, path: Path) -> None:
    """Write a plan so that the file is either whole or not there."""
    whole = path.with_name(f".{path.name}.partial")
    try:
        whole.write_bytes(to_json(plan))
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def read(path: Path) -> Plan:
    """A plan from a file. Raises `PlanErrors` with one line that says what is wrong with the file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PlanErrors([f"{path}: can't be read: {error.strerror}"]) from None
    return from_json(content, str(path))


def from_json(content: bytes, origin: str) -> Plan:
    """A plan from a file's content; `origin` names the file in messages."""
    try:
        document = msgspec.json.decode(content, type=_Document)
    except msgspec.ValidationError as error:
        raise PlanErrors([f"{origin}: not a plan: {error}"]) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PlanErrors([f"{origin}: not JSON, or cut off: {error}"]) from None
    if document.version != VERSION:
        raise PlanErrors([f"{origin}: a plan of version {document.version}; this Seawall reads version {VERSION}"])
    seen: set[str] = set()
    twice = {r.urn for r in document.resources if r.urn in seen or seen.add(r.urn)}  # type: ignore[func-returns-value]
    if twice:
        raise PlanErrors([f"{origin}: two resources have the URN {urn}" for urn in sorted(twice)])
    resources = [
        msgspec.structs.replace(r, inputs=from_wire(r.inputs), outputs=from_wire(r.outputs)) for r in document.resources
    ]
    return Plan(
        stack=document.stack,
        project=document.project,
        resources=ordered(resources),
        outputs=from_wire(document.outputs),
    )


class _Document(msgspec.Struct):
    version: int
    stack: str
    resources: list[Resource]
    project: str = "seawall"
    outputs: dict[str, Any] = {}


def _entry(resource: Resource) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "id": resource.id,
        "parent": resource.parent,
        "inputs": to_wire(resource.inputs),
        "outputs": to_wire(resource.outputs),
        "dependencies": resource.dependencies,
        "propertyDependencies": resource.property_dependencies,
        "options": _options(resource.options),
    }


def _options(options: Options) -> dict[str, Any]:
    return msgspec.to_builtins(options)
