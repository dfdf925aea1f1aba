"""What the local Azure remembers, in one SQLite file: resources, soft-deleted ones, operations; and for each stack
what it owns and the journal of its steps.

The store knows nothing of Azure's rules: it keeps rows. Keys are ARM IDs in lower case, as Azure compares IDs without
regard to case; bodies are plain JSON without secrets (see `sealing`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from seawall.local.database import Database
from seawall.local.sealing import Sealer, unsealed

VERSION = 1
"""Of the store's tables. A file of a later version is refused."""

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE resources (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, arm_type TEXT NOT NULL, state TEXT NOT NULL, api_version TEXT NOT NULL,
    etag TEXT NOT NULL, origin TEXT NOT NULL, global_name TEXT UNIQUE, body BLOB NOT NULL);
CREATE INDEX resources_by_type ON resources (arm_type, key);
CREATE TABLE links (source TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (source, target)) WITHOUT ROWID;
CREATE INDEX links_by_target ON links (target);
CREATE TABLE deleted (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, arm_type TEXT NOT NULL, global_name TEXT UNIQUE, purgeable INTEGER NOT NULL,
    body BLOB NOT NULL, children BLOB NOT NULL);
CREATE TABLE operations (
    name TEXT PRIMARY KEY, key TEXT NOT NULL, method TEXT NOT NULL, ticks INTEGER NOT NULL, status TEXT NOT NULL,
    outcome BLOB NOT NULL);
CREATE INDEX operations_by_key ON operations (key);
CREATE TABLE stacks (stack TEXT PRIMARY KEY, run INTEGER NOT NULL, outputs BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE owned (key TEXT PRIMARY KEY, stack TEXT NOT NULL, urn TEXT NOT NULL, record BLOB NOT NULL);
CREATE INDEX owned_by_stack ON owned (stack);
CREATE TABLE journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT, stack TEXT NOT NULL, run INTEGER NOT NULL, phase TEXT NOT NULL,
    record BLOB NOT NULL);
CREATE INDEX journal_by_stack ON journal (stack, phase)
"""

DELETED_MARK = "deleted:"
"""Before the key of a soft-deleted resource that still keeps others in use."""

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode


class Row(NamedTuple):
    """One resource as it stands in Azure."""

    id: str
    arm_type: str
    """In lower case."""
    state: str
    """The provisioning state: `Succeeded`, `Creating`, `Updating`, `Deleting`, `Failed`."""
    api_version: str
    etag: str
    origin: str
    """The client request that created it, so that a client can tell its own creation from another's."""
    global_name: str | None
    body: dict[str, Any]

    @property
    def key(self) -> str:
        return self.id.lower()


class Deleted(NamedTuple):
    """A soft-deleted resource, with what comes back when it is recovered."""

    id: str
    arm_type: str
    global_name: str | None
    purgeable: bool
    body: dict[str, Any]
    children: list[list[Any]]

    @property
    def key(self) -> str:
        return self.id.lower()


class Operation(NamedTuple):
    """A long-running operation; it ends when its ticks have run out."""

    name: str
    key: str
    method: str
    ticks: int
    status: str
    outcome: dict[str, Any]


_ROW = "id, arm_type, state, api_version, etag, origin, global_name, body"
_DELETED = "id, arm_type, global_name, purgeable, body, children"
_OPERATION = "name, key, method, ticks, status, outcome"


