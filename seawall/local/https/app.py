"""Everything that answers over HTTPS, chosen by the host name that a client asks for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from seawall.local import mlservices
from seawall.local.azure import LocalAzure
from seawall.local.batch.app import app as batch
from seawall.local.blob.app import app as blob
from seawall.local.errors import AzureError
from seawall.local.faults import Faults
from seawall.local.https import arm, login
from seawall.local.https.admin_names import PATH
from seawall.local.https.faulty import Faulty
from seawall.local.https.hosts import kind_of
from seawall.local.https.web import (
    Answer,
    App,
    Asked,
    Message,
    Receive,
    Scope,
    Send,
    TooLarge,
    asked,
    host_of,
    read,
    send_answer,
)
from seawall.local.monitor.app import app as monitor
from seawall.local.place import Place

THREADS = 32
"""Requests that are worked on at the same time; the store is quick, and others wait for their turn."""

_log = logging.getLogger(__name__)


class Front:
    """The ASGI application of a server."""

    def __init__(self, place: Place, azure: LocalAzure, faults: Faults, admin: Callable[[Asked], Answer]) -> None:
        """`admin` answers what lies below `admin_names.PATH`."""
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")
        self._admin = self._threaded(admin, "arm")
        scoring = batch(place, azure)
        self._batch_jobs = scoring.state.host
        self._apps: dict[str, App] = {
            "arm": self._threaded(partial(arm.answer, place, azure), "arm"),
            "token": self._threaded(partial(login.answer, place, azure), "token"),
            "blob": blob(place),
            "metrics": monitor(place, azure),  # type: ignore[dict-item]
            "data": mlservices.app(place, azure),
            # Online endpoints are the router's: the tunnel brings only batch endpoints' hosts here.
            "scoring": scoring,  # type: ignore[dict-item]
        }
        self._apps = {kind: Faulty(app, faults, kind) for kind, app in self._apps.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        host, began, status = host_of(scope), time.monotonic(), 0
        kind = kind_of(host)
        app = self._apps.get(kind, _not_simulated)
        if kind == "arm" and scope["path"].startswith(f"{PATH}/"):
            app = self._admin

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, sent)
        except asyncio.CancelledError:
            raise
        except Exception:
            _log.exception("%s %s%s failed", scope["method"], host, scope["path"])
            if not status:
                text = "The local Azure has failed; its log says why."
                await send_answer(sent, arm.refusal(AzureError("InternalServerError", text, status=500)))
        took = (time.monotonic() - began) * 1000
        _log.info("%s %s%s %s %.0f ms", scope["method"], host, scope["path"], status or "no answer", took)

    def close(self) -> None:
        """Let what is being worked on end; batch jobs that are under way fail."""
        self._batch_jobs.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _threaded(self, answer: Callable[[Asked], Answer], kind: str) -> App:
        """The application that a function is which may take its time."""

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                request = await read(scope, receive, arm.MOST_BYTES)
            except TooLarge:
                text = f"The request content size exceeds the maximum size of {arm.MOST_BYTES >> 20} MB."
                await send_answer(send, arm.refusal(AzureError("RequestContentTooLarge", text, status=413)))
                return
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, answer, request)
            await send_answer(send, found, with_body=scope["method"] != "HEAD")

        return app


async def _not_simulated(scope: Scope, receive: Receive, send: Send) -> None:
    request = asked(scope)
    text = f"The local Azure doesn't have {request.method} {request.base}{request.path}: the host isn't simulated."
    await send_answer(send, arm.refusal(AzureError("NotImplemented", text, status=501)))
