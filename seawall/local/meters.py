"""What the online endpoints of the local Azure did: one row a request, and what each deployment used of the machine.

The router writes it while Azure Monitor's metrics and the traffic log are read from it, also by other processes.
Rows are kept for a day and up to a number of them; the file is a log that may be lost, so a damaged one is begun anew.
No row holds a body, a header's secret or a query string.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

VERSION = 1
"""Of the tables. A file of another version is begun anew."""

KEPT_SECONDS = 86_400.0
KEPT_ROWS = 1_000_000
_TRIM_EVERY = 20_000
"""Rows between two looks at what has grown too old or too many."""


class Request(NamedTuple):
    """One request that the router answered."""

    time: float
    """When the request came, seconds since 1970 (UTC)."""
    endpoint: str
    """The online endpoint's ARM ID in lower case."""
    deployment: str
    """Who answered; nothing when nobody did, such as 401 or 404."""
    code: int
    """The status that the client got."""
    model_code: int
    """The status that the inference server answered; 0 when it was not asked or did not answer."""
    duration_ms: float
    """From the request's first byte to the answer's last one."""
    request_bytes: int = 0
    response_bytes: int = 0
    throttling_delay_ms: float = 0.0
    """How long the request waited for a place, or for the network's allowance."""
    request_id: str = ""
    """The client's `x-ms-client-request-id`, or what the router gave."""
    mirrored: bool = False
    """A copy whose answer nobody got."""
    path: str = "/score"
    method: str = "POST"
    user_agent: str = ""


class Usage(NamedTuple):
    """What a deployment's processes used at a moment."""

    time: float
    endpoint: str
    deployment: str
    cpu_percent: float
    """Of the instance's cores together: 100 is all of them."""
    memory_percent: float
    """Of the instance's memory."""
    instances: int = 1


_COLUMNS = tuple(name for name in Request._fields if name != "endpoint")
_SCHEMA = """
CREATE TABLE endpoints (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE requests (
    number INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, time REAL NOT NULL, deployment TEXT NOT NULL,
    code INTEGER NOT NULL, model_code INTEGER NOT NULL, duration_ms REAL NOT NULL, request_bytes INTEGER NOT NULL,
    response_bytes INTEGER NOT NULL, throttling_delay_ms REAL NOT NULL, request_id TEXT NOT NULL,
    mirrored INTEGER NOT NULL, path TEXT NOT NULL, method TEXT NOT NULL, user_agent TEXT NOT NULL);
CREATE INDEX requests_by_time ON requests (endpoint, time);
CREATE TABLE usage (
    number INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, time REAL NOT NULL, deployment TEXT NOT NULL,
    cpu_percent REAL NOT NULL, memory_percent REAL NOT NULL, instances INTEGER NOT NULL);
CREATE INDEX usage_by_time ON usage (endpoint, time);
"""


class Meters:
    """One connection to the meters, which threads may share."""

    def __init__(self, path: Path, *, kept_seconds: float = KEPT_SECONDS, kept_rows: int = KEPT_ROWS) -> None:
        self.path = path
        self.kept_seconds = kept_seconds
        self.kept_rows = kept_rows
        self._lock = threading.RLock()
        self._numbers: dict[str, int] = {}
        self._since_trim = 0
        self._connection = _connected(path)

    @classmethod
    def open(cls, path: Path) -> Meters:
        """Open the file, or make it. Raises `OSError` or `sqlite3.Error` where it can't be made at all."""
        return cls(path)

    def __enter__(self) -> Meters:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    # Writing -------------------------------------------------------------------------------------------------------

    def record(self, rows: Sequence[Request]) -> None:
        """Add requests, in one transaction. IDs of endpoints are compared without regard to case."""
        self._add("requests", rows)

    def sample(self, rows: Sequence[Usage]) -> None:
        """Add samples of what deployments use, in one transaction."""
        self._add("usage", rows)

    def _add(self, table: str, rows: Sequence[Request] | Sequence[Usage]) -> None:
        if not rows:
            return
        fields = rows[0]._fields
        marks = ", ".join("?" * len(fields))
        with self._lock, self._connection:
            numbers = self._numbered({row.endpoint for row in rows})
            values = ((row[0], numbers[row[1]], *row[2:]) for row in rows)
            self._connection.executemany(f"INSERT INTO {table} ({', '.join(fields)}) VALUES ({marks})", values)
            self._since_trim += len(rows)
            if self._since_trim >= min(_TRIM_EVERY, self.kept_rows):
                self._since_trim = 0
                self._trim()

    def _numbered(self, endpoints: Iterable[str]) -> dict[str, int]:
        """The number by which each endpoint is kept."""
        for endpoint in endpoints:
            if endpoint not in self._numbers:
                key = (endpoint.lower(),)
                self._connection.execute("INSERT OR IGNORE INTO endpoints (id) VALUES (?)", key)
                found = self._connection.execute("SELECT number FROM endpoints WHERE id = ?", key).fetchone()
                self._numbers[endpoint] = found[0]
        return self._numbers

    def _trim(self) -> None:
        """Let go of what is older than a day before the newest, and of the oldest beyond the number of rows."""
        for table in ("requests", "usage"):
            newest, last = self._connection.execute(f"SELECT max(time), max(number) FROM {table}").fetchone()
            if last is None:
                continue
            self._connection.execute(f"DELETE FROM {table} WHERE number <= ?", (last - self.kept_rows,))
            for (endpoint,) in self._connection.execute("SELECT number FROM endpoints").fetchall():
                old = (endpoint, newest - self.kept_seconds)
                self._connection.execute(f"DELETE FROM {table} WHERE endpoint = ? AND time < ?", old)

    # Reading -------------------------------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:
        """All rows of a query over `requests`, `usage` and `endpoints`. Raises `sqlite3.Error`."""
        with self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def number(self, endpoint: str) -> int:
        """The number by which `requests` and `usage` keep an endpoint; 0, which none has, for an unknown one."""
        found = self.rows("SELECT number FROM endpoints WHERE id = ?", (endpoint.lower(),))
        return found[0][0] if found else 0

    def requests(self, endpoint: str, start: float, end: float) -> list[Request]:
        """An endpoint's requests with `start <= time < end`, by time."""
        sql = (
            f"SELECT {', '.join(_COLUMNS)} FROM requests WHERE endpoint = ? AND time >= ? AND time < ?"
            " ORDER BY time, number"
        )
        key = endpoint.lower()
        found = self.rows(sql, (self.number(endpoint), start, end))
        mirrored = Request._fields.index("mirrored")
        whole = ((row[0], key, *row[1:]) for row in found)
        return [Request._make((*row[:mirrored], bool(row[mirrored]), *row[mirrored + 1 :])) for row in whole]

    def usage(self, endpoint: str, start: float, end: float) -> list[Usage]:
        """An endpoint's samples with `start <= time < end`, by time."""
        sql = (
            "SELECT time, deployment, cpu_percent, memory_percent, instances FROM usage"
            " WHERE endpoint = ? AND time >= ? AND time < ? ORDER BY time, number"
        )
        key = endpoint.lower()
        return [Usage(row[0], key, *row[1:]) for row in self.rows(sql, (self.number(endpoint), start, end))]


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to a sound file of this version; another one is moved out of the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30.0, check_same_thread=False)
    try:
        connection.execute("PRAGMA busy_timeout=30000")
        # Losing the last moments in a power cut is no harm here.
        connection.execute("PRAGMA synchronous=OFF")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode=WAL")
        _make_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == VERSION:  # another process has made them meanwhile
            return
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")
