"""What `*.api.azureml.ms` answers: where workspaces and registries are, and Resource Manager's types once more under
`/mferp/managementfrontend`, with which clients work on registries and list the jobs of batch endpoints.

Source: azure-ai-ml, `_utils/_registry_utils.py` and `_utils/utils.py` (what clients send).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError, StoreBusy, StoreError
from seawall.local.https import cloud, running, tokens
from seawall.local.https.web import Answer, App, Asked, Receive, Scope, Send, TooLarge, read, send_answer
from seawall.local.mlservices import registries
from seawall.local.place import Place
from seawall.local.routes import parse
from seawall.local.services.machine_learning import REGISTRY

PREFIX = "/mferp/managementfrontend"
AUDIENCES = (*cloud.AUDIENCES, "https://ml.azure.com", "https://ml.azure.windows.net")
"""For which the data plane's tokens are made out."""
MOST_BYTES = 4 * 1024 * 1024
"""Of a request's body."""

_DISCOVERY = re.compile(r"/registrymanagement/v1\.0/registries/([^/]+)/discovery/?")
_TEMPORARY = re.compile(r"(/subscriptions/[^/]+/.+/registries/[^/]+)/tempdatarefs/[^/]+/versions/[^/]+", re.IGNORECASE)
_ASSET = re.compile(r"^/subscriptions/[^/]+/.+/registries/(?=[^/]+/[^/]+/)", re.IGNORECASE)
_IMPORT = re.compile(r"(/subscriptions/[^/]+/.+/registries/[^/]+)/import", re.IGNORECASE)


def app(place: Place, azure: LocalAzure) -> App:
    """The ASGI application for `*.api.azureml.ms`, and for the workspaces' own `cert-*.experiments.azureml.net`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            found = await asyncio.to_thread(answer, place, azure, await read(scope, receive, MOST_BYTES))
        except TooLarge:
            found = _refusal(AzureError("RequestTooLarge", "The request's body is too large.", status=413))
        await send_answer(send, found, with_body=scope["method"] != "HEAD")

    return serve


def answer(place: Place, azure: LocalAzure, asked: Asked) -> Answer:
    """Answer a request. It may take as long as the store does: call it in a thread."""
    try:
        # Source: azure-ai-ml, `download_text_from_url`: a workspace's discovery is asked without a token.
        if asked.path.rstrip("/") == "/discovery":
            return Answer(200, {"api": asked.base})
        _check_token(place, asked)
        found = _DISCOVERY.fullmatch(asked.path)
        if found:
            return Answer(200, registries.discovery(azure.store, found[1]))
        if not asked.path.startswith(f"{PREFIX}/"):
            name = f"{asked.method} {asked.path}"
            raise AzureError("NotImplemented", f"The local Azure doesn't have the operation {name}.", status=501)
        return _managed(azure, asked, asked.path.removeprefix(PREFIX))
    except AzureError as error:
        return _refusal(error)
    except StoreBusy:
        return _refusal(AzureError("ServerBusy", "The store is busy. Please retry.", status=503, retry_after=1))
    except StoreError as error:
        return _refusal(AzureError("InternalServerError", str(error), status=500))


def _managed(azure: LocalAzure, asked: Asked, path: str) -> Answer:
    body = _json(asked)
    temporary, importing = _TEMPORARY.fullmatch(path), _IMPORT.fullmatch(path)
    if temporary and asked.method == "PUT":
        return Answer(200, registries.temporary_reference(azure, body, _registry(azure, temporary[1])))
    if importing and asked.method == "POST":
        registries.imported(azure, body, _registry(azure, importing[1]))
        return Answer(200)
    version = asked.query.get("api-version", "")
    response = azure.request(asked.method, path, version, body, query=asked.query)
    status, shown = response.status, response.body
    if isinstance(shown, dict) and str(shown.get("nextLink", "")).startswith("/"):
        shown = {**shown, "nextLink": f"{asked.base}{PREFIX}{_next(shown['nextLink'], asked.query)}"}
    return Answer(status, _named(shown), _absolute(asked, response.headers))


def _named(shown: Any) -> Any:
    """A body in which what stands in a registry is named as this plane names it.

    Source: azure-ai-ml, `AMLVersionedArmId`, which takes a registry's assets by no other name.
    """
    if not isinstance(shown, dict):
        return shown
    if isinstance(shown.get("value"), list):
        return {**shown, "value": [_named(one) for one in shown["value"]]}
    id = shown.get("id")
    return {**shown, "id": _ASSET.sub("azureml://registries/", id)} if isinstance(id, str) else shown


def _registry(azure: LocalAzure, id: str) -> Any:
    if parse(id).arm_type != REGISTRY:
        raise AzureError("InvalidRequestUri", f"{id} is no registry.")
    return registries.registry(azure.store, id.rsplit("/", 1)[-1])


def _absolute(asked: Asked, headers: Mapping[str, str]) -> dict[str, str]:
    query = urlencode({"api-version": asked.query.get("api-version", "")})
    return {
        name: f"{asked.base}{PREFIX}{quote(value)}?{query}" if name in ("Azure-AsyncOperation", "Location") else value
        for name, value in headers.items()
    }


def _next(link: str, query: Mapping[str, str]) -> str:
    path, _, own = link.partition("?")
    merged = {**query, **dict(part.partition("=")[::2] for part in own.split("&"))}
    return f"{quote(path)}?{urlencode(merged)}"


def _json(asked: Asked) -> dict[str, Any]:
    if not asked.body.strip() or asked.method in ("GET", "HEAD", "DELETE"):
        return {}
    try:
        found = json.loads(asked.body)
    except ValueError as error:
        raise AzureError(
            "InvalidRequestContent", f"The request content could not be deserialized: '{error}'."
        ) from None
    if not isinstance(found, dict):
        raise AzureError("InvalidRequestContent", "The request content must be a JSON object.")
    return found


def _check_token(place: Place, asked: Asked) -> None:
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer" or not token:
            raise tokens.TokenError("AuthenticationFailed", "The 'Authorization' header has no bearer token.")
        tokens.verify(place, token.strip(), (*AUDIENCES, asked.base, _manager(place)))
    except tokens.TokenError as error:
        raise AzureError(error.code, error.message, status=401) from None


def _manager(place: Place) -> str:
    """Resource Manager's own address: clients show tokens for it here as well."""
    try:
        return running.of(place).url
    except running.NotRunning:
        return AUDIENCES[0]


def _refusal(error: AzureError) -> Answer:
    headers = {} if error.retry_after is None else {"Retry-After": f"{error.retry_after:g}"}
    return Answer(error.status, error.body, headers)
