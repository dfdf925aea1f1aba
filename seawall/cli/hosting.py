"""The host of pull requests that a command talks to: by its options, else by the job's own variables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from seawall.cli.exits import BadInput, CloudFault
from seawall.pipelines import surroundings
from seawall.pipelines.host import Host
from seawall.pipelines.surroundings import DEVOPS, GITHUB, Surroundings

Repository = Annotated[
    str,
    typer.Option(
        "--repository", metavar="NAME", help="OWNER/NAME on GitHub, a name on Azure DevOps. In a job: its own."
    ),
]
Url = Annotated[
    str,
    typer.Option(
        "--url",
        metavar="URL",
        help="GitHub's API, or https://dev.azure.com/ORGANISATION/PROJECT. In a job: its own; else GitHub.com's.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and ask no server.")]

TOKENS = {GITHUB: "GITHUB_TOKEN", DEVOPS: "SYSTEM_ACCESSTOKEN"}


def here(repository: str, url: str) -> Surroundings:
    """Where the command runs, as far as its options don't say otherwise."""
    found = surroundings.of(os.environ)
    host = found.host or (DEVOPS if "dev.azure.com/" in url or ".visualstudio.com/" in url else GITHUB)
    token = found.token or os.environ.get(TOKENS[host], "")
    return Surroundings(
        host=host,
        api=url or found.api,
        repository=repository or found.repository,
        pull_request=found.pull_request,
        token=token,
        run_url=found.run_url,
        outputs=found.outputs,
    )


@contextmanager
def opened(where: Surroundings, *, kind: str = "Issue", closed: str = "Done") -> Iterator[Host]:
    """The host, ready to be asked. Raises `BadInput` for what is missing, `CloudFault` for what fails."""
    missing = []
    if not where.repository:
        missing.append("which repository is not known: name it with --repository")
    if not where.token:
        missing.append(f"there is no token: set {TOKENS[where.host]}, or say --dry-run")
    if not where.api:
        missing.append("the address isn't known: name it with --url")
    if missing:
        raise BadInput(missing)
    from seawall.pipelines import devops, github
    from seawall.pipelines.rest import ApiError

    try:
        with (github if where.host == GITHUB else devops).api(where.api, where.token) as api:
            yield (
                github.GitHub(api, where.repository)
                if where.host == GITHUB
                else devops.DevOps(api, where.repository, kind=kind, closed=closed)
            )
    except ApiError as error:
        raise CloudFault(str(error), hint=error.hint) from None


def told(where: Surroundings) -> str:
    """The host as people call it."""
    return "GitHub" if where.host == GITHUB else "Azure DevOps"
