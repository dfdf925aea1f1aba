"""What a type of the directory refuses and keeps: a record of small functions for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.services.service import refuse
from seawall.local.store import Row, Store


@dataclass(frozen=True)
class Entry:
    """An object as it is asked for."""

    id: str
    properties: dict[str, Any]
    """Whole, in the shape of the SDK's outputs."""
    before: Row | None
    """The object as it is; None for a creation."""
    store: Store

    def text(self, name: str) -> str:
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""

    def of(self, id: str) -> dict[str, Any]:
        """The properties of another object; empty where it isn't here."""
        row = self.store.resource(id)
        return row.body.get("properties") or {} if row else {}


@dataclass(frozen=True)
class DirectoryType:
    """One type. Every part but its token has a default that adds nothing."""

    token: str
    check: Callable[[Entry], None] | None = None
    """Raises `AzureError` where the real service refuses."""
    stays: bool = False
    """Whether it can't be deleted: a stack lets go of it."""
    taken_up: Callable[[Row], bool] = lambda row: False
    """Whether whoever creates an object that is there already simply gets it."""
    goes_with: Callable[[Entry], Iterable[str]] = lambda entry: ()
    """The IDs of the objects whose deletion takes it along."""
    unique: Callable[[Entry], str] | None = None
    """The name that no other object may have, empty for none."""
    code: str = "ObjectConflict"
    """The error where somebody has the name."""

    def taken(self, entry: Entry, holder: str) -> AzureError:
        name = entry.text("name") or entry.text("displayName") or entry.text("serviceEndpointName")
        return refuse(self.code, f"The name '{name}' is already in use by {holder}.", status=409)
