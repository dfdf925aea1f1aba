"""The controller of releases against a small cloud: a whole release, kills at every call, faults, people's commands."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from seawall.delivery.commands import ASK_TAG, Ask, Command
from seawall.delivery.controller import NoRelease, entries
from seawall.delivery.decide import Refused
from seawall.delivery.events import Event, Looked, Moved, Warned
from seawall.delivery.port import Answer, CloudError, FamilyUsage, LeaseLost, LeaseTaken
from seawall.delivery.state import PREFIX, Outcome, Phase, decode
from tests.seawall.delivery.control.releasing import FILE, controller, release, run, state_of
from tests.seawall.delivery.control.small_cloud import START, Killed, SmallCloud, busy

OLD = "v1-old"


def shares(cloud: SmallCloud) -> list[dict[str, int]]:
    """The traffic, each time that it changed."""
    found = [dict(live.traffic) for live in cloud.updates]
    return [one for one, _ in itertools.groupby(found)]


def test_a_release_goes_through_its_steps_in_order(tmp_path: Path) -> None:
    """Deployment, autoscale, smoke tests, 10, 50, 100 percent: then the old deployment is kept, with no traffic."""
    cloud = SmallCloud()
    state = run(cloud, tmp_path)
    assert (state.outcome, state.phase) == (Outcome.RELEASED, Phase.KEEP)
    new = state.candidate
    assert shares(cloud) == [{OLD: 100}, {OLD: 90, new: 10}, {OLD: 50, new: 50}, {new: 100}]
    order = [call for call in cloud.calls if call in ("capacity", "create_deployment", "set_autoscale", "invoke")]
    assert order == ["capacity", "create_deployment", "set_autoscale", "invoke"]
    assert OLD in cloud.made and cloud.live.tags["owner"] == "ml-platform@larkspur.example"
    assert cloud.made[new].tags == {"costCenter": "CC-4110", PREFIX: state.id}


def test_what_was_kept_is_removed_when_its_time_has_come(tmp_path: Path) -> None:
    """A controller that stays to the end removes the old deployment with its autoscale setting, an hour later."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    one.start("ana@larkspur.example")
    state = one.run(to_the_end=True)
    assert state.over and list(cloud.made) == [state.candidate]
    assert (cloud.clock.time - START).total_seconds() > 3600


def test_a_candidate_that_fails_never_gets_past_its_first_step(tmp_path: Path) -> None:
    """A third of its answers being 500, all traffic goes back after the first look; the history says why."""
    cloud = SmallCloud(errors={})
    wanted = release()
    one = controller(cloud, tmp_path, wanted)
    cloud.errors = {one.plan.candidate: 0.33}
    one.start("ana@larkspur.example")
    state = one.run()
    assert state.outcome is Outcome.ROLLED_BACK and "error rate" in state.reason
    assert shares(cloud) == [{OLD: 100}, {OLD: 90, state.candidate: 10}, {OLD: 100}]
    assert cloud.calls.count("metric") == 2, "one look: requests and one percentile"
    told = entries(cloud.history())
    assert told[-1]["outcome"] == "rolled back" and told[-1]["traffic"] == {OLD: 100}


def test_a_slow_candidate_is_compared_with_the_stable_one(tmp_path: Path) -> None:
    """Its 95th percentile being five times the stable deployment's, it is rolled back."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    cloud.latency = {one.plan.candidate: 100.0}
    one.start("ana")
    state = one.run()
    assert state.outcome is Outcome.ROLLED_BACK and "p95" in state.reason


def test_wrong_answers_to_smoke_tests_keep_all_traffic_away(tmp_path: Path) -> None:
    """A model that answers another number than expected gets no traffic at all."""
    cloud = SmallCloud(answers=lambda name, body: Answer(status=200, body='{"score": 0.9}', seconds=0.01))
    state = run(cloud, tmp_path)
    assert state.outcome is Outcome.ROLLED_BACK and "score is 0.9" in state.reason
    assert shares(cloud) == [{OLD: 100}]
    assert state.candidate in cloud.made, "it is kept for a look"


def test_a_deployment_that_does_not_come_up_is_told_with_its_log(tmp_path: Path) -> None:
    """Provisioning failed: the traffic is untouched, the reason has the log's end, the deployment stays for a while."""
    cloud = SmallCloud(rises=False)
    state = run(cloud, tmp_path)
    assert state.outcome is Outcome.ROLLED_BACK and "No module named 'larkspur'" in state.reason
    assert shares(cloud) == [{OLD: 100}] and cloud.made[state.candidate].state == "Failed"


