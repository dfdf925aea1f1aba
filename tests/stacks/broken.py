"""The form of a broken stack file, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import SettingsErrors, load


@dataclass(frozen=True)
class Broken:
    """A minimal file with one thing wrong. `errors` maps each path (without `config.seawall:`) to what is expected.

    `by_schema`: whether an editor that checks against the JSON Schema marks it too.
    """

    edits: dict[str, Any]
    errors: dict[str, str]
    stack: str = "dev"
    by_schema: bool = False


RULE = {"name": "rule", "type": "fqdn", "destination": "packages.larkspur.example"}
IMAGE = "mcr.microsoft.com/azureml/base:1"
ENVIRONMENT = {"name": "scoring", "image": IMAGE}
INSTANCE = {"name": "ana", "size": "Standard_DS3_v2", "assignedTo": "aaaaaaaa-0000-0000-0000-000000000001"}


def failing(path: Path) -> SettingsErrors:
    with pytest.raises(SettingsErrors) as caught:
        load(path)
    return caught.value
