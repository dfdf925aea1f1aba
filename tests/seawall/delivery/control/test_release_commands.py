"""The commands of releases at the command line, with a small cloud behind them, or one that nobody may call."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seawall.cli import planning, releasing
from seawall.cli.app import run
from seawall.cli.exits import ExitCode
from seawall.cli.project import Project
from seawall.cli.screen import Screen
from seawall.delivery.port import CloudError, FamilyUsage
from seawall.delivery.promotion import stamps
from seawall.plan.model import Plan
from tests.seawall.delivery.control.serving import values
from tests.seawall.delivery.control.small_cloud import SmallCloud, TestClock
from tests.seawall.delivery.promotion.test_promotion_before_release import RECORD
from tests.test_house import ROOT

GOOD = """\
endpoint: fraud-online
model: {from: workspace, name: claims-fraud, version: "7"}
instance: {type: Standard_DS3_v2, count: 1}
strategy: {canary: {steps: [10, 50], soak: 1m}}
analysis: {interval: 1m, consecutiveFailures: 1}
"""
BAD = {
    "not YAML": "endpoint: [fraud",
    "empty": "",
    "a list": "- endpoint: fraud-online\n",
    "no endpoint": GOOD.replace("endpoint: fraud-online\n", ""),
    "no model": GOOD.replace("model:", "modell:"),
    "an unknown key": GOOD + "speed: high\n",
    "a version that moves": GOOD.replace('"7"', "latest"),
    "a number for a name": GOOD.replace("claims-fraud", "7"),
    "no size": GOOD.replace("type: Standard_DS3_v2, ", ""),
    "a size that is none": GOOD.replace("Standard_DS3_v2", "big"),
    "no instances": GOOD.replace("count: 1", "count: 0"),
    "too many instances": GOOD.replace("count: 1", "count: 51"),
    "steps that fall": GOOD.replace("[10, 50]", "[50, 10]"),
    "a step of all": GOOD.replace("[10, 50]", "[10, 100]"),
    "a step of text": GOOD.replace("[10, 50]", "[ten]"),
    "two strategies": GOOD.replace("canary:", "blueGreen: {}, canary:"),
    "an interval of nothing": GOOD.replace("interval: 1m", "interval: soon"),
    "a finer interval than Azure's metrics": GOOD.replace("interval: 1m", "interval: 5s"),
    "code without an environment": GOOD + "code: {folder: code, script: score.py}\n",
    "a smoke test without a request": GOOD + "smokeTests: [{name: a claim}]\n",
    "a hook of two kinds": GOOD
    + "hooks: {beforeTraffic: [{name: x, command: {argv: [a]}, approval: {}}]}\n",
    "no such endpoint": GOOD.replace("fraud-online", "claims-online"),
    "a secret in the open as a list": GOOD + "environmentVariables: [KEY]\n",
}
SECRET = "AccountKey=abcdefghijklmnopqrstuvwxyz0123456789=="
SEVERAL = GOOD.replace("count: 1", "count: 99").replace("interval: 1m", "interval: soon").replace('"7"', "latest")


PLANS: dict[str, Plan] = {}


@pytest.fixture(autouse=True)
def planned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment is planned once: its plan is the same for every command."""
    real = planning.plan

    def plan(project: Project, env: str, screen: Screen) -> Plan:
        if env not in PLANS:
            PLANS[env] = real(project, env, screen)
        return PLANS[env]

    monkeypatch.setattr(planning, "plan", plan)


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that fails the test as soon as it is opened."""

    def refuse(wanted: object) -> Any:
        raise AssertionError("a port was opened")

    monkeypatch.setattr(releasing, "open_port", refuse)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> SmallCloud:
    """A small cloud, whose clock jumps, under the real commands."""
    cloud = SmallCloud()
    monkeypatch.setattr(releasing, "open_port", lambda wanted: cloud)
    monkeypatch.setattr(releasing, "clock", lambda: cloud.clock)
    return cloud


Said = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Said:
    """Runs a command on a file's text; exit code, what stdout has as JSON, and stderr."""

    def call(command: str, text: str = GOOD, *more: str) -> tuple[int, list[dict[str, Any]], str]:
        file = tmp_path / "release.yaml"
        file.write_text(text)
        capfd.readouterr()
        code = run(["release", command, str(file), "--env", "dev", "--json", "--cwd", str(ROOT), *more])
        out, err = capfd.readouterr()
        return code, list(values(out)), err

    return call


