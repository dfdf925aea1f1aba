"""What the tests of services share."""

from __future__ import annotations

import pytest
from arm import WORKSPACE, workspace_body

from seawall.local.azure import LocalAzure


@pytest.fixture
def workspace(azure: LocalAzure, group: str) -> str:
    """The ID of a workspace that stands."""
    azure.put(WORKSPACE, workspace_body())
    return WORKSPACE
