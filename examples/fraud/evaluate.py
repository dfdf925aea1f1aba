"""Measures a model: python evaluate.py MODEL_FOLDER DATA_FILE; the last line is a JSON object of metrics.

`seawall model promote` calls it for the candidate and for the version in production, on the same data.
"""

from __future__ import annotations

import json
import sys
import time

from sklearn.metrics import precision_score, recall_score, roc_auc_score

LABEL = "fraud"


def metrics(scores, truth) -> dict[str, float]:
    """How well scores between 0 and 1 tell fraud."""
    verdict = scores > 0.5
    return {
        "roc_auc": float(roc_auc_score(truth, scores)),
        "recall": float(recall_score(truth, verdict)),
        "precision": float(precision_score(truth, verdict)),
    }


def main(folder: str, data_file: str) -> None:
    import mlflow.sklearn
    import pandas as pd

    data = pd.read_csv(data_file)
    features = data.drop(columns=LABEL)
    model = mlflow.sklearn.load_model(folder)
    model.predict(features.head(1))
    started = time.perf_counter()
    scores = model.predict_proba(features)[:, 1]
    took = (time.perf_counter() - started) / len(data)
    print(json.dumps({**metrics(scores, data[LABEL]), "milliseconds_per_claim": took * 1000}))


if __name__ == "__main__":
    main(*sys.argv[1:])
