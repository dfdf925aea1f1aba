"""Resource Manager over HTTP: what the transport adds to `LocalAzure`.

Tokens, API versions, correlation, absolute URLs to poll and to turn pages with. Source: Azure docs,
resource-manager/management: async-operations, request-limits-and-throttling; REST API guidelines for errors.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from seawall.local import account, operations
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError, StoreBusy, StoreError
from seawall.local.https import cloud, tokens
from seawall.local.https.web import Answer, Asked
from seawall.local.place import Place
from seawall.local.response import Response

MOST_BYTES = 4 * 1024 * 1024
"""Of a request's body. Source: Azure docs, azure-subscription-service-limits (Resource Manager API request size)."""
SOON = {"x-ms-retry-after-ms": "200"}
"""How long to wait before the next poll: less than the second that is the least that `Retry-After` can say."""
REMAINING = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
BUDGETS = {"reads": "249", "writes": "199", "deletes": "199"}
"""Requests that are left: as many as Azure's token bucket holds, less this one. Nothing is throttled but on demand."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z0-9.-]+)?", re.IGNORECASE)


def answer(place: Place, azure: LocalAzure, asked: Asked) -> Answer:
    """Answer a request to Resource Manager. It may take as long as the store does: call it in a thread."""
    if asked.path.rstrip("/").lower() == "/metadata/endpoints":
        return Answer(200, cloud.metadata(asked.base, account.tenant(azure.store)))
    try:
        _check_token(place, asked)
        _check_version(asked)
        found = _answered(place, azure, asked)
    except AzureError as error:
        found = refusal(error)
    except StoreBusy:
        found = refusal(AzureError("ServerBusy", "The store is busy. Please retry.", status=503, retry_after=1))
    except StoreError as error:
        found = refusal(AzureError("InternalServerError", str(error), status=500))
    return Answer(found.status, found.body, {**_every(asked), **found.headers})


def refusal(error: AzureError) -> Answer:
    """An error as Resource Manager answers it."""
    headers = {"x-ms-failure-cause": "gateway"}
    if error.retry_after is not None:
        headers["Retry-After"] = f"{error.retry_after:g}"
    if error.status == 401:
        headers["WWW-Authenticate"] = _challenge(error)
    return Answer(error.status, error.body, headers)


def _every(asked: Asked) -> dict[str, str]:
    """The headers that every answer has."""
    request = str(uuid.uuid4())
    correlation = asked.headers.get("x-ms-correlation-request-id") or str(uuid.uuid4())
    budget = REMAINING.get(asked.method, "writes")
    headers = {
        "Cache-Control": "no-cache",
        "x-ms-request-id": request,
        "x-ms-correlation-request-id": correlation,
        "x-ms-routing-request-id": f"LOCAL:{request}",
        f"x-ms-ratelimit-remaining-subscription-{budget}": BUDGETS[budget],
        f"x-ms-ratelimit-remaining-subscription-global-{budget}": str(int(BUDGETS[budget]) * 15),
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
    }
    client = asked.headers.get("x-ms-client-request-id", "")
    if client and asked.headers.get("x-ms-return-client-request-id", "").lower() == "true":
        headers["x-ms-client-request-id"] = client
    return headers


def _check_token(place: Place, asked: Asked) -> None:
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    try:
        if not token:
            raise tokens.TokenError(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
            )
        if scheme.lower() != "bearer":
            raise tokens.TokenError(
                "AuthenticationFailedInvalidHeader",
                f"Authentication failed. The 'Authorization' header has the scheme {scheme!r}, not 'Bearer'.",
            )
        tokens.verify(place, token.strip(), (*cloud.AUDIENCES, asked.base))
    except tokens.TokenError as error:
        raise AzureError(error.code, error.message, status=401) from None


def _challenge(error: AzureError) -> str:
    """What a 401 tells a client about how to sign in."""
    return (
        f'Bearer authorization_uri="{cloud.LOGIN}/common", error="invalid_token", '
        f'error_description="{error.message}"'
    )


def _check_version(asked: Asked) -> None:
    version = next((value for name, value in asked.query.items() if name.lower() == "api-version"), "")
    if not version:
        raise AzureError(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not _VERSION.fullmatch(version):
        raise AzureError(
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. It must have the form yyyy-MM-dd, or yyyy-MM-dd-preview.",
        )


def _answered(place: Place, azure: LocalAzure, asked: Asked) -> Answer:
    from seawall.local.monitor import metrics

    if metrics.is_metrics(asked.path):
        if asked.method != "GET":
            raise AzureError("MethodNotAllowed", f"{asked.method} is not a method of metrics.", status=405)
        return _shown(asked, metrics.answer(place, azure, asked.path, asked.query))
    if asked.method == "GET":
        name = operations.name_in(asked.path)
        if name:
            azure.tick(name)
    response = azure.request(
        asked.method,
        asked.path,
        asked.query.get("api-version", ""),
        _json(asked),
        if_match=asked.headers.get("if-match", ""),
        if_none_match=asked.headers.get("if-none-match", ""),
        query=asked.query,
        origin=asked.headers.get("x-ms-client-request-id", ""),
    )
    return _shown(asked, response)


def _json(asked: Asked) -> dict[str, Any]:
    if asked.method in ("GET", "HEAD", "DELETE") or not asked.body.strip():
        return {}
    try:
        found = json.loads(asked.body)
    except ValueError as error:  # also for what is no UTF-8
        raise AzureError(
            "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'."
        ) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise AzureError(
            "InvalidRequestContent",
            f"The request content was invalid: a JSON object is expected, not {type(found).__name__}.",
        )
    return found


def _shown(asked: Asked, response: Response) -> Answer:
    """An answer with absolute URLs, to the host under which the client came."""
    headers = dict(response.headers)
    if headers.get("Location", "") == headers.get("Azure-AsyncOperation"):
        headers["Location"] = operations.result_path(headers["Location"])
    for name in ("Azure-AsyncOperation", "Location"):
        if headers.get(name, "").startswith("/"):
            headers[name] = asked.base + _versioned(headers[name], asked.query)
    if "Azure-AsyncOperation" in headers or response.status == 202:
        headers.pop("Retry-After", None)
        headers |= SOON
    status, body = response.status, response.body
    if asked.method == "HEAD" and status == 200:
        status, body = 204, None  # Resource Manager says by a HEAD only whether there is such a thing
    if isinstance(body, dict) and str(body.get("nextLink", "")).startswith("/"):
        body = {**body, "nextLink": asked.base + _next(body["nextLink"], asked.query)}
    if isinstance(body, dict) and body.get("status") in ("InProgress", "Running"):
        headers |= SOON
    return Answer(status, body, headers)


def _versioned(path: str, query: Mapping[str, str]) -> str:
    return path if "?" in path else f"{quote(path)}?{urlencode({'api-version': query.get('api-version', '')})}"


def _next(link: str, query: Mapping[str, str]) -> str:
    """The link to the next page: with what the first one was asked with, and where it goes on."""
    parts = urlsplit(link)
    own = dict(part.partition("=")[::2] for part in parts.query.split("&"))
    return f"{quote(parts.path)}?{urlencode({**query, **own})}"
