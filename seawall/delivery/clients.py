"""Azure's clients: credentials, Resource Manager with its long-running operations, and errors in one sentence.

Throttling, time-outs, lost connections and faults of a server are tried again by azure-core's own policy, which heeds
Retry-After; a conflict with another operation by `persistently`. Both are bounded.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from seawall.delivery.cloud import Cloud
from seawall.delivery.port import Caller, CloudError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.rest import HttpResponse

T = TypeVar("T")

RETRIES = 8
BACKOFF, MOST_BACKOFF = 0.4, 20
"""Seconds: between the first two tries, and at most. With `RETRIES`, about a minute and a half in all."""
PATIENCE = 300.0
"""Seconds for which a conflict with another operation is waited out."""
PERMANENT_CONFLICTS = ("NameInUse", "EndpointNameInUse", "QuotaExceeded", "ScopeLocked", "NestedResource")
"""Codes of 409 that waiting doesn't mend; also any that ends in one of them."""
DONE = ("succeeded", "failed", "canceled", "cancelled")
AGENT = "seawall"


@dataclass(frozen=True)
class Waiting:
    """How time passes: tests give clocks of their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def credential() -> TokenCredential:
    """Who this process is to Entra: a workload, a managed identity, or whoever signed in with `az login`.

    Its warnings would be printed beside the error that says the same.
    """
    from azure.identity import DefaultAzureCredential

    logging.getLogger("azure").addHandler(logging.NullHandler())
    return DefaultAzureCredential()


def persistently(call: Callable[[], T], waiting: Waiting, patience: float = PATIENCE) -> T:
    """Call until no other operation is in the way. Raises `CloudError` for all else, and once patience has run out."""
    started, pause = waiting.now(), 0.5
    while True:
        try:
            return call()
        except CloudError as error:
            passing = error.status == 409 and not error.code.endswith(PERMANENT_CONFLICTS)
            if not passing or waiting.now() - started > patience:
                raise
            waiting.sleep(pause)
            pause = min(pause * 2, 15.0)


def policies(retries: int, backoff: float, most_backoff: float) -> list[Any]:
    """What every request goes through; the waits are seconds. A pipeline chains its policies: each needs its own."""
    from azure.core.pipeline.policies import RequestIdPolicy, RetryPolicy, UserAgentPolicy

    return [
        RequestIdPolicy(),
        UserAgentPolicy(base_user_agent=AGENT),
        RetryPolicy(
            retry_total=retries,
            retry_status=retries,
            retry_connect=retries,
            retry_read=retries,
            retry_backoff_factor=backoff,
            retry_backoff_max=most_backoff,
        ),
    ]


def guarded(check: Callable[[], None]) -> Any:
    """A policy that asks before each try of a write: between two of them a lease is lost, or the machine suspended."""
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class Guard(SansIOHTTPPolicy[Any, Any]):
        def on_request(self, request: Any) -> None:
            if request.http_request.method in ("PUT", "PATCH", "DELETE"):
                check()

    return Guard()


class Arm:
    """Resource Manager: requests by resource ID, and their operations waited for."""

    def __init__(
        self,
        cloud: Cloud,
        credential: TokenCredential,
        waiting: Waiting = Waiting(),
        before_write: Callable[[], None] | None = None,
    ) -> None:
        """`before_write` is called right before each try of a PUT, PATCH or DELETE is sent; what it raises ends it."""
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        self.cloud = cloud
        self.waiting = waiting
        signed = ARMChallengeAuthenticationPolicy(credential, f"{cloud.resource_manager}/.default")
        own = [*policies(RETRIES, BACKOFF, MOST_BACKOFF), signed, *([guarded(before_write)] if before_write else [])]
        self._client: Any = ARMPipelineClient(cloud.resource_manager, policies=own)

    def close(self) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        version: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> HttpResponse:
        """One request, answered. `path` is an ID, or an address that Azure gave. Raises `CloudError`."""
        from azure.core.rest import HttpRequest

        absolute = path.startswith("https://")
        params = {**({} if absolute or not version else {"api-version": version}), **(query or {})}
        asked = HttpRequest(method, path if absolute else f"{self.cloud.resource_manager}{path}", params=params,
                            json=body, headers={"Accept": "application/json"})  # fmt: skip
        with told(f"{method} {_last(path)}"):
            answer: HttpResponse = self._client.send_request(asked, connection_timeout=20, read_timeout=90)
            answer.raise_for_status()
        return answer

    def get(self, path: str, version: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """A body, or nothing where there is none."""
        try:
            return _json(self.request("GET", path, version, query=query))
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def listed(self, path: str, version: str) -> list[dict[str, Any]]:
        """All of a list, page after page."""
        found, address = [], path
        while address:
            page = _json(self.request("GET", address, version))
            found += page.get("value", [])
            address = str(page.get("nextLink") or "")
        return found

    def write(
        self, method: str, path: str, version: str, body: Mapping[str, Any] | None = None, *, limit: float = 1800
    ) -> dict[str, Any]:
        """A PUT, PATCH, POST or DELETE, waited for. Raises `CloudError` where its operation fails or takes too long.

        `limit` is in seconds. Source: Azure REST docs, "Track asynchronous operations".
        """
        answer = self.request(method, path, version, body)
        state = _json(answer)
        status_address = answer.headers.get("Azure-AsyncOperation", "")
        address = status_address or answer.headers.get("Location", "")
        started = self.waiting.now()
        while not _ended(answer, state, status_address):
            if self.waiting.now() - started > limit:
                raise CloudError(f"{method} {_last(path)} wasn't done within {limit / 60:.0f} minutes", code="TimeOut")
            self.waiting.sleep(_pause(answer, self.waiting.now() - started))
            try:
                answer = self.request("GET", address or path, version)
            except CloudError as error:
                if method == "DELETE" and error.status == 404:
                    return {}
                raise
            state = _json(answer)
        _check(state, f"{method} {_last(path)}")
        return state


def _ended(answer: HttpResponse, state: Mapping[str, Any], status_address: str) -> bool:
    """Whether an operation is over, by its status document, or else by the resource's own provisioning state."""
    if status_address and answer.request.method != "GET":
        return False
    if answer.status_code in (201, 202) and answer.request.method != "GET":
        return _state(state).lower() in DONE
    if answer.status_code == 202:
        return False
    said = _state(state).lower()
    return not said or said in DONE


