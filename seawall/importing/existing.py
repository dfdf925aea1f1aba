"""What exists in Azure: resources with their bodies as Resource Manager answers them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seawall.azure.resource_id import parse


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A resource that exists. `body` is None where nothing but that is known of it."""

    id: str
    body: Mapping[str, Any] | None = None

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def name(self) -> str:
        return self.id.rstrip("/").rpartition("/")[2]

    @cached_property
    def arm_type(self) -> str:
        """In lower case."""
        return parse(self.id).arm_type.lower()

    @property
    def properties(self) -> Mapping[str, Any]:
        return (self.body or {}).get("properties") or {}

    @property
    def tags(self) -> Mapping[str, str]:
        return (self.body or {}).get("tags") or {}

    @property
    def location(self) -> str:
        return plain_location((self.body or {}).get("location"))

    @property
    def subscription(self) -> str:
        return parse(self.id).subscription.lower()

    @property
    def group(self) -> str:
        return parse(self.id).resource_group

    def at(self, path: str) -> Any:
        """A value within `properties`, by its path with dots; None where there is none."""
        value: Any = self.properties
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


class Inventory:
    """Everything that exists, by ID."""

    def __init__(self, resources: Iterable[Existing]) -> None:
        self._by_key = {one.key: one for one in resources}

    def __iter__(self) -> Iterator[Existing]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and id.lower() in self._by_key

    def get(self, id: object) -> Existing | None:
        """A resource by its ID, in any case."""
        return self._by_key.get(id.lower()) if isinstance(id, str) else None

    def of(self, arm_type: str, within: str = "") -> list[Existing]:
        """The resources of a type, in any case, sorted by name; only those below an ID where one is given."""
        found = [one for one in self if one.arm_type == arm_type.lower() and one.key.startswith(within.lower())]
        return sorted(found, key=lambda one: one.name)

    def with_more(self, resources: Iterable[Existing]) -> Inventory:
        """These and others; what was known before stays as it is."""
        return Inventory([*resources, *self])


def plain_location(location: Any) -> str:
    """A region as the command line names it: `West Europe` is `westeurope`."""
    return str(location or "").replace(" ", "").lower()
