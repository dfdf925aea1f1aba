"""Environments through azure-ai-ml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_an_environment_without_a_version_gets_one_when_it_changes(ml: Any, conda: Callable[[str], str]) -> None:
    """The client tries the latest version first: the same is that one again, another is a new one."""
    from azure.ai.ml.entities import Environment

    made = [
        ml.environments.create_or_update(Environment(name="env-auto", image="im:1", conda_file=conda(package))).version
        for package in ("numpy", "numpy", "pandas")
    ]
    assert made == ["1", "1", "2"]
    assert ml.environments.get("env-auto", label="latest").version == "2"
    assert "numpy" in str(ml.environments.get("env-auto", "1").conda_file)
    assert [each.version for each in ml.environments.list(name="env-auto")] == ["2", "1"]


def test_a_build_context_is_uploaded(ml: Any, tmp_path: Path) -> None:
    """An environment with a Dockerfile of its own."""
    from azure.ai.ml.entities import BuildContext, Environment

    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "Dockerfile").write_text("FROM scratch\n")
    build = BuildContext(path=str(tmp_path / "context"))
    made = ml.environments.create_or_update(Environment(name="env-built", build=build))
    assert ".blob.core.windows.net/azureml-blobstore-" in made.build.path
    assert made.build.dockerfile_path == "Dockerfile"


def test_an_environment_is_archived_and_restored(ml: Any) -> None:
    """It leaves the list, and comes back."""
    from azure.ai.ml.entities import Environment

    ml.environments.create_or_update(Environment(name="env-old", version="1", image="im:1"))
    ml.environments.archive("env-old")
    assert "env-old" not in [each.name for each in ml.environments.list()]
    ml.environments.restore("env-old")
    assert "env-old" in [each.name for each in ml.environments.list()]
