"""What the examination asks a cloud: a few questions, behind which stands Azure, the local one, or a test's own.

Every call answers or raises `CloudError`; its code is `NO_ANSWER` where nobody answers.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from seawall.delivery.port import CloudError

NO_ANSWER = "NoAnswer"
"""The code of an error that means the network, not the cloud."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, by the access token."""

    name: str
    oid: str
    """The object ID in Entra."""
    tenant: str
    directory: frozenset[str] = frozenset()
    """Application permissions and directory roles, by their names and template IDs; where it can be told."""


class Port(Protocol):
    """A cloud's Resource Manager. `path` is an ID or what stands below one, `version` the API version."""

    name: str
    """For people: `Azure`, `the local Azure`."""
    address: str
    """Where it answers."""

    def reach(self) -> float | None:
        """Ask without a login. Returns by how many seconds this machine's clock is ahead; None where it can't tell."""

    def caller(self) -> Caller:
        """Sign in."""

    def get(self, path: str, version: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """A body, or nothing where there is none."""

    def post(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of an action that changes nothing."""

    def listed(self, path: str, version: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """All of a list, page after page."""

    def close(self) -> None:
        """Let go of connections."""


class Remembering:
    """A port that asks each question once, whoever has it, from whichever thread."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self.name, self.address = port.name, port.address
        self._answers: dict[tuple[str, ...], Future[Any]] = {}
        self._lock = threading.Lock()

    def reach(self) -> float | None:
        return self._once(("reach",), self._port.reach)  # type: ignore[no-any-return]

    def caller(self) -> Caller:
        return self._once(("caller",), self._port.caller)  # type: ignore[no-any-return]

    def get(self, path: str, version: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        key = ("get", path.lower(), version, _key(query))
        return self._once(key, lambda: self._port.get(path, version, query))  # type: ignore[no-any-return]

    def listed(self, path: str, version: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        key = ("listed", path.lower(), version, _key(query))
        return self._once(key, lambda: self._port.listed(path, version, query))  # type: ignore[no-any-return]

    def post(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        key = ("post", path.lower(), version, _key(body))
        return self._once(key, lambda: self._port.post(path, version, body))  # type: ignore[no-any-return]

    def close(self) -> None:
        self._port.close()

    def _once(self, key: tuple[str, ...], ask: Callable[[], Any]) -> Any:
        with self._lock:
            answer, first = self._answers.get(key), False
            if answer is None:
                answer, first = Future(), True
                self._answers[key] = answer
        if first:
            try:
                answer.set_result(ask())
            except BaseException as error:
                answer.set_exception(error)
        return answer.result()


def _key(values: Mapping[str, Any] | None) -> str:
    return json.dumps(values or {}, sort_keys=True, default=str)


__all__ = ["NO_ANSWER", "Caller", "CloudError", "Port", "Remembering"]
