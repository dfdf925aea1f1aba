"""What a stack owns, and the journal of what it does: both in the store, so that a killed run can be resumed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec

from seawall.local.events import Op
from seawall.local.sealing import opaque
from seawall.local.store import Store, decode, encode
from seawall.plan.model import Options

KEPT_RUNS = 20
"""So many runs' finished steps stay in the journal, for people who look into it."""


class Drifted(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A property that a refresh found changed; a side on which it wasn't there is unset."""

    path: tuple[str | int, ...]
    left: Any | msgspec.UnsetType = msgspec.UNSET
    """As the stack left it."""
    found: Any | msgspec.UnsetType = msgspec.UNSET


class Owned(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A resource that a stack owns, as the last finished step left it. Values are sealed."""

    urn: str
    type: str
    name: str
    id: str
    parent: str = ""
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    """What the cloud adds to the inputs, as the plan knows it, where this Azure doesn't work it out itself."""
    dependencies: tuple[str, ...] = ()
    options: Options = Options()
    dirty: bool = False
    """A step on it was cut short or failed half-way: it has to be written again."""
    condemned: bool = False
    """It was replaced; only its deletion is outstanding."""
    lifted: bool = False
    """A lock that is taken off for the time being."""
    recovered: bool = False
    """It came back from its soft-deleted state, with whatever was below it, in a run that hasn't ended well yet."""
    drift: tuple[Drifted, ...] = ()
    """What a refresh found changed; the next run repairs it."""

    @property
    def key(self) -> str:
        return self.id.lower()


class Pending(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A step in the journal: written down before it is taken."""

    op: Op
    id: str
    urn: str
    origin: str = ""
    """The name of the request with which it creates."""
    wanted: Owned | None = None
    """What the stack owns once the step is done."""
    purge: bool = False
    number: int = 0


_owned = msgspec.json.Decoder(Owned).decode
_pending = msgspec.json.Decoder(Pending).decode


class StackState:
    """One stack's rows in the store."""

    def __init__(self, store: Store, stack: str, project: str) -> None:
        self.store = store
        self.stack = stack
        self.key = stack_key(stack, project)
        self._database = store.database
        self._run = 0

    # What it owns ------------------------------------------------------------------------------------------------

    def owned(self) -> list[Owned]:
        """Everything the stack owns, in the order of IDs."""
        rows = self._database.rows("SELECT record FROM owned WHERE stack=? ORDER BY key", (self.key,))
        return [_owned(row[0]) for row in rows]

    def owner(self, id: str) -> str:
        """The key of the stack that owns an ID, or nothing."""
        row = self._database.row("SELECT stack FROM owned WHERE key=?", (id.lower(),))
        return row[0] if row else ""

    def others_below(self, id: str) -> list[str]:
        """The IDs of what other stacks own at or below an ID."""
        base = id.lower()
        sql = "SELECT key FROM owned WHERE stack<>? AND (key=? OR (key>=? AND key<?)) ORDER BY key"
        return [row[0] for row in self._database.rows(sql, (self.key, base, base + "/", base + "0"))]

    def save(self, records: Iterable[Owned]) -> None:
        values = [(record.key, self.key, record.urn, encode(record)) for record in records]
        self._database.execute_many("INSERT OR REPLACE INTO owned VALUES (?,?,?,?)", values)

    def drop(self, ids: Iterable[str]) -> None:
        """Own something no longer."""
        keys = [(id.lower(), self.key) for id in ids]
        self._database.execute_many("DELETE FROM owned WHERE key=? AND stack=?", keys)

    def outputs(self) -> dict[str, Any]:
        """What the stack exports, as its last successful run left it; secrets are opaque."""
        return opaque(self.sealed_outputs())

    def sealed_outputs(self) -> dict[str, Any]:
        """The same, with secrets sealed."""
        row = self._database.row("SELECT outputs FROM stacks WHERE stack=?", (self.key,))
        return decode(row[0]) if row else {}

    def save_outputs(self, outputs: dict[str, Any]) -> None:
        sealed = encode(self.store.sealer.seal(outputs))
        self._database.execute("UPDATE stacks SET outputs=? WHERE stack=?", (sealed, self.key))

    def forget(self) -> None:
        """Drop a stack that owns nothing any more."""
        with self.store.write():
            if not self.owned():
                self._database.execute("DELETE FROM stacks WHERE stack=?", (self.key,))

    # The journal -------------------------------------------------------------------------------------------------

    def start_run(self) -> None:
        """Open a run. What is in the journal from long ago is dropped."""
        with self.store.write():
            self._database.execute("INSERT OR IGNORE INTO stacks VALUES (?,0,?)", (self.key, b"{}"))
            self._database.execute("UPDATE stacks SET run=run+1 WHERE stack=?", (self.key,))
            row = self._database.row("SELECT run FROM stacks WHERE stack=?", (self.key,))
            self._run = int(row[0]) if row else 1
            self._database.execute(
                "DELETE FROM journal WHERE stack=? AND phase<>'begun' AND run<=?", (self.key, self._run - KEPT_RUNS)
            )

    def begin(self, step: Pending) -> int:
        """Write a step down before it is taken. Returns its number."""
        sql = "INSERT INTO journal (stack, run, phase, record) VALUES (?,?,'begun',?)"
        return self._database.execute(sql, (self.key, self._run, encode(step)))

    def finish(
        self, number: int, *, save: Iterable[Owned] = (), remove: Iterable[str] = (), failed: bool = False
    ) -> None:
        """Close a step together with what it changes in the state, all at once."""
        phase = "failed" if failed else "done"
        with self.store.write():
            self.drop(remove)
            self.save(save)
            self._database.execute("UPDATE journal SET phase=? WHERE number=?", (phase, number))

    def pending(self) -> list[Pending]:
        """The steps that a killed run began and didn't end, oldest first."""
        sql = "SELECT number, record FROM journal WHERE stack=? AND phase='begun' ORDER BY number"
        rows = self._database.rows(sql, (self.key,))
        return [msgspec.structs.replace(_pending(record), number=number) for number, record in rows]


def new_origin() -> str:
    """A name for a request that creates something, by which its maker knows it again."""
    return secrets.token_hex(8)


def stack_key(stack: str, project: str) -> str:
    """Stacks of different projects may have the same name."""
    return f"{project}/{stack}"


def known_stacks(store: Store) -> list[tuple[str, str]]:
    """Stack and project of all stacks that a run was ever made of."""
    rows = store.database.rows("SELECT stack FROM stacks ORDER BY stack")
    return [(key.split("/", 1)[1], key.split("/", 1)[0]) for (key,) in rows]
