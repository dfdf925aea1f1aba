"""What belongs to whom, and plans that can't be deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builder import Builder
from plans import account_plan, change_of

from seawall.local.azure import LocalAzure
from seawall.local.deploy import preview, up
from seawall.local.errors import Refused
from seawall.local.events import Summary
from seawall.plan.model import Options, Plan
from seawall.plan.values import UNKNOWN

Deploy = Callable[[Plan], Summary]


def test_what_another_stack_owns_is_never_touched(azure: LocalAzure, deploy: Deploy) -> None:
    """Neither taken over, nor deleted along with something of this stack's."""
    deploy(account_plan("one"))
    b = Builder("two")
    b.storage(b.group("rg-one"), "stother")
    problems = preview(b.plan(), azure).problems
    assert "belongs to stack seawall/one" in problems[0]

    b = Builder("three")
    b.role(type("Ref", (), {"id": account_plan("one").resources[0].id, "name": "rg-one"})(), "Reader")
    deploy(b.plan())
    snapshot = azure.snapshot()
    with pytest.raises(Refused, match="other stacks own"):
        up(Builder("one").plan(), azure)
    assert azure.snapshot() == snapshot


def test_what_exists_and_nobody_owns_is_not_taken_over(azure: LocalAzure) -> None:
    """Import it, or choose another name."""
    plan = account_plan()
    azure.put(plan.resources[0].id, {"location": "northeurope"})
    (problem,) = preview(plan, azure).problems
    assert "exists already and no stack owns it; import it" in problem


def test_what_is_always_there_is_taken_over(azure: LocalAzure, deploy: Deploy) -> None:
    """A storage account's blob service can only be updated, so that nobody has made it."""
    b = Builder()
    group = b.group("rg-test")
    account = b.storage(group, "sttest")
    where = {"accountName": account.name, "resourceGroupName": group.name, "blobServicesName": "default"}
    service = b.add("storage:BlobServiceProperties", "blobs", **where, isVersioningEnabled=True)
    deploy(b.plan())
    assert (azure.get(service.id) or {})["properties"]["isVersioningEnabled"] is True


def test_every_fault_of_a_plan_is_told_at_once(azure: LocalAzure) -> None:
    """Unknown inputs, unknown types, one resource twice."""
    from msgspec.structs import replace

    plan = account_plan(tags={"a": "b"})
    group, account = plan.resources
    strange = replace(account, urn="urn:strange", type="azure-native:quantum:Workspace", id=account.id + "x")
    unknown = replace(account, inputs={**account.inputs, "tags": {"a": UNKNOWN}})
    twice = replace(group, urn="urn:twice", id=group.id.upper())
    problems = preview(replace(plan, resources=(group, unknown, strange, twice)), azure).problems
    assert len(problems) == 3
    for part in ("not known before the deployment: tags.a", "quantum", "in the plan twice"):
        assert any(part in problem for problem in problems)


def test_a_name_that_a_soft_deleted_resource_keeps_is_a_problem(azure: LocalAzure, deploy: Deploy) -> None:
    """Purge it, or choose another name; in its own place it comes back."""

    def plan(group: str, **inputs: Any) -> Plan:
        b = Builder()
        b.vault(b.group(group), "kv-mlp", **inputs)
        return b.plan()

    deploy(plan("rg-one"))
    deploy(Builder().plan())
    assert "keeps the name" in preview(plan("rg-two"), azure).problems[0]
    assert "soft-deleted in westeurope" in preview(plan("rg-one", location="northeurope"), azure).problems[0]
    assert change_of(preview(plan("rg-one"), azure), "kv-mlp").reasons == ("brings back the soft-deleted one",)


def test_a_purge_protected_vault_is_not_replaced_under_its_name(azure: LocalAzure, deploy: Deploy) -> None:
    """The new one could never have it."""

    def plan(location: str, protected: bool) -> Plan:
        b = Builder()
        options = Options(replace_on_changes=("location",))
        b.vault(b.group(), "kv-mlp", protected=protected, location=location, options=options)
        return b.plan()

    deploy(plan("westeurope", False))
    deploy(plan("northeurope", True))
    assert "purge protection keeps the name" in preview(plan("westeurope", True), azure).problems[0]


def test_a_missing_dependency_is_warned_of(azure: LocalAzure) -> None:
    """Here the order comes right all the same; in the real Azure it may not."""
    from msgspec.structs import replace

    plan = account_plan()
    alone = replace(plan.resources[1], dependencies=())
    (warning,) = preview(replace(plan, resources=(plan.resources[0], alone)), azure).warnings
    assert "doesn't depend on it" in warning
    assert up(replace(plan, resources=(plan.resources[0], alone)), azure).succeeded


def test_what_goes_along_unowned_is_warned_of(azure: LocalAzure, deploy: Deploy) -> None:
    """Something made by hand in a group that is deleted."""
    deploy(account_plan())
    table = f"{account_plan().resources[0].id}/providers/Microsoft.Network/routeTables/by-hand"
    azure.put(table, {"location": "westeurope"})
    (warning,) = preview(Builder().plan(), azure).warnings
    assert table in warning
