"""Releases by the real command line on the served local Azure: real clients and inference servers."""

from __future__ import annotations

from pathlib import Path

from tests.seawall.delivery.control.serving import Ran, callers, release_file, run, stable_of
from tests.served import Served, command


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
