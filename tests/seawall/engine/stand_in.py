#!/usr/bin/env python
"""A stand-in for the Pulumi CLI: the part of its command line and of its events that the Automation API uses.

It is no engine: it plans the program offline and drives the providers that PULUMI_DEBUG_PROVIDERS names, one resource
after the other. What it is for: that `seawall` starts, reads, interrupts and explains such a process rightly where no
real one can be had. STAND_IN_FAILS makes it say what the real one says when something goes wrong.
"""

from __future__ import annotations

import gc

gc.disable()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager, nullcontext  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from pathlib import Path  # noqa: E402
from queue import SimpleQueue  # noqa: E402
from socket import gethostname  # noqa: E402
from threading import Thread  # noqa: E402
from typing import Any  # noqa: E402
from urllib.parse import unquote, urlparse  # noqa: E402
from uuid import uuid4  # noqa: E402

VERSION = "3.272.0"
OK, FAILED = 0, 1


class Failure(Exception):
    """Ends the process with what the real one would say."""


class Events:
    """The stream of engine events that the Automation API listens to."""

    def __init__(self, target: str) -> None:
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._sequence = 0
        self._thread = None
        if target:
            self._thread = Thread(target=self._stream, args=(target.removeprefix("tcp://"),))
            self._thread.start()

    def _stream(self, address: str) -> None:
        import grpc
        from pulumi.runtime.proto import events_pb2, events_pb2_grpc

        with grpc.insecure_channel(address) as channel:
            texts = iter(self._queue.get, None)
            requests = (events_pb2.EventRequest(event=text) for text in texts)
            events_pb2_grpc.EventsStub(channel).StreamEvents(requests)

    def tell(self, **event: Any) -> None:
        self._sequence += 1
        if self._thread:
            self._queue.put(json.dumps({"sequence": self._sequence, "timestamp": int(time.time()), **event}))

    def close(self) -> None:
        self.tell(cancelEvent={})
        if self._thread:
            self._queue.put(None)
            self._thread.join()


class State:
    """A stack's state in a file backend, with its lock."""

    def __init__(self, stack: str) -> None:
        folder = Path(unquote(urlparse(os.environ["PULUMI_BACKEND_URL"]).path)) / ".pulumi"
        self.stack = stack
        self.path = folder / "stacks" / "project" / f"{stack}.json"
        self.locks = folder / "locks" / "organization" / "project" / stack

    def read(self) -> dict[str, Any]:
        if not self.path.exists():
            raise Failure(f"error: no stack named '{self.stack}' found")
        return json.loads(self.path.read_text())

    def write(self, document: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(document))
        fresh.rename(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """A file that stays behind where this process is killed, as the real one's does."""
        self.locks.mkdir(parents=True, exist_ok=True)
        for path in self.locks.glob("*.json"):
            said = json.loads(path.read_text())
            raise Failure(
                "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or "
                f"delete the lock file with `pulumi cancel`.\n  file://{path}?no_tmp_dir=true: created by "
                f"{said['username']}@{said['hostname']} (pid {said['pid']}) at {said['timestamp']}"
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        said = {"pid": os.getpid(), "username": "someone", "hostname": gethostname(), "timestamp": now}
        (self.locks / f"{uuid4()}.json").write_text(json.dumps(said))
        try:
            yield
        finally:
            self.unlock()

    def unlock(self) -> None:
        for path in self.locks.glob("*.json"):
            path.unlink()


FAILURES = {
    "login": "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
    "expired": "error: could not open bucket: AADSTS700082: The refresh token has expired due to inactivity.",
    "permission": "error: the client 'ci' with object id 'x' does not have authorization to perform action "
    "'Microsoft.Network/virtualNetworks/write' over scope '/subscriptions/1' or the scope is invalid.",
    "plugin": "error: no resource plugin 'pulumi-resource-azure-native' found in the workspace at version v3.29.0",
    "passphrase": "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
    "unheard": "error: the moon is in the wrong phase",
}


def main(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    if words[:1] == ["version"]:
        print(f"v{os.environ.get('STAND_IN_VERSION', VERSION)}")
        return OK
    try:
        if os.environ.get("STAND_IN_FAILS"):
            raise Failure(FAILURES[os.environ["STAND_IN_FAILS"]])
        return _command(arguments, words)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return FAILED


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1] if name in arguments else ""


def _command(arguments: list[str], words: list[str]) -> int:
    stack = option(arguments, "--stack") or (words[2] if len(words) > 2 else "")
    state = State(stack)
    match words[:2]:
        case ["stack", "select"]:
            state.read()
        case ["stack", "init"]:
            state.write({"version": 3, "deployment": {"resources": [], "pending_operations": []}})
        case ["stack", "export"]:
            text = json.dumps(state.read())
            file = option(arguments, "--file")
            Path(file).write_text(text) if file else print(text)
        case ["stack", "import"]:
            document = json.loads(Path(option(arguments, "--file")).read_text())
            document["deployment"]["pending_operations"] = []
            with state.locked():
                state.write(document)
        case ["stack", "output"]:
            print("{}")
        case ["stack", "history"]:
            print(json.dumps([_history()]))
        case ["state", "unprotect"]:
            pass
        case [("preview" | "up" | "refresh" | "destroy") as what, *_]:
            from run import Run

            events = Events(option(arguments, "--event-log"))
            try:
                with nullcontext() if what == "preview" else state.locked():
                    Run(what, arguments, state, events).go()
            finally:
                events.close()
        case _:
            raise Failure(f"error: the stand-in has no command {' '.join(words)}")
    return OK


def _history() -> dict[str, Any]:
    now = "2026-11-21T09:30:00.000Z"
    return {"kind": "update", "startTime": now, "endTime": now, "message": "", "environment": {}, "config": {},
            "result": "succeeded", "version": 1, "Deployment": "", "resourceChanges": {}}  # fmt: skip


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.path.insert(0, str(Path(__file__).parent))
    sys.modules["stand_in"] = sys.modules["__main__"]
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