@pytest.mark.parametrize("command", ["plan", "start"])
@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_bad_file_touches_nothing(said: Said, untouched: None, text: str, command: str) -> None:
    """Exit code 2, a sentence for each fault, no port opened, no traceback."""
    code, told, err = said(command, text)
    assert code == ExitCode.BAD_INPUT and told[-1]["errors"] and told[-1]["exitCode"] == 2
    assert "Traceback" not in err


def test_all_faults_of_a_file_are_told_at_once(said: Said, untouched: None) -> None:
    """Three faults, three sentences, each with its place in the file."""
    code, told, _ = said("start", SEVERAL)
    assert code == ExitCode.BAD_INPUT and len(told[-1]["errors"]) == 3
    assert all("release.yaml:" in sentence for sentence in told[-1]["errors"])


def test_a_file_that_is_not_there_is_told(tmp_path: Path, untouched: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["release", "start", str(tmp_path / "none.yaml"), "--env", "dev", "--cwd", str(ROOT)]) == 2
    assert "none.yaml" in capfd.readouterr().err


def test_an_environment_that_is_none_is_told(said: Said, untouched: None, tmp_path: Path) -> None:
    (tmp_path / "release.yaml").write_text(GOOD)
    assert run(["release", "start", str(tmp_path / "release.yaml"), "--env", "devv", "--cwd", str(ROOT)]) == 2


def test_a_plan_changes_nothing_and_tells_all(said: Said, cloud: SmallCloud) -> None:
    """Steps, checks, quota with numbers, the cost of the doubled instances, the guardrails' verdict."""
    code, told, _ = said("plan")
    assert code == 0 and not cloud.updates and "create_deployment" not in cloud.calls and "lease" not in cloud.calls
    (plan,) = told
    assert plan["firstStep"] == {"v1-old": 90, plan["deployment"]: 10} and len(plan["steps"]) == 3
    assert plan["quota"] == {"enough": True, "needed": 8, "used": 8, "limit": 100}
    assert "EUR an hour" in plan["cost"] and not plan["guardrails"]["refused"]


def test_a_plan_without_room_is_refused_with_the_numbers(said: Said, cloud: SmallCloud) -> None:
    cloud.room = replace(cloud.room, families={"standarddsv2family": FamilyUsage(98, 100)})
    code, told, _ = said("plan")
    assert code == ExitCode.REFUSED and "6 too few" in told[-1]["errors"][0]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("type: Standard_DS3_v2", "type: Standard_NC6s_v3"), "compute-sku-allowlist"),
        (("analysis:", f"environmentVariables: {{CONNECTION: '{SECRET}'}}\nanalysis:"), "no-plaintext-secrets"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["plan", "start"])
def test_a_mandatory_guardrail_refuses_before_anything_is_touched(
    said: Said, cloud: SmallCloud, change: tuple[str, str], rule: str, command: str
) -> None:
    """Exit code 1, the rule's name, what is wrong, and how to mend it; nothing written, no lease taken."""
    code, told, _ = said(command, GOOD.replace(*change))
    assert code == ExitCode.REFUSED
    assert any(sentence.startswith(rule) for sentence in told[-1]["errors"])
    assert not cloud.updates and "lease" not in cloud.calls and len(cloud.made) == 1


@pytest.mark.parametrize("command", ["plan", "start"])
def test_a_model_that_is_not_there_is_told_while_the_way_back_still_stands(
    said: Said, cloud: SmallCloud, command: str
) -> None:
    """A release begins by removing what an earlier one kept: nothing of it goes for one that can't be made."""
    cloud.absent = ("azureml:claims-fraud:7",)
    code, told, _ = said(command)
    assert code == ExitCode.BAD_INPUT
    assert told[-1]["errors"] == ["azureml:claims-fraud:7 doesn't exist"]
    assert not cloud.updates and "lease" not in cloud.calls and "delete_deployment" not in cloud.calls


