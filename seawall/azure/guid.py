"""GUIDs that stand for what Azure would make up: the same parts always give the same one."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from uuid import NAMESPACE_URL, uuid5

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "seawall")

TENANT: Final = "00000000-0000-0000-0000-00000000aaaa"
"""The Entra tenant of a simulated subscription, where nothing names another."""


@lru_cache(maxsize=65536)
def guid(*parts: str) -> str:
    """A GUID made of the parts, without regard to their case, since IDs in Azure have none."""
    return str(uuid5(_NAMESPACE, "|".join(parts).lower()))
