"""Azure Monitor's own addresses: metrics in batches, and queries of Log Analytics workspaces."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError
from seawall.local.https import tokens
from seawall.local.monitor import logs, metrics
from seawall.local.place import Place

METRICS_AUDIENCES = ("https://metrics.monitor.azure.com",)
LOGS_AUDIENCES = ("https://api.loganalytics.io", "https://api.loganalytics.azure.com")


def app(place: Place, azure: LocalAzure) -> Starlette:
    """The application for `*.metrics.monitor.azure.com` and `api.loganalytics.{io,azure.com}`."""

    def get_batch(request: Request, body: Any) -> dict[str, Any]:
        tokens_checked(place, request, METRICS_AUDIENCES)
        region = (request.url.hostname or "").partition(".")[0].lower()
        subscription = request.path_params["subscription"]
        return metrics.batch(place, azure, region, subscription, dict(request.query_params), body)

    def workspace(request: Request, body: Any) -> dict[str, Any]:
        tokens_checked(place, request, LOGS_AUDIENCES)
        asked = dict(request.query_params) if request.method == "GET" else body
        return logs.query_workspace(place, azure, request.path_params["workspace"], asked)

    def resource(request: Request, body: Any) -> dict[str, Any]:
        tokens_checked(place, request, LOGS_AUDIENCES)
        return logs.query_resource(place, azure, "/" + request.path_params["resource"].strip("/"), body)

    def batch(request: Request, body: Any) -> dict[str, Any]:
        tokens_checked(place, request, LOGS_AUDIENCES)
        return logs.query_batch(place, azure, body)

    def unknown(request: Request, body: Any) -> dict[str, Any]:
        what = f"{request.method} {request.url.path} of {request.url.hostname}"
        raise AzureError("NotImplemented", f"The local Azure doesn't have {what}.", status=501)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[
            Route("/subscriptions/{subscription}/metrics:getBatch", _handler(get_batch), methods=["POST"]),
            Route("/v1/$batch", _handler(batch), methods=["POST"]),
            Route("/v1/workspaces/{workspace}/query", _handler(workspace), methods=["GET", "POST"]),
            Route("/v1/{resource:path}/query", _handler(resource), methods=["POST"]),
            Route("/{rest:path}", _handler(unknown), methods=methods),
        ]
    )


def tokens_checked(place: Place, request: Request, audiences: Iterable[str]) -> tokens.Claims:
    """Who asks. Raises `AzureError` 401 where no token of this place's for the audience came along."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise AzureError("AuthorizationRequiredError", "A bearer token is required.", status=401)
    try:
        return tokens.verify(place, token.strip(), audiences)
    except tokens.TokenError as error:
        raise AzureError(error.code, error.message, status=401) from None


Answer = Callable[[Request, Any], dict[str, Any]]


def _handler(answer: Answer) -> Callable[[Request], Awaitable[JSONResponse]]:
    """An endpoint that reads JSON, answers beside the event loop, and words refusals as Azure does."""

    async def handle(request: Request) -> JSONResponse:
        text = await request.body()
        try:
            body = json.loads(text) if text else None
            return JSONResponse(await run_in_threadpool(answer, request, body))
        except ValueError:
            return JSONResponse({"error": {"code": "BadArgumentError", "message": "The body is no JSON."}}, 400)
        except logs.QueryError as error:
            return JSONResponse(error.body, error.status)
        except AzureError as error:
            return JSONResponse(error.body, error.status)

    return handle
