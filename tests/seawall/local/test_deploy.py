"""Running a deployment: failures, retries, events, locks of resources, what destroy leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from builder import Builder
from plans import id_of, two_accounts
from platform_plan import Platform, platform

from seawall.local.azure import LocalAzure
from seawall.local.deploy import RunSettings, destroy, preview, preview_destroy, stacks, up
from seawall.local.errors import AzureError, Refused, StateChanged
from seawall.local.events import (
    Finished,
    Op,
    Planned,
    StepDone,
    StepProgress,
    StepStarted,
    Summary,
)
from seawall.local.state import StackState
from seawall.plan.model import Options, Plan

Deploy = Callable[[Plan], Summary]


def test_a_platform_comes_up_and_every_output_is_as_planned(azure: LocalAzure, deploy: Deploy) -> None:
    """What Azure answers is what the plan had said it would."""
    plan = platform()
    assert deploy(plan).counts == {Op.CREATE: len(plan.resources)}
    owned = {record.urn: record for record in StackState(azure.store, "test", "seawall").owned()}
    for resource in plan.resources:
        assert owned[resource.urn].outputs == resource.outputs
    assert stacks(azure)[0].outputs == plan.outputs


def test_a_second_run_sends_nothing(azure: LocalAzure, deploy: Deploy) -> None:
    """No PUT, no DELETE: a fault on every request isn't even noticed."""
    deploy(platform())
    for method in ("PUT", "DELETE", "PATCH", "POST"):
        azure.fail(method, "*", AzureError("Forbidden", "no", status=403), times=1000)
    assert deploy(platform()).counts == {Op.SAME: len(platform().resources)}


def test_the_events_tell_the_run_in_order(azure: LocalAzure, clock: Any) -> None:
    """Planned first, for each step a start before its end, Finished last; all in the caller's thread."""
    events: list[Any] = []
    threads = set()

    def listen(event: Any) -> None:
        events.append(event)
        threads.add(threading.get_ident())

    plan = platform()
    summary = up(plan, azure, listen=listen, settings=RunSettings(clock=clock))
    assert threads == {threading.get_ident()}
    assert isinstance(events[0], Planned)
    assert (events[0].steps, events[0].counts) == (len(plan.resources), {Op.CREATE: len(plan.resources)})
    assert events[-1] == Finished(summary=summary)
    started = [event.urn for event in events if isinstance(event, StepStarted)]
    done = [event.urn for event in events if isinstance(event, StepDone)]
    assert sorted(started) == sorted(done) == sorted(resource.urn for resource in plan.resources)
    for resource in plan.resources:
        at = {type(event): i for i, event in enumerate(events) if getattr(event, "urn", "") == resource.urn}
        assert at[StepStarted] < at[StepDone]
        for dependency in resource.dependencies:
            end = next(i for i, e in enumerate(events) if isinstance(e, StepDone) and e.urn == dependency)
            assert end < at[StepStarted]
    states = {event.state for event in events if isinstance(event, StepProgress)}
    assert states == {"Creating"}


def test_a_preview_that_no_longer_holds_is_not_carried_out(azure: LocalAzure, deploy: Deploy) -> None:
    """What is applied is what was shown."""
    plan = two_accounts()
    expected = preview(plan, azure)
    deploy(plan)
    with pytest.raises(StateChanged, match="preview again"):
        up(plan, azure, expected=expected)


def test_a_destroy_leaves_nothing_but_what_azure_keeps(azure: LocalAzure, deploy: Deploy) -> None:
    """Soft-deleted names are listed; the next `up` brings those resources back."""
    plan = platform()
    deploy(plan)
    kept = {id_of(plan, "kv-mlp-test"), id_of(plan, "mlw-test")}
    assert preview_destroy("test", azure).counts == {Op.DELETE: len(plan.resources)}
    summary = destroy("test", azure)
    assert summary.succeeded
    assert set(summary.left_soft_deleted) == kept
    assert (azure.snapshot()["resources"], stacks(azure)) == ({}, ())
    assert set(deploy(plan).recovered) == kept
    assert set(destroy("test", azure, purge=True).left_soft_deleted) == {id_of(plan, "kv-mlp-test")}
    assert deploy(plan).recovered == (id_of(plan, "kv-mlp-test"),)


def test_a_destroy_touches_nothing_of_another_stack(azure: LocalAzure, deploy: Deploy) -> None:
    """The other platform is as it was, in Azure and in its state."""
    deploy(platform("one"))
    before = azure.snapshot()
    deploy(platform("two"))
    assert destroy("two", azure, purge=True).succeeded
    after = azure.snapshot()
    assert (after["resources"], after["owned"]) == (before["resources"], before["owned"])


def test_a_destroy_of_nothing_is_no_error(azure: LocalAzure) -> None:
    """A stack that was never there, or is gone."""
    summary = destroy("never", azure)
    assert summary.succeeded
    assert stacks(azure) == ()


def test_protection_is_lifted_on_purpose_only(azure: LocalAzure, deploy: Deploy) -> None:
    """Refused as a whole before anything is deleted."""
    b = Builder()
    group = b.group()
    b.storage(group, "stmlp", options=Options(protect=True))
    b.storage(group, "stother")
    deploy(b.plan())
    assert "is protected" in preview_destroy("test", azure).problems[0]
    with pytest.raises(Refused, match="protected"):
        destroy("test", azure)
    assert len(list(azure.store.resources())) == 3
    assert destroy("test", azure, lift_protection=True).succeeded


def test_what_came_back_with_a_recovered_parent_is_taken_over(azure: LocalAzure, deploy: Deploy) -> None:
    """A vault that was deleted behind the stack's back comes back with its keys, which aren't in the way then."""
    b = Builder()
    group = b.group()
    vault = b.vault(group, "kv-mlp")
    where = {"resourceGroupName": group.name, "vaultName": vault.name, "keyName": "cmk"}
    b.add("keyvault:Key", "cmk", **where, properties={"kty": "RSA", "keySize": 3072})
    plan = b.plan()
    deploy(plan)
    azure.delete(vault.id)
    from seawall.local.deploy import refresh

    assert len(refresh("test", azure).drifts) == 2
    assert deploy(plan).recovered == (vault.id,)
    assert not preview(plan, azure).changed


def test_an_edited_platform_is_carried_over(azure: LocalAzure, deploy: Deploy) -> None:
    """Something of each kind of change in one run, there and back."""
    deploy(platform())
    counts = deploy(Platform(edited=True).plan()).counts
    assert {Op.CREATE, Op.UPDATE, Op.REPLACE, Op.DELETE, Op.SAME} <= set(counts)
    deploy(platform())
    assert not preview(platform(), azure).changed
