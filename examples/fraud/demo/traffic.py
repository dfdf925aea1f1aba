"""Steady traffic to the endpoint: claims at a fixed rate, and what became of each request."""

from __future__ import annotations

import asyncio
import csv
import os
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

RATE = 30
"""Requests a second."""
LABEL = "fraud"


@dataclass(frozen=True)
class Answer:
    """What became of one request. Times are seconds since the traffic began."""

    sent: float
    ended: float
    status: int
    """0: there was no answer."""
    deployment: str

    @property
    def version(self) -> str:
        return self.deployment.partition("-")[0]

    @property
    def lost(self) -> bool:
        """No answer, or one that no deployment gave."""
        return self.status == 0 or not self.deployment

    @property
    def failed(self) -> bool:
        """The deployment's fault."""
        return not self.lost and self.status >= 400 and not self.throttled

    @property
    def throttled(self) -> bool:
        """More came than the deployment takes at a time: a busy machine."""
        return self.status == 429


@dataclass
class Traffic:
    """Claims sent from a thread of its own until `stop`."""

    url: str
    token: str
    claims: Path
    answers: list[Answer] = field(default_factory=list)

    def start(self) -> None:
        self._ending = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._send()), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more, and wait for what is still to be answered."""
        self._ending.set()
        self._thread.join(timeout=60)

    def now(self) -> float:
        return time.monotonic() - self._began

    async def _send(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        trust = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        bodies = _bodies(self.claims)
        async with httpx.AsyncClient(
            headers=headers, verify=trust, proxy=os.environ["HTTPS_PROXY"], limits=limits, timeout=30, trust_env=False
        ) as client, asyncio.TaskGroup() as group:
            number = 0
            while not self._ending.is_set():
                group.create_task(self._one(client, random.choice(bodies)))
                number += 1
                await asyncio.sleep(max(0.0, number / RATE - self.now()))

    async def _one(self, client: httpx.AsyncClient, body: dict[str, object]) -> None:
        sent = self.now()
        try:
            answer = await client.post(self.url, json=body)
            status, deployment = answer.status_code, answer.headers.get("azureml-model-deployment", "")
        except httpx.HTTPError:
            status, deployment = 0, ""
        self.answers.append(Answer(sent, self.now(), status, deployment))


def _bodies(claims: Path) -> list[dict[str, object]]:
    """A request for each claim, as MLflow models take them."""
    with claims.open(newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name != LABEL]
    return [
        {"input_data": {"columns": columns, "index": [0], "data": [[float(row[name]) for name in columns]]}}
        for row in rows
    ]


@dataclass(frozen=True)
class Share:
    """What one version did in a span of time."""

    version: str
    percent: float
    rate: float
    """Answers a second."""
    failed: float
    """Percent of its answers."""
    p95: float
    """Milliseconds; not a number where it gave no answers."""


def shares(answers: Sequence[Answer], since: float, until: float) -> list[Share]:
    """What each version did between two moments."""
    seen = [one for one in answers if since <= one.ended < until and not one.lost]
    counts = Counter(one.version for one in seen)
    return [
        Share(
            version,
            100 * count / len(seen),
            count / max(until - since, 1e-9),
            100 * sum(one.failed for one in seen if one.version == version) / count,
            _p95([1000 * (one.ended - one.sent) for one in seen if one.version == version]),
        )
        for version, count in sorted(counts.items())
    ]


def _p95(durations: list[float]) -> float:
    ordered = sorted(durations)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else float("nan")
