"""The scoring script of a deployment whose model is in MLflow's format and brings none.

It takes and gives what Azure's own does: `{"input_data": ...}` with a table (`columns`, `index`, `data`), a list (an
array) or a mapping (named tensors), and `params` beside it. Source: Azure ML docs,
how-to-deploy-mlflow-models-online-endpoints ("Understand differences between deploying to ... MLflow server").
It runs in the inference environment, where nothing else of ours can be imported.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import mlflow.pyfunc  # type: ignore
import numpy  # type: ignore
import pandas  # type: ignore
from azureml_inference_server_http.api.aml_response import AMLResponse  # type: ignore
from mlflow.exceptions import MlflowException  # type: ignore
from mlflow.pyfunc.scoring_server import _get_jsonable_obj  # type: ignore

FORMATS = (
    'a table ({"columns": [...], "index": [...], "data": [...]}), a list, or a mapping of names to lists'
)

model: Any = None


class Refused(Exception):
    """A request that the model can't take: the client's fault."""


def init() -> None:
    """Load the model, once for each worker."""
    global model
    model = mlflow.pyfunc.load_model(str(folder(Path(os.environ["AZUREML_MODEL_DIR"]))))


def folder(place: Path) -> Path:
    """The folder that has the file `MLmodel`: the given one, or the one right below it."""
    named = place / os.environ.get("MLFLOW_MODEL_FOLDER", "")
    for candidate in (named, place, *sorted(place.glob("*/"))):
        if (candidate / "MLmodel").is_file():
            return candidate
    raise FileNotFoundError(f"{place} has no file MLmodel: the model isn't in MLflow's format")


def run(raw_data: str) -> Any:
    """Answer a request. What the model can't take is answered with status 400 and the reason."""
    try:
        data, params = parsed(raw_data)
    except Refused as error:
        return AMLResponse({"message": str(error)}, 400, json_str=True)
    try:
        result = model.predict(data, params=params) if params else model.predict(data)
    except MlflowException as error:
        # The model's signature refuses the data: its columns, its types, its shape.
        return AMLResponse({"message": str(error)}, 400, json_str=True)
    return _get_jsonable_obj(result, pandas_orient="records")


def parsed(raw_data: str) -> tuple[Any, dict[str, Any] | None]:
    """The data and the parameters of a request. Raises `Refused`."""
    try:
        document = json.loads(raw_data)
    except ValueError as error:
        raise Refused(f"The request isn't JSON: {error}") from None
    if not isinstance(document, dict) or "input_data" not in document:
        raise Refused("Request must contain a top level key named 'input_data'")
    params = document.get("params")
    if params is not None and not isinstance(params, dict):
        raise Refused("'params' must be a mapping")
    return converted(document["input_data"]), params


def converted(data: Any) -> Any:
    """The data as a table, an array or a mapping of arrays. Raises `Refused`."""
    try:
        if isinstance(data, list):
            return _listed(data)
        if isinstance(data, dict) and {"columns", "data"} <= data.keys():
            return pandas.DataFrame(data=data["data"], columns=data["columns"], index=data.get("index"))
        if isinstance(data, dict):
            return {name: numpy.asarray(values) for name, values in data.items()}
    except (ValueError, TypeError) as error:
        raise Refused(f"'input_data' can't be read: {error}") from None
    raise Refused(f"'input_data' must be {FORMATS}")


def _listed(data: list[Any]) -> Any:
    """Records are a table, anything else an array; with a signature of columns, an array is a table of them."""
    if data and all(isinstance(each, dict) for each in data):
        return pandas.DataFrame.from_records(data)
    array = numpy.asarray(data)
    signature = model.metadata.get_input_schema()
    if signature is not None and signature.has_input_names() and not signature.is_tensor_spec() and array.ndim == 2:
        return pandas.DataFrame(data, columns=signature.input_names())
    return array
