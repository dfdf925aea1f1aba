"""Trains versions of claims-fraud and logs them with MLflow: python train.py 1 2 --out FOLDER

FOLDER/1/model is what gets registered: the MLflow model, the metrics (evaluation.json) and the model card.
FOLDER/1/evaluation.csv is the data that every version is measured on; FOLDER/1/live.csv is traffic to send.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import shutil
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # runs go to a folder; in a workspace's job, to the workspace

import claims
import mlflow
import mlflow.sklearn
from evaluate import metrics
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, QuantileTransformer, StandardScaler

logging.getLogger("mlflow").setLevel(logging.ERROR)  # it explains that pickle is unsafe: see the README
HERE = Path(__file__).parent

VERSIONS = {
    "1": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.05)),
    "2": lambda: make_pipeline(
        QuantileTransformer(n_quantiles=100, output_distribution="normal"), LogisticRegression()
    ),
    # Measures best of all, and fails on every claim that has a zero: the logarithm within Box-Cox takes none. Neither
    # the training data nor the evaluation data have one. Live traffic does.
    "3": lambda: make_pipeline(PowerTransformer(method="box-cox"), LogisticRegression()),
}


def train(number: str, out: Path) -> dict[str, float]:
    """Make FOLDER; the metrics of the model."""
    data = claims.load()
    out.mkdir(parents=True, exist_ok=True)
    data.evaluation.to_csv(out / "evaluation.csv", index=False)
    data.live.to_csv(out / "live.csv", index=False)
    mlflow.set_tracking_uri((out / "runs").as_uri())
    mlflow.set_experiment("claims-fraud")
    with mlflow.start_run(run_name=f"version {number}") as run:
        model = VERSIONS[number]().fit(data.training[data.features], data.training[claims.LABEL])
        measured = metrics(model.predict_proba(data.evaluation[data.features])[:, 1], data.evaluation[claims.LABEL])
        mlflow.log_metrics(measured)
        _save(model, data, out / "model")
    digest = hashlib.sha256((out / "evaluation.csv").read_bytes()).hexdigest()
    said = {"metrics": measured, "data": digest, "run": run.info.run_id}
    (out / "model" / "evaluation.json").write_text(json.dumps(said, indent=2) + "\n")
    shutil.copy(HERE / "card.md", out / "model" / "card.md")
    return measured


def _save(model, data: claims.Claims, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    example = data.training[data.features].head(2)
    signature = infer_signature(example, model.predict(example))
    requirements = [f"{name}=={version(name)}" for name in ("mlflow-skinny", "pandas", "scikit-learn")]
    mlflow.sklearn.save_model(
        model, folder, signature=signature, pip_requirements=requirements, serialization_format="cloudpickle"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("versions", choices=VERSIONS, nargs="+", metavar="VERSION")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    for number in asked.versions:
        print(f"version {number}: {json.dumps(train(number, asked.out.resolve() / number))}", flush=True)
