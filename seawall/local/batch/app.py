"""The address of batch endpoints: `POST https://NAME.REGION.inference.ml.azure.com/jobs`.

Source: Azure ML docs, how-to-access-data-batch-endpoints-jobs and how-to-authenticate-batch-endpoint; azure-ai-ml,
`BatchEndpointOperations.invoke`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from seawall.local.azure import LocalAzure
from seawall.local.batch import jobs
from seawall.local.batch.host import Interpreter, JobHost, inference_python
from seawall.local.batch.settings import invocation
from seawall.local.errors import AzureError
from seawall.local.https import tokens
from seawall.local.place import Place
from seawall.local.store import Row, Store

AUDIENCES = ("https://ml.azure.com",)
_HOSTS: dict[Path, JobHost] = {}
_LOCK = threading.Lock()


def host_of(store: Store) -> JobHost | None:
    """The host of a store's jobs in this process, if there is one."""
    return _HOSTS.get(store.path.absolute())


def names(store: Store) -> set[str]:
    """The host names of all batch endpoints, in lower case."""
    return {name for row in store.of_type(jobs.ENDPOINT) if (name := host_name(row))}


def host_name(endpoint: Row) -> str:
    uri = str((endpoint.body.get("properties") or {}).get("scoringUri", ""))
    return (urlsplit(uri).hostname or "").lower()


def app(place: Place, azure: LocalAzure, interpreter: Interpreter = inference_python) -> Starlette:
    """The application for the hosts of batch endpoints; it holds the jobs' host as `state.host`, to be closed."""
    host = JobHost(place, azure, interpreter)
    with _LOCK:
        _HOSTS[azure.store.path.absolute()] = host

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(host.close)

    async def start(request: Request) -> JSONResponse:
        text = await request.body()
        try:
            return JSONResponse(await run_in_threadpool(_started, place, host, request, text), 200)
        except AzureError as error:
            return JSONResponse(error.body, error.status)

    async def listed(request: Request) -> JSONResponse:
        try:
            _signed_in(place, request)
            endpoint = _endpoint(azure.store, request)
            return JSONResponse(jobs.listed(azure.store, endpoint.id))
        except AzureError as error:
            return JSONResponse(error.body, error.status)

    async def unknown(request: Request) -> JSONResponse:
        text = f"The local Azure doesn't have {request.method} {request.url.path} of a batch endpoint."
        return JSONResponse(AzureError("NotImplemented", text, status=501).body, 501)

    starlette = Starlette(
        routes=[
            Route("/jobs", start, methods=["POST"]),
            Route("/jobs", listed, methods=["GET"]),
            Route("/{rest:path}", unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        lifespan=lifespan,
    )
    starlette.state.host = host
    return starlette


def _started(place: Place, host: JobHost, request: Request, text: bytes) -> dict[str, Any]:
    _signed_in(place, request)
    store = host.azure.store
    endpoint = _endpoint(store, request)
    deployment = _deployment(store, endpoint, request.headers.get("azureml-model-deployment", ""))
    try:
        body = json.loads(text)
    except ValueError:
        raise AzureError("BadArgument", "The body is no JSON.") from None
    return jobs.shown(host.submit(endpoint, deployment, invocation(body)))


def _signed_in(place: Place, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise AzureError("UserError", "A bearer token is required.", status=401)
    try:
        tokens.verify(place, token.strip(), AUDIENCES)
    except tokens.TokenError as error:
        raise AzureError(error.code, error.message, status=401) from None


def _endpoint(store: Store, request: Request) -> Row:
    wanted = (request.url.hostname or "").lower()
    for row in store.of_type(jobs.ENDPOINT):
        if host_name(row) == wanted:
            return row
    raise AzureError("ResourceNotFound", f"No batch endpoint has the address {wanted}.", status=404)


def _deployment(store: Store, endpoint: Row, name: str) -> Row:
    """The deployment that is asked for, else the endpoint's default one."""
    defaults = (endpoint.body.get("properties") or {}).get("defaults") or {}
    chosen = name or str(defaults.get("deploymentName") or "") if isinstance(defaults, dict) else name
    if not chosen:
        raise AzureError("BadArgument", f"{endpoint.id} has no default deployment, and none is named.")
    row = store.resource(f"{endpoint.id}/deployments/{chosen}")
    if row is None:
        raise AzureError("ResourceNotFound", f"{endpoint.id} has no deployment {chosen}.", status=404)
    if row.state != "Succeeded":
        raise AzureError("Conflict", f"The deployment {chosen} is not ready: it is {row.state}.", status=409)
    return row
