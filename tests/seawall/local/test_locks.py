"""One run per stack at a time; locks of resources, lifted and put back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from builder import OTHER_GROUP, Builder
from plans import id_of, two_accounts

from seawall.local.azure import LocalAzure
from seawall.local.deploy import RunSettings, destroy, preview, up
from seawall.local.errors import AzureError, Refused, StackBusy
from seawall.local.events import (
    Op,
    Planned,
    StepDone,
    Summary,
    WaitingForStack,
)
from seawall.local.run import lock_path
from seawall.local.stack_lock import held
from seawall.local.state import StackState
from seawall.plan.model import Plan

Deploy = Callable[[Plan], Summary]


def test_two_runs_of_a_stack_do_not_mix(azure: LocalAzure) -> None:
    """The second is refused, and told who holds the stack and since when; another stack isn't concerned."""
    state = StackState(azure.store, "test", "seawall")
    with held(lock_path(state), "test", command="seawall up test"):
        with pytest.raises(StackBusy, match=r"process \d+ \(seawall up test\), since \d{4}-\d\d-\d\d .* UTC"):
            up(two_accounts(), azure)
        with pytest.raises(StackBusy):
            destroy("test", azure)
        b = Builder("other")
        b.group("rg-other")
        assert up(b.plan(), azure).succeeded
    assert up(two_accounts(), azure).succeeded


def test_a_run_may_wait_for_the_other(azure: LocalAzure) -> None:
    """It says whom it waits for, and starts when that one is done."""
    state, told, release = StackState(azure.store, "test", "seawall"), [], threading.Event()
    holding = threading.Event()

    def hold() -> None:
        with held(lock_path(state), "test", command="seawall destroy test"):
            holding.set()
            release.wait()

    def listen(event: Any) -> None:
        if isinstance(event, WaitingForStack):
            told.append(event)
            release.set()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait()
    assert up(two_accounts(), azure, listen=listen, settings=RunSettings(wait=True)).succeeded
    thread.join()
    assert "seawall destroy test" in told[0].holder


def _locked(level: str, *, role: bool, tags: dict[str, str] | None = None) -> Plan:
    b = Builder()
    account = b.storage(b.group(), "stmlp", tags=tags or {})
    if role:
        b.role(account, "Reader", OTHER_GROUP)
    b.lock(account, level)
    return b.plan()


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
def test_a_lock_is_lifted_for_a_deletion_below_it(azure: LocalAzure, deploy: Deploy, level: str) -> None:
    """And put back at the end."""
    deploy(_locked(level, role=True))
    events: list[Any] = []
    assert up(_locked(level, role=False), azure, listen=events.append).succeeded
    assert [event.op for event in events if isinstance(event, StepDone)] == [Op.LIFT, Op.DELETE, Op.RESTORE]
    assert azure.get(id_of(_locked(level, role=False), "stmlp-lock")) is not None
    assert not preview(_locked(level, role=False), azure).changed


def test_a_read_only_lock_is_lifted_for_a_change(azure: LocalAzure, deploy: Deploy) -> None:
    """One that only keeps from deletion isn't."""
    for level, expected in (("ReadOnly", [Op.LIFT, Op.UPDATE, Op.RESTORE]), ("CanNotDelete", [Op.UPDATE])):
        deploy(_locked(level, role=False))
        events: list[Any] = []
        assert up(_locked(level, role=False, tags={"for": level}), azure, listen=events.append).succeeded
        assert [event.op for event in events if isinstance(event, StepDone)] == expected


def test_a_lock_comes_back_when_the_deletion_fails(azure: LocalAzure, deploy: Deploy) -> None:
    """A resource is never left without its lock by a failed run."""
    deploy(_locked("CanNotDelete", role=True))
    plan = _locked("CanNotDelete", role=True)
    azure.fail("DELETE", plan.resources[2].id, AzureError("Forbidden", "no", status=403))
    assert not up(_locked("CanNotDelete", role=False), azure).succeeded
    assert azure.get(id_of(plan, "stmlp-lock")) is not None


def test_locks_come_back_when_a_destroy_fails_midway(azure: LocalAzure, deploy: Deploy) -> None:
    """The next destroy lifts them again."""
    plan = _locked("CanNotDelete", role=False)
    deploy(plan)
    azure.fail("DELETE", id_of(plan, "stmlp"), AzureError("Forbidden", "no", status=403))
    summary = destroy("test", azure)
    assert [failure.id for failure in summary.failures] == [id_of(plan, "stmlp")]
    assert azure.get(id_of(plan, "stmlp-lock")) is not None
    assert destroy("test", azure).succeeded
    assert azure.snapshot()["resources"] == {}


def test_another_s_lock_is_never_lifted(azure: LocalAzure, deploy: Deploy) -> None:
    """What it forbids is a problem beforehand, which names the lock and whose it is; nothing is begun."""
    b = Builder()
    account = b.storage(b.group(), "stmlp")
    deploy(b.plan())
    lock = f"{account.id}/providers/Microsoft.Authorization/locks/by-hand"
    azure.put(lock, {"properties": {"level": "CanNotDelete"}})
    with pytest.raises(Refused, match="which no stack owns"):
        destroy("test", azure)
    azure.put(lock, {"properties": {"level": "ReadOnly"}})
    b = Builder()
    b.storage(b.group(), "stmlp", tags={"a": "b"})
    with pytest.raises(Refused, match="can't be written under the lock"):
        up(b.plan(), azure)
    assert azure.get(lock) is not None
    assert azure.get(account.id) is not None


def test_another_stack_s_lock_is_never_lifted(azure: LocalAzure, deploy: Deploy) -> None:
    """A role on a resource that another stack has locked can't be taken back until that stack lets it."""
    b = Builder("shared")
    account = b.storage(b.group("rg-shared"), "stshared")
    b.lock(account)
    deploy(b.plan())
    other = Builder("dev")
    other.role(account, "Reader")
    deploy(other.plan())
    with pytest.raises(Refused, match="which stack seawall/shared owns"):
        up(Builder("dev").plan(), azure)


def test_a_lock_that_comes_in_between_is_a_failure(azure: LocalAzure, deploy: Deploy) -> None:
    """Azure's own answer, where the preview couldn't know."""
    b = Builder()
    account = b.storage(b.group(), "stmlp")
    deploy(b.plan())
    lock = f"{account.id}/providers/Microsoft.Authorization/locks/by-hand"

    def listen(event: object) -> None:
        if isinstance(event, Planned):
            azure.put(lock, {"properties": {"level": "CanNotDelete"}})

    summary = destroy("test", azure, listen=listen)
    assert summary.failures[0].error.code == "ScopeLocked"