def test_too_little_quota_ends_a_release_before_anything_is_made(tmp_path: Path) -> None:
    """The message has the numbers: what is needed with the reserve, what is in use, how much is missing."""
    cloud = SmallCloud()
    cloud.room = replace(cloud.room, families={"standarddsv2family": FamilyUsage(95, 100)})
    state = run(cloud, tmp_path)
    assert state.outcome is Outcome.ROLLED_BACK
    assert "2 x 4 = 8 cores" in state.reason and "95 of 100" in state.reason and "3 too few" in state.reason
    assert "create_deployment" not in cloud.calls


def test_a_quota_that_cannot_be_read_holds_nothing_up(tmp_path: Path) -> None:
    """Azure itself refuses what there is no room for."""
    cloud = SmallCloud(before=failing("capacity", busy(501, "NotImplemented"), 1))
    assert run(cloud, tmp_path).outcome is Outcome.RELEASED


# Kills ---------------------------------------------------------------------------------------------------------------


def finished(cloud: SmallCloud, folder: Path, kill_at: int) -> bool:
    """Run, die at the given call, start anew until done. Returns whether the kill came to pass."""
    counted = itertools.count()

    def kill(call: str) -> None:
        if next(counted) == kill_at:
            raise Killed(call)

    cloud.before = kill
    try:
        run(cloud, folder)
        return False
    except Killed:
        cloud.before = lambda call: None
        with suppress(Refused):  # killed after the rollback, which the next start tells
            run(cloud, folder)
        return True


@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_a_kill_at_any_call_is_made_good_by_the_next_start(tmp_path: Path, bad: bool) -> None:
    """However a controller dies, before any of its calls, the next one ends with the traffic that is right."""
    kills = 0
    for at in itertools.count():
        cloud = SmallCloud()
        name = controller(cloud, tmp_path).plan.candidate
        cloud.errors = {name: 0.5} if bad else {}
        if not finished(cloud, tmp_path, at):
            break
        kills += 1
        state = state_of(cloud)
        assert state.outcome is (Outcome.ROLLED_BACK if bad else Outcome.RELEASED), at
        assert cloud.live.traffic == ({OLD: 100} if bad else {name: 100}), at
        assert cloud.calls.count("create_deployment") <= 2
    assert kills >= 20


@pytest.mark.parametrize("call", ["create_deployment", "set_autoscale", "update_endpoint"])
def test_a_kill_right_after_a_write_is_made_good_too(tmp_path: Path, call: str) -> None:
    """The cloud has done it, and the controller never heard: nothing is made twice."""
    for nth in range(9):
        cloud = SmallCloud()
        seen = itertools.count()

        def kill(done: str, seen: itertools.count[int] = seen, nth: int = nth) -> None:
            if done == call and next(seen) == nth:
                raise Killed(done)

        cloud.after = kill
        try:
            run(cloud, tmp_path)
        except Killed:
            cloud.after = lambda done: None
            run(cloud, tmp_path)
        assert state_of(cloud).outcome is Outcome.RELEASED
        assert sum(one != OLD for one in cloud.made) == 1


# Faults --------------------------------------------------------------------------------------------------------------


def failing(call: str, error: Exception, times: int) -> Callable[[str], None]:
    left = itertools.count()

    def fail(called: str) -> None:
        if called == call and next(left) < times:
            raise error

    return fail


