"""The environment that deployments run in: Azure's own inference server, MLflow, scikit-learn. Never Pulumi's.

Every deployment of a machine shares it, whatever environment it names: see `missing` in `launcher`. Pins are in
`requirements/inference.txt`; Azure builds an image of each environment instead.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seawall import environments
from seawall.environments import Unavailable

__all__ = ["HOME", "ROOT", "Unavailable", "python"]

ROOT = Path(__file__).parents[3]
"""The project: where its stores lie makes no difference, so that all of them share one environment."""

HOME = Path(".seawall") / "inference"
"""The environment in the project."""

WANTED = environments.Wanted(title="the inference server", pins=ROOT / "requirements" / "inference.txt")


def python(say: Callable[[str], None], folder: Path | None = None) -> Path:
    """The interpreter of the inference environment, which is made where it isn't there or has other pins.

    `say` gets a line before something takes long. Raises `Unavailable`, in particular where no package index answers.
    """
    return environments.python(WANTED, folder or ROOT / HOME, say)
