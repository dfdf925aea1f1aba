"""Measures a model with the team's own script, in the environment that deployments run in, in a process of its own.

Loading a model runs code that is in it: never in the process that has the right to promote it.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from seawall.delivery.durations import written
from seawall.delivery.promotion import files
from seawall.delivery.promotion.facts import Measurement
from seawall.delivery.promotion.policy import Evaluation

WITHHELD = ("AZURE_", "IDENTITY_", "MSI_", "PYTHON", "VIRTUAL_ENV", "ACTIONS_ID_TOKEN", "SYSTEM_ACCESSTOKEN")
"""Prefixes of environment variables that a model's code doesn't get to see: what could sign it in, and our packages."""


class EvaluationFailed(Exception):
    """The script failed, took too long, or gave no metrics. The text is one sentence."""


def measure(evaluation: Evaluation, folder: Path, model: Path, python: Path) -> Measurement:
    """The metrics of a model's folder. `folder` is the policy file's. Raises `EvaluationFailed`."""
    script, data = folder / evaluation.script, folder / evaluation.data
    digest = files.file_digest(data)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(WITHHELD)}
    command = [str(python), str(script.resolve()), str(files.root(model)), str(data.resolve())]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=kept, timeout=evaluation.timeout.total_seconds(), check=False
        )
    except subprocess.TimeoutExpired:
        raise EvaluationFailed(f"{evaluation.script} took more than {written(evaluation.timeout)}") from None
    except OSError as error:
        raise EvaluationFailed(f"{python}: {error.strerror}") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
        raise EvaluationFailed(f"{evaluation.script} ended with {done.returncode}: {said[:300]}")
    lines = done.stdout.strip().splitlines()
    try:
        metrics = files.numbers(json.loads(lines[-1]))
    except (IndexError, ValueError, TypeError) as error:
        why = f"its last line is no JSON object of numbers ({error})" if lines else "it prints nothing"
        raise EvaluationFailed(f"{evaluation.script} gave no metrics: {why}") from None
    return Measurement(metrics, digest)
