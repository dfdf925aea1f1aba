"""Pulumi's resource options, as a deployment honours them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from builder import TAGS, Builder
from plans import account_plan, change_of

from seawall.local.azure import LocalAzure
from seawall.local.changes import ABSENT
from seawall.local.deploy import preview, up
from seawall.local.errors import AzureError, Refused
from seawall.local.events import Op, Summary
from seawall.plan.model import Options, Plan

Deploy = Callable[[Plan], Summary]


def test_a_protected_resource_is_neither_deleted_nor_replaced(azure: LocalAzure, deploy: Deploy) -> None:
    """Refused before anything happens; without the protection it works."""
    kept = Options(protect=True)
    deploy(account_plan(options=kept))
    snapshot = azure.snapshot()
    with pytest.raises(Refused, match="protected and can't be replaced"):
        up(account_plan(options=kept, location="northeurope"), azure)
    b = Builder()
    b.group("rg-test")
    with pytest.raises(Refused, match="protected and can't be deleted"):
        up(b.plan(), azure)
    assert azure.snapshot() == snapshot
    deploy(account_plan())
    deploy(b.plan())


def test_ignored_changes_stay_as_they_were(azure: LocalAzure, deploy: Deploy) -> None:
    """Also where a list or a whole part is named; the rest is updated."""
    options = Options(ignore_changes=("tags.owner", "networkRuleSet.ipRules[0].action", "routingPreference"))
    rules = {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": "1.1.1.1", "action": "Allow"}]}
    deploy(account_plan(options=options, tags={"owner": "one"}, networkRuleSet=rules))
    rules = {"defaultAction": "Deny", "ipRules": [{"iPAddressOrRange": "1.1.1.1", "action": "Deny"}]}
    changed = {"tags": {"owner": "two", "a": "b"}, "networkRuleSet": rules, "routingPreference": {"routingChoice": "X"}}
    change = change_of(preview(account_plan(options=options, **changed), azure))
    assert [(c.path, c.before, c.after) for c in change.changes] == [("tags.a", ABSENT, "b")]
    deploy(account_plan(options=options, **changed))
    assert (azure.get(change.id) or {})["tags"] == {"owner": "one", "a": "b"}


@pytest.mark.parametrize("pattern", ["tags.owner", "tags", "*"])
def test_replace_on_changes_replaces(azure: LocalAzure, deploy: Deploy, pattern: str) -> None:
    """Where a change is at, below, or anywhere the pattern says."""
    options = Options(replace_on_changes=(pattern,))
    deploy(account_plan(options=options, tags={"owner": "one"}))
    change = change_of(preview(account_plan(options=options, tags={"owner": "two"}), azure))
    assert change.op is Op.REPLACE
    assert change.reasons == ("replaceOnChanges names tags.owner",)


def test_a_retained_resource_is_left_in_azure(azure: LocalAzure, deploy: Deploy) -> None:
    """The stack forgets it; then it belongs to nobody."""
    options = Options(retain_on_delete=True)
    deploy(account_plan(options=options))
    b = Builder()
    b.group("rg-test")
    assert deploy(b.plan()).counts == {Op.SAME: 1, Op.FORGET: 1}
    assert len(list(azure.store.resources())) == 2
    assert "no stack owns it" in preview(account_plan(), azure).problems[0]


def test_a_retained_resource_does_not_go_with_its_group(azure: LocalAzure, deploy: Deploy) -> None:
    """Deleting the group is refused."""
    deploy(account_plan(options=Options(retain_on_delete=True)))
    assert "is to be retained" in preview(Builder().plan(), azure).problems[0]


def test_a_retained_part_goes_with_its_whole_and_comes_back_with_it(azure: LocalAzure, deploy: Deploy) -> None:
    """A vault's key isn't deleted by itself; the recovered vault brings it along, and it is the stack's own again."""
    b = Builder()
    group = b.group()
    vault = b.vault(group, "kv-mlp", protected=True)
    where = {"resourceGroupName": group.name, "vaultName": vault.name, "keyName": "cmk"}
    key = b.add("keyvault:Key", "cmk", **where, properties={"kty": "RSA"}, options=Options(retain_on_delete=True))
    for _ in range(2):
        deploy(b.plan())
        assert azure.get(key.id) is not None
        assert not preview(b.plan(), azure).changed
        azure.fail("DELETE", key.id, AzureError("MethodNotAllowed", "keys stay", status=405), when="after")
        assert deploy(Builder().plan()).counts == {Op.DELETE: 3}
        assert azure.get(key.id) is None


