"""A local Azure with a host of deployments, without its control server: what the tests of the serving side drive."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from seawall.local.azure import LocalAzure
from seawall.local.blob import Blobs
from seawall.local.errors import AzureError
from seawall.local.place import Place
from seawall.local.serving import keys
from seawall.local.serving.deployments import Host

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-mlp"
ACCOUNT = "stserving"
CONTAINER = "azureml"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-serving"
REGION = "westeurope"
DEADLINE = 120.0
"""Seconds that anything may take on a busy machine."""

SOON = {"initialDelay": "PT0S", "period": "PT0.2S", "timeout": "PT5S", "successThreshold": 1, "failureThreshold": 300}
"""A probe that doesn't keep a test waiting."""

ECHO = """
import json, os, time

def init():
    print("starting", os.environ.get("GREETING", "nobody"))

def run(raw_data):
    asked = json.loads(raw_data or "{}")
    if asked.get("sleep"):
        time.sleep(asked["sleep"])
    if asked.get("fail"):
        raise ValueError("asked to fail")
    return {"who": os.environ.get("GREETING", ""), "asked": asked, "pid": os.getpid()}
"""


def until(holds: Callable[[], Any], what: str = "") -> Any:
    """What `holds` gives once it gives something. Fails the test where that doesn't come."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"didn't come about: {what or holds}")


class Site:
    """One local Azure in a folder, its host running."""

    def __init__(self, folder: Path, *, plain: bool = True) -> None:
        self.place = Place(folder / "azure.db")
        self.plain = plain
        self.said: list[str] = []
        self.host = self.started()
        self.azure = LocalAzure.open(self.place.store, gate=self.host)
        self.blobs = Blobs.open(self.place)
        self.client = httpx.Client(timeout=60)

    def started(self, port: int = 0) -> Host:
        host = Host(self.place, port=port, plain=self.plain, say=self.said.append)
        host.start()
        return host

    def close(self) -> None:
        self.client.close()
        self.host.stop()
        self.blobs.close()
        self.azure.close()

    def grounds(self) -> None:
        """A resource group with a storage account and a workspace."""
        self.azure.put(GROUP, {"location": REGION})
        self.azure.put(STORAGE, {"location": REGION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
        self.azure.put(WORKSPACE, {"location": REGION, "properties": {"storageAccount": STORAGE}})
        self.blobs.ensure_container(ACCOUNT, CONTAINER)

    # Assets ----------------------------------------------------------------------------------------------------------

    def code(self, name: str, script: str = ECHO) -> str:
        """A code asset with a file score.py. Returns its ID."""
        self.blobs.put(ACCOUNT, CONTAINER, f"LocalUpload/{name}/src/score.py", script.encode())
        uri = f"https://{ACCOUNT}.blob.core.windows.net/{CONTAINER}/LocalUpload/{name}/src"
        return self.asset("codes", name, {"codeUri": uri})

    def model(self, name: str, folder: Path) -> str:
        """An MLflow model from a folder. Returns its ID."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.blobs.put(ACCOUNT, CONTAINER, f"models/{name}/model/{path.relative_to(folder)}", path)
        uri = f"https://{ACCOUNT}.blob.core.windows.net/{CONTAINER}/models/{name}/model"
        return self.asset("models", name, {"modelUri": uri, "modelType": "mlflow_model"})

    def asset(self, kind: str, name: str, properties: dict[str, Any]) -> str:
        id = f"{WORKSPACE}/{kind}/{name}/versions/1"
        self.azure.put(id, {"properties": properties})
        return id

    # Endpoints -------------------------------------------------------------------------------------------------------

    def endpoint(self, name: str, auth_mode: str = "Key") -> str:
        id = f"{WORKSPACE}/onlineEndpoints/{name}"
        self.write(id, {"location": REGION, "properties": {"authMode": auth_mode}})
        return id

    def deployment(self, endpoint: str, name: str, code: str = "", *, instances: int = 1, **properties: Any) -> str:
        """A deployment that greets with its own name, and is waited for. Raises `AzureError` where it fails."""
        id = f"{endpoint}/deployments/{name}"
        self.write(id, self.body(name, code, instances=instances, **properties))
        return id

    def body(self, name: str, code: str = "", *, instances: int = 1, **properties: Any) -> dict[str, Any]:
        whole: dict[str, Any] = {
            "endpointComputeType": "Managed",
            "environmentVariables": {"GREETING": name},
            "livenessProbe": SOON,
            "readinessProbe": SOON,
            "requestSettings": {
                "maxConcurrentRequestsPerInstance": 8, "requestTimeout": "PT30S", "maxQueueWait": "PT30S",
            },
        }  # fmt: skip
        if code:
            whole["codeConfiguration"] = {"codeId": code, "scoringScript": "score.py"}
        return {"location": REGION, "sku": {"name": "Default", "capacity": instances}, "properties": whole | properties}

    def traffic(self, endpoint: str, mirror: dict[str, int] | None = None, **weights: int) -> None:
        """Set the weights, and wait until they are in force."""
        found = self.azure.get(endpoint)
        assert found is not None
        properties = {**found["properties"], "traffic": weights, "mirrorTraffic": mirror or {}}
        self.write(endpoint, {"location": REGION, "properties": properties})

    def write(self, id: str, body: dict[str, Any]) -> None:
        """PUT a resource and poll its operation as a client would."""
        self.finished(self.azure.request("PUT", id, "", body).operation, id)

    def delete(self, id: str) -> None:
        self.finished(self.azure.request("DELETE", id).operation, id)

    def finished(self, operation: str, id: str) -> None:
        from seawall.local.operations import error_of

        until(lambda: not operation or not self.azure.tick(operation), f"the operation on {id}")
        ended = self.azure.store.operation(operation)
        error: AzureError | None = error_of(ended) if ended else None
        if error is not None:
            raise error

    # Requests --------------------------------------------------------------------------------------------------------

    def host_name(self, endpoint: str) -> str:
        return f"{endpoint.rsplit('/', 1)[-1]}.{REGION}.inference.ml.azure.com"

    def ask(
        self, endpoint: str, body: Any = None, *, key: str = "", path: str = "/score", method: str = "POST",
        **headers: str,
    ) -> httpx.Response:  # fmt: skip
        """A request to the router, with the endpoint's primary key unless told otherwise."""
        shown = key or keys.key(self.azure.store, endpoint, "primary")
        sent = {"Host": self.host_name(endpoint), "Authorization": f"Bearer {shown}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(
            method, f"http://127.0.0.1:{self.host.port}{path}", headers=sent, json=body if body is not None else {}
        )
