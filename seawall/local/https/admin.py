"""What the command line asks a running server: how it is, and which faults it should have."""

from __future__ import annotations

import json
from typing import Any

from seawall.local import deploy
from seawall.local.azure import LocalAzure
from seawall.local.errors import AzureError, StoreError
from seawall.local.faults import Fault, Faults
from seawall.local.https import arm, tokens
from seawall.local.https.admin_names import AUDIENCE, PATH
from seawall.local.https.running import Server
from seawall.local.https.web import Answer, Asked
from seawall.local.place import Place
from seawall.local.services.online_endpoints import DEPLOYMENT, ENDPOINT
from seawall.local.serving.deployments import Host


class Admin:
    """The state of one server."""

    def __init__(self, place: Place, azure: LocalAzure, faults: Faults, host: Host, server: Server) -> None:
        self._place = place
        self._azure = azure
        self._faults = faults
        self._host = host
        self._server = server

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        try:
            token = asked.headers.get("authorization", "").removeprefix("Bearer ")
            tokens.verify(self._place, token, [AUDIENCE])
            return Answer(200, self._answered(asked))
        except tokens.TokenError as error:
            return arm.refusal(AzureError(error.code, error.message, status=401))
        except AzureError as error:
            return arm.refusal(error)
        except (ValueError, StoreError) as error:
            return arm.refusal(AzureError("BadRequest", str(error)))

    def _answered(self, asked: Asked) -> Any:
        match (asked.method, asked.path.removeprefix(f"{PATH}/").split("/")):
            case ("GET", ["status"]):
                return self._status()
            case ("GET", ["faults"]):
                return {"faults": [fault.document for fault in self._all_faults()]}
            case ("POST", ["faults"]):
                return self._add(json.loads(asked.body))
            case ("DELETE", ["faults", *number]):
                return self._clear(int(number[0]) if number else 0)
        raise AzureError("NotImplemented", f"There is no {asked.method} {asked.path}.", status=501)

    def _all_faults(self) -> list[Fault]:
        return sorted((*self._faults, *self._azure.faults), key=lambda fault: fault.number)

    def _add(self, document: Any) -> dict[str, Any]:
        if not isinstance(document, dict):
            raise ValueError("a fault is a JSON object")
        fault = Fault.of(document)
        # The end of an operation is decided where it begins; all else happens on the way there and back.
        (self._azure.faults if fault.when == "operation" else self._faults).add(fault)
        self._tell_router()
        return fault.document

    def _clear(self, number: int) -> dict[str, Any]:
        cleared = self._faults.clear(number) + self._azure.faults.clear(number)
        self._tell_router()
        return {"cleared": cleared}

    def _tell_router(self) -> None:
        """Requests that score go to the router's process: its faults are there."""
        self._host.set_faults(fault.document for fault in self._faults if fault.kind == "scoring")

    def _status(self) -> dict[str, Any]:
        return {
            "pid": self._server.pid,
            "started": self._server.started,
            "store": str(self._place.store),
            "ports": {"https": self._server.port, "proxy": self._server.proxy, "scoring": self._host.port},
            "stacks": [
                {"name": info.stack, "resources": len(info.ids)} for info in deploy.stacks(self._azure) if info.ids
            ],
            "endpoints": [self._endpoint(row.id) for row in self._azure.store.of_type(ENDPOINT)],
            "faults": len(self._all_faults()),
        }

    def _endpoint(self, id: str) -> dict[str, Any]:
        body = self._azure.get(id) or {}
        properties = body.get("properties") or {}
        processes = self._host.containers
        return {
            "id": id,
            "name": id.rsplit("/", 1)[-1],
            "scoringUri": properties.get("scoringUri", ""),
            "traffic": properties.get("traffic") or {},
            "deployments": [
                {
                    "name": row.id.rsplit("/", 1)[-1],
                    "state": row.state,
                    "processes": list(processes.get(row.key, [])),
                }
                for row in self._azure.store.of_type(DEPLOYMENT, id)
            ],
        }
