"""The local Azure behind the port, in process: no server needs to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from seawall.doctor.port import Caller, CloudError
from seawall.local import account
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError, StoreError
from seawall.local.https.tokens import DEVELOPER


class LocalPort:
    """See `port.Port`."""

    name = "the local Azure"

    def __init__(self, azure: LocalAzure, address: str) -> None:
        """`address` is what people are told; the store's file says it best."""
        self.azure = azure
        self.address = address

    def close(self) -> None:
        """Whoever opened the local Azure closes it."""

    def reach(self) -> float | None:
        return None

    def caller(self) -> Caller:
        return Caller(name="the local developer", oid=DEVELOPER, tenant=account.tenant(self.azure.store))

    def get(self, path: str, version: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        try:
            return self._asked("GET", path, version, query=query)
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._asked("POST", path, version, dict(body))

    def listed(self, path: str, version: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        link, asked = path, dict(query or {})
        while link:
            page = self._asked("GET", link, version, query=asked)
            found += page.get("value") or []
            parts = urlsplit(str(page.get("nextLink") or ""))
            link, asked = parts.path, {**asked, **dict(parse_qsl(parts.query))}
        return found

    def _asked(
        self,
        method: str,
        path: str,
        version: str,
        body: dict[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        try:
            answer = self.azure.request(method, path, version, body, query=query or {}).body
        except AzureError as error:
            raise CloudError(f"{error.message} ({error.code})", code=error.code, status=error.status) from None
        except StoreError as error:
            raise CloudError(str(error)) from None
        return answer if isinstance(answer, dict) else {}
