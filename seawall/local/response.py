"""What the local Azure answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Response:
    """What Azure answers when it doesn't refuse (refusals are raised as `AzureError`)."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""
    """The name of the operation that goes on behind the answer, for `tick`."""