def _state(state: Mapping[str, Any]) -> str:
    properties = state.get("properties")
    inner = properties.get("provisioningState") if isinstance(properties, dict) else ""
    return str(state.get("status") or inner or "")


def _check(state: Mapping[str, Any], what: str) -> None:
    if _state(state).lower() in DONE[1:]:
        error = state.get("error") or {}
        message = str(error.get("message") or f"the operation ended as {_state(state)}")
        raise CloudError(f"{what}: {one_line(message)}", code=str(error.get("code", "")))


def _pause(answer: HttpResponse, waited: float) -> float:
    """Seconds until the next look: what Azure asks for, or else more the longer it takes."""
    try:
        asked = float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return min(0.2 + waited / 5, 10.0)
    return min(max(asked, 0.1), 60.0)


def _json(answer: HttpResponse) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"value": found}


class told:
    """Turns what Azure's clients raise into a `CloudError` of one sentence that begins with what was done."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, CloudError):
            translated = cloud_error(error, self.what)
            if translated is not None:
                raise translated from None


def cloud_error(error: Exception, what: str) -> CloudError | None:
    """What an error of Azure's clients says, in one sentence; nothing for an error that isn't theirs."""
    from azure.core import exceptions as core

    if isinstance(error, core.ClientAuthenticationError):
        message = one_line(_tried(str(error.message)))
        return CloudError(f"{what}: Azure doesn't know who asks: {message}", code="AuthenticationFailed", status=401)
    if isinstance(error, core.HttpResponseError):
        code, message = _said(error)
        return CloudError(f"{what}: {message} ({code or error.status_code})", code=code, status=error.status_code or 0)
    if isinstance(error, core.ServiceRequestError | core.ServiceResponseError):
        return CloudError(f"{what}: no answer: {one_line(str(error))}", code="NoAnswer")
    if isinstance(error, core.AzureError):
        return CloudError(f"{what}: {one_line(str(error))}")
    if type(error).__module__.startswith("azure.ai.ml") or isinstance(error, TimeoutError):
        return CloudError(f"{what}: {one_line(str(error))}")
    return None


def _tried(message: str) -> str:
    """What came of each way to sign in that was there; those that weren't set up are no news.

    >>> _tried("All failed.\\nAttempted credentials:\\n\\tA: is unavailable.\\n\\tB: HTTP Error: 500\\nTo mend it")
    'All failed. B: HTTP Error: 500'
    """
    first, *others = message.splitlines() or [""]
    tried = [line.strip() for line in others if line.startswith("\t")]
    return " ".join([first, *(line for line in tried if not _ABSENT.search(line))])


_ABSENT = re.compile(r"unavailable|No accounts|requires the|not found|not be found|not installed")


def _said(error: Any) -> tuple[str, str]:
    """Code and message of an answer, from Azure's error body where it has one."""
    try:
        body = json.loads(error.response.text())["error"]
        return str(body.get("code", "")), one_line(str(body.get("message", "")))
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(getattr(error, "error_code", "") or ""), one_line(str(error.message))


def one_line(text: str, most: int = 400) -> str:
    """A message in one line, short enough to read, without the full stop at its end."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= most else line[: most - 1] + "…"


def claims(token: str) -> dict[str, Any]:
    """What an access token says, unverified: for records of who did what. Whoever it is sent to verifies it."""
    try:
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def identity(token: str) -> Caller:
    """Who a token was issued to. Source: Entra docs, access-token-claims-reference."""
    said = claims(token)
    names = ("upn", "unique_name", "preferred_username", "app_displayname", "appid")
    oid = str(said.get("oid") or said.get("sub") or "")
    return Caller(next((str(said[key]) for key in names if said.get(key)), oid or "unknown"), oid)


def _last(path: str) -> str:
    return path.partition("?")[0].rstrip("/").rpartition("/")[2]
