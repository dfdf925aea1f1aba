"""Faults on demand for requests that score: errors, delays, lost connections, before a deployment sees them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping
from typing import Any

from seawall.local.faults import Fault
from seawall.local.serving.client import Reply
from seawall.local.serving.messages import Request, error


class Struck:
    """The faults of a router. A request's path is `HOST/PATH`, so that an endpoint can be meant."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}

    def __bool__(self) -> bool:
        return bool(self._faults)

    def apply(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Have these faults and no others; those that were there before go on counting."""
        wanted = {document["number"]: document for document in documents}
        self._faults = {number: self._faults.get(number) or Fault.of(one) for number, one in wanted.items()}

    async def struck(self, request: Request, reply: Reply) -> bool:
        """Do what the first fault says that strikes a request. Returns whether the request has been answered by it."""
        path = request.host + request.path.partition(b"?")[0].decode("latin-1")
        for fault in self._faults.values():
            if not fault.matches("scoring", request.method.decode("latin-1"), path, "before") or not fault.strikes():
                continue
            await asyncio.sleep(fault.delay)
            if fault.reset:
                reply.lose()
                return True
            if fault.error is None:
                return False
            wait = math.ceil(fault.error.retry_after or 0)
            reply.own(error(fault.error.status, fault.error.code, fault.error.message)._replace(retry_after=wait))
            return True
        return False