@pytest.mark.parametrize("command", ["plan", "start"])
def test_a_model_that_was_not_promoted_is_refused_before_anything_is_touched(
    said: Said, cloud: SmallCloud, command: str
) -> None:
    """Exit code 1 and the command that promotes it; with its stamp on record it goes through."""
    wanted = GOOD.replace("from: workspace, ", "") + "promotion: model\n"
    code, told, err = said(command, wanted)
    assert code == ExitCode.REFUSED and told[-1]["errors"] == ["claims-fraud:7 was not promoted to dev"]
    assert "seawall model promote claims-fraud:7 --from registry --to dev" in " ".join(err.split())
    assert not cloud.updates and "lease" not in cloud.calls and len(cloud.made) == 1
    cloud.audit = [replace(RECORD, target="dev")]
    cloud.stamps = stamps.stamps(cloud.audit[0])
    code, told, _ = said(command, wanted)
    assert code == 0
    if command == "plan":
        assert told[-1]["promotion"] == "the model was promoted to dev"


def test_a_record_that_cannot_be_read_holds_up_a_start_and_no_plan(said: Said, cloud: SmallCloud) -> None:
    """A plan may be made where a private storage account is out of reach: it says what it couldn't see."""
    wanted = GOOD.replace("from: workspace, ", "") + "promotion: model\n"
    cloud.stamps = stamps.stamps(replace(RECORD, target="dev"))

    def fail(call: str) -> None:
        if call == "promotions":
            raise CloudError("storage account st answers in the private network of dev only", code="Private")

    cloud.before = fail
    code, told, _ = said("plan", wanted)
    assert code == 0 and "can't be read from here" in told[-1]["promotion"]
    code, told, _ = said("start", wanted)
    assert code == ExitCode.CLOUD_FAULT and not cloud.updates and "lease" not in cloud.calls


def test_a_release_that_was_let_in_goes_on_whatever_its_tags_say_later(said: Said, cloud: SmallCloud) -> None:
    """Half a canary that nobody may take up again is worse than either end."""
    wanted = GOOD.replace("from: workspace, ", "").replace("[10, 50]", "[{traffic: 10, pause: true}]")
    wanted += "promotion: model\n"
    cloud.audit = [replace(RECORD, target="dev")]
    cloud.stamps = stamps.stamps(cloud.audit[0])
    assert said("start", wanted, "--until-paused")[0] == 0
    cloud.stamps = {}
    assert said("start", wanted, "--until-paused")[0] == 0


def test_a_start_releases_and_says_so(said: Said, cloud: SmallCloud) -> None:
    """Events a line, the result at the end; what is made carries the environment's tags."""
    code, told, _ = said("start")
    assert code == 0 and told[-1]["release"]["outcome"] == "released"
    moved = [event["traffic"] for event in told if event.get("event") == "moved"]
    assert moved[-1] == {told[-1]["release"]["candidate"]: 100}
    assert cloud.made[told[-1]["release"]["candidate"]].tags["costCenter"] == "CC-4110"
    assert cloud.leased is None, "the lease is given back"


def test_a_rolled_back_release_exits_with_one(said: Said, cloud: SmallCloud) -> None:
    """The sentence has the outcome, why, and where the traffic is; the same file again is refused until --again."""
    cloud.latency = {}
    name = said("plan")[1][-1]["deployment"]
    cloud.errors = {name: 0.4}
    code, told, err = said("start")
    assert code == ExitCode.REFUSED and "rolled back" in err and "v1-old 100 %" in err
    assert told[-1]["traffic"] == {"v1-old": 100}
    assert said("start")[0] == ExitCode.REFUSED
    cloud.errors = {}
    assert said("start", GOOD, "--again")[0] == 0


