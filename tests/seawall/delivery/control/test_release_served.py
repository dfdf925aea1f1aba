"""Releases by the real command line on the served local Azure: real clients, inference servers, and kills."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.seawall.delivery.control.serving import Ran, callers, killed, register, release_file, run, started, wait_for
from tests.served import Served, command, start

KILLS = int(os.environ.get("SEAWALL_KILLS", "6"))
"""How many times a controller is killed, at random points of several releases."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    """The dev environment, served, with the first version answering all traffic."""
    served = start(folder, "dev")
    try:
        register(served, folder)
        first = run(served, "start", release_file(folder, "1", strategy="direct"))
        assert first.code == 0, first.error
        yield served
    finally:
        served.stop()


def stable_of(served: Served, folder: Path) -> str:
    found = run(served, "status", release_file(folder, "1", strategy="direct")).result
    (name, share), = found["traffic"].items()  # fmt: skip
    assert share == 100
    return str(name)


def is_back(ran: Ran, stable: str) -> None:
    """Rolled back from the first step, which nothing got past, by the update right after the first bad look."""
    assert ran.code == 1, ran.error
    candidate = ran.result["release"]["candidate"]
    assert ran.shares == [{stable: 100}, {stable: 80, candidate: 20}, {stable: 100}]
    looks = [event for event in ran.events if event.get("answer") == "measured"]
    judged = [event for event in ran.events if event.get("kind") == "roll back"]
    assert len(judged) == 1 and ran.events.index(judged[0]) > ran.events.index(looks[-1])
    after = [event for event in ran.events[ran.events.index(judged[0]) :] if event.get("action")]
    assert {event["action"] for event in after} == {"SetEndpoint"}, "nothing comes between the verdict and the way back"


def test_a_good_version_gets_all_traffic_and_no_caller_notices(served: Served, folder: Path) -> None:
    """10 requests a step and more, no answer but 200, and in the end none of the old version."""
    with callers(served) as told:
        ran = run(served, "start", release_file(folder, "2"))
    assert ran.code == 0, ran.error
    assert [sorted(shares.values()) for shares in ran.shares] == [[100], [20, 80], [40, 60], [100]]
    assert {status for status, _ in told.answers} == {200} and {by for _, by in told.answers} == {"1", "2"}
    again = run(served, "start", release_file(folder, "2"))
    assert again.code == 0 and again.moves == []


def test_a_version_that_fails_is_rolled_back_from_its_first_step(served: Served, folder: Path) -> None:
    """Its answers are 500: the callers of the other four fifths never see one."""
    stable = stable_of(served, folder)
    bad = release_file(folder, "3", variables={"FAILS": "yes"}, smokeTests=[])
    with callers(served):
        ran = run(served, "start", bad)
    is_back(ran, stable)
    assert "error rate" in ran.result["release"]["reason"]
    refused = run(served, "start", bad)
    assert refused.code == 1 and refused.moves == [], "the same file again is refused"


def test_a_slow_version_is_rolled_back_from_its_first_step(served: Served, folder: Path) -> None:
    stable = stable_of(served, folder)
    with callers(served):
        ran = run(served, "start", release_file(folder, "4", interval="4s", variables={"SECONDS": "0.9"}))
    is_back(ran, stable)
    assert "p50" in ran.result["release"]["reason"]


def test_a_version_that_answers_wrongly_gets_no_traffic(served: Served, folder: Path) -> None:
    """The smoke test says what is wrong; nobody but it ever called the version."""
    stable = stable_of(served, folder)
    with callers(served) as told:
        ran = run(served, "start", release_file(folder, "5", variables={"SCORE": "0.9"}))
    assert ran.code == 1 and ran.shares == [{stable: 100}]
    assert "score is 0.9" in ran.result["release"]["reason"]
    assert "5" not in {by for _, by in told.answers}


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


def test_faults_of_the_cloud_are_ridden_out(served: Served, folder: Path) -> None:
    """Too many requests, a conflict, an unavailable service, lost connections: retried, and the release gets there."""
    faults = (
        ("*", "--status", "429", "--retry-after", "0.2", "--times", "3"),
        ("*/onlineEndpoints/*", "--method", "PUT", "--status", "409", "--code", "AnotherOperationInProgress"),
        ("*/onlineEndpoints/*", "--method", "PUT", "--status", "503", "--times", "2", "--nth", "2"),
        ("*/onlineEndpoints/*", "--method", "GET", "--reset", "--times", "2", "--nth", "5"),
        ("*", "--kind", "blob", "--status", "503", "--times", "2", "--nth", "3"),
        ("*", "--kind", "metrics", "--status", "503", "--times", "1"),
    )
    for fault in faults:
        command(served.place, "local", "fault", "add", *fault)
    try:
        with callers(served) as told:
            ran = run(served, "start", release_file(folder, "40"))
    finally:
        command(served.place, "local", "fault", "clear")
    assert ran.code == 0, ran.error
    assert {status for status, _ in told.answers} == {200}


def test_a_deployment_that_fails_to_provision_leaves_the_traffic_untouched(served: Served, folder: Path) -> None:
    """A scoring script that can't be loaded: the reason has the end of the container's log, and no share was moved."""
    stable = stable_of(served, folder)
    file = release_file(folder, "41", code={"folder": "broken", "script": "score.py"})
    (folder / "broken").mkdir(exist_ok=True)
    (folder / "broken" / "score.py").write_text("import larkspur_nowhere\n\ndef init():\n    pass\n")
    with callers(served) as told:
        ran = run(served, "start", file)
    assert ran.code == 1 and ran.shares == [{stable: 100}]
    assert "larkspur_nowhere" in ran.result["release"]["reason"]
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
