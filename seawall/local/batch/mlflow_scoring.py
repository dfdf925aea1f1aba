"""The scoring script of a batch deployment whose model is in MLflow's format and brings none.

The model predicts once for each file of a mini-batch; a row of the output is: row, prediction, file.
Source: Azure ML docs, how-to-mlflow-batch ("Considerations when deploying to batch inference"). It runs in the
inference environment, where nothing else of ours can be imported.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import mlflow.pyfunc  # type: ignore
import numpy  # type: ignore
import pandas  # type: ignore

TABLES = {".csv": pandas.read_csv, ".parquet": pandas.read_parquet, ".pqt": pandas.read_parquet}

model: Any = None


def init() -> None:
    """Load the model, once for each process."""
    global model
    home = Path(os.environ["AZUREML_MODEL_DIR"])
    folders = [path.parent for path in (home / "MLmodel", *sorted(home.glob("*/MLmodel"))) if path.is_file()]
    if not folders:
        raise FileNotFoundError("The model has no file MLmodel: it isn't in MLflow's format")
    model = mlflow.pyfunc.load_model(str(folders[0]))


def run(mini_batch: list[str]) -> pandas.DataFrame:
    """Predictions for each row of each file. Raises ValueError for a file that is no table."""
    return pandas.concat([_predicted(Path(path)) for path in mini_batch])


def _predicted(path: Path) -> pandas.DataFrame:
    read = TABLES.get(path.suffix.lower())
    if read is None:
        raise ValueError(f"{path.name}: file types supported are {', '.join(TABLES)} (images are not, here)")
    predictions = model.predict(read(path))
    values = list(numpy.asarray(predictions)) if not isinstance(predictions, list) else predictions
    lists = [each.tolist() if isinstance(each, numpy.ndarray) else each for each in values]
    return pandas.DataFrame({"row": range(len(lists)), "prediction": lists, "file": path.name})
