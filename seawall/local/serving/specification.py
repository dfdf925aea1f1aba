"""What a deployment asks for: read from the store, and as plain values.

Defaults are Azure's, and the store has them filled in. Source: Azure ML docs, reference-yaml-deployment-managed-online.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
from dataclasses import dataclass
from typing import Any

import yaml

from seawall.local.sealing import is_sealed
from seawall.local.serving.assets import asset
from seawall.local.store import Row, Store

MOST_WORKERS = max(2, os.cpu_count() or 1)
"""Processes of a deployment: its instances are as many, up to what a laptop bears."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXACT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*) *==? *([^=<>!, ]+)(?:=[^=]*)?")
"""Conda's `name=version=build`."""


@dataclass(frozen=True)
class Probe:
    """How to find out whether a container lives, or is ready. Times in seconds."""

    initial_delay: float = 10.0
    period: float = 10.0
    timeout: float = 2.0
    successes: int = 1
    failures: int = 30
    path: str = "/"


@dataclass(frozen=True)
class Model:
    """A registered model."""

    name: str
    version: str
    uri: str
    mlflow: bool


@dataclass(frozen=True)
class Specification:
    """A deployment, as far as its processes and its requests are concerned."""

    id: str
    code_uri: str
    entry_script: str
    model: Model | None
    variables: dict[str, str]
    sealed: tuple[str, ...]
    """Environment variables whose values nobody knows any more."""
    wants: tuple[str, ...]
    """Requirements of its environment."""
    instances: int
    workers: int
    concurrency: int
    timeout: float
    queue_wait: float
    scoring_path: str
    liveness: Probe
    readiness: Probe
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[-1]

    @property
    def endpoint_id(self) -> str:
        return self.id.rsplit("/", 2)[0]

    @property
    def workspace_id(self) -> str:
        return self.id.rsplit("/", 4)[0]

    @property
    def launch(self) -> str:
        """A digest of all whose change needs new processes; what only the router looks at isn't in it."""
        values = dataclasses.asdict(self)
        for name in ("instances", "concurrency", "timeout", "queue_wait", "scoring_path"):
            del values[name]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def specification(row: Row, store: Store) -> Specification:
    """What a deployment's row asks for. What is wrong with it is in `problems`, a line each."""
    properties = row.body.get("properties") or {}
    problems: list[str] = []
    model = _model(properties.get("model"), store, problems)
    code = properties.get("codeConfiguration") or {}
    code_uri = _code(code.get("codeId"), store, problems)
    entry_script = str(code.get("scoringScript") or "")
    if not entry_script and not (model and model.mlflow) and not problems:
        problems.append("It has neither a scoring script nor a model of type mlflow_model: nothing here can run it.")
    environment = asset(store, str(properties["environmentId"])) if properties.get("environmentId") else None
    settings = (environment.body.get("properties") or {}) if environment else {}
    routes = settings.get("inferenceConfig") or {}
    given = {str(key): value for key, value in (properties.get("environmentVariables") or {}).items()}
    requests = properties.get("requestSettings") or {}
    instances = max(1, int((row.body.get("sku") or {}).get("capacity") or 1))
    each = int(given["WORKER_COUNT"]) if str(given.get("WORKER_COUNT", "")).isdecimal() else 1
    return Specification(
        id=row.id,
        code_uri=code_uri,
        entry_script=entry_script,
        model=model,
        variables={key: str(value) for key, value in given.items() if not is_sealed(value)},
        sealed=tuple(sorted(key for key, value in given.items() if is_sealed(value))),
        wants=tuple(requirements(settings.get("condaFile"))),
        instances=instances,
        workers=min(instances * max(1, each), MOST_WORKERS),
        concurrency=instances * max(1, int(requests.get("maxConcurrentRequestsPerInstance") or 1)),
        timeout=seconds(requests.get("requestTimeout"), 5.0),
        queue_wait=seconds(requests.get("maxQueueWait"), 0.5),
        scoring_path=_route(routes, "scoringRoute", "/score"),
        liveness=_probe(properties.get("livenessProbe"), _route(routes, "livenessRoute", "/")),
        readiness=_probe(properties.get("readinessProbe"), _route(routes, "readinessRoute", "/")),
        problems=tuple(problems),
    )


def seconds(text: Any, default: float) -> float:
    """A duration (ISO 8601: `PT1M30S`) in seconds."""
    found = _DURATION.fullmatch(str(text or ""))
    if not found or not any(found.groups()):
        return default
    days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + rest


def requirements(conda: Any) -> list[str]:
    """What a conda file asks for, as pip words it; channels, Python itself and conda's own packages left out."""
    try:
        document = yaml.safe_load(conda) if isinstance(conda, str) else conda
    except yaml.YAMLError:
        return []
    listed = document.get("dependencies") if isinstance(document, dict) else None
    found: list[str] = []
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            found += [str(one) for one in each.get("pip") or () if not str(one).startswith("-")]
        elif isinstance(each, str):
            package = each.rpartition("::")[2].strip()
            exact = _EXACT.fullmatch(package)
            name = _NAME.match(package)
            if name and name[0] not in ("python", "pip"):
                found.append(f"{exact[1]}=={exact[2]}" if exact else package)
    return found


def _model(reference: Any, store: Store, problems: list[str]) -> Model | None:
    if not reference:
        return None
    row = asset(store, str(reference))
    if row is None:
        problems.append(f"The model {reference} isn't there.")
        return None
    properties, parts = row.body.get("properties") or {}, row.id.split("/")
    mlflow = str(properties.get("modelType", "")).lower() in ("mlflow_model", "mlflow")
    return Model(parts[-3], parts[-1], str(properties.get("modelUri", "")), mlflow)


def _code(reference: Any, store: Store, problems: list[str]) -> str:
    if not reference:
        return ""
    row = asset(store, str(reference))
    if row is None:
        problems.append(f"The code {reference} isn't there.")
        return ""
    return str((row.body.get("properties") or {}).get("codeUri", ""))


def _probe(settings: Any, path: str) -> Probe:
    given = settings if isinstance(settings, dict) else {}
    return Probe(
        seconds(given.get("initialDelay"), 10.0),
        max(0.05, seconds(given.get("period"), 10.0)),
        max(0.05, seconds(given.get("timeout"), 2.0)),
        max(1, math.ceil(given.get("successThreshold") or 1)),
        max(1, math.ceil(given.get("failureThreshold") or 30)),
        path,
    )


def _route(routes: dict[str, Any], name: str, default: str) -> str:
    path = str((routes.get(name) or {}).get("path") or default)
    return path if path.startswith("/") else f"/{path}"
