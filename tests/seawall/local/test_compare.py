"""Comparing a plan with what the stack owns: operations and property changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builder import Builder
from plans import account_plan, change_of

from seawall.local.azure import LocalAzure
from seawall.local.deploy import preview, up
from seawall.local.events import Op, Summary
from seawall.plan.model import Options, Plan
from seawall.plan.values import OPAQUE, Secret

Deploy = Callable[[Plan], Summary]


def test_everything_is_new_at_first_and_the_same_afterwards(azure: LocalAzure, deploy: Deploy) -> None:
    """A second preview finds nothing to do."""
    assert preview(account_plan(), azure).counts == {Op.CREATE: 2}
    assert deploy(account_plan()).counts == {Op.CREATE: 2}
    again = preview(account_plan(), azure)
    assert (again.counts, again.changed, again.changing) == ({Op.SAME: 2}, False, ())


def test_an_update_names_each_property(azure: LocalAzure, deploy: Deploy) -> None:
    """Path, before and after, absent ones included."""
    deploy(account_plan(networkRuleSet={"defaultAction": "Allow", "ipRules": [{"iPAddressOrRange": "1.1.1.1"}]}))
    rules = {"defaultAction": "Deny", "ipRules": [], "bypass": "None"}
    change = change_of(preview(account_plan(networkRuleSet=rules, minimumTlsVersion="TLS1_3"), azure))
    assert change.op is Op.UPDATE
    assert {(c.path, str(c.before), str(c.after)) for c in change.changes} == {
        ("minimumTlsVersion", "TLS1_2", "TLS1_3"),
        ("networkRuleSet.defaultAction", "Allow", "Deny"),
        ("networkRuleSet.ipRules[0]", "{'iPAddressOrRange': '1.1.1.1'}", "[absent]"),
        ("networkRuleSet.bypass", "[absent]", "None"),
    }


def test_a_secret_is_masked_and_its_change_noticed(azure: LocalAzure, deploy: Deploy) -> None:
    """Two different secrets are a change that shows neither."""
    deploy(account_plan(tags={"token": Secret("one")}))
    assert not preview(account_plan(tags={"token": Secret("one")}), azure).changed
    (change,) = change_of(preview(account_plan(tags={"token": Secret("two")}), azure)).changes
    assert (change.path, change.before, change.after) == ("tags.token", "[secret]", "[secret]")


def test_a_secret_that_can_not_be_read_counts_as_unchanged(azure: LocalAzure, deploy: Deploy) -> None:
    """It would otherwise replace the real value by nothing."""
    deploy(account_plan(tags={"token": Secret("one")}))
    assert not preview(account_plan(tags={"token": OPAQUE}), azure).changed
    deploy(account_plan(tags={"token": OPAQUE, "a": "b"}))
    assert not preview(account_plan(tags={"token": Secret("one"), "a": "b"}), azure).changed


def test_a_change_that_azure_can_not_make_in_place_is_a_replacement(azure: LocalAzure, deploy: Deploy) -> None:
    """The old one goes first, since the new one has its name."""
    deploy(account_plan())
    change = change_of(preview(account_plan(location="northeurope"), azure))
    assert (change.op, change.delete_first) == (Op.REPLACE, True)
    assert change.reasons == ("location can't be changed in place",)
    assert deploy(account_plan(location="northeurope")).counts == {Op.SAME: 1, Op.REPLACE: 1}
    assert (azure.get(change.id) or {})["location"] == "northeurope"


def test_a_vault_does_not_move(azure: LocalAzure, deploy: Deploy) -> None:
    """Where neither Azure nor azure-native has a way, the preview says so; another way to write the region is fine."""

    def plan(location: str) -> Plan:
        b = Builder()
        b.vault(b.group(), "kv-mlp", location=location)
        return b.plan()

    deploy(plan("westeurope"))
    assert "can't move from westeurope to northeurope" in preview(plan("northeurope"), azure).problems[0]
    assert deploy(plan("West Europe")).counts == {Op.SAME: 1, Op.UPDATE: 1}


def test_another_name_is_a_replacement_that_starts_with_the_new_one(azure: LocalAzure, deploy: Deploy) -> None:
    """Both are there for a moment; the old one goes last."""
    deploy(account_plan())
    plan = account_plan(name="stother")
    change = change_of(preview(plan, azure))
    assert (change.op, change.delete_first) == (Op.REPLACE, False)
    events: list[Any] = []
    assert up(plan, azure, listen=events.append).succeeded
    done = [event.op for event in events if type(event).__name__ == "StepDone"]
    assert done == [Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED]
    assert [row.id.rsplit("/", 1)[1] for row in azure.store.resources()] == ["rg-test", "stother"]


def test_delete_before_replace_turns_it_around(azure: LocalAzure, deploy: Deploy) -> None:
    """As the option asks."""
    deploy(account_plan())
    change = change_of(preview(account_plan(name="stother", options=Options(delete_before_replace=True)), azure))
    assert change.delete_first


def test_what_lies_in_a_replaced_resource_is_replaced_with_it(azure: LocalAzure, deploy: Deploy) -> None:
    """It wouldn't survive the deletion; the reason names the cause."""

    def plan(location: str) -> Plan:
        b = Builder()
        group = b.group(location=location)
        account = b.storage(group, "stmlp")
        b.lock(account)
        return b.plan()

    deploy(plan("westeurope"))
    diff = preview(plan("northeurope"), azure)
    assert diff.counts == {Op.REPLACE: 3}
    assert "is replaced" in change_of(diff, "stmlp").reasons[0]
    deploy(plan("northeurope"))


def test_what_uses_a_replaced_resource_goes_before_it(azure: LocalAzure, deploy: Deploy) -> None:
    """Azure keeps a subnet from being deleted while a private endpoint is in it."""

    def plan(location: str) -> Plan:
        b = Builder()
        net, group = b.group("rg-net"), b.group("rg-mlp")
        network = b.network(net, location=location)
        subnet = b.subnet(net, network, "snet", "10.20.0.0/24")
        b.private_endpoint(group, subnet, b.storage(group, "stmlp"), "blob")
        return b.plan()

    deploy(plan("westeurope"))
    diff = preview(plan("northeurope"), azure)
    assert [r.op for r in diff.resources] == [Op.SAME, Op.SAME, Op.REPLACE, Op.REPLACE, Op.SAME, Op.REPLACE]
    deploy(plan("northeurope"))


def test_what_the_plan_drops_is_deleted(azure: LocalAzure, deploy: Deploy) -> None:
    """And gone from Azure."""
    deploy(account_plan())
    b = Builder()
    b.group("rg-test")
    assert deploy(b.plan()).counts == {Op.SAME: 1, Op.DELETE: 1}
    assert len(list(azure.store.resources())) == 1
