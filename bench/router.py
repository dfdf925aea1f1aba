"""What the router adds to a request, against calling the inference server directly, in one run.

    python bench/router.py [REQUESTS]

The inference server is the one that deployments run (azureml-inference-server-http), with a scoring script that answers
at once. The three ways are taken in turn, request by request, by one client that keeps its connection open where the
other side does (the inference server closes it after each answer, as it does in Azure). TLS is how clients reach the
router; without it shows what TLS costs.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from seawall.local.azure import LocalAzure
from seawall.local.blob import Blobs
from seawall.local.https import tls
from seawall.local.place import Place
from seawall.local.serving import keys
from seawall.local.serving.deployments import Host

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-bench"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stbench"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-bench"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/fraud"
DEPLOYMENT = f"{ENDPOINT}/deployments/blue"
NAME = "fraud.westeurope.inference.ml.azure.com"
SCRIPT = b"def init():\n    pass\n\ndef run(raw_data):\n    return {'score': 0.5}\n"
BODY = json.dumps({"input_data": {"columns": [f"c{n}" for n in range(30)], "data": [[1.5] * 30]}}).encode()
PROBE = {"initialDelay": "PT0S", "period": "PT1S", "timeout": "PT2S", "successThreshold": 1, "failureThreshold": 100}
LIMITS = {50: 1.5, 99: 5.0}
"""Milliseconds that the router may add, by percentile."""


def main(requests: int) -> None:
    for plain in (False, True):
        with tempfile.TemporaryDirectory(prefix="seawall-bench-") as name:
            host = Host(place := Place(Path(name) / "azure.db"), plain=plain, say=print)
            host.start()
            try:
                key = _deployed(place, host)
                direct = _caller(http.client.HTTPConnection("127.0.0.1", host.address(DEPLOYMENT)), key)
                router = http.client.HTTPConnection("127.0.0.1", host.port)
                if not plain:
                    router.sock = _secured(place, host.port)
                without, through = _taken((direct, _caller(router, key)), requests)
            finally:
                host.stop()
        print(f"{requests:,} requests {'without TLS' if plain else 'over TLS, as clients reach the router'}:")
        for percent, limit in LIMITS.items():
            least, whole = _percentile(without, percent), _percentile(through, percent)
            print(f"  p{percent}: directly {least:.2f} ms, through the router {whole:.2f} ms: "
                  f"{whole - least:+.2f} ms (at most {limit})")  # fmt: skip


def _deployed(place: Place, host: Host) -> str:
    """Bring an endpoint with one deployment up. Returns the endpoint's key."""
    with LocalAzure.open(place.store, gate=host) as azure, Blobs.open(place) as blobs:
        azure.put(GROUP, {"location": "westeurope"})
        azure.put(STORAGE, {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
        azure.put(WORKSPACE, {"location": "westeurope", "properties": {"storageAccount": STORAGE}})
        blobs.ensure_container("stbench", "code")
        blobs.put("stbench", "code", "src/score.py", SCRIPT)
        code = f"{WORKSPACE}/codes/bench/versions/1"
        azure.put(code, {"properties": {"codeUri": "https://stbench.blob.core.windows.net/code/src"}})
        asked = {"authMode": "Key", "traffic": {}}
        _put(azure, ENDPOINT, {"location": "westeurope", "properties": asked})
        deployment = {
            "endpointComputeType": "Managed",
            "codeConfiguration": {"codeId": code, "scoringScript": "score.py"},
            "livenessProbe": PROBE,
            "readinessProbe": PROBE,
            "requestSettings": {"maxConcurrentRequestsPerInstance": 4, "requestTimeout": "PT30S"},
        }
        _put(azure, DEPLOYMENT, {"location": "westeurope", "properties": deployment})
        _put(azure, ENDPOINT, {"location": "westeurope", "properties": {**asked, "traffic": {"blue": 100}}})
        return keys.key(azure.store, ENDPOINT, "primary")


def _put(azure: LocalAzure, id: str, body: dict[str, object]) -> None:
    operation = azure.request("PUT", id, "", body).operation
    while azure.tick(operation):
        time.sleep(0.05)
    if (azure.get(id) or {}).get("properties", {}).get("provisioningState") == "Failed":
        raise SystemExit(f"{id} failed")


def _secured(place: Place, port: int) -> ssl.SSLSocket:
    """A connection to the router as clients have it, with the endpoint's name in the certificate."""
    context = ssl.create_default_context(cafile=str(tls.make_bundle(place)))
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(connection, server_hostname=NAME)


def _caller(connection: http.client.HTTPConnection, key: str) -> Callable[[], None]:
    headers = {"Host": NAME, "Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def call() -> None:
        connection.request("POST", "/score", BODY, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"answered with {answer.status}")

    return call


def _taken(calls: tuple[Callable[[], None], ...], requests: int) -> list[list[float]]:
    """Milliseconds of each call, of all ways in turn; a hundred calls before aren't counted."""
    found: list[list[float]] = [[] for _ in calls]
    for number in range(requests + 100):
        for call, times in zip(calls, found, strict=True):
            began = time.perf_counter()
            call()
            if number >= 100:
                times.append((time.perf_counter() - began) * 1000)
    return found


def _percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
