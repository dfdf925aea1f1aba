"""What a pipeline's job knows of itself, by the variables that GitHub Actions and Azure Pipelines set.

Sources: GitHub docs, actions/reference/variables; Azure DevOps docs, pipelines/build/variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GITHUB, DEVOPS = "github", "azure-devops"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where a command runs; empty what isn't known, as on a laptop."""

    host: str = ""
    """`github` or `azure-devops`."""
    api: str = ""
    """Of GitHub the REST API's address; of Azure DevOps the organisation's, with the project."""
    repository: str = ""
    """OWNER/NAME on GitHub; the name or ID on Azure DevOps."""
    pull_request: str = ""
    token: str = ""
    run_url: str = ""
    outputs: Path | None = None
    """GitHub's file for a step's outputs."""


def of(variables: Mapping[str, str]) -> Surroundings:
    """The surroundings by environment variables."""
    if variables.get("TF_BUILD"):
        return _devops(variables)
    return _github(variables)


def _github(variables: Mapping[str, str]) -> Surroundings:
    server, repository = variables.get("GITHUB_SERVER_URL", ""), variables.get("GITHUB_REPOSITORY", "")
    run = variables.get("GITHUB_RUN_ID", "")
    outputs = variables.get("GITHUB_OUTPUT")
    return Surroundings(
        host=GITHUB if repository else "",
        api=variables.get("GITHUB_API_URL", "https://api.github.com"),
        repository=repository,
        token=variables.get("GITHUB_TOKEN", "") or variables.get("GH_TOKEN", ""),
        run_url=f"{server}/{repository}/actions/runs/{run}" if server and run else "",
        outputs=Path(outputs) if outputs else None,
    )


def _devops(variables: Mapping[str, str]) -> Surroundings:
    collection = variables.get("SYSTEM_COLLECTIONURI", "").rstrip("/")
    project = variables.get("SYSTEM_TEAMPROJECTID", "") or variables.get("SYSTEM_TEAMPROJECT", "")
    build = variables.get("BUILD_BUILDID", "")
    return Surroundings(
        host=DEVOPS,
        api=f"{collection}/{project}" if collection and project else "",
        repository=variables.get("BUILD_REPOSITORY_ID", ""),
        pull_request=variables.get("SYSTEM_PULLREQUEST_PULLREQUESTID", ""),
        token=variables.get("SYSTEM_ACCESSTOKEN", ""),
        run_url=f"{collection}/{project}/_build/results?buildId={build}" if collection and build else "",
    )
