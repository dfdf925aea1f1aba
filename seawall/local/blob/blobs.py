"""Blob storage for those in Python: the services of the local Azure read and write what clients upload.

Any number of processes may do so at once, beside the server.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from seawall.local.blob import sas
from seawall.local.blob.contents import CHUNK, copy_out
from seawall.local.blob.errors import BlobError
from seawall.local.blob.leases import check_use
from seawall.local.blob.rows import APPEND, Address, Blob, NewBlob
from seawall.local.blob.store import BlobStore, Guard
from seawall.local.place import Place

HOST = "blob.core.windows.net"


class Stored(NamedTuple):
    """A blob's facts."""

    name: str
    size: int
    """Bytes."""
    etag: str
    modified: float
    """Seconds since 1970."""
    metadata: Mapping[str, str]


class Blobs:
    """The storage accounts of one local Azure. Methods raise BlobError (`code` as Azure's) and StoreError.

    They may be called from any thread. `account`, `container` and `name` are as in
    `https://<account>.blob.core.windows.net/<container>/<name>`.
    """

    def __init__(self, store: BlobStore) -> None:
        self.store = store

    @classmethod
    def open(cls, place: Place, *, now: Callable[[], float] = time.time) -> Blobs:
        """Open what is there, or make it; `now` gives seconds since 1970."""
        return cls(BlobStore(place, now=now))

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Blobs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def exists(self, account: str) -> bool:
        """Whether there is such an account."""
        return self.store.accounts.find(account) is not None

    def ensure_account(self, account: str) -> None:
        """Have an account that is no resource of the store: one that a service of Azure made for itself, as an ML
        registry does. It takes tokens and user delegation SAS, no keys."""
        if not self.exists(account):
            self.store.index.host(account)

    def ensure_container(self, account: str, container: str) -> None:
        """Have a container, as a workspace has its `azureml-blobstore-<guid>`; one that is there stays as it is."""
        try:
            self.store.create_container(account, container)
        except BlobError as error:
            if error.code != "ContainerAlreadyExists":
                raise

    def names(self, account: str, container: str, prefix: str = "") -> list[str]:
        """The names that start with a prefix, in order; nothing where there is no such container."""
        return [blob.name for blob in self._listed(account, container, prefix)]

    def list(self, account: str, container: str, prefix: str = "") -> list[Stored]:
        """As `names`, with what is known of each."""
        return [_stored(blob) for blob in self._listed(account, container, prefix)]

    def _listed(self, account: str, container: str, prefix: str) -> list[Blob]:  # type: ignore[valid-type]
        try:
            self.store.container(account, container)
        except BlobError as error:
            if error.code != "ContainerNotFound":
                raise
            return []
        return self.store.index.blobs(account, container, prefix)
