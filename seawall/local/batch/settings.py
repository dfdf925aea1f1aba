"""What a batch job is to do: its deployment's settings, and what the invocation says otherwise.

Defaults are Azure's, and the store has them filled in. Source: Azure ML docs, reference-yaml-deployment-batch; REST
reference, batch-deployments.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seawall.local.errors import AzureError
from seawall.local.monitor.times import seconds

MOST_PROCESSES = max(2, os.cpu_count() or 1)
"""Of a job, whatever its deployment's instances and concurrency come to: what a laptop bears."""
MOST_RETRIES = 100
_LITERALS = ("literal",)
_FILES = ("urifile", "urifolder")


@dataclass(frozen=True)
class Settings:
    """How a job runs."""

    mini_batch_size: int
    """Files that one call of `run` gets."""
    processes: int
    max_retries: int
    timeout: float
    """Seconds for one call of `run`."""
    error_threshold: int
    """Files that may fail; more end the job. -1: any number."""
    appends: bool
    """Whether rows are collected in the output file; else the script writes what it wants."""
    output_file: str
    logging_level: str


def settings(deployment: Mapping[str, Any], asked: Mapping[str, Any]) -> Settings:
    """The settings of a job, by its deployment's and the invocation's properties.

    Raises `AzureError` that names everything that is wrong with them.
    """
    problems: list[str] = []
    given = dict(deployment) | {name: value for name, value in asked.items() if value is not None}
    retries = {
        **(deployment.get("retrySettings") or {}),
        **{name: value for name, value in (asked.get("retrySettings") or {}).items() if value is not None},
    }
    instances = _whole(problems, "instanceCount", (given.get("resources") or {}).get("instanceCount", 1), 1)
    concurrency = _whole(problems, "maxConcurrencyPerInstance", given.get("maxConcurrencyPerInstance", 1), 1)
    found = Settings(
        mini_batch_size=_whole(problems, "miniBatchSize", given.get("miniBatchSize", 10), 1),
        processes=min(instances * concurrency, MOST_PROCESSES),
        max_retries=min(MOST_RETRIES, _whole(problems, "maxRetries", retries.get("maxRetries", 3), 0)),
        timeout=_timeout(problems, retries.get("timeout", "PT30S")),
        error_threshold=_whole(problems, "errorThreshold", given.get("errorThreshold", -1), -1),
        appends=str(given.get("outputAction", "AppendRow")).lower() != "summaryonly",
        output_file=_file_name(problems, given.get("outputFileName") or "predictions.csv"),
        logging_level=str(given.get("loggingLevel", "Info")),
    )
    if problems:
        raise AzureError("ValidationError", " ".join(problems))
    return found


def _whole(problems: list[str], name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        problems.append(f"{name} is a whole number from {least}, not {value!r}.")
        return least
    return value


def _timeout(problems: list[str], value: Any) -> float:
    try:
        found = seconds(str(value))
    except AzureError as error:
        problems.append(f"timeout: {error.message}")
        return 30.0
    if found <= 0:
        problems.append(f"timeout is longer than nothing, not {value!r}.")
    return found


def _file_name(problems: list[str], value: Any) -> str:
    if not isinstance(value, str) or "/" in value or value in (".", ".."):
        problems.append(f"outputFileName is a file's name, not {value!r}.")
        return "predictions.csv"
    return value


@dataclass(frozen=True)
class Invocation:
    """What a client asked a batch endpoint for."""

    uri: str
    """Where the input is: in a datastore, in Blob storage, or a data asset's ID."""
    folder: bool
    name: str = ""
    """The job's, where the client chose it."""
    experiment: str = ""
    output_uri: str = ""
    overrides: Mapping[str, Any] | None = None


def invocation(body: Any) -> Invocation:
    """What the body of `POST /jobs` asks for. Raises `AzureError`.

    Source: Azure ML docs, how-to-access-data-batch-endpoints-jobs ("InputData", "OutputData").
    """
    properties = _lower((body or {}).get("properties") if isinstance(body, dict) else None)
    inputs = properties.get("inputdata")
    if not isinstance(inputs, dict) or not inputs:
        raise AzureError("BadArgument", "properties.InputData is needed: the input to score.")
    read = [_input(name, each) for name, each in inputs.items()]
    if len(read) != 1:
        raise AzureError("BadArgument", f"A model deployment takes one input, not {len(read)}.")
    more = properties.get("properties")
    experiment = more.get("experimentName", "") if isinstance(more, dict) else ""
    names = ("miniBatchSize", "errorThreshold", "outputFileName", "retrySettings")
    return Invocation(
        uri=read[0][0],
        folder=read[0][1],
        name=str(properties.get("name") or ""),
        experiment=str(experiment),
        output_uri=_output(properties.get("outputdata")),
        overrides={name: properties[name.lower()] for name in names if properties.get(name.lower()) is not None},
    )


def _lower(found: Any) -> dict[str, Any]:
    """Keys in lower case: the documentation writes `InputData`, the SDK `inputData`."""
    return {str(name).lower(): value for name, value in found.items()} if isinstance(found, dict) else {}


def _input(name: str, given: Any) -> tuple[str, bool]:
    fields = _lower(given)
    kind, uri = str(fields.get("jobinputtype", "")).lower(), fields.get("uri")
    if kind in _LITERALS:
        raise AzureError("BadArgument", f"Input {name}: a model deployment takes no literal input.")
    if kind not in _FILES:
        known = str(fields.get("jobinputtype") or "nothing")
        raise AzureError(
            "NotImplemented", f"Input {name}: the local Azure doesn't have the type {known}.", status=501
        )
    if not isinstance(uri, str) or not uri:
        raise AzureError("BadArgument", f"Input {name}: uri is missing.")
    return uri, kind == "urifolder"


def _output(given: Any) -> str:
    outputs = list(given.values()) if isinstance(given, dict) else []
    if len(outputs) > 1:
        raise AzureError("BadArgument", f"A model deployment has one output, not {len(outputs)}.")
    return str(_lower(outputs[0]).get("uri") or "") if outputs else ""
