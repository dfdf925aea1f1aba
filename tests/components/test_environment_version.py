from __future__ import annotations

import pulumi
import pytest

from components.environment_version import EnvironmentVersion, EnvironmentVersionArgs, is_pinned
from tests.components.judged import inputs, judge, one, tree, waits_for
from tests.components.ml_samples import WORKSPACE, of_workspace

IMAGE = "mcr.microsoft.com/azureml/minimal-py312-inference:20250601.v1"
VERSION = "machinelearningservices:EnvironmentVersion"


def args(**more: object) -> EnvironmentVersionArgs:
    return EnvironmentVersionArgs(**of_workspace("scoring", **{"version": "3", "image": IMAGE, **more}))


def test_an_environment_has_one_version(plan, azure_types):
    """A container and a version in it, which waits for the container and outlives its replacement."""
    planned = plan(lambda: EnvironmentVersion("scoring", args()))
    judge(planned, azure_types)
    assert tree(planned) == {
        ("EnvironmentVersion", "scoring", ""),
        ("machinelearningservices:EnvironmentContainer", "scoring", "EnvironmentVersion scoring"),
        (VERSION, "scoring", "EnvironmentVersion scoring"),
    }
    version = one(planned, VERSION)
    assert version.inputs == {
        **{"name": "scoring", "version": "3"},
        **{"workspaceName": "mlw-larkspur", "resourceGroupName": "rg-larkspur-mlp"},
        "properties": {
            **{"image": IMAGE, "osType": "Linux", "autoRebuild": "Disabled", "isAnonymous": False, "isArchived": False},
            "tags": {"env": "test"},
        },
    }
    assert waits_for(planned, version) == {"machinelearningservices:EnvironmentContainer scoring"}
    assert version.options.retain_on_delete is True


def test_an_environment_takes_conda_packages(plan, azure_types):
    """The text of a Conda file goes with the image."""
    conda = "dependencies:\n- scikit-learn=1.7\n"
    planned = plan(lambda: EnvironmentVersion("scoring", args(conda_file=conda, description="Scores claims.")))
    judge(planned, azure_types)
    properties = inputs(planned, VERSION)["properties"]
    assert (properties["condaFile"], properties["description"]) == (conda, "Scores claims.")


def test_id_and_name_are_known(plan):
    """The ID is the version's, which deployments name."""

    def program() -> None:
        environment = EnvironmentVersion("scoring", args())
        pulumi.export("all", [environment.id, environment.name])

    planned = plan(program)
    assert planned.outputs["all"] == [f"{WORKSPACE}/environments/scoring/versions/3", "scoring"]
    assert one(planned, VERSION).id == f"{WORKSPACE}/environments/scoring/versions/3"


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        (IMAGE, True),
        (f"crlarkspur.azurecr.io/scoring@sha256:{'0' * 64}", True),
        (f"crlarkspur.azurecr.io/scoring:1.2@sha256:{'a' * 64}", True),
        ("python:3.12-slim", True),
        ("localhost:5000/scoring:1", True),
        ("crlarkspur.azurecr.io/scoring", False),
        ("crlarkspur.azurecr.io/scoring:latest", False),
        ("localhost:5000/scoring", False),
        ("crlarkspur.azurecr.io/scoring@sha256:123", False),
        ("crlarkspur.azurecr.io/scoring:", False),
        ("", False),
    ],
)
def test_an_image_is_pinned_by_digest_or_tag(image, pinned):
    """A digest always means the same image, a tag does by agreement, and latest never does."""
    assert is_pinned(image) is pinned


def test_an_image_that_moves_is_refused():
    """A version never changes, so its image must not either."""
    with pytest.raises(ValueError, match="moves: give it a digest"):
        args(image="python:latest")
