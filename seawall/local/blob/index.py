"""The index of containers and blobs: rows in one SQLite file, which several processes may have open.

It keeps rows and knows nothing of HTTP; whoever writes opens `write()` around looking, judging and changing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from seawall.local.blob.contents import Content
from seawall.local.blob.leases import Lease
from seawall.local.blob.rows import Address, Blob, Block, Container, NewBlob
from seawall.local.database import Database

VERSION = 1

_SCHEMA = """
CREATE TABLE tickets (number INTEGER NOT NULL);
INSERT INTO tickets VALUES (1);
CREATE TABLE hosted (account TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE containers (
    account TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL, metadata BLOB NOT NULL,
    lease BLOB NOT NULL, arm_id TEXT NOT NULL, PRIMARY KEY (account, name)) WITHOUT ROWID;
CREATE TABLE blobs (
    row INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL,
    kind TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL,
    md5 TEXT NOT NULL, headers BLOB NOT NULL, metadata BLOB NOT NULL, lease BLOB NOT NULL, copied BLOB NOT NULL,
    UNIQUE (account, container, name));
CREATE TABLE parts (
    row INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL, sha TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (row, number)) WITHOUT ROWID;
CREATE INDEX parts_by_content ON parts (sha);
CREATE TABLE blocks (
    account TEXT NOT NULL, container TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, sha TEXT NOT NULL,
    size INTEGER NOT NULL, staged REAL NOT NULL, PRIMARY KEY (account, container, name, id)) WITHOUT ROWID;
CREATE INDEX blocks_by_content ON blocks (sha);
CREATE TABLE garbage (sha TEXT PRIMARY KEY, since REAL NOT NULL) WITHOUT ROWID
"""

_CONTAINER = "account, name, etag, modified, metadata, lease, arm_id"
_BLOB = "row, account, container, name, kind, size, etag, created, modified, md5, headers, metadata, lease, copied"
_PLACE = "account=? AND container=? AND name=?"

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


class Index:
    """The rows. Times are given by the caller, in seconds since 1970."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises StoreError."""
        self._database = Database(path, _SCHEMA, VERSION)

    def close(self) -> None:
        self._database.close()

    def write(self) -> AbstractContextManager[None]:
        """A transaction over all processes; nested ones join it."""
        return self._database.write()

    def etag(self) -> str:
        """One that was never given before."""
        with self.write():
            self._database.execute("UPDATE tickets SET number=number+1")
            found = self._database.row("SELECT number FROM tickets")
        return f'"0x8D{found[0] if found else 0:012X}"'

    # Accounts that a service of Azure made for itself ----------------------------------------------------------------

    def host(self, account: str) -> None:
        self._database.execute("INSERT OR IGNORE INTO hosted VALUES (?)", (account,))

    def hosts(self, account: str) -> bool:
        return self._database.row("SELECT 1 FROM hosted WHERE account=?", (account,)) is not None

    def accounts(self) -> list[str]:
        """Every account that has a container here."""
        return [found[0] for found in self._database.rows("SELECT DISTINCT account FROM containers")]

    # Containers ------------------------------------------------------------------------------------------------------

    def container(self, account: str, name: str) -> Container | None:
        sql = f"SELECT {_CONTAINER} FROM containers WHERE account=? AND name=?"
        found = self._database.row(sql, (account, name))
        return _container(found) if found else None

    def containers(self, account: str, prefix: str = "", after: str = "", limit: int = -1) -> list[Container]:
        """In the order of names, from `after` on, it included."""
        sql = f"SELECT {_CONTAINER} FROM containers WHERE account=? AND name>=? AND name<? ORDER BY name LIMIT ?"
        low, high = max(prefix, after), beyond(prefix)
        return [_container(found) for found in self._database.rows(sql, (account, low, high, limit))]

    def save_container(self, container: Container) -> None:
        values = (container.account, container.name, container.etag, container.modified, encode(container.metadata),
                  encode(asdict(container.lease)), container.arm_id)  # fmt: skip
        self._database.execute(f"INSERT OR REPLACE INTO containers ({_CONTAINER}) VALUES (?,?,?,?,?,?,?)", values)

    def remove_container(self, account: str, name: str, now: float) -> None:
        """With everything in it."""
        place = (account, name)
        with self.write():
            rows = self._database.rows("SELECT row FROM blobs WHERE account=? AND container=?", place)
            for (row,) in rows:
                self._drop_parts(row, now)
            self._discard("SELECT sha FROM blocks WHERE account=? AND container=?", place, now)
            for table in ("blobs", "blocks"):
                self._database.execute(f"DELETE FROM {table} WHERE account=? AND container=?", place)
            self._database.execute("DELETE FROM containers WHERE account=? AND name=?", place)

    # Blobs -----------------------------------------------------------------------------------------------------------

    def blob(self, address: Address) -> Blob | None:
        found = self._database.row(f"SELECT {_BLOB} FROM blobs WHERE {_PLACE}", address)
        return _blob(found) if found else None

    def blobs(self, account: str, container: str, prefix: str = "", after: str = "", limit: int = -1) -> list[Blob]:
        """In the order of names, from `after` on, it included."""
        sql = f"SELECT {_BLOB} FROM blobs WHERE account=? AND container=? AND name>=? AND name<? ORDER BY name LIMIT ?"
        values = (account, container, max(prefix, after), beyond(prefix), limit)
        return [_blob(found) for found in self._database.rows(sql, values)]

    def with_parts(self, address: Address) -> tuple[Blob, list[Block]] | None:
        """A blob and its parts as of one moment; parts beyond its size were appended since."""
        while blob := self.blob(address):
            parts = self.parts(blob)
            if sum(part.content.size for part in parts) >= blob.size:
                return blob, parts
            # Replaced between the two looks: rows are never reused.
        return None

    def parts(self, blob: Blob) -> list[Block]:
        rows = self._database.rows("SELECT id, sha, size FROM parts WHERE row=? ORDER BY number", (blob.row,))
        return [Block(id, Content(sha, size)) for id, sha, size in rows]

    def count_parts(self, blob: Blob) -> int:
        found = self._database.row("SELECT count(*) FROM parts WHERE row=?", (blob.row,))
        return int(found[0]) if found else 0

    def replace(self, address: Address, new: NewBlob, lease: Lease, now: float) -> Blob:
        """Put a blob, in place of the one that is there; staged blocks are dropped."""
        with self.write():
            before = self.blob(address)
            if before:
                self._drop_parts(before.row, now)
                self._database.execute("DELETE FROM blobs WHERE row=?", (before.row,))
            self.drop_blocks(address, now)
            created = before.created if before else now
            size = sum(part.content.size for part in new.parts)
            values = (*address, new.kind, size, self.etag(), created, now, new.md5, encode(new.headers),
                      encode(new.metadata), encode(asdict(lease)), encode(new.copied))  # fmt: skip
            columns = _BLOB.partition(", ")[2]
            sql = f"INSERT INTO blobs ({columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
            row = self._database.execute(sql, values)
            self._save_parts(row, 0, new.parts)
        found = self.blob(address)
        assert found is not None
        return found

    def append(self, blob: Blob, content: Content) -> None:
        with self.write():
            self._save_parts(blob.row, self.count_parts(blob), [Block("", content)])

    def save_blob(self, blob: Blob) -> None:
        """Change what is kept of a blob; its bytes stay."""
        sql = "UPDATE blobs SET size=?, etag=?, modified=?, md5=?, headers=?, metadata=?, lease=? WHERE row=?"
        values = (blob.size, blob.etag, blob.modified, blob.md5, encode(blob.headers), encode(blob.metadata),
                  encode(asdict(blob.lease)), blob.row)  # fmt: skip
        self._database.execute(sql, values)

    def remove_blob(self, blob: Blob, now: float) -> None:
        with self.write():
            self._drop_parts(blob.row, now)
            self._database.execute("DELETE FROM blobs WHERE row=?", (blob.row,))
            self.drop_blocks(blob.address, now)

    # Blocks that no blob has yet -------------------------------------------------------------------------------------

    def stage(self, address: Address, block: Block, now: float) -> None:
        with self.write():
            self._discard(f"SELECT sha FROM blocks WHERE {_PLACE} AND id=?", (*address, block.id), now)
            values = (*address, block.id, *block.content, now)
            self._database.execute("INSERT OR REPLACE INTO blocks VALUES (?,?,?,?,?,?,?)", values)

    def blocks(self, address: Address) -> list[Block]:
        rows = self._database.rows(f"SELECT id, sha, size FROM blocks WHERE {_PLACE} ORDER BY id", address)
        return [Block(id, Content(sha, size)) for id, sha, size in rows]

    def drop_blocks(self, address: Address, now: float) -> None:
        with self.write():
            self._discard(f"SELECT sha FROM blocks WHERE {_PLACE}", address, now)
            self._database.execute(f"DELETE FROM blocks WHERE {_PLACE}", address)

    def expire_blocks(self, before: float, now: float) -> None:
        """Drop what was staged before a time and never became a blob."""
        with self.write():
            self._discard("SELECT sha FROM blocks WHERE staged<?", (before,), now)
            self._database.execute("DELETE FROM blocks WHERE staged<?", (before,))

    # Contents that nobody refers to ----------------------------------------------------------------------------------

    def collect(self, before: float, remove: Callable[[str], None]) -> int:
        """Remove contents that were let go before a time and are still unused; returns how many.

        Within one transaction with the look at who uses them: a writer places a content and refers to it in one too.
        """
        with self.write():
            found = self._database.rows(
                "SELECT sha FROM garbage WHERE since<? "
                "AND NOT EXISTS (SELECT 1 FROM parts WHERE parts.sha=garbage.sha) "
                "AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocks.sha=garbage.sha)",
                (before,),
            )
            for (sha,) in found:
                remove(sha)
            self._database.execute("DELETE FROM garbage WHERE since<?", (before,))
        return len(found)

    def uses(self, sha: str) -> bool:
        """Whether a blob, a staged block or the next collection knows a content."""
        sql = ("SELECT 1 FROM parts WHERE sha=?1 UNION ALL SELECT 1 FROM blocks WHERE sha=?1 "
               "UNION ALL SELECT 1 FROM garbage WHERE sha=?1")  # fmt: skip
        return self._database.row(sql, (sha,)) is not None

    def _discard(self, shas: str, values: Iterable[Any], now: float) -> None:
        sql = f"INSERT OR REPLACE INTO garbage SELECT DISTINCT sha, ? FROM ({shas})"
        self._database.execute(sql, (now, *values))

    def _drop_parts(self, row: int, now: float) -> None:
        self._discard("SELECT sha FROM parts WHERE row=?", (row,), now)
        self._database.execute("DELETE FROM parts WHERE row=?", (row,))

    def _save_parts(self, row: int, start: int, parts: Iterable[Block]) -> None:
        values = [(row, start + number, part.id, *part.content) for number, part in enumerate(parts)]
        self._database.execute_many("INSERT INTO parts VALUES (?,?,?,?,?)", values)


def beyond(prefix: str) -> str:
    """A text after every name that starts so: no name has Unicode's last character."""
    return prefix + "\U0010ffff"


def _container(found: tuple[Any, ...]) -> Container:
    account, name, etag, modified, metadata, lease, arm_id = found
    return Container(account=account, name=name, etag=etag, modified=modified, metadata=decode(metadata),
                     lease=Lease(**decode(lease)), arm_id=arm_id)  # fmt: skip


def _blob(found: tuple[Any, ...]) -> Blob:
    row, account, container, name, kind, size, etag, created, modified, md5, headers, metadata, lease, copied = found
    return Blob(row=row, address=Address(account, container, name), kind=kind, size=size, etag=etag, created=created,
                modified=modified, md5=md5, headers=decode(headers), metadata=decode(metadata),
                lease=Lease(**decode(lease)), copied=decode(copied))  # fmt: skip
