"""Which identity a job signs in as: by the GitHub environment, or the service connection, that trusts it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from workflow_files import DEVOPS, ROOT, devops_jobs, devops_steps, loaded, workflows

from stacks.settings import Settings, load

ENVIRONMENTS = ("dev", "test", "prod")
DEPLOYERS = {"shared", *ENVIRONMENTS}
MODELS = (("release-model.yml", "release"), ("promote-model.yml", "promote"))


def settings(env: str) -> Settings:
    return load(ROOT / "stacks" / f"Pulumi.{env}.yaml")


def trusted_by_ci(env: str) -> str:
    github = settings(env).identities.github
    assert github is not None
    return github.environment or env


def trusted_by_deployer(file: Path) -> str:
    config = yaml.safe_load(file.read_text())["config"]
    return str(config["bootstrap:github"].get("deployEnvironment", file.stem.removeprefix("Pulumi.")))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_models_are_released_and_promoted_by_the_stack_s_ci_identity(env: str) -> None:
    """The GitHub environment of the job is the one that the identity's federated credential names."""
    names = {job: workflows()[file]["jobs"][job]["environment"] for file, job in MODELS}
    assert names["release"].replace("${{ inputs.environment }}", env) == trusted_by_ci(env)
    chosen = "${{ inputs.to == 'registry' && inputs.from || inputs.to }}"
    assert names["promote"].replace(chosen, env) == trusted_by_ci(env)


def test_no_github_environment_is_trusted_by_two_identities() -> None:
    """Else a job that runs a model's code could ask for a token as the deployer."""
    theirs = {trusted_by_deployer(file) for file in (ROOT / "examples" / "bootstrap").glob("Pulumi.*.yaml")}
    assert {"shared", "dev"} <= theirs <= DEPLOYERS
    ours = [trusted_by_ci(env) for env in ("shared", *ENVIRONMENTS)]
    assert len(set(ours)) == 4
    assert not set(ours) & {*DEPLOYERS, "preview", "drift"}


def test_what_changes_the_platform_does_so_as_the_deployer() -> None:
    assert workflows()["deploy-environment.yml"]["jobs"]["up"]["environment"] == "${{ inputs.environment }}"
    assert workflows()["leftovers.yml"]["jobs"]["purge"]["environment"] == "${{ inputs.purge }}"


@pytest.mark.parametrize("file", ["release-model.yml", "promote-model.yml"])
def test_service_connections_part_them_in_the_same_way(file: str) -> None:
    """On Azure DevOps; `seawall-models-ENV` is the connection that the CI identity of prod's stack file trusts."""
    named: list[str] = []
    for job in devops_jobs(loaded(DEVOPS / file)):
        for step in devops_steps(job) if "deployment" in job else ():
            named += connections(step.get("parameters", {}))
    assert named and all(re.fullmatch(r"seawall-models-\$\{\{ parameters\.\w+ \}\}", one) for one in named)
    connection = settings("prod").identities.azure_dev_ops
    assert connection is not None and connection.service_connection == "seawall-models-prod"


def connections(parameters: dict[str, Any]) -> list[str]:
    inner = [value["connection"] for value in parameters.values() if isinstance(value, dict) and "connection" in value]
    return [*inner, *([parameters["connection"]] if "connection" in parameters else [])]
