"""Controllers of releases on the served local Azure: killed, interrupted, and asked from elsewhere."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

from tests.seawall.delivery.control.serving import callers, killed, release_file, run, stable_of, started, wait_for
from tests.served import Served

KILLS = int(os.environ.get("SEAWALL_KILLS", "3"))
"""How many times a controller is killed, at random points of several releases."""


def test_a_person_pauses_and_resumes_a_release_from_elsewhere(served: Served, folder: Path) -> None:
    """Without a controller a command is carried out at once; status and history tell of it."""
    waits = {"canary": {"steps": [{"traffic": 20, "pause": True}], "soak": "0s"}}
    file = release_file(folder, "6", strategy=waits)
    with callers(served):
        assert run(served, "start", file, "--until-paused").result["release"]["paused"]
        told = run(served, "status", file).result
        assert told["release"]["step"] == 1 and told["controller"] is None
        assert run(served, "resume", file).code == 0
    lines = run(served, "history", file).result["history"]
    assert any("resumed" in line["why"] for line in lines)
    assert lines[-1]["outcome"] == "released"


def test_a_controller_that_is_killed_at_random_points_ends_right(served: Served, folder: Path) -> None:
    """SIGKILL after a random number of events, again and again over several releases; the next start always goes on."""
    chance, kills, version = random.Random(6), 0, 7
    with callers(served) as told:
        while kills < KILLS:
            file = release_file(folder, str(version))
            while kills < KILLS and killed(served, file, chance.randint(1, 9)):
                kills += 1
            ran = run(served, "start", file)
            assert ran.code == 0, (kills, ran.error)
            candidate = ran.result["release"]["candidate"]
            assert ran.result["traffic"] == {candidate: 100} and ran.result["release"]["outcome"] == "released"
            version += 1
    assert {status for status, _ in told.answers} == {200}


def test_a_running_controller_hears_what_is_asked_elsewhere(served: Served, folder: Path) -> None:
    """Paused and aborted by other processes while it runs: each is answered by it, and it ends with the abort."""
    stable = stable_of(served, folder)
    file = release_file(folder, "42", strategy={"canary": {"steps": [{"traffic": 20, "bake": "1h"}]}})
    with callers(served), started(served, file) as controller:
        wait_for(controller, lambda event: event.get("event") == "moved" and event["state"]["step"] == 1)
        second = run(served, "start", file)
        assert second.code == 3 and second.result["holder"]["pid"] == str(controller.pid)
        paused = run(served, "pause", file, "--why", "lunch")
        assert paused.code == 0 and paused.result["release"]["paused"] == "lunch", paused.error
        told = run(served, "status", file).result
        assert told["controller"]["pid"] == str(controller.pid)
        aborted = run(served, "abort", file, "--why", "complaints")
        assert aborted.code == 0 and aborted.result["traffic"] == {stable: 100}, aborted.error
        assert controller.wait(timeout=300) == 1


def test_ctrl_c_stops_the_controller_and_nothing_else(served: Served, folder: Path) -> None:
    """Exit code 130, the traffic as it was, the lease given back; the next start goes on to the end."""
    again = {"canary": {"steps": [20], "soak": "0s"}}
    file = release_file(folder, "43", strategy=again, analysis={"interval": "2s", "inconclusiveLimit": 1000})
    with started(served, file) as controller:  # nobody calls: no look can pass
        wait_for(controller, lambda event: event.get("event") == "moved" and event["state"]["step"] == 1)
        controller.send_signal(signal.SIGINT)
        assert controller.wait(timeout=300) == 130
    told = run(served, "status", file).result
    assert told["controller"] is None and sorted(told["traffic"].values()) == [20, 80]
    with callers(served):
        assert run(served, "start", file).code == 0
