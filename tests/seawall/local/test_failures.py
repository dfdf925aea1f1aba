"""Refusals, transient errors, operations that fail: what a run makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builder import Builder
from plans import id_of, two_accounts
from platform_plan import platform

from seawall.local.azure import LocalAzure
from seawall.local.deploy import RunSettings, destroy, preview, stacks, up
from seawall.local.errors import AzureError
from seawall.local.events import (
    Op,
    StepDone,
    StepFailed,
    StepRetrying,
    StepSkipped,
    StepStarted,
    Summary,
)
from seawall.plan.model import Plan

Deploy = Callable[[Plan], Summary]


def test_independent_branches_go_on_after_a_failure(azure: LocalAzure, deploy: Deploy, clock: Any) -> None:
    """What needs the failed one is skipped, and says why; the next run makes up for it."""
    plan = two_accounts()
    azure.fail("PUT", id_of(plan, "stone"), AzureError("Forbidden", "policy says no", status=403))
    events: list[Any] = []
    summary = up(plan, azure, listen=events.append, settings=RunSettings(clock=clock))
    assert summary.counts == {Op.CREATE: 3}
    (failure,), (skip,) = summary.failures, summary.skipped
    assert (failure.id, failure.error.code) == (id_of(plan, "stone"), "Forbidden")
    assert (skip.urn.rsplit("::", 1)[1], skip.because) == ("stone-raw", failure.urn)
    assert [type(e) for e in events if isinstance(e, StepFailed | StepSkipped)] == [StepFailed, StepSkipped]
    assert azure.get(id_of(plan, "sttwo-raw")) is not None
    assert stacks(azure)[0].outputs == {}
    assert deploy(plan).counts == {Op.SAME: 3, Op.CREATE: 2}


@pytest.mark.parametrize(
    "error",
    [
        AzureError("TooManyRequests", "slow down", status=429, retry_after=17),
        AzureError("ServiceUnavailable", "try later", status=503),
        AzureError("AnotherOperationInProgress", "busy", status=409),
        AzureError("GatewayTimeout", "no answer", status=504),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_transient_errors_are_retried(azure: LocalAzure, clock: Any, error: AzureError, when: str) -> None:
    """Whether the request was lost or its answer; after as long as Azure says, else longer each time."""
    plan = two_accounts()
    azure.fail("PUT", id_of(plan, "stone"), error, times=3, when=when)
    events: list[Any] = []
    summary = up(plan, azure, listen=events.append, settings=RunSettings(clock=clock, workers=1))
    assert summary.succeeded
    assert [event.attempt for event in events if isinstance(event, StepStarted) and event.attempt > 1] == [2, 3, 4]
    waits = [event.wait for event in events if isinstance(event, StepRetrying)]
    assert waits == clock.slept == ([17, 17, 17] if error.retry_after else [0.5, 1.0, 2.0])
    assert not preview(plan, azure).changed


def test_attempts_run_out(azure: LocalAzure, clock: Any) -> None:
    """A service that stays away is a failure in the end."""
    plan = two_accounts()
    azure.fail("PUT", id_of(plan, "stone"), AzureError("ServiceUnavailable", "try later", status=503), times=99)
    summary = up(plan, azure, settings=RunSettings(clock=clock, attempts=4))
    assert summary.failures[0].error.code == "ServiceUnavailable"
    assert len(clock.slept) == 3


@pytest.mark.parametrize("edited", [False, True])
def test_an_operation_that_fails_is_done_again_by_the_next_run(azure: LocalAzure, deploy: Deploy, edited: bool) -> None:
    """The half-made resource is the stack's own: it is written again, not found in the way."""

    def plan(tags: dict[str, str]) -> Plan:
        b = Builder()
        b.vault(b.group(), "kv-mlp", tags=tags)
        return b.plan()

    first = plan({"a": "b"})
    if edited:
        deploy(plan({}))
    id = id_of(first, "kv-mlp")
    azure.fail("PUT", id, AzureError("InternalError", "capacity", status=409), when="operation")
    assert not up(first, azure).succeeded
    change = next(r for r in preview(first, azure).resources if r.id == id)
    assert (change.op, change.reasons) == (Op.UPDATE, ("an earlier run was cut short in the middle of it",))
    deploy(first)
    assert (azure.get(id) or {})["properties"]["provisioningState"] == "Succeeded"


def test_a_purge_that_comes_too_early_is_retried(azure: LocalAzure, deploy: Deploy, clock: Any) -> None:
    """Right after a deletion Azure may answer 409 to a purge."""
    b = Builder()
    b.vault(b.group(), "kv-mlp")
    deploy(b.plan())
    busy = AzureError("Conflict", "being deleted", status=409, retry_after=5)
    busy.code = "RetryableError"
    azure.fail("PURGE", id_of(b.plan(), "kv-mlp"), busy)
    assert destroy("test", azure, purge=True, settings=RunSettings(clock=clock)).succeeded
    assert clock.slept == [5]
    assert azure.snapshot()["deleted"] == {}


@pytest.mark.parametrize("error", [RuntimeError("display broke"), KeyboardInterrupt()])
def test_a_run_that_is_interrupted_ends_its_steps_and_harms_nothing(
    azure: LocalAzure, deploy: Deploy, error: BaseException
) -> None:
    """The error comes through; what was under way is finished, nothing is left open, and the next run goes on."""

    def listen(event: Any) -> None:
        if isinstance(event, StepDone):
            raise error

    with pytest.raises(type(error)):
        up(platform(), azure, listen=listen)
    assert preview(platform(), azure).pending == 0
    deploy(platform())
