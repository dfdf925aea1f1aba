"""What lies in storage accounts: containers, blobs and their bytes, each change one transaction.

Callers judge within it: a guard gets the blob as it stands, or None, and raises BlobError where the request's
conditions or lease don't hold.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from seawall.local.blob.accounts import Accounts
from seawall.local.blob.contents import Contents, Draft
from seawall.local.blob.errors import BlobError
from seawall.local.blob.index import Index
from seawall.local.blob.leases import NONE, Lease, after_write
from seawall.local.blob.rows import APPEND, BLOCK, Address, Blob, Block, Container, NewBlob
from seawall.local.place import Place
from seawall.local.store import Store

Now = Callable[[], float]
"""Seconds since 1970."""
Guard = Callable[[Blob | None], None]
ContainerGuard = Callable[[Container], None]

_CONTAINER_NAME = re.compile(r"\$root|\$logs|\$web|(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
"""Source: Storage docs, naming and referencing containers."""
_LONGEST_NAME = 1024
_MOST_BLOCKS = 50_000
"""In a blob. Source: Storage docs, scalability targets for Blob storage."""

_GRACE = 600.0
"""Seconds for which bytes that nobody refers to any more stay: somebody may be reading them."""
_STAGED = 7 * 24 * 3600.0
"""Seconds for which a staged block stays. Source: Put Block, REST reference."""


class BlobStore:
    """The accounts of one local Azure."""

    def __init__(self, place: Place, *, now: Now = time.time) -> None:
        """Open what is there, or make it. Raises StoreError, BlobError."""
        self.now = now
        self.contents = Contents(place.blobs)
        self.index = Index(place.blobs / "index.db")
        self._store = Store(place.store)
        self.accounts = Accounts(self._store, self.index)

    def close(self) -> None:
        self.index.close()
        self._store.close()

    # Containers ------------------------------------------------------------------------------------------------------

    def container(self, account: str, name: str) -> Container:
        """The container as it stands; one that was made or removed as a resource is so here. Raises BlobError."""
        known = self.accounts.get(account)
        found = self.index.container(account, name)
        if found is not None and not found.arm_id:
            return found
        arm_id = self.accounts.container_id(known, name)
        if found is not None and not arm_id:
            self.index.remove_container(account, name, self.now())
            found = None
        if found is None:
            if not arm_id:
                raise BlobError("ContainerNotFound")
            found = self._new_container(account, name, {}, arm_id)
        return found

    def _new_container(self, account: str, name: str, metadata: Mapping[str, str], arm_id: str = "") -> Container:
        with self.index.write():
            container = Container(account=account, name=name, etag=self.index.etag(), modified=self.now(),
                                  metadata=metadata, arm_id=arm_id)  # fmt: skip
            self.index.save_container(container)
        return container

    def create_container(self, account: str, name: str, metadata: Mapping[str, str] | None = None) -> Container:
        if not _CONTAINER_NAME.fullmatch(name):
            raise BlobError("InvalidResourceName")
        self.accounts.get(account)
        with self.index.write():
            try:
                self.container(account, name)
            except BlobError:
                return self._new_container(account, name, metadata or {})
        raise BlobError("ContainerAlreadyExists")

    def containers(self, account: str, prefix: str, after: str, limit: int) -> list[Container]:
        for name in self.accounts.container_names(self.accounts.get(account)):
            self.container(account, name)
        found = self.index.containers(account, prefix, after, limit)
        return [one for one in found if not one.arm_id or self.accounts.exists(one.arm_id)]

    def change_container(
        self, account: str, name: str, change: Callable[[Container], Container], *, touch: bool = True
    ) -> Container:
        """Save what `change` makes of a container; `touch` gives it a new ETag and time."""
        with self.index.write():
            container = change(self.container(account, name))
            if touch:
                container = replace(container, etag=self.index.etag(), modified=self.now())
            self.index.save_container(container)
        return container

    def delete_container(self, account: str, name: str, guard: ContainerGuard) -> None:
        with self.index.write():
            container = self.container(account, name)
            guard(container)
            self.index.remove_container(account, name, self.now())
        if container.arm_id:
            self.accounts.forget(container.arm_id)

    # Blobs -----------------------------------------------------------------------------------------------------------

    def blob(self, address: Address) -> Blob:
        """Raises BlobError."""
        self.container(address.account, address.container)
        found = self.index.blob(address)
        if found is None:
            raise BlobError("BlobNotFound")
        return found

    def opened(self, address: Address) -> tuple[Blob, list[Block]]:
        """A blob with its parts, for reading. Raises BlobError."""
        self.container(address.account, address.container)
        found = self.index.with_parts(address)
        if found is None:
            raise BlobError("BlobNotFound")
        return found

    def read(self, parts: Sequence[Block], start: int, length: int) -> Iterator[bytes]:
        return self.contents.read([part.content for part in parts], start, length)

    def put(self, address: Address, new: NewBlob, draft: Draft | None, guard: Guard) -> Blob:
        """Put a whole blob: the draft's bytes, else the parts that `new` has."""
        _check_name(address.name)
        if draft:
            draft.finish()
        with self.index.write():
            before = self._judged(address, guard)
            if draft and draft.size:
                new = replace(new, parts=(Block("", self.contents.place(draft)),))
            return self._replaced(address, new, before)

    def _judged(self, address: Address, guard: Guard) -> Blob | None:
        self.container(address.account, address.container)
        before = self.index.blob(address)
        guard(before)
        return before

    def _replaced(self, address: Address, new: NewBlob, before: Blob | None) -> Blob:
        lease = after_write(before.lease, self.now()) if before else NONE
        return self.index.replace(address, new, lease, self.now())

    def stage(self, address: Address, id: str, draft: Draft, guard: Guard) -> None:
        """Put a block. All IDs of a blob's staged blocks have one length."""
        _check_name(address.name)
        draft.finish()
        with self.index.write():
            before = self._judged(address, guard)
            if before and before.kind != BLOCK:
                raise BlobError("InvalidBlobType")
            if any(len(block.id) != len(id) for block in self.index.blocks(address)[:1]):
                raise BlobError("InvalidBlobOrBlock", "All block IDs of a blob have the same length.")
            self.index.stage(address, Block(id, self.contents.place(draft)), self.now())

    def commit(self, address: Address, wanted: Sequence[tuple[str, str]], new: NewBlob, guard: Guard) -> Blob:
        """Make a blob of blocks: pairs of where to look (`Latest`, `Committed`, `Uncommitted`) and a block ID."""
        if len(wanted) > _MOST_BLOCKS:
            raise BlobError("BlockCountExceedsLimit")
        with self.index.write():
            before = self._judged(address, guard)
            if before and before.kind != BLOCK:
                raise BlobError("InvalidBlobType")
            staged = {block.id: block for block in self.index.blocks(address)}
            committed = {block.id: block for block in self.index.parts(before)} if before else {}
            found = {"Latest": committed | staged, "Committed": committed, "Uncommitted": staged}
            try:
                parts = tuple(found[where][id] for where, id in wanted)
            except KeyError:
                raise BlobError("InvalidBlockList") from None
            return self._replaced(address, replace(new, parts=parts), before)

    def append(self, address: Address, draft: Draft, guard: Guard) -> tuple[Blob, int]:
        """Add to an append blob; returns it and how many blocks it has."""
        draft.finish()
        with self.index.write():
            before = self._judged(address, guard)
            if before is None:
                raise BlobError("BlobNotFound")
            if before.kind != APPEND:
                raise BlobError("InvalidBlobType")
            count = self.index.count_parts(before)
            if count >= _MOST_BLOCKS:
                raise BlobError("BlockCountExceedsLimit")
            self.index.append(before, self.contents.place(draft))
            return self._saved(replace(before, size=before.size + draft.size)), count + 1

    def change(self, address: Address, change: Callable[[Blob], Blob], guard: Guard) -> Blob:
        """Save what `change` makes of what is kept of a blob, with a new ETag and time."""
        with self.index.write():
            blob = self.blob(address)
            guard(blob)
            return self._saved(change(blob))

    def _saved(self, blob: Blob) -> Blob:
        now = self.now()
        saved = replace(blob, etag=self.index.etag(), modified=now, lease=after_write(blob.lease, now))
        self.index.save_blob(saved)
        return saved

    def change_lease(self, address: Address, change: Callable[[Lease], Lease], guard: Guard) -> Blob:
        """A lease's change leaves ETag and time as they are."""
        with self.index.write():
            blob = self.blob(address)
            guard(blob)
            saved = replace(blob, lease=change(blob.lease))
            self.index.save_blob(saved)
        return saved

    def delete(self, address: Address, guard: Guard) -> None:
        with self.index.write():
            blob = self.blob(address)
            guard(blob)
            self.index.remove_blob(blob, self.now())

    # Housekeeping ----------------------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Drop what lies in accounts and containers that are gone, and bytes that nobody refers to."""
        now = self.now()
        for account in self.index.accounts():
            gone = self.accounts.find(account) is None
            for container in self.index.containers(account):
                if gone or (container.arm_id and not self.accounts.exists(container.arm_id)):
                    self.index.remove_container(account, container.name, now)
        self.index.expire_blocks(now - _STAGED, now)
        self.index.collect(now - _GRACE, self.contents.remove)
        self.contents.sweep_drafts()

    def sweep_orphans(self) -> None:
        """Drop contents whose writer died between placing them and referring to them."""
        for sha in self.contents.settled():
            with self.index.write():
                if not self.index.uses(sha):
                    self.contents.remove(sha)


def _check_name(name: str) -> None:
    if not name or len(name) > _LONGEST_NAME or "\0" in name:
        raise BlobError("InvalidResourceName")