@pytest.mark.parametrize("error", [busy(409, "AnotherOperationInProgress"), busy(429), busy(503), busy(0, "NoAnswer")])
def test_an_update_that_fails_twice_is_made_the_third_time(tmp_path: Path, error: CloudError) -> None:
    """What is left after the port's own tries is told, and the update asked for again."""
    cloud, heard = SmallCloud(), []
    one = controller(cloud, tmp_path, heard=heard)
    one.start("ana")
    cloud.before = failing("update_endpoint", error, 2)
    assert one.run().outcome is Outcome.RELEASED
    assert sum(isinstance(event, Warned) for event in heard) == 2


def test_an_update_that_never_works_stops_the_controller_and_changes_nothing(tmp_path: Path) -> None:
    """The error is raised; the tags say where the release stands; the next start goes on."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    one.start("ana")
    cloud.before = failing("update_endpoint", busy(503), 10_000)
    with pytest.raises(CloudError):
        one.run()
    assert state_of(cloud).phase is Phase.TIDY and cloud.live.traffic == {OLD: 100}
    cloud.before = lambda call: None
    assert run(cloud, tmp_path).outcome is Outcome.RELEASED


def test_metrics_that_cannot_be_read_pause_the_release(tmp_path: Path) -> None:
    """Not knowing is no pass and no failure: it waits for a person, with the candidate's share as it was."""
    cloud = SmallCloud(before=failing("metric", busy(503), 10_000))
    one = controller(cloud, tmp_path)
    one.start("ana")
    state = one.run(until_paused=True)
    assert state.paused and cloud.live.traffic[state.candidate] == 10


def test_too_little_traffic_pauses_the_release(tmp_path: Path) -> None:
    """With two requests a minute no look says anything; a person may promote it all the same."""
    cloud = SmallCloud(rate=20.0)
    one = controller(cloud, tmp_path)
    one.start("ana")
    state = one.run(until_paused=True)
    assert state.paused and "requests" in state.paused.why
    by_hand = controller(cloud, tmp_path, given=asked(Ask.PROMOTE, cloud))
    cloud.rate = 600
    assert by_hand.run().outcome is Outcome.RELEASED


def test_too_little_traffic_goes_back_where_the_file_says_so(tmp_path: Path) -> None:
    """Nobody is waited for: the old deployment has all traffic, and the reason says that nothing was seen."""
    wanted = release(analysis={"interval": "1m", "inconclusiveLimit": 1, "onInconclusive": "rollBack"})
    cloud = SmallCloud(rate=20.0)
    state = run(cloud, tmp_path, wanted)
    assert state.outcome is Outcome.ROLLED_BACK and "2 looks in a row said nothing" in state.reason
    assert cloud.live.traffic == {OLD: 100}


def test_two_requests_a_minute_that_all_fail_are_enough_in_the_end(tmp_path: Path) -> None:
    """The looks add them up: six failing requests, of six, are no chance. No person is waited for."""
    cloud = SmallCloud(rate=20.0)
    one = controller(cloud, tmp_path)
    cloud.errors = {one.plan.candidate: 1.0}
    one.start("ana")
    state = one.run(until_paused=True)
    assert state.outcome is Outcome.ROLLED_BACK and "6 of 6 requests failed" in state.reason
    assert cloud.live.traffic == {OLD: 100}


def test_a_bad_candidate_with_all_traffic_by_hand_is_rolled_back(tmp_path: Path) -> None:
    """Somebody gives it everything at its first step: it is paused, looked at all the same, and taken out."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    name = one.plan.candidate
    one.start("ana")

    def meddle(event: Event) -> None:
        if isinstance(event, Moved) and event.state.step == 1 and not cloud.errors:
            cloud.errors = {name: 0.5}
            cloud.live = replace(cloud.live, traffic={name: 100})

    one.listen = meddle
    state = one.run()
    assert state.outcome is Outcome.ROLLED_BACK and "error rate 50 %" in state.reason
    assert cloud.live.traffic == {OLD: 100}
    assert any("somebody set the traffic" in entry["why"] for entry in entries(cloud.history()))


def test_a_lost_lease_stops_the_controller_before_its_next_write(tmp_path: Path) -> None:
    """Nothing is written after the loss, and the message says who has it."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    one.start("ana")

    def lose(call: str) -> None:
        if call == "set_autoscale" and cloud.leased:
            cloud.leased.lost = True

    cloud.before = lose
    with pytest.raises(LeaseLost, match="ben on ci-2"):
        one.run()
    assert cloud.settings == {} and cloud.live.traffic == {OLD: 100}


