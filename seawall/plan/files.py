"""Plans on disk: JSON, secrets marked but never in clear, the same text for the same plan."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from seawall.plan.errors import PlanErrors
from seawall.plan.model import VERSION, Options, Plan, Resource
from seawall.plan.order import ordered
from seawall.plan.values import SIGNATURE, UNKNOWN_SENTINEL, from_wire, to_wire

T = TypeVar("T")

MOST_BYTES = 190_000_000
"""How large a file may be: 100,000 resources of 1.9 kB. A plan takes five times its file's size in memory."""

_OBJECT = msgspec.json.Decoder(dict[str, Any])
_NOTHING = msgspec.Raw(b"{}")
_SECRET_MARK, _UNKNOWN_MARK = SIGNATURE.encode(), UNKNOWN_SENTINEL.encode()


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
    return from_json(content(path), str(path))


def content(path: Path) -> bytes:
    """What is in a file of at most `MOST_BYTES`. A larger one is refused unread: `PlanErrors`, one line."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            read = b"" if size > MOST_BYTES else file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PlanErrors([f"{path}: can't be read: {error.strerror}"]) from None
    if size > MOST_BYTES or len(read) > MOST_BYTES:
        found = f"{size / 1e6:,.0f} MB" if size > MOST_BYTES else "it"
        raise PlanErrors([f"{path}: too large: {found} is more than the {MOST_BYTES / 1e6:,.0f} MB that are read"])
    return read


def from_json(content: bytes, origin: str) -> Plan:
    """A plan from a file's content; `origin` names the file in messages. Raises `PlanErrors` with one line."""
    try:
        document = decoded(content, _Document, origin, "a plan")
        if document.version != VERSION:
            raise PlanErrors([f"{origin}: a plan of version {document.version}; this Seawall reads version {VERSION}"])
        resources = tuple(_resource(entry) for entry in document.resources)
        outputs = _values(document.outputs)
    except msgspec.ValidationError as error:
        raise PlanErrors([f"{origin}: not a plan: {error}"]) from None
    try:
        refuse_twins(resources)
        return Plan(stack=document.stack, project=document.project, resources=ordered(resources), outputs=outputs)
    except PlanErrors as errors:
        raise PlanErrors([f"{origin}: {error}" for error in errors.errors]) from None


def decoded(content: bytes, type: type[T], origin: str, what: str) -> T:
    """JSON as a type. Raises `PlanErrors` with one line that says why it isn't `what`."""
    try:
        return msgspec.json.decode(content, type=type)
    except msgspec.ValidationError as error:
        raise PlanErrors([f"{origin}: not {what}: {error}"]) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PlanErrors([f"{origin}: not JSON, or cut off: {error}"]) from None
    except RecursionError:
        raise PlanErrors([f"{origin}: not {what}: its values are nested too deeply"]) from None


def refuse_twins(resources: Iterable[Resource]) -> None:
    """Raise `PlanErrors`, one line, where several resources have one URN."""
    counts = Counter(resource.urn for resource in resources)
    twins = sorted(urn for urn, number in counts.items() if number > 1)
    if twins:
        more = f", and so for {len(twins) - 1:,} more" if len(twins) > 1 else ""
        raise PlanErrors([f"two resources have the URN {twins[0]}{more}"])


class _Entry(msgspec.Struct, rename="camel"):
    """A resource of a file. Its values are decoded later, one resource at a time, as most have nothing to convert."""

    urn: str
    type: str
    name: str
    id: str = ""
    parent: str = ""
    inputs: msgspec.Raw = _NOTHING
    outputs: msgspec.Raw = _NOTHING
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = {}
    options: Options = Options()


class _Document(msgspec.Struct):
    version: int
    stack: str
    resources: list[_Entry]
    project: str = "seawall"
    outputs: msgspec.Raw = _NOTHING


def _resource(entry: _Entry) -> Resource:
    return Resource(
        urn=entry.urn,
        type=entry.type,
        name=entry.name,
        id=entry.id,
        parent=entry.parent,
        inputs=_values(entry.inputs),
        outputs=_values(entry.outputs),
        dependencies=entry.dependencies,
        property_dependencies=entry.property_dependencies,
        options=entry.options,
    )


def _values(raw: msgspec.Raw) -> dict[str, Any]:
    """The values of a resource: converted only where the text has a mark, since that walks through all of them."""
    values = _OBJECT.decode(raw)
    text = bytes(raw)
    return from_wire(values) if _SECRET_MARK in text or _UNKNOWN_MARK in text else values


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
