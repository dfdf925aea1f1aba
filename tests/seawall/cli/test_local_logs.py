"""`seawall local logs`: each log is found by the name that a person knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.cli.exits import BadInput
from seawall.cli.local import _log
from seawall.local.place import Place
from seawall.local.serving import logs

DEPLOYMENT = (
    "/subscriptions/1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/mlw/onlineEndpoints/"
    "fraud-online/deployments/green"
)


def test_the_newest_log_of_a_deployment_is_found_by_its_name(tmp_path: Path) -> None:
    """A container's log, as serving begins it, is ENDPOINT/DEPLOYMENT's; of several it is the latest."""
    place = Place(tmp_path / "azure.db")
    logs.begun(place, DEPLOYMENT, "0a1b2c3d", 1)
    newest = logs.begun(place, DEPLOYMENT, "00000000", 2)
    assert _log(place, "fraud-online/green") == newest


def test_a_log_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    place = Place(tmp_path / "azure.db")
    logs.begun(place, DEPLOYMENT, "0a1b2c3d", 1)
    (place.logs / "server.log").touch()
    with pytest.raises(BadInput) as found:
        _log(place, "fraud-online/blue")
    assert "server, fraud-online/green" in str(found.value.hint)
