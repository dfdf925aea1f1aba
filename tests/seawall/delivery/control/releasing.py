"""A release file and a controller over the small cloud."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from seawall.delivery.commands import Command
from seawall.delivery.controller import Controller
from seawall.delivery.document import Release
from seawall.delivery.events import Event
from seawall.delivery.performing import Performing
from seawall.delivery.planning import planned
from seawall.delivery.state import State, decode
from tests.seawall.delivery.control.small_cloud import TARGET, SmallCloud

FILE: dict[str, Any] = {
    "endpoint": "fraud-online",
    "model": {"from": "workspace", "name": "claims-fraud", "version": "7"},
    "instance": {"type": "Standard_DS3_v2", "count": 1},
    "autoscale": {"min": 1, "max": 3},
    "strategy": {"canary": {"steps": [10, 50], "soak": "5m"}},
    "analysis": {"interval": "1m", "consecutiveFailures": 1},
    "smokeTests": [
        {"name": "a claim", "body": {"claims": [1]}, "expect": {"values": [{"path": "score", "near": 0.5}]}}
    ],
    "keep": {"previous": "1h", "failed": "2h"},
}


def release(**changes: Any) -> Release:
    return Release.model_validate({**FILE, **changes})


def controller(
    cloud: SmallCloud,
    folder: Path,
    wanted: Release | None = None,
    *,
    heard: list[Event] | None = None,
    given: Command | None = None,
) -> Controller:
    """A new process's controller: all that it knows is the file."""
    wanted = wanted or release()
    performing = Performing(cloud, TARGET, wanted, folder, tags={"costCenter": "CC-4110"}, clock=cloud.clock)
    cloud.leased = None  # a killed holder's lease has ended
    return Controller(
        port=cloud,
        plan=planned(wanted, folder),
        performer=performing,
        lease=cloud.lease({"host": "ci-1", "pid": "1"}),
        clock=cloud.clock,
        listen=(heard if heard is not None else []).append,
        given=given,
        glance=timedelta(seconds=5),
    )


def run(cloud: SmallCloud, folder: Path, wanted: Release | None = None, **how: Any) -> State:
    one = controller(cloud, folder, wanted, **how)
    one.start("ana@larkspur.example")
    return one.run()


def state_of(cloud: SmallCloud) -> State:
    found = decode(cloud.live.tags)
    assert found is not None
    return found
