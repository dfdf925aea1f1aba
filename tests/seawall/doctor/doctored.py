"""A world to examine: the local Azure standing in for Azure, in which a test breaks one thing, and a sound machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from seawall.doctor.case import Case
from seawall.doctor.checks import CHECKS
from seawall.doctor.checks.tools import PLUGINS
from seawall.doctor.examining import Examined, examine
from seawall.doctor.finding import Level
from seawall.doctor.local_port import LocalPort
from seawall.doctor.machine import Engine
from seawall.doctor.port import Caller, CloudError, Remembering
from seawall.engine.command import VERSION
from seawall.engine.errors import EngineMissing
from seawall.local.azure import LocalAzure

TENANT = "99999999-9999-9999-9999-999999999999"
SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
OID = "dddddddd-0000-0000-0000-000000000001"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

Answer = Callable[[Any], Any]


@dataclass
class SoundMachine:
    """A machine with everything on it, inside of the network."""

    python: tuple[int, ...] = (3, 11, 7)
    environ: Mapping[str, str] = field(
        default_factory=lambda: {
            "PULUMI_BACKEND_URL": "azblob://state?storage_account=state",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "AZDO_USE_OIDC": "true",
        }
    )
    programs: tuple[str, ...] = ("git",)
    pulumi: Engine | None = field(
        default_factory=lambda: Engine(VERSION, "/bin/pulumi", {k: (version(v),) for k, v in PLUGINS.items()})
    )
    closed: tuple[str, ...] = ()
    """Hosts that take no connection."""
    missing: tuple[str, ...] = ()
    """Parts of paths that aren't there, or can't be written to."""
    address: str = "10.40.4.5"
    files: Mapping[str, str] = field(default_factory=dict)

    def which(self, program: str) -> str | None:
        return f"/bin/{program}" if program in self.programs else None

    def engine(self) -> Engine:
        if self.pulumi is None:
            raise EngineMissing("there is no Pulumi CLI", hint="install it")
        return self.pulumi

    def exists(self, path: Path) -> bool:
        return not any(part in str(path) for part in self.missing)

    writable = exists

    def text(self, path: Path) -> str:
        return self.files.get(path.name, "")

    def addresses(self, host: str) -> tuple[str, ...]:
        return (self.address,)

    def connect(self, host: str, port: int) -> None:
        if host in self.closed:
            raise OSError(111, "Connection refused")

    def now(self) -> datetime:
        return NOW


class World(LocalPort):
    """The local Azure under Azure's name. `break_` gives requests other answers; `who` and `ahead` are the login's."""

    name = "Azure"

    def __init__(self, azure: LocalAzure) -> None:
        super().__init__(azure, "https://management.azure.com")
        self.who: Caller | CloudError = Caller(
            name="ci", oid=OID, tenant=TENANT, directory=frozenset(("Group.ReadWrite.All",))
        )
        self.ahead: float | CloudError = 0.5
        self._broken: list[tuple[re.Pattern[str], Answer]] = []
        self.answer(r"^GET /subscriptions/[^/]+$", lambda found: {**found, "tenantId": TENANT})

    def answer(self, pattern: str, answer: Answer | CloudError | Mapping[str, Any]) -> World:
        """From now on, requests (`GET /subscriptions/…`) are answered by this, which is given the usual answer."""

        def given(found: Any) -> Any:
            if isinstance(answer, CloudError):
                raise answer
            return answer(found) if callable(answer) else dict(answer)

        self._broken.insert(0, (re.compile(pattern, re.IGNORECASE), given))
        return self

    def reach(self) -> float | None:
        if isinstance(self.ahead, CloudError):
            raise self.ahead
        return self.ahead

    def caller(self) -> Caller:
        if isinstance(self.who, CloudError):
            raise self.who
        return self.who

    def _asked(self, method: str, path: str, version: str, body: Any = None, *, query: Any = None) -> dict[str, Any]:
        asked = f"{method} {path}{' ' + body['name'] if body and 'name' in body else ''}"
        given = next((answer for pattern, answer in self._broken if pattern.search(asked)), None)
        try:
            found = super()._asked(method, path, version, body, query=query)
        except CloudError:
            if given is None:
                raise
            found = {}
        return given(found) if given else found


def told(examined: tuple[Examined, ...], level: Level = Level.FAULT) -> list[tuple[str, str]]:
    """The findings of a level: check and message."""
    return [(one.check.name, finding.message) for one in examined for finding in one.findings if finding.level is level]


def examined(case: Case, **changes: Any) -> tuple[Examined, ...]:
    """Every check run over a case, changed where a test says so."""
    changed = replace(case, **changes)
    return examine(replace(changed, port=Remembering(changed.port)), CHECKS)


def only(case: Case, check: str, *words: str, level: Level = Level.FAULT, **changes: Any) -> str:
    """The one finding that there is, of a check and with some words; its message."""
    found = told(examined(case, **changes), level)
    assert [name for name, _ in found] == [check], found
    assert all(word in found[0][1] for word in words), found
    return found[0][1]


def id_of(case: Case, arm_type: str, start: str = "") -> str:
    return next(str(one.id) for one in case.of_type(arm_type) if one.name.startswith(start))