def test_a_renamed_resource_with_an_alias_stays(azure: LocalAzure, deploy: Deploy) -> None:
    """Nothing is sent to Azure; the next plan may drop the alias."""

    def renamed(*aliases: str) -> Plan:
        b = Builder()
        b.storage(b.group("rg-test"), "sttest", logical="renamed", options=Options(aliases=aliases))
        return b.plan()

    deploy(account_plan())
    old = "urn:pulumi:test::seawall::azure-native:storage:StorageAccount::account"
    change = change_of(preview(renamed(old), azure), "renamed")
    assert (change.op, change.renamed_from) == (Op.SAME, old)
    assert "give it an alias" in preview(renamed(), azure).problems[0]
    deploy(renamed(old))
    assert not preview(renamed(), azure).changed


def test_an_import_takes_over_what_is_there(azure: LocalAzure, deploy: Deploy) -> None:
    """Nothing is written; from then on it is the stack's own."""
    b = Builder()
    deploy(b.plan())
    plan = account_plan()
    resource = plan.resources[1]
    azure.put(plan.resources[0].id, {"location": "westeurope", "tags": TAGS})
    azure.put(resource.id, _body(plan))
    etag = azure.request("GET", resource.id).headers["ETag"]
    imported = [Options(import_id=r.id) for r in plan.resources]
    b = Builder()
    b.storage(b.group("rg-test", options=imported[0]), "sttest", logical="account", options=imported[1])
    assert deploy(b.plan()).counts == {Op.IMPORT: 2}
    assert azure.request("GET", resource.id).headers["ETag"] == etag
    assert not preview(plan, azure).changed


def test_an_import_whose_inputs_differ_is_refused(azure: LocalAzure) -> None:
    """It names the properties; the stack doesn't take it over."""
    plan = account_plan()
    azure.put(plan.resources[0].id, {"location": "westeurope", "tags": TAGS})
    azure.put(plan.resources[1].id, {**_body(plan), "tags": {"other": "tag"}})
    b = Builder()
    group = b.group("rg-test", options=Options(import_id=plan.resources[0].id))
    b.storage(group, "sttest", logical="account", options=Options(import_id=plan.resources[1].id))
    summary = up(b.plan(), azure)
    assert "tags.other" in str(summary.failures[0].error)


def _body(plan: Plan) -> dict[str, Any]:
    from seawall.azure.bodies import body

    return body(plan.resources[1].type, plan.resources[1].inputs)


def test_an_import_of_what_is_not_there_is_a_problem(azure: LocalAzure) -> None:
    """Or of something else than the inputs describe."""
    (problem,) = preview(account_plan(options=Options(import_id=account_plan().resources[1].id)), azure).problems
    assert "doesn't exist" in problem
    (problem,) = preview(account_plan(options=Options(import_id="/subscriptions/x")), azure).problems
    assert "the inputs describe" in problem


def test_what_is_deleted_with_another_needs_no_deletion(azure: LocalAzure, deploy: Deploy) -> None:
    """It goes with it."""

    def plan() -> Plan:
        b = Builder()
        group = b.group("rg-test")
        b.storage(group, "sttest", options=Options(deleted_with=group.urn))
        return b.plan()

    deploy(plan())
    events: list[Any] = []
    assert up(Builder().plan(), azure, listen=events.append).succeeded
    done = [event.id for event in events if type(event).__name__ == "StepDone"]
    assert done == [resource.id for resource in plan().resources]