def test_two_controllers_do_not_run_at_once(tmp_path: Path) -> None:
    """The second is told who has the endpoint."""
    cloud = SmallCloud()
    controller(cloud, tmp_path)
    with pytest.raises(LeaseTaken, match="ben"):
        cloud.lease({})


def test_a_history_that_cannot_be_written_is_told_and_holds_nothing_up(tmp_path: Path) -> None:
    cloud, heard = SmallCloud(before=failing("record", busy(403), 10_000)), []
    assert run(cloud, tmp_path, heard=heard).outcome is Outcome.RELEASED
    assert any(isinstance(event, Warned) and "history" in event.words for event in heard)


def test_damaged_tags_are_told_and_not_guessed_at(tmp_path: Path) -> None:
    """Someone wrote nonsense into a tag: the controller stops and names it."""
    cloud = SmallCloud()
    controller(cloud, tmp_path).start("ana")
    cloud.live = replace(cloud.live, tags={**cloud.live.tags, f"{PREFIX}-step": "two"})
    with pytest.raises(NoRelease, match="seawall-release-step"):
        controller(cloud, tmp_path).run()


# People --------------------------------------------------------------------------------------------------------------


def asked(ask: Ask, cloud: SmallCloud, by: str = "ben@larkspur.example", why: str = "") -> Command:
    return Command(ask, by, cloud.clock.now().replace(microsecond=0), why)


def test_a_command_by_tag_reaches_the_running_controller(tmp_path: Path) -> None:
    """An abort that another process wrote brings all traffic back, and its tag goes with the answer."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    one.start("ana")
    written = []

    def meddle(event: Event) -> None:
        if isinstance(event, Moved) and event.state.step == 1 and not written:
            written.append(1)
            cloud.ask(ASK_TAG, str(asked(Ask.ABORT, cloud, why="the claims team asks")))

    one.listen = meddle
    state = one.run()
    assert state.outcome is Outcome.ABORTED and "ben@larkspur.example" in state.reason
    assert ASK_TAG not in cloud.live.tags and cloud.live.traffic == {OLD: 100}


def test_a_command_that_came_between_read_and_write_is_not_lost(tmp_path: Path) -> None:
    """An update keeps the tag of a command that it doesn't answer."""
    cloud = SmallCloud()
    one = controller(cloud, tmp_path)
    one.start("ana")
    cloud.ask(ASK_TAG, str(asked(Ask.PAUSE, cloud, why="lunch")))
    state = one.run(until_paused=True)
    assert state.paused and state.paused.why == "lunch" and ASK_TAG not in cloud.live.tags
    resumed = controller(cloud, tmp_path, given=asked(Ask.RESUME, cloud))
    assert resumed.run().outcome is Outcome.RELEASED


def test_nonsense_in_the_command_tag_is_told_and_ignored(tmp_path: Path) -> None:
    cloud, heard = SmallCloud(), []
    one = controller(cloud, tmp_path, heard=heard)
    one.start("ana")
    cloud.ask(ASK_TAG, "do something")
    assert one.run().outcome is Outcome.RELEASED
    assert any(isinstance(event, Warned) and "ignored" in event.words for event in heard)


