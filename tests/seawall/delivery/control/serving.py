"""A served local Azure with what releases need: assets in the dev workspace, callers that never stop, and the CLI."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.served import ROOT, Served

GROUP, WORKSPACE = "rg-larkspur-mlp-dev-weu-ml", "mlw-larkspur-mlp-dev-weu"
SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"
SCORING = "https://fraud-online-dev-aekug.westeurope.inference.ml.azure.com/score"
DEADLINE = 600
"""Seconds for a command that hangs."""

SCRIPT = '''
import os, time

def init():
    pass

def run(data):
    if os.environ.get("FAILS"):
        raise ValueError("this model fails")
    time.sleep(float(os.environ.get("SECONDS", "0")))
    return {"score": float(os.environ.get("SCORE", "0.5")), "by": os.environ.get("VERSION", "")}
'''

ASSETS = '''
import sys
from azure.ai.ml import MLClient
from azure.ai.ml.entities import Environment, Model
from azure.identity import DefaultAzureCredential

subscription, group, workspace, file = sys.argv[1:]
client = MLClient(DefaultAzureCredential(), subscription, group, workspace, cloud="SeawallLocal")
client.models.create_or_update(Model(name="claims-fraud", version="1", path=file, type="custom_model"))
image = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20250602.v1"
client.environments.create_or_update(Environment(name="scoring", version="1", image=image))
'''


def register(served: Served, folder: Path) -> None:
    """A model and an environment in the dev workspace, by azure-ai-ml."""
    file = folder / "model.txt"
    file.write_text("weights")
    line = [sys.executable, "-c", ASSETS, SUBSCRIPTION, GROUP, WORKSPACE, str(file)]
    found = subprocess.run(line, env=served.process_env, capture_output=True, text=True, timeout=DEADLINE)
    assert found.returncode == 0, found.stderr


NOTHING: Mapping[str, str] = {}


def release_file(
    folder: Path, version: str, *, interval: str = "1s", variables: Mapping[str, str] = NOTHING, **more: Any
) -> Path:
    """A release file: the same model with other environment variables is another version of what answers."""
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "score.py").write_text(SCRIPT)
    checks = {"requests": {"atLeast": 3}, "latency": [{"percentile": "p50", "atMost": "800ms"}]}
    document = {
        "endpoint": "fraud-online",
        "model": {"from": "workspace", "name": "claims-fraud", "version": "1"},
        "environment": {"from": "workspace", "name": "scoring", "version": "1"},
        "code": {"folder": "code", "script": "score.py"},
        "instance": {"type": "Standard_DS3_v2", "count": 1},
        "environmentVariables": {"VERSION": version, **variables},
        "requests": {"maxConcurrent": 8},
        "autoscale": {"min": 1, "max": 2},
        "strategy": {"canary": {"steps": [20, 60], "soak": "1s"}},
        "analysis": {"interval": interval, "consecutiveFailures": 1, "inconclusiveLimit": 1000, "checks": checks},
        "smokeTests": [
            {"name": "a claim", "body": {"claims": [1]}, "expect": {"values": [{"path": "score", "near": 0.5}]}}
        ],
        "keep": {"previous": "0s", "failed": "0s"},
        **more,
    }  # fmt: skip
    path = folder / f"release-{version}.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


@dataclass
class Ran:
    """How a command ended: its exit code, its events, its result."""

    code: int
    events: list[dict[str, Any]]
    error: str = ""

    @property
    def result(self) -> dict[str, Any]:
        return self.events[-1]

    @property
    def moves(self) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("event") == "moved"]

    @property
    def shares(self) -> list[dict[str, int]]:
        """The traffic, each time that it changed."""
        found: list[dict[str, int]] = []
        for move in self.moves:
            if not found or found[-1] != move["traffic"]:
                found.append(move["traffic"])
        return found


def line(served: Served, command: str, file: Path, *more: str) -> list[str]:
    place = ["--env", "dev", "--local", "--json", "--store", str(served.place.store), "--cwd", str(ROOT)]
    return [sys.executable, "-m", "seawall", "release", command, str(file), *place, *more]


def run(served: Served, command: str, file: Path, *more: str) -> Ran:
    """Run a command of releases to its end, in a process of its own."""
    found = subprocess.run(
        line(served, command, file, *more), capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL
    )
    return Ran(found.returncode, list(values(found.stdout)), found.stderr)


def values(text: str) -> Iterator[dict[str, Any]]:
    """The stream of JSON values that a command wrote; one cut short by a kill is left out."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            return
        yield value


def killed(served: Served, file: Path, events: int) -> bool:
    """Start a release and kill its controller with SIGKILL after so many events. Whether it came to that."""
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(
        line(served, "start", file), stdout=subprocess.PIPE, stderr=nothing, stdin=nothing, text=True
    )
    assert process.stdout is not None
    try:
        for number, text in enumerate(process.stdout, 1):
            if text.startswith('{"event": "ended"') or text.startswith("{\n"):
                return False
            if number >= events:
                return True
        return False
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def stable_of(served: Served, folder: Path) -> str:
    """The deployment that has all traffic."""
    found = run(served, "status", release_file(folder, "1", strategy="direct")).result
    (name, share), = found["traffic"].items()  # fmt: skip
    assert share == 100
    return str(name)


@contextmanager
def started(served: Served, file: Path) -> Iterator[subprocess.Popen[str]]:
    """A controller at work in a process of its own, killed at the end if it still is."""
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(
        line(served, "start", file), stdout=subprocess.PIPE, stderr=nothing, stdin=nothing, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def wait_for(process: subprocess.Popen[str], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first event that is wanted; what comes later is read by nobody, and must not fill the pipe."""
    assert process.stdout is not None
    for text in process.stdout:
        event = json.loads(text) if text.startswith('{"') else {}
        if wanted(event):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return event
    raise AssertionError("the controller ended before that")


@dataclass
class Callers:
    """Requests that are sent until they are told to stop."""

    answers: Counter[tuple[int, str]] = field(default_factory=Counter)
    """By status and the version that answered."""


@contextmanager
def callers(served: Served, each: float = 0.06) -> Iterator[Callers]:
    """Callers of the endpoint, a request every `each` seconds."""
    told, stop = Callers(), threading.Event()
    trusted = ssl.create_default_context(cafile=served.env["SSL_CERT_FILE"])
    client = httpx.Client(proxy=served.env["HTTPS_PROXY"], verify=trusted, timeout=60)
    token = _token(client, served.env)

    def call() -> None:
        while not stop.wait(each):
            answer = client.post(SCORING, json={"claims": [1]}, headers={"Authorization": f"Bearer {token}"})
            by = answer.json().get("by", "") if answer.status_code == 200 else ""
            told.answers[answer.status_code, by] += 1

    threads = [threading.Thread(target=call, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        client.close()


def _token(client: httpx.Client, env: Mapping[str, str]) -> str:
    answer = client.post(
        f"{env['AZURE_AUTHORITY_HOST']}/{env['AZURE_TENANT_ID']}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": env["AZURE_CLIENT_ID"],
            "client_secret": env["AZURE_CLIENT_SECRET"],
            "scope": "https://ml.azure.com/.default",
        },
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])


__all__ = ["Callers", "Ran", "callers", "killed", "register", "release_file", "run", "stable_of", "started", "wait_for"]
