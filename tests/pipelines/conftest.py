"""What the tests of the pipelines share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_hosts import DevOpsHandler, GitHubHandler, Kept, running

VARIABLES = ("GITHUB_", "GH_TOKEN", "SYSTEM_", "BUILD_", "TF_BUILD")


@pytest.fixture(autouse=True)
def on_a_laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of a pipeline's is set, wherever the tests run."""
    import os

    for name in os.environ:
        if name.startswith(VARIABLES):
            monkeypatch.delenv(name)


@pytest.fixture
def github() -> Iterator[Kept]:
    with running(GitHubHandler) as kept:
        yield kept


@pytest.fixture
def devops() -> Iterator[Kept]:
    with running(DevOpsHandler) as kept:
        yield kept