def test_an_approval_waits_for_one_of_those_named(tmp_path: Path) -> None:
    """Another's approval changes nothing; the right one is on record."""
    hooks = {"beforePromotion": [{"name": "claims board", "approval": {"approvers": ["mara@larkspur.example"]}}]}
    wanted, cloud = release(hooks=hooks), SmallCloud()
    one = controller(cloud, tmp_path, wanted)
    one.start("ana")
    waiting: list[str] = []

    def answer(event: Event) -> None:
        if isinstance(event, Looked) and event.decision.action is None and "approval" in event.decision.why:
            who = "ben@larkspur.example" if not waiting else "mara@larkspur.example"
            waiting.append(who)
            cloud.ask(ASK_TAG, str(asked(Ask.APPROVE, cloud, by=who)))

    one.listen = answer
    state = one.run()
    assert state.outcome is Outcome.RELEASED and waiting == ["ben@larkspur.example", "mara@larkspur.example"]
    approved = [entry for entry in entries(cloud.history()) if entry["approval"]]
    assert all(entry["approval"].endswith("in the name of mara@larkspur.example") for entry in approved)
    assert approved and all("anybody who may write its tags" in entry["approvalProof"] for entry in approved)


def test_a_release_is_aborted_after_the_fact_while_the_old_deployment_is_kept(tmp_path: Path) -> None:
    cloud = SmallCloud()
    assert run(cloud, tmp_path).outcome is Outcome.RELEASED
    state = controller(cloud, tmp_path, given=asked(Ask.ABORT, cloud, why="complaints")).run()
    assert state.outcome is Outcome.ABORTED and cloud.live.traffic == {OLD: 100}


def test_another_release_is_refused_while_one_is_under_way(tmp_path: Path) -> None:
    cloud = SmallCloud()
    controller(cloud, tmp_path).start("ana")
    other = release(model={"from": "workspace", "name": "claims-fraud", "version": "8"})
    with pytest.raises(Refused, match="under way"):
        controller(cloud, tmp_path, other).start("ben")


def test_the_same_file_again_is_no_new_release(tmp_path: Path) -> None:
    """What answers already is told as that; nothing is written."""
    cloud = SmallCloud()
    first = run(cloud, tmp_path)
    updates = len(cloud.updates)
    again = controller(cloud, tmp_path).start("ana")
    assert again == first and len(cloud.updates) == updates


def test_the_first_release_of_an_endpoint_has_nobody_to_compare_with(tmp_path: Path) -> None:
    """It gets all traffic once its smoke tests have passed."""
    cloud = SmallCloud(made={})
    cloud.live = replace(cloud.live, traffic={})
    state = run(cloud, tmp_path)
    assert state.outcome is Outcome.RELEASED and state.stable is None
    assert shares(cloud) == [{}, {state.candidate: 100}]


def test_mirroring_comes_before_live_traffic(tmp_path: Path) -> None:
    """A shadow step mirrors, and takes no live traffic; then the candidate takes over."""
    cloud = SmallCloud()
    wanted = release(strategy={"shadow": {"mirror": 20}, "blueGreen": {"soak": "1m"}})
    state = run(cloud, tmp_path, wanted)
    assert {tuple(one.mirror.items()) for one in cloud.updates} == {(), ((state.candidate, 20),)}
    mirrored = next(one for one in cloud.updates if one.mirror)
    assert mirrored.traffic == {OLD: 100}


def test_each_transition_is_a_line_of_history(tmp_path: Path) -> None:
    """Every line is JSON with what was done, why, by whom, and the traffic; a line cut short is skipped."""
    cloud = SmallCloud()
    run(cloud, tmp_path)
    lines = [*cloud.history(), '{"at": "2026-']
    told = entries(lines)
    assert len(told) == len(lines) - 1 and all(json.dumps(one) for one in told)
    assert [one["step"] for one in told if one["phase"] == "step"] == [1, 2]
    assert told[0]["why"] == "the release begins" and told[-1]["outcome"] == "released"


def test_the_tags_alone_tell_where_a_release_stands(tmp_path: Path) -> None:
    """After each update they can be decoded, and agree with the traffic that was set with them."""
    cloud = SmallCloud()
    run(cloud, tmp_path)
    for live in cloud.updates:
        state = decode(live.tags)
        assert state is not None
        share = live.traffic.get(state.candidate, 0)
        assert (share > 0) == (state.phase in (Phase.STEP, Phase.SOAK, Phase.KEEP))


def test_the_example_file_is_a_release() -> None:
    assert release().endpoint == FILE["endpoint"]