def test_another_controller_is_named(said: Said, cloud: SmallCloud) -> None:
    """Exit code 3: someone else is changing the endpoint."""
    cloud.lease({"user": "ben", "host": "ci-2", "pid": "7", "since": "noon"})
    code, told, _ = said("start")
    assert code == ExitCode.CLOUD_FAULT and "ben on ci-2" in told[-1]["errors"][0]
    assert told[-1]["holder"]["host"] == "ci-2"


def test_a_cloud_that_fails_is_one_sentence(said: Said, cloud: SmallCloud) -> None:
    """Exit code 3, and how to go on."""

    def fail(call: str) -> None:
        if call == "update_endpoint":
            raise CloudError("PUT fraud-online-dev-aekug: too many requests (429)", status=429)

    cloud.before = fail
    code, told, err = said("start")
    assert code == ExitCode.CLOUD_FAULT and "too many requests" in told[-1]["errors"][0]
    assert "The traffic stays as it is" in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("code", "status", "hint"),
    [("AuthenticationFailed", 401, "az login"), ("NotFound", 404, "seawall up dev")],
)
def test_what_to_do_is_told_with_what_went_wrong(
    said: Said, cloud: SmallCloud, code: str, status: int, hint: str
) -> None:
    """Who isn't signed in signs in; an environment that isn't up is brought up. Going on would be of no use."""

    def fail(call: str) -> None:
        raise CloudError("GET fraud-online: no", code=code, status=status)

    cloud.before = fail
    ended, _, err = said("status")
    assert ended == ExitCode.CLOUD_FAULT and hint in err and "To go on" not in err


def test_status_needs_no_controller(said: Said, cloud: SmallCloud) -> None:
    code, told, _ = said("status")
    assert code == 0 and told[-1]["release"] is None and told[-1]["traffic"] == {"v1-old": 100}
    said("start")
    code, told, _ = said("status")
    assert told[-1]["release"]["outcome"] == "released" and told[-1]["controller"] is None


