"""Azure behind the port: Resource Manager over HTTPS, with the login that `up` uses.

It asks little and gives up soon: an examination that waits for minutes helps nobody.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from seawall.delivery.clients import claims, policies, told
from seawall.delivery.clients import identity as identity_of
from seawall.delivery.cloud import Cloud, current
from seawall.doctor.credential import credential
from seawall.doctor.port import Caller, CloudError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.rest import HttpResponse

RETRIES, BACKOFF, MOST_BACKOFF = 3, 0.4, 8
"""Tries after the first, and seconds between them."""
CONNECT, READ = 10, 60
"""Seconds for a connection, and for an answer."""
METADATA = "/metadata/endpoints"
METADATA_VERSION = "2022-09-01"
GRAPH = "https://graph.microsoft.com"


class AzurePort:
    """See `port.Port`."""

    def __init__(self, name: str = "Azure", cloud: Cloud | None = None, login: TokenCredential | None = None) -> None:
        """`cloud` and `login` are those of the process where not given. Raises `CloudError` for an unknown cloud."""
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        self.name = name
        self._cloud = cloud or current()
        self.address = self._cloud.resource_manager
        self._login = login or credential(os.environ)
        signed = ARMChallengeAuthenticationPolicy(self._login, f"{self.address}/.default")
        retrying = policies(RETRIES, BACKOFF, MOST_BACKOFF)
        self._client: Any = ARMPipelineClient(self.address, policies=[*retrying, signed])
        self._unsigned: Any = ARMPipelineClient(self.address, policies=policies(RETRIES, BACKOFF, MOST_BACKOFF))

    def close(self) -> None:
        self._client.close()
        self._unsigned.close()

    def reach(self) -> float | None:
        before = time.time()
        answer = self._sent("GET", METADATA, METADATA_VERSION, client=self._unsigned)
        here = (before + time.time()) / 2
        try:
            return here - parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (KeyError, ValueError):
            return None

    def caller(self) -> Caller:
        with told("a token for Resource Manager"):
            token = self._login.get_token(f"{self.address}/.default").token
        who, said = identity_of(token), claims(token)
        return Caller(name=who.name, oid=who.oid, tenant=str(said.get("tid", "")), directory=self._directory())

    def _directory(self) -> frozenset[str]:
        """What the caller may do in the directory, by the claims of a token for Microsoft Graph; nothing without one.

        Source: Entra docs, access-token-claims-reference (`roles`, `wids`).
        """
        if self.name != "Azure":
            return frozenset()
        try:
            with told("a token for Microsoft Graph"):
                said = claims(self._login.get_token(f"{GRAPH}/.default").token)
        except CloudError:
            return frozenset()
        return frozenset(str(one) for key in ("roles", "wids") for one in said.get(key) or ())

    def get(self, path: str, version: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        try:
            return _json(self._sent("GET", path, version, query=query))
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _json(self._sent("POST", path, version, body))

    def listed(self, path: str, version: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = _json(self._sent("GET", path, version, query=query))
        while True:
            found += page.get("value") or []
            link = str(page.get("nextLink") or "")
            if not link:
                return found
            page = _json(self._sent("GET", link, ""))

    def _sent(
        self,
        method: str,
        path: str,
        version: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        client: Any = None,
    ) -> HttpResponse:
        from azure.core.rest import HttpRequest

        url = path if path.startswith("https://") else f"{self.address}{path}"
        params = {**({"api-version": version} if version else {}), **(query or {})}
        asked = HttpRequest(method, url, params=params, json=body, headers={"Accept": "application/json"})
        with told(path.partition("?")[0].rstrip("/").rpartition("/")[2]):
            pipeline = client or self._client
            answer: HttpResponse = pipeline.send_request(asked, connection_timeout=CONNECT, read_timeout=READ)
            answer.raise_for_status()
        return answer


def _json(answer: HttpResponse) -> dict[str, Any]:
    try:
        found = answer.json() if answer.content else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"value": found}