class Store:
    """The rows. All methods may be called from any thread; `write()` groups them into one transaction."""

    def __init__(self, path: Path, *, timeout: float = 30.0) -> None:
        """Open the file, or make it where there is none. Raises `StoreError`; `timeout` is in seconds."""
        self.path = Path(path)
        self.database = Database(self.path, _SCHEMA, VERSION, timeout=timeout)
        self.sealer = Sealer(self._key())

    def _key(self) -> bytes:
        found = self.database.row("SELECT value FROM meta WHERE name='key'")
        if found is None:
            self.database.execute("INSERT OR IGNORE INTO meta VALUES ('key', ?)", (secrets.token_bytes(32),))
            found = self.database.row("SELECT value FROM meta WHERE name='key'")
        return found[0] if found else b""

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()

    def write(self) -> AbstractContextManager[None]:
        return self.database.write()

    # Resources -----------------------------------------------------------------------------------------------------

    def resource(self, id: str) -> Row | None:
        found = self.database.row(f"SELECT {_ROW} FROM resources WHERE key=?", (id.lower(),))
        return _row(found) if found else None

    def exists(self, id: str) -> bool:
        return self.database.row("SELECT 1 FROM resources WHERE key=?", (id.lower(),)) is not None

    def resources(self) -> Iterator[Row]:
        return map(_row, self.database.rows(f"SELECT {_ROW} FROM resources ORDER BY key"))

    def under(self, id: str) -> list[Row]:
        """Everything below a resource or scope, in the order of IDs."""
        low, high = _span(id)
        sql = f"SELECT {_ROW} FROM resources WHERE key>=? AND key<? ORDER BY key"
        return [_row(found) for found in self.database.rows(sql, (low, high))]

    def of_type(self, arm_type: str, scope: str = "") -> list[Row]:
        """All of a type below a scope, in the order of IDs."""
        low, high = _span(scope)
        sql = f"SELECT {_ROW} FROM resources WHERE arm_type=? AND key>=? AND key<? ORDER BY key"
        return [_row(found) for found in self.database.rows(sql, (arm_type.lower(), low, high))]

    def newest(self, arm_type: str, scope: str = "") -> list[Row]:
        """All of a type below a scope, the one that was made last first."""
        sql = f"SELECT {_ROW} FROM resources WHERE arm_type=? AND key>=? AND key<? ORDER BY rowid DESC"
        return [_row(found) for found in self.database.rows(sql, (arm_type.lower(), *_span(scope)))]

    def count(self, arm_type: str, scope: str = "") -> int:
        sql = "SELECT count(*) FROM resources WHERE arm_type=? AND key>=? AND key<?"
        found = self.database.row(sql, (arm_type.lower(), *_span(scope)))
        return int(found[0]) if found else 0

    def save(self, row: Row, targets: Iterable[str] | None = None) -> None:
        """Put a row; `targets` are the IDs that its body refers to, None leaves them as they are."""
        with self.write():
            self.database.execute(
                "INSERT INTO resources (id, arm_type, state, api_version, etag, origin, global_name, body, key) "
                "VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO UPDATE SET state=excluded.state, "
                "api_version=excluded.api_version, etag=excluded.etag, global_name=excluded.global_name, "
                "origin=excluded.origin, body=excluded.body",
                (*row[:-1], encode(row.body), row.key),
            )
            if targets is not None:
                self.database.execute("DELETE FROM links WHERE source=?", (row.key,))
                pairs = [(row.key, target.lower()) for target in targets]
                self.database.execute_many("INSERT OR IGNORE INTO links VALUES (?,?)", pairs)

    def remove(self, id: str) -> None:
        """Drop a resource, everything below it, and what these refer to."""
        key, (low, high) = id.lower(), _span(id)
        with self.write():
            for table, column in (("resources", "key"), ("links", "source"), ("operations", "key")):
                sql = f"DELETE FROM {table} WHERE {column}=? OR ({column}>=? AND {column}<?)"
                self.database.execute(sql, (key, low, high))

    def reset(self, id: str) -> None:
        """Drop a resource alone, and what it refers to; what is below it stays."""
        with self.write():
            self.database.execute("DELETE FROM resources WHERE key=?", (id.lower(),))
            self.database.execute("DELETE FROM links WHERE source=?", (id.lower(),))

    def referrers(self, id: str) -> list[str]:
        """The keys of what refers to a resource, or to anything below it."""
        key, (low, high) = id.lower(), _span(id)
        sql = "SELECT DISTINCT source FROM links WHERE target=? OR (target>=? AND target<?) ORDER BY source"
        return [found[0] for found in self.database.rows(sql, (key, low, high))]

    def targets(self, id: str) -> list[str]:
        """The keys of what a resource refers to."""
        return [found[0] for found in self.database.rows("SELECT target FROM links WHERE source=?", (id.lower(),))]

    def holder_of_name(self, global_name: str) -> str:
        """The ID of the resource, live or soft-deleted, that has a globally unique name; or nothing."""
        sql = "SELECT id FROM resources WHERE global_name=?1 UNION ALL SELECT id FROM deleted WHERE global_name=?1"
        found = self.database.row(sql, (global_name,))
        return str(found[0]) if found else ""

    # Soft-deleted ones -----------------------------------------------------------------------------------------------

    def deleted(self, id: str) -> Deleted | None:
        found = self.database.row(f"SELECT {_DELETED} FROM deleted WHERE key=?", (id.lower(),))
        return _deleted(found) if found else None

    def all_deleted(self, arm_type: str = "") -> list[Deleted]:
        sql = f"SELECT {_DELETED} FROM deleted WHERE ?='' OR arm_type=? ORDER BY key"
        return [_deleted(found) for found in self.database.rows(sql, (arm_type.lower(), arm_type.lower()))]

    def save_deleted(self, deleted: Deleted, targets: Iterable[str] = ()) -> None:
        """Keep a deleted resource; `targets` are the IDs that it keeps in use."""
        values = (*deleted[:-2], encode(deleted.body), encode(deleted.children), deleted.key)
        pairs = [(DELETED_MARK + deleted.key, target.lower()) for target in targets]
        with self.write():
            self.database.execute(f"INSERT OR REPLACE INTO deleted ({_DELETED}, key) VALUES (?,?,?,?,?,?,?)", values)
            self.database.execute_many("INSERT OR IGNORE INTO links VALUES (?,?)", pairs)

    def remove_deleted(self, id: str) -> None:
        with self.write():
            self.database.execute("DELETE FROM deleted WHERE key=?", (id.lower(),))
            self.database.execute("DELETE FROM links WHERE source=?", (DELETED_MARK + id.lower(),))

    # Operations ------------------------------------------------------------------------------------------------------

    def operation(self, name: str) -> Operation | None:
        found = self.database.row(f"SELECT {_OPERATION} FROM operations WHERE name=?", (name,))
        return _operation(found) if found else None

    def operations(self, key: str = "") -> list[Operation]:
        """Those that are under way, of one resource or of all."""
        sql = f"SELECT {_OPERATION} FROM operations WHERE status='InProgress' AND (?='' OR key=?) ORDER BY rowid"
        return [_operation(found) for found in self.database.rows(sql, (key, key))]

    def save_operation(self, operation: Operation) -> None:
        """Put an operation; of the same resource, only the last few finished ones are kept for those who still poll."""
        with self.write():
            self.database.execute(
                "DELETE FROM operations WHERE key=?1 AND name<>?2 AND status<>'InProgress' AND rowid NOT IN "
                "(SELECT rowid FROM operations WHERE key=?1 ORDER BY rowid DESC LIMIT 5)",
                (operation.key, operation.name),
            )
            values = (*operation[:-1], encode(operation.outcome))
            self.database.execute(f"INSERT OR REPLACE INTO operations ({_OPERATION}) VALUES (?,?,?,?,?,?)", values)

    # All of it ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """What the store holds, as plain comparable data: without clocks, ETags, journals or the traces of requests."""
        owned: dict[str, dict[str, Any]] = {}
        for stack, key, record in self.database.rows("SELECT stack, key, record FROM owned ORDER BY key"):
            owned.setdefault(stack, {})[key] = decode(record)
        rows = self.database.rows("SELECT stack, outputs FROM stacks ORDER BY stack")
        picture = {
            "resources": {row.key: {"id": row.id, "state": row.state, "body": row.body} for row in self.resources()},
            "deleted": {item.key: {"purgeable": item.purgeable, "body": item.body} for item in self.all_deleted()},
            "owned": owned,
            "outputs": {stack: decode(outputs) for stack, outputs in rows},
        }
        return unsealed(picture)


def _span(scope: str) -> tuple[str, str]:
    """The range of keys below a scope: `0` is the character after `/`."""
    base = scope.lower().rstrip("/")
    return f"{base}/", f"{base}0"


def _row(found: tuple[Any, ...]) -> Row:
    id, arm_type, state, api_version, etag, origin, global_name, body = found
    return Row(id, arm_type, state, api_version, etag, origin, global_name, decode(body))


def _deleted(found: tuple[Any, ...]) -> Deleted:
    return Deleted(found[0], found[1], found[2], bool(found[3]), decode(found[4]), decode(found[5]))


def _operation(found: tuple[Any, ...]) -> Operation:
    name, key, method, ticks, status, outcome = found
    return Operation(name, key, method, ticks, status, decode(outcome))
