"""A model's files: one digest over all of them, and what the training says among them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path

from seawall.delivery.promotion.facts import Measurement

EVALUATION = "evaluation.json"
"""Beside the model: `{"metrics": {"roc_auc": 0.97}, "data": "<SHA-256 of the evaluation data>"}`.

Metrics stand in a file of the model because the files of a registered version never change and are under its digest,
where tags can be rewritten by anyone who may write models.
"""

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Contents:
    """What a model version is made of."""

    digest: str
    """SHA-256 over `<SHA-256 of the file>  <relative path>` of every file, sorted by path, a line each."""
    files: int
    size: int
    """In bytes."""


def root(folder: Path) -> Path:
    """The folder that has the model's own files: a download may put them below folders of its own."""
    while folder.is_dir():
        entries = list(folder.iterdir())
        if len(entries) != 1 or not entries[0].is_dir():
            return folder
        folder = entries[0]
    return folder


def contents(folder: Path) -> Contents:
    """What stands in a model's folder. Raises `FileNotFoundError` where there is nothing."""
    top = root(folder)
    paths = sorted(path for path in top.rglob("*") if path.is_file())
    if not paths:
        raise FileNotFoundError("the model has no files")
    whole = hashlib.sha256()
    for name, path in sorted((path.relative_to(top).as_posix(), path) for path in paths):
        whole.update(f"{file_digest(path)}  {name}\n".encode())
    return Contents(whole.hexdigest(), len(paths), sum(path.stat().st_size for path in paths))


def file_digest(path: Path) -> str:
    """SHA-256 of one file, read block by block: models are large."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def logged(folder: Path) -> Measurement | None:
    """What the training says of the model; None where it says nothing that can be read."""
    path = root(folder) / EVALUATION
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        metrics = numbers(said["metrics"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Measurement(metrics, str(said.get("data", "")))


def numbers(said: object) -> dict[str, float]:
    """The metrics in a JSON object. Raises `TypeError` where it isn't one, `ValueError` where one is no number."""
    if not isinstance(said, dict):
        raise TypeError("metrics are an object of names and numbers")
    found = {}
    for name, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} is no finite number")
        found[str(name)] = float(value)
    return found
