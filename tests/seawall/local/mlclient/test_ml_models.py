"""Models in a workspace through azure-ai-ml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.seawall.local.mlclient.conftest import contents


def _model(name: str, path: Path, **options: Any) -> Any:
    from azure.ai.ml.entities import Model

    return Model(name=name, path=str(path), **options)


def test_a_model_is_uploaded_and_comes_back_as_it_was(ml: Any, model_folder: Path, tmp_path: Path) -> None:
    """Into the default datastore; a folder stays a folder."""
    made = ml.models.create_or_update(_model("round", model_folder, tags={"stage": "test"}))
    assert made.version == "1"
    assert "/datastores/workspaceblobstore/paths/LocalUpload/" in made.path
    ml.models.download("round", "1", download_path=str(tmp_path / "back"))
    assert contents(tmp_path / "back" / "round" / "model") == contents(model_folder)


def test_versions_count_on_and_latest_is_the_last_one_made(ml: Any, model_folder: Path) -> None:
    """A version that is named by hand is counted on from, and `latest` goes by when versions were made."""
    for version in (None, None, "9", None, "4"):
        ml.models.create_or_update(_model("counted", model_folder / "model.pkl", version=version))
    assert [each.version for each in ml.models.list(name="counted")] == ["4", "10", "9", "2", "1"]
    assert ml.models.get("counted", label="latest").version == "4"
    container = next(each for each in ml.models.list() if each.name == "counted")
    assert container.latest_version == "4"


def test_what_a_version_consists_of_cannot_be_changed(ml: Any, model_folder: Path) -> None:
    """Its path is refused with what clients look for; its description and tags may change."""
    from azure.ai.ml.exceptions import AssetPathException
    from azure.core.exceptions import HttpResponseError

    ml.models.create_or_update(_model("fixed", model_folder, version="1"))
    changed = ml.models.get("fixed", "1")
    changed.description, changed.tags = "told later", {"approved": "yes"}
    ml.models.create_or_update(changed)
    assert ml.models.get("fixed", "1").tags == {"approved": "yes"}
    with pytest.raises((AssetPathException, HttpResponseError), match=r"already linked|Asset paths"):
        ml.models.create_or_update(_model("fixed", model_folder / "model.pkl", version="1"))


def test_archived_models_are_not_listed(ml: Any, model_folder: Path) -> None:
    """A version, or all of a model; both come back."""
    from azure.ai.ml.constants import ListViewType

    for _ in range(2):
        ml.models.create_or_update(_model("old", model_folder))
    ml.models.archive("old", "1")
    assert [each.version for each in ml.models.list(name="old")] == ["2"]
    archived = ml.models.list(name="old", list_view_type=ListViewType.ARCHIVED_ONLY)
    assert [each.version for each in archived] == ["1"]
    ml.models.archive("old")
    assert "old" not in [each.name for each in ml.models.list()]
    ml.models.restore("old")
    ml.models.restore("old", "1")
    assert "old" in [each.name for each in ml.models.list()]
    assert len(list(ml.models.list(name="old"))) == 2


def test_a_model_that_is_not_there_is_not_found(ml: Any) -> None:
    """404, as `ResourceNotFoundError`."""
    from azure.core.exceptions import ResourceNotFoundError

    with pytest.raises(ResourceNotFoundError):
        ml.models.get("never-made", "1")


def test_a_model_of_a_datastore_path_is_registered_without_an_upload(ml: Any) -> None:
    """As samples do with the output of a job."""
    from azure.ai.ml.entities import Model

    path = "azureml://datastores/workspaceblobstore/paths/models/credit/"
    made = ml.models.create_or_update(Model(name="by-path", version="3", path=path, type="mlflow_model"))
    assert made.type == "mlflow_model"
    assert made.path.endswith("/datastores/workspaceblobstore/paths/models/credit/")
