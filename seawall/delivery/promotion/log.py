"""The audit record in the cloud: an append blob, written only where it was read to its end before.

An append names the length that it expects (`x-ms-blob-condition-appendpos`): of two who write at once, one is refused,
reads again and follows the other. Nothing that was written is ever rewritten.
Source: Blob service REST reference, "Append Block".
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from seawall.delivery.clients import told
from seawall.delivery.promotion import audit
from seawall.delivery.promotion.audit import Record

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CONTAINER, BLOB = "audit", "promotions.jsonl"
TRIES = 20
"""How often somebody else may be quicker."""


class Crowded(Exception):
    """Others kept writing: the record wasn't written."""


class Log(Protocol):
    """An audit record: reading it, and adding to it."""

    def records(self) -> tuple[Record, ...]: ...

    def append(self, make: Callable[[tuple[Record, ...]], Record | None]) -> Record | None: ...

    def keep(self, name: str, content: bytes) -> None: ...


class BlobLog:
    """The audit record of an environment, in the storage account of its workspace."""

    def __init__(self, account_url: str, credential: TokenCredential) -> None:
        self.account_url = account_url
        self._credential = credential
        self._container: Any = None

    def records(self) -> tuple[Record, ...]:
        """All of it. Raises `Tampered` where it isn't as it was written, `CloudError` where it can't be read."""
        return audit.read(self._read())

    def append(self, make: Callable[[tuple[Record, ...]], Record | None]) -> Record | None:
        """Add what `make` makes of the records so far; it makes nothing where nothing is to be added."""
        from azure.core.exceptions import ResourceExistsError, ResourceModifiedError

        record: Record | None = None
        for _ in range(TRIES):
            content = self._read()
            if record is not None and record.line in content:
                return record  # the answer to the append was lost, not the append
            record = make(audit.read(content))
            if record is None:
                return None
            with told(f"writing the audit record in {self.account_url}"):
                try:
                    self._make_sure()
                    self._blob().append_block(record.line, appendpos_condition=len(content))
                    return record
                except (ResourceExistsError, ResourceModifiedError):
                    continue  # somebody was quicker, with the blob itself or with a record
        raise Crowded(f"the audit record in {self.account_url} is being written by others; try again")

    def keep(self, name: str, content: bytes) -> None:
        """A file beside the record, which stays as it was first written."""
        from azure.core.exceptions import ResourceExistsError

        with told(f"writing {name} in {self.account_url}"):
            self._make_sure()
            try:
                self._containers().get_blob_client(name).upload_blob(content, overwrite=False)
            except ResourceExistsError:
                return

    def _read(self) -> bytes:
        from azure.core.exceptions import ResourceNotFoundError

        with told(f"reading the audit record in {self.account_url}"):
            try:
                return bytes(self._blob().download_blob().readall())
            except ResourceNotFoundError:
                return b""

    def _make_sure(self) -> None:
        """The container and the blob, unless they are there."""
        from azure.core import MatchConditions
        from azure.core.exceptions import ResourceExistsError, ResourceModifiedError

        if not self._containers().exists():
            with suppress(ResourceExistsError):
                self._containers().create_container()
        if not self._blob().exists():
            with suppress(ResourceExistsError, ResourceModifiedError):
                self._blob().create_append_blob(match_condition=MatchConditions.IfMissing)

    def _containers(self) -> Any:
        if self._container is None:
            from azure.storage.blob import ContainerClient

            self._container = ContainerClient(self.account_url, CONTAINER, credential=self._credential)
        return self._container

    def _blob(self) -> Any:
        return self._containers().get_blob_client(BLOB)