def test_what_an_approval_proves_is_said_where_it_is_shown(
    said: Said, cloud: SmallCloud, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """By status and history, for people and as JSON: a name that nobody vouches for is shown as that."""
    wanted = GOOD + "hooks: {beforePromotion: [{name: claims board, approval: {}}]}\n"
    assert said("start", wanted, "--until-paused")[0] == 0
    assert said("resume", wanted, "--approve")[0] == 0
    release = said("status", wanted)[1][-1]["release"]
    assert release["approval"].endswith("in the name of ana@larkspur.example")
    assert "anybody who may write its tags" in release["approvalProof"]
    for command in ("status", "history"):
        run(["release", command, str(tmp_path / "release.yaml"), "--env", "dev", "--cwd", str(ROOT)])
        assert "anybody who may write its tags" in " ".join(capfd.readouterr().out.split())


def test_history_has_the_latest_lines(said: Said, cloud: SmallCloud) -> None:
    assert said("history")[1][-1]["history"] == []
    said("start")
    code, told, _ = said("history", GOOD, "--number", "2")
    assert code == 0 and len(told[-1]["history"]) == 2 and told[-1]["history"][-1]["outcome"] == "released"


def test_commands_without_a_controller_are_carried_out_at_once(said: Said, cloud: SmallCloud) -> None:
    """Paused at a step that waits for a person; resumed by another process; aborted after the fact."""
    waits = GOOD.replace("[10, 50]", "[{traffic: 10, pause: true}]")
    assert said("pause", waits)[0] == ExitCode.REFUSED, "there is no release to pause"
    code, told, _ = said("start", waits, "--until-paused")
    assert code == 0 and told[-1]["release"]["paused"] and cloud.live.traffic["v1-old"] == 90
    code, told, _ = said("resume", waits)
    assert code == 0 and told[-1]["release"]["outcome"] == "released"
    code, told, _ = said("abort", waits, "--why", "complaints")
    assert code == 0 and cloud.live.traffic == {"v1-old": 100}
    assert told[-1]["release"]["outcome"] == "aborted"


WAITS = GOOD.replace("[10, 50]", "[{traffic: 10, pause: true}]")


def test_a_command_that_changes_nothing_says_so(said: Said, cloud: SmallCloud) -> None:
    """Exit code 0 where it is so already, 1 where it can't be; either way in words, and as `effect`."""
    said("start", WAITS, "--until-paused")
    updates = len(cloud.updates)
    for command, text, code, effect, words in (
        ("pause", WAITS, 0, "already", "it is paused already, by the release file"),
        ("resume", WAITS, ExitCode.REFUSED, "refused", "nothing waits for an approval"),
    ):
        more = ("--approve",) if command == "resume" else ()
        got, told, err = said(command, text, *more)
        assert (got, told[-1]["effect"]) == (code, effect)
        assert words in told[-1]["answer"] and cloud.live.traffic["v1-old"] == 90
        assert effect == "already" or words in err
    assert all(one.traffic == cloud.updates[updates - 1].traffic for one in cloud.updates[updates:])


def test_a_command_for_a_release_that_is_over_is_answered_too(said: Said, cloud: SmallCloud) -> None:
    """Released, and the old deployment removed: there is nothing to go back to, and no script takes that for done."""
    assert said("start", GOOD, "--stay")[0] == 0
    for command, code, words in (
        ("abort", ExitCode.REFUSED, "the deployment before it is gone"),
        ("pause", ExitCode.REFUSED, "released already"),
        ("promote", 0, "released already"),
        ("resume", 0, ""),
    ):
        got, told, _ = said(command)
        assert got == code and words in told[-1].get("answer", "")
        assert told[-1]["release"]["outcome"] == "released"
    assert len(cloud.live.traffic) == 1


def test_aborting_twice_is_no_mistake(said: Said, cloud: SmallCloud) -> None:
    """The second says that it is so already; a promotion after it is refused."""
    said("start", WAITS, "--until-paused")
    assert said("abort", WAITS)[0] == 0
    code, told, _ = said("abort", WAITS)
    assert code == 0 and told[-1]["effect"] == "already" and "aborted already" in told[-1]["answer"]
    assert said("promote", WAITS)[0] == ExitCode.REFUSED


@pytest.mark.parametrize(("effect", "exit_code"), [("done", 0), ("already", 0), ("refused", 1)])
def test_a_controller_elsewhere_answers_with_the_same_exit_codes(
    said: Said, cloud: SmallCloud, effect: str, exit_code: int
) -> None:
    """What it wrote into the history is what the command ends with."""
    said("start", WAITS, "--until-paused")
    cloud.lease({"user": "ben", "host": "ci-2", "pid": "7", "since": "noon"})

    def answer(tag: str, value: str) -> None:
        line = {"answered": value, "effect": effect, "why": f"promote by ana is {effect}"}
        cloud.lines.append(json.dumps(line))

    cloud.ask = answer  # type: ignore[method-assign]
    code, told, _ = said("promote", WAITS)
    assert code == exit_code and told[-1]["effect"] == effect and told[-1]["answer"] == f"promote by ana is {effect}"


def test_a_release_goes_on_with_the_file_that_it_began_with(said: Said, cloud: SmallCloud) -> None:
    """Another file has other steps: its commands are refused while the release is under way."""
    waits = GOOD.replace("[10, 50]", "[{traffic: 10, pause: true}]")
    said("start", waits, "--until-paused")
    code, told, _ = said("promote", GOOD)
    assert code == ExitCode.REFUSED and "isn't the file" in told[-1]["errors"][0]


def test_every_command_has_help(capfd: pytest.CaptureFixture[str]) -> None:
    for command in ("plan", "start", "status", "pause", "resume", "promote", "abort", "history"):
        assert run(["release", command, "--help"]) == 0
        assert "--env" in capfd.readouterr().out


def test_the_commands_write_json_and_nothing_else(said: Said, cloud: SmallCloud, tmp_path: Path) -> None:
    """Each event is a line of its own, for tools that read lines."""
    _, told, _ = said("start")
    assert all(json.dumps(event) for event in told) and isinstance(cloud.clock, TestClock)
