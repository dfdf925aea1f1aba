"""Finding what was changed behind a stack's back, and putting it right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builder import TAGS, Builder
from platform_plan import platform

from seawall.local.azure import LocalAzure
from seawall.local.changes import ABSENT
from seawall.local.deploy import preview, refresh, up
from seawall.local.events import Op, Summary
from seawall.plan.model import Options, Plan

Deploy = Callable[[Plan], Summary]


def _plan(options: Options | None = None, **inputs: Any) -> Plan:
    b = Builder()
    b.storage(b.group(), "stmlp", options=options or Options(), **inputs)
    return b.plan()


def _account() -> str:
    return _plan().resources[1].id


def _by_hand(azure: LocalAzure, **changes: Any) -> None:
    azure.request("PATCH", _account(), "", changes)
    azure.finish(_account())


def test_nothing_changed_is_no_drift(azure: LocalAzure, deploy: Deploy) -> None:
    """On a whole platform, whose resources Azure has filled in."""
    plan = platform()
    deploy(plan)
    found = refresh("test", azure)
    assert (found.drifts, found.checked) == ((), len(plan.resources))


def test_drift_is_told_property_by_property_and_repaired(azure: LocalAzure, deploy: Deploy) -> None:
    """Changed, added, removed; also what the program leaves to Azure's default."""
    deploy(_plan())
    before = azure.snapshot()
    _by_hand(
        azure,
        tags={"workload": "other", "added": "x", "environment": None},
        properties={"supportsHttpsTrafficOnly": False},
    )
    (drift,) = refresh("test", azure).drifts
    assert (drift.id, drift.deleted) == (_account(), False)
    assert {(c.path, c.before, c.after) for c in drift.changes} == {
        ("tags.workload", "mlp", "other"),
        ("tags.environment", "test", ABSENT),
        ("tags.added", ABSENT, "x"),
        ("enableHttpsTrafficOnly", True, False),
    }
    change = preview(_plan(), azure).changing[0]
    assert change.op is Op.UPDATE
    assert {(c.path, c.before, c.after) for c in change.changes} == {(c.path, c.after, c.before) for c in drift.changes}
    assert deploy(_plan()).counts == {Op.SAME: 1, Op.UPDATE: 1}
    assert azure.snapshot() == before


def test_a_second_refresh_tells_the_same(azure: LocalAzure, deploy: Deploy) -> None:
    """Until it is repaired, by a run or by hand."""
    deploy(_plan())
    _by_hand(azure, tags={"added": "x"})
    first = refresh("test", azure).drifts
    assert refresh("test", azure).drifts == first
    _by_hand(azure, tags={"added": None})
    assert refresh("test", azure).drifts == ()
    assert not preview(_plan(), azure).changed


def test_what_was_deleted_is_made_again(azure: LocalAzure, deploy: Deploy) -> None:
    """With everything that had been in it."""
    plan = platform()
    deploy(plan)
    before = azure.snapshot()
    lake = next(resource for resource in plan.resources if resource.name == "lake-0")
    azure.delete(lake.id)
    found = refresh("test", azure)
    assert all(drift.deleted for drift in found.drifts)
    assert {drift.id for drift in found.drifts} == {r.id for r in plan.resources if r.id.startswith(lake.id)}
    assert deploy(plan).counts[Op.CREATE] == len(found.drifts)
    assert azure.snapshot() == before


def test_a_singleton_that_was_reset_is_set_again(azure: LocalAzure, deploy: Deploy) -> None:
    """A blob service is always there: deleting it means its defaults."""
    plan = platform()
    deploy(plan)
    before = azure.snapshot()
    blobs = next(resource for resource in plan.resources if resource.name == "lake-0-blobs")
    azure.delete(blobs.id)
    (drift,) = refresh("test", azure).drifts
    assert "deleteRetentionPolicy" in {change.path.split(".")[0] for change in drift.changes}
    deploy(plan)
    assert azure.snapshot() == before


def test_without_a_refresh_a_run_sees_nothing(azure: LocalAzure, deploy: Deploy) -> None:
    """A run compares the plan with the state, as Pulumi does."""
    deploy(_plan())
    _by_hand(azure, tags={"added": "x"})
    assert not preview(_plan(), azure).changed


def test_drift_that_the_program_ignores_stays(azure: LocalAzure, deploy: Deploy) -> None:
    """Also when something else of the resource is updated."""
    options = Options(ignore_changes=("tags",))
    deploy(_plan(options))
    _by_hand(azure, tags={"added": "x"})
    assert len(refresh("test", azure).drifts) == 1
    assert not preview(_plan(options), azure).changed
    deploy(_plan(options, minimumTlsVersion="TLS1_3"))
    assert (azure.get(_account()) or {})["tags"] == {**TAGS, "added": "x"}


def test_another_stack_is_not_looked_at(azure: LocalAzure, deploy: Deploy) -> None:
    """A refresh concerns one stack."""
    deploy(_plan())
    b = Builder("other")
    deploy(b.plan())
    _by_hand(azure, tags={"added": "x"})
    assert refresh("other", azure).drifts == ()


def test_a_lock_removed_by_hand_comes_back(azure: LocalAzure, deploy: Deploy) -> None:
    """Drift of what protects is drift like any other."""
    b = Builder()
    account = b.storage(b.group(), "stmlp")
    lock = b.lock(account)
    deploy(b.plan())
    azure.delete(lock.id)
    (drift,) = refresh("test", azure).drifts
    assert (drift.id, drift.deleted) == (lock.id, True)
    assert up(b.plan(), azure).counts == {Op.SAME: 2, Op.CREATE: 1}
