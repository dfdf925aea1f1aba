"""Resource Manager's contract, in process. (Being filled in.)"""

from __future__ import annotations

from pathlib import Path
from typing import Any


class LocalAzure:
    """The Azure that runs on a laptop, over one store."""

    @classmethod
    def open(cls, path: Path) -> LocalAzure:
        """Open the store's file, or make it where there is none. Raises `StoreError`."""
        raise NotImplementedError

    def __enter__(self) -> LocalAzure:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""

    def get(self, id: str) -> dict[str, Any] | None:
        """The resource's body as Azure answers it, or nothing."""
        raise NotImplementedError
