"""One SQLite file, opened safely: what is not ours is never written to, and every failure is one typed, clear error."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from seawall.local.errors import (
    StoreBroken,
    StoreBusy,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreTooNew,
    StoreUnusable,
)

APPLICATION_ID = 0x53454157
"""`SEAW`, in SQLite's header field for the kind of file."""

_MAGIC = b"SQLite format 3\0"
_ROOM = 1 << 20
"""Bytes. SQLite reports some writes on a full disk as plain I/O errors: below this much room they are taken as such."""

P = ParamSpec("P")
T = TypeVar("T")


def _typed(function: Callable[P, T]) -> Callable[P, T]:
    """The method, raising `StoreError` where SQLite raises its own."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except sqlite3.Error as error:
            raise store_error(args[0].path, error) from error  # type: ignore[attr-defined]

    return wrapped


class Database:
    """A connection that threads share; writes are transactions, one at a time over all processes.

    Durable against the death of the process (write-ahead log, `synchronous=NORMAL`); after a power cut the last
    commits may be missing, the file stays whole. Source: SQLite docs, pragma synchronous and wal.
    """

    def __init__(self, path: Path, schema: str, version: int, *, timeout: float = 30.0) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._file: _File | None = _prepare(path)
        try:
            self._connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            _forget(self._file)
            raise store_error(path, error) from error
        try:
            self._open(schema, version)
        except BaseException:
            self.close()
            raise

    @_typed
    def _open(self, schema: str, version: int) -> None:
        found = self._check_ours(version)
        self._connection.execute("PRAGMA synchronous=NORMAL")
        # Switching to the log needs the file for itself for a moment, so it is left out where it was done before.
        if self._value("PRAGMA journal_mode") != "wal":
            self._connection.execute("PRAGMA journal_mode=WAL")
        if found:
            state = self._value("PRAGMA quick_check(1)")
            if state != "ok":
                raise StoreBroken(self.path, f"the store is damaged ({state}); {_KEEP}")
            return
        with self.write():
            if not self._check_ours(version):  # another process may have made it meanwhile
                for statement in filter(str.strip, schema.split(";")):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version={version}")

    def _check_ours(self, version: int) -> bool:
        """Whether the file holds a store already. Raises where it is something else."""
        application, found = self._value("PRAGMA application_id"), self._value("PRAGMA user_version")
        tables = self._value("SELECT count(*) FROM sqlite_master")
        if application == APPLICATION_ID:
            if found > version:
                raise StoreTooNew(
                    self.path, f"written by a newer version (format {found}, this one reads {version}); upgrade"
                )
            return True
        if tables or application or found:
            raise StoreForeign(self.path, "a database, but not a store of the local Azure; name another file")
        return False

    def _value(self, sql: str) -> Any:
        return self._connection.execute(sql).fetchone()[0]

    @_typed
    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or nothing."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    @_typed
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Change something, within a transaction of its own unless one is open. Returns the new row's number."""
        with self._lock:
            return self._connection.execute(sql, parameters).lastrowid or 0

    @_typed
    def execute_many(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        with self.write():
            self._connection.executemany(sql, parameters)

    @contextmanager
    def write(self) -> Iterator[None]:
        """A transaction: all of it, or none. Nested ones join the outermost."""
        with self._lock:
            if self._depth == 0:
                self._execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                # A full disk ends the transaction by itself.
                if self._depth == 0 and self._connection.in_transaction:
                    self._execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._commit()

    def _commit(self) -> None:
        try:
            self._execute("COMMIT")
        except StoreError:
            if self._connection.in_transaction:
                self._execute("ROLLBACK")
            raise

    @_typed
    def _execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            if self._file:
                _forget(self._file)
                self._file = None


_KEEP = "it was left as it is: move it away to start afresh, or bring back a copy"


_File = tuple[int, int]
"""Device and inode."""

_opened: Counter[_File] = Counter()
"""How many connections of this process each file has."""
_opening = threading.Lock()


def _prepare(path: Path) -> _File:
    """Make the file, for its owner's eyes only, unless there is one; refuse what is no database.

    A file to which this process has a connection isn't looked at again: closing any descriptor of it would end the
    locks of that connection, and the next process to leave would delete the log that it still writes to.
    Source: SQLite docs, howtocorrupt, 2.2 "POSIX advisory locks canceled by a separate thread doing close()".
    """
    with _opening:
        magic = b""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not (path.exists() and _opened[_identity(path)]):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                with path.open("rb") as file:
                    magic = file.read(len(_MAGIC))
            identity = _identity(path)
        except OSError as error:
            raise StoreUnusable(path, f"can't be opened: {error.strerror}") from error
        if magic and magic != _MAGIC:
            raise StoreBroken(path, f"not a database; {_KEEP}")
        _opened[identity] += 1
        return identity


def _identity(path: Path) -> _File:
    status = path.stat()
    return status.st_dev, status.st_ino


def _forget(file: _File) -> None:
    with _opening:
        _opened[file] -= 1
        if not _opened[file]:
            del _opened[file]


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """SQLite's error as one of ours. Source: SQLite docs, result and error codes."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    match code:
        case sqlite3.SQLITE_FULL:
            return _full(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(path, "another process has kept the store locked; try again")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreBroken(path, f"the store is damaged ({error}); {_KEEP}")
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN if _room(path) < _ROOM:
            return _full(path)
    return StoreUnusable(path, f"can't be used: {error}")


def _full(path: Path) -> StoreFull:
    return StoreFull(path, "no room left to write; free some and run the same command again: nothing was lost")


def _room(path: Path) -> int:
    """Bytes that may still be written where the file lies."""
    status = os.statvfs(path.parent)
    return status.f_bavail * status.f_frsize
