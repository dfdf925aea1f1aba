"""What the fills of all services are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from seawall.azure.guid import guid
from seawall.azure.resource_id import BadResourceId, ResourceId, parse


@dataclass(frozen=True, slots=True)
class Filling:
    """What a service adds to a body: `defaults` where the body says nothing, `facts` whatever it says."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """A PUT of a resource, as a service sees it: the ID, the REST body, the subscription's tenant."""

    id: ResourceId
    body: Mapping[str, Any]
    tenant: str

    def said(self, *path: str) -> Any:
        """What the body says at the path, or None."""
        return said(self.body, *path)

    def word(self, *path: str, default: str = "") -> str:
        """The text at the path, or the default where there is none or it isn't known."""
        return word(self.body, *path, default=default)

    def items(self, *path: str) -> list[Any]:
        """The list at the path, or an empty one."""
        return items(self.body, *path)

    @property
    def region(self) -> str:
        """The location as Azure writes it in addresses: `West Europe` is `westeurope`."""
        return self.word("location", default="westeurope").replace(" ", "").lower()


Fill = Callable[[Put], Filling]
"""From a PUT to what its service adds."""

FILLS: Final[dict[str, Fill]] = {}
"""By ARM type in lower case."""


def fills(*arm_types: str) -> Callable[[Fill], Fill]:
    """Registers the fill of one or more ARM types."""

    def register(fill: Fill) -> Fill:
        for arm_type in arm_types:
            FILLS[arm_type.lower()] = fill
        return fill

    return register


def properties(*, defaults: Mapping[str, Any] | None = None, **facts: Any) -> Filling:
    """A filling of `properties` alone."""
    return Filling({"properties": defaults} if defaults else {}, {"properties": facts} if facts else {})


def merged(under: Any, over: Any) -> Any:
    """Two JSON values as one: maps are merged at every depth, and anything else of `over` wins over `under`."""
    if not isinstance(under, Mapping) or not isinstance(over, Mapping):
        return over
    result = dict(under)
    for name, value in over.items():
        result[name] = merged(under[name], value) if name in under else value
    return result


def said(body: Any, *path: str) -> Any:
    """What a JSON value says at the path, or None."""
    for step in path:
        if not isinstance(body, Mapping):
            return None
        body = body.get(step)
    return body


def word(body: Any, *path: str, default: str = "") -> str:
    """The text at the path, or the default where there is none or it isn't known."""
    value = said(body, *path)
    return value if isinstance(value, str) else default


def items(body: Any, *path: str) -> list[Any]:
    """The list at the path, or an empty one."""
    value = said(body, *path)
    return value if isinstance(value, list) else []


def part_id(id: ResourceId, kind: str, part: Mapping[str, Any]) -> str:
    """The ID of a part that is written within its resource, such as a subnet of a virtual network."""
    return f"{id}/{kind}/{word(part, 'name', default='default')}"


def reference(text: Any) -> ResourceId | None:
    """The resource that an ID names, or None where it is unknown or not an ID."""
    try:
        return parse(text) if isinstance(text, str) and text.startswith("/") else None
    except BadResourceId:
        return None


def address(*parts: str) -> str:
    """An IPv4 address that is nobody's, in 198.18.0.0/15, which RFC 2544 keeps for tests."""
    value = int(guid("address", *parts).replace("-", "")[:8], 16)
    return f"198.{18 + (value >> 16) % 2}.{(value >> 8) % 256}.{value % 254 + 1}"


def private_address(*parts: str) -> str:
    """An address in 10.0.0.0/8 that stands for one which Azure takes from a subnet unknown here."""
    value = int(guid("address", *parts).replace("-", "")[:8], 16)
    return f"10.{(value >> 16) % 256}.{(value >> 8) % 256}.{value % 251 + 4}"


def without(value: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """The value without what stands at the path; the value itself where nothing does."""
    first, *rest = path
    if first not in value:
        return value
    result = dict(value)
    if not rest:
        del result[first]
    elif isinstance(value[first], dict):
        result[first] = without(value[first], tuple(rest))
    return result
