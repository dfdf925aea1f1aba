"""Registers a trained version in a workspace: python register.py FOLDER --version 2 --workspace ARM-ID

FOLDER is a version that train.py made. The tags say where the model comes from; promotion.yaml asks for them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

from azure.ai.ml import MLClient
from azure.ai.ml.entities import Model
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential

NAME = "claims-fraud"
NO_COMMIT = "0" * 40
"""Where the project isn't a git checkout, as when it was downloaded: nothing that anyone should promote for real."""


def register(folder: Path, version: str, client: MLClient) -> Model:
    """The registered model. One that is there already stays as it is: a version never changes."""
    try:
        return client.models.get(NAME, version)
    except ResourceNotFoundError:
        said = json.loads((folder / "model" / "evaluation.json").read_text())
        return client.models.create_or_update(
            Model(
                name=NAME,
                version=version,
                type="mlflow_model",
                path=folder / "model",
                description="Ranks claims for a look by the special investigations unit.",
                tags={
                    "git-commit": commit(),
                    "training-job": said["run"],
                    "training-data": "claims-labelled:1",
                    "responsible-ai-card": "card.md",
                    "owner": "claims-analytics@larkspur.example",
                },
            )
        )


def commit() -> str:
    """The commit of the training code."""
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return NO_COMMIT
    return done.stdout.strip() or NO_COMMIT


def client_of(workspace: str) -> MLClient:
    """A client of the workspace with this ARM ID, signed in as whoever runs this."""
    _, _, subscription, _, group, *_, name = workspace.split("/")
    return MLClient(DefaultAzureCredential(), subscription, group, name, show_progress=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version", required=True)
    parser.add_argument("--workspace", required=True, metavar="ARM-ID")
    asked = parser.parse_args()
    found = register(asked.folder.resolve(), asked.version, client_of(asked.workspace))
    print(f"{found.name}:{found.version} is registered in {asked.workspace.rpartition('/')[2]}")
