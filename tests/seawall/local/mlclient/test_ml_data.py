"""Data and code through azure-ai-ml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_files_and_folders_are_uploaded_as_data(ml: Any, model_folder: Path) -> None:
    """Versions count on by themselves; `latest` is the last one made."""
    from azure.ai.ml.entities import Data

    file = ml.data.create_or_update(Data(name="rows", path=str(model_folder / "model.pkl"), type="uri_file"))
    folder = ml.data.create_or_update(Data(name="rows", path=str(model_folder), type="uri_folder", version="7"))
    assert (file.version, folder.version) == ("1", "7")
    assert file.path.endswith("/model.pkl")
    assert ml.data.get("rows", label="latest").version == "7"
    assert [each.version for each in ml.data.list(name="rows")] == ["7", "1"]
    ml.data.archive("rows", "1")
    assert [each.version for each in ml.data.list(name="rows")] == ["7"]


def test_data_elsewhere_is_registered_by_its_address(ml: Any) -> None:
    """Nothing is uploaded where the path is a URL already; another path for the same version is refused."""
    from azure.ai.ml.entities import Data
    from azure.ai.ml.exceptions import AssetPathException
    from azure.core.exceptions import HttpResponseError

    path = "https://stelsewhere.blob.core.windows.net/container/rows.csv"
    ml.data.create_or_update(Data(name="elsewhere", version="1", path=path, type="uri_file"))
    assert ml.data.get("elsewhere", "1").path == path
    with pytest.raises((AssetPathException, HttpResponseError), match=r"already linked|Asset paths"):
        ml.data.create_or_update(Data(name="elsewhere", version="1", path=path + "2", type="uri_file"))


def test_code_that_is_there_already_is_not_uploaded_again(ml: Any, model_folder: Path) -> None:
    """Found by the digest of its content, whatever name it has."""
    from azure.ai.ml.entities._assets import Code

    made = ml._code.create_or_update(Code(name="first", version="1", path=str(model_folder)))
    again = ml._code.create_or_update(Code(name="second", version="1", path=str(model_folder)))
    assert (again.name, again.path) == (made.name, made.path)
    assert made.path.startswith("https://stclients01.blob.core.windows.net/")


def test_a_component_is_made_and_found(ml: Any) -> None:
    """Components are versioned like all assets."""
    from azure.ai.ml import command

    step = command(name="step", command="echo 1", environment="azureml://registries/azureml/environments/e/versions/1")
    made = ml.components.create_or_update(step.component, version="1")
    assert ml.components.get("step", "1").command == made.command == "echo 1"
