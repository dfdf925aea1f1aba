"""How the command line starts, asks and ends a server."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from seawall.local.errors import LocalError
from seawall.local.https import admin_names, running, tls, tokens
from seawall.local.https.running import NotRunning, Server
from seawall.local.place import Place

START = 120.0
"""Seconds for a server to be ready. The first start makes keys, and may end what an earlier server has left."""
STOP = 30.0
"""Seconds for a server to end by itself."""
ASK = 30.0
"""Seconds for a server to answer."""
_POLL = 0.02


class Failed(LocalError):
    """A server didn't start, didn't stop, or answered with an error."""


def ask(place: Place, method: str, path: str, body: Any = None) -> Any:
    """Ask the server that runs over a place. Raises `NotRunning`, `Failed`."""
    server = running.of(place)
    context = ssl.create_default_context(cafile=str(tls.authority_file(place)))
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=ASK, context=context)
    token = tokens.issue(place, admin_names.AUDIENCE, lifetime=60)
    content = json.dumps(body) if body is not None else None
    try:
        connection.request(method, admin_names.PATH + path, content, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        found = json.loads(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Failed(f"process {server.pid} doesn't answer: {error}") from None
    finally:
        connection.close()
    if answer.status >= 400:
        raise Failed(str(found["error"]["message"]))
    return found


def start(place: Place, arguments: list[str]) -> Server:
    """Start a server in a process of its own, and return when it is ready. Raises `Failed` with the end of its log."""
    place.logs.mkdir(parents=True, exist_ok=True)
    log = place.logs / f"start-{os.getpid()}.log"  # others may start it at the same time
    try:
        return _started(place, arguments, log)
    finally:
        log.unlink(missing_ok=True)


def _started(place: Place, arguments: list[str], log: Path) -> Server:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "seawall", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(NotRunning):
            server = running.of(place)
            if server.pid == process.pid:
                return server
        time.sleep(_POLL)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    raise Failed("\n".join(line.removeprefix("error: ") for line in lines[-20:]) or "it ended without a word")


def stop(place: Place) -> Server | None:
    """End the server that runs over a place, by its process ID; none is no error. Raises `Failed`."""
    server = running.read(place)
    if not running.is_locked(place):
        return None
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP
    while running.is_locked(place):
        if time.monotonic() > deadline:
            raise Failed(f"process {server.pid} doesn't end; `kill -9 {server.pid}` leaves nothing that is in the way")
        time.sleep(_POLL)
    return server
