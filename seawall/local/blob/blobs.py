"""Blob storage for those in Python: the services of the local Azure read and write what clients upload.

Any number of processes may do so at once, beside the server.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from urllib.parse import quote

from seawall.azure.guid import TENANT
from seawall.local.blob import sas
from seawall.local.blob.contents import CHUNK, copy_out
from seawall.local.blob.errors import BlobError
from seawall.local.blob.leases import NONE, check_use
from seawall.local.blob.rows import APPEND, Address, Blob, NewBlob
from seawall.local.blob.store import BlobStore, Guard
from seawall.local.place import Place

HOST = "blob.core.windows.net"
LONGEST_DELEGATION = 7 * 24 * 3600.0
"""Seconds. Source: Get User Delegation Key, REST reference."""
_BEFORE = 300.0
"""Seconds by which a signature holds before now, for clocks that differ."""
_ORDER = "racwdxyltfmeopi"
"""The order in which permissions are written."""


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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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

    def entries(self, account: str, container: str, prefix: str = "") -> list[Stored]:
        """As `names`, with what is known of each."""
        return [_stored(blob) for blob in self._listed(account, container, prefix)]

    def _listed(self, account: str, container: str, prefix: str) -> list[Blob]:
        try:
            self.store.container(account, container)
        except BlobError as error:
            if error.code != "ContainerNotFound":
                raise
            return []
        return self.store.index.blobs(account, container, prefix)

    def entry(self, account: str, container: str, name: str) -> Stored:
        """What is known of one blob."""
        return _stored(self.store.blob(Address(account, container, name)))

    def put(
        self,
        account: str,
        container: str,
        name: str,
        data: bytes | Path,
        *,
        metadata: Mapping[str, str] | None = None,
        content_type: str = "application/octet-stream",
        lease: str = "",
        only_new: bool = False,
    ) -> Stored:
        """Put a whole blob, bytes or the content of a file. A leased one takes its lease's ID; `only_new` refuses
        (BlobAlreadyExists) to replace one."""
        with self.store.contents.draft() as draft:
            if isinstance(data, Path):
                with data.open("rb") as file:
                    while chunk := file.read(CHUNK):
                        draft.write(chunk)
            else:
                draft.write(data)
            md5 = base64.b64encode(draft.md5).decode()
            new = NewBlob(md5=md5, headers={"content-type": content_type}, metadata=metadata or {})
            guard = self._guard(lease, only_new=only_new)
            return _stored(self.store.put(Address(account, container, name), new, draft, guard))

    def append(self, account: str, container: str, name: str, data: bytes, *, lease: str = "") -> Stored:
        """Add to an append blob, which is made where there is none."""
        address = Address(account, container, name)
        with self.store.index.write(), self.store.contents.draft() as draft:
            draft.write(data)
            try:
                self.store.blob(address)
            except BlobError as error:
                if error.code != "BlobNotFound":
                    raise
                self.store.put(address, NewBlob(kind=APPEND), None, self._guard(lease))
            return _stored(self.store.append(address, draft, self._guard(lease))[0])

    def read(self, account: str, container: str, name: str) -> bytes:
        """All of a blob's bytes."""
        return b"".join(self.chunks(account, container, name))

    def chunks(self, account: str, container: str, name: str) -> Iterator[bytes]:
        """A blob's bytes, a chunk at a time."""
        blob, parts = self.store.opened(Address(account, container, name))
        return self.store.read(parts, 0, blob.size)

    def sha256(self, account: str, container: str, name: str) -> str:
        """The digest of a blob's bytes, in hexadecimal: two blobs with the same are the same, byte for byte."""
        digest = hashlib.sha256()
        for chunk in self.chunks(account, container, name):
            digest.update(chunk)
        return digest.hexdigest()

    def download(self, account: str, container: str, prefix: str, folder: Path) -> list[Path]:
        """Write a blob of that very name, or everything below `prefix/`, into a folder; returns the files.

        Names keep what follows the prefix. Raises BlobError: BlobNotFound where there is nothing,
        InvalidResourceName where a name leads out of the folder.
        """
        base = prefix.rstrip("/")
        found = self.entries(account, container, base)
        entries = [one for one in found if _is_below(one.name, base) and not _is_folder(one)]
        if not entries:
            raise BlobError("BlobNotFound", f"There is nothing at {container}/{prefix} in storage account {account}.")
        written = []
        for entry in entries:
            relative = entry.name[len(base) :].lstrip("/") or entry.name.rpartition("/")[2]
            target = folder / relative
            if not target.resolve().is_relative_to(folder.resolve()):
                raise BlobError("InvalidResourceName", f"{entry.name} leads out of the folder it is written to.")
            copy_out(self.chunks(account, container, entry.name), target)
            written.append(target)
        return written

    def copy(self, source: tuple[str, str, str], target: tuple[str, str, str]) -> list[Stored]:
        """Copy a blob, or everything below a prefix, to another prefix, metadata and content headers included.

        Both are account, container, name or prefix. No bytes move: both names refer to the same contents. One
        transaction: all of it, or none.
        """
        base = source[2].rstrip("/")
        with self.store.index.write():
            found = [one for one in self._listed(source[0], source[1], base) if _is_below(one.name, base)]
            if not found:
                raise BlobError("BlobNotFound", f"There is nothing at {source[1]}/{base} in account {source[0]}.")
            account, container, top = target[0], target[1], target[2].rstrip("/")
            return [self._copied(blob, Address(account, container, top + blob.name[len(base) :])) for blob in found]

    def _copied(self, blob: Blob, target: Address) -> Stored:
        parts = tuple(self.store.index.parts(blob))
        new = NewBlob(kind=blob.kind, parts=parts, md5=blob.md5, headers=blob.headers, metadata=blob.metadata)
        return _stored(self.store.put(target, new, None, self._guard("")))

    def delete(self, account: str, container: str, name: str, *, lease: str = "") -> None:
        self.store.delete(Address(account, container, name), self._guard(lease))

    def _guard(self, lease: str, *, only_new: bool = False) -> Guard:
        def guard(before: Blob | None) -> None:
            if before and only_new:
                raise BlobError("BlobAlreadyExists")
            if before or lease:
                check_use(before.lease if before else NONE, self.store.now(), lease, writes=True)

        return guard

    def sas(
        self, account: str, container: str, name: str = "", *, permissions: str, expiry: datetime | timedelta
    ) -> str:
        """A signature for a container, or for one blob: the query of a URL, without `?`.

        `permissions` are of `racwdl` and so on; `expiry` is a time with its zone, or how long from now, at most seven
        days. Signed with a user delegation key, so it holds where an account's keys don't.
        """
        self.store.accounts.get(account)
        now = self.store.now()
        ends = now + expiry.total_seconds() if isinstance(expiry, timedelta) else expiry.timestamp()
        if ends > now + LONGEST_DELEGATION:
            raise ValueError("a user delegation SAS holds for seven days at most")
        start, end = sas.written(now - _BEFORE), sas.written(ends)
        fields = {"sp": "".join(sorted(permissions, key=_ORDER.index)), "st": start, "se": end}
        fields |= {"skoid": sas.SERVICE_OID, "sktid": TENANT, "skt": start, "ske": end, "sks": "b", "skv": sas.VERSION}
        fields |= {"spr": "https", "sv": sas.VERSION, "sr": "b" if name else "c"}
        resource = f"/blob/{account}/{container}" + (f"/{name}" if name else "")
        key = self.store.accounts.delegation_key(account, sas.key_statement(fields))
        return sas.delegated_query(fields, resource, key)

    @staticmethod
    def url(account: str, container: str, name: str = "") -> str:
        """The address of a container or blob, as Azure gives it."""
        path = "/".join(part for part in (container, quote(name, safe="/~")) if part)
        return f"https://{account}.{HOST}/{path}"


def _stored(blob: Blob) -> Stored:
    return Stored(blob.name, blob.size, blob.etag, blob.modified, blob.metadata)


def _is_below(name: str, base: str) -> bool:
    return not base or name == base or name.startswith(f"{base}/")


def _is_folder(entry: Stored) -> bool:
    """Clients mark an empty blob so where a folder is to be seen. Source: azure-ai-ml, `_blob_is_hdi_folder`."""
    return bool(entry.metadata.get("hdi_isfolder"))
