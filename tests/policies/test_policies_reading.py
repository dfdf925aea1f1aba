"""How rules read resources, and the relations between them."""

from __future__ import annotations

from typing import Any

import pytest
from guarded import GROUP, IDENTITY, STORAGE, cluster, depending, make, plan_of, storage_account, workspace

from policies.reading import ListView, ResourceView, Secrets, UnknownValue, View, same, short_type
from policies.relations import PlanView
from seawall.plan.model import Options, Resource
from seawall.plan.values import OPAQUE, UNKNOWN, Secret


def view(**inputs: Any) -> ResourceView:
    return ResourceView(make("storage:StorageAccount", "account", "/id", inputs), Secrets())


def test_known_values_come_as_they_are() -> None:
    """Scalars, also falsy ones, are read at any depth; objects and lists come as views."""
    account = view(a={"b": {"c": 0, "d": False, "e": ""}}, list=[1, {"x": 2}, [3]])
    assert [account.get("a.b.c", 9), account.get("a.b.d", 9), account.get("a.b.e", 9)] == [0, False, ""]
    assert isinstance(account.get("a.b"), View)
    assert isinstance(account.get("list"), ListView)
    assert [account.get("list")[0], account.get("list")[1].get("x"), account.get("list")[2][0]] == [1, 2, 3]
    assert len(account.get("list")[0:2]) == 2


def test_absent_values_give_the_default() -> None:
    """A missing key, null, and a path through something that is no object are absent."""
    account = view(a={"b": 1}, null=None)
    for path in ("x", "a.x", "a.b.c", "null", "null.x"):
        assert account.get(path, "default") == "default"
        assert account.get(path) is None
        assert not account.is_unknown(path)


@pytest.mark.parametrize(
    ("inputs", "path", "named"),
    [
        ({"a": UNKNOWN}, "a", "a"),
        ({"a": UNKNOWN}, "a.b.c", "a"),
        ({"p": {"p": UNKNOWN}}, "p.p.x", "p.p"),
        ({"a": OPAQUE}, "a", "a"),
        ({"a": Secret({"b": UNKNOWN})}, "a.b", "a.b"),
    ],
)
def test_touching_an_unknown_value_names_where_it_is_unknown(inputs: dict[str, Any], path: str, named: str) -> None:
    """An unknown is neither absent nor a value; a secret that isn't at hand is unknown too."""
    account = view(**inputs)
    with pytest.raises(UnknownValue) as unknown:
        account.get(path, "default")
    assert unknown.value.path == named
    assert unknown.value.resource is account
    assert account.is_unknown(path)


def test_unknown_items_are_met_when_they_are_reached() -> None:
    """A list or a map with an unknown part can be counted, but not read past it."""
    account = view(list=["a", UNKNOWN], map={"x": 1, "y": UNKNOWN})
    assert (len(account.get("list")), len(account.get("map"))) == (2, 2)
    with pytest.raises(UnknownValue, match=r"list\[1\]"):
        list(account.get("list"))
    with pytest.raises(UnknownValue, match=r"map\.y"):
        dict(account.get("map").items())


def test_keys_with_dots_are_read_by_index() -> None:
    """A tag's name may contain dots, so that a path can't reach it."""
    tags = view(tags={"larkspur.example/owner": "ml", "none": None}).get("tags")
    assert tags["larkspur.example/owner"] == "ml"
    assert tags["missing"] is None
    assert list(tags) == ["larkspur.example/owner", "none"]
    assert list(tags.items()) == [("larkspur.example/owner", "ml")]


def test_secrets_are_read_in_clear_and_masked_in_messages() -> None:
    """What a rule read from a secret, at any depth, is in no message; a very short one is masked as a word."""
    account = view(key=Secret("hunter22"), block=Secret({"inner": ["s3cret", 7]}), plain="hunter")
    assert account.get("key") == "hunter22"
    assert account.get("block.inner")[0] == "s3cret"
    assert account.secrets.masked("hunter22, s3cret, 7 of 77 hunters") == "[secret], [secret], [secret] of 77 hunters"


def test_a_secret_that_nobody_read_masks_nothing() -> None:
    """Messages can only hold what a rule has read."""
    account = view(key=Secret("eu"), region="eu")
    assert account.secrets.masked(account.get("region")) == "eu"


def test_a_resource_without_inputs_is_still_a_resource() -> None:
    """An empty resource is not falsy, an empty object is."""
    assert view()
    assert not view(a={}).get("a")


def test_outputs_are_read_like_inputs() -> None:
    """What Azure answers stands under `outputs`, and so do its unknowns."""
    account = ResourceView(Resource(urn="u", type="t", name="n", outputs={"id": "/x", "key": UNKNOWN}), Secrets())
    assert account.outputs.get("id") == "/x"
    with pytest.raises(UnknownValue, match=r"outputs\.key"):
        account.outputs.get("key")


def test_types_are_compared_without_prefix_and_version() -> None:
    """A versioned token of azure-native is the type itself; other providers keep their prefix."""
    assert (
        short_type("azure-native:machinelearningservices/v20240401preview:Workspace")
        == "machinelearningservices:Workspace"
    )
    assert short_type("azure-native:storage:StorageAccount") == "storage:StorageAccount"
    assert short_type("azuread:index/group:Group") == "azuread:index/group:Group"


def test_texts_are_compared_without_case() -> None:
    """Azure takes enumerations and IDs in any case; what is no text equals none."""
    assert same("disabled", "Disabled")
    assert not same(None, "None")
    assert not same(False, "False")


def test_resources_are_found_by_id_in_any_case() -> None:
    """An ID in another case, or with a slash at its end, is the same ID."""
    plan = PlanView(plan_of(workspace(), storage_account()))
    found = plan.by_id(STORAGE.upper() + "/")
    assert found is not None and found.name == "storage"
    assert plan.by_id(GROUP) is None


def test_a_target_is_found_by_id_and_by_dependency() -> None:
    """A known ID leads to its resource; an unknown one, to the single resource of the type that it came from."""
    account = storage_account()
    unknown = depending(workspace(storageAccount=UNKNOWN), storageAccount=account)
    for holder in (workspace(), unknown):
        plan = PlanView(plan_of(holder, account))
        found = plan.target(plan.view(holder), "storageAccount", "storage:StorageAccount")
        assert found is not None and found.name == "storage"
        assert plan.target(plan.view(holder), "keyVault", "keyvault:Vault") is None


def test_a_target_that_nothing_tells_is_unknown() -> None:
    """An unknown ID without a dependency of the type can't be followed."""
    holder = workspace(storageAccount=UNKNOWN)
    plan = PlanView(plan_of(holder, storage_account()))
    with pytest.raises(UnknownValue, match="storageAccount"):
        plan.target(plan.view(holder), "storageAccount", "storage:StorageAccount")


def test_a_target_of_another_type_is_none() -> None:
    """An ID that belongs to another type of resource isn't the one asked for."""
    plan = PlanView(plan_of(workspace(), storage_account()))
    assert plan.target(plan.view(workspace()), "storageAccount", "keyvault:Vault") is None


def test_owners_and_children_find_each_other_by_name() -> None:
    """A child names its owner in any case; one of the same name in another resource group is someone else."""
    here, there = workspace(), workspace(resourceGroupName="rg-other")
    there = Resource(urn=there.urn + "2", type=there.type, name="there", id=there.id + "2", inputs=there.inputs)
    child = cluster(workspaceName="MLW-ML")
    plan = PlanView(plan_of(here, there, child))
    owner = plan.owner(plan.view(child), "machinelearningservices:Workspace", "workspaceName")
    assert owner is plan.view(here)
    assert plan.children(owner, "machinelearningservices:Compute", "workspaceName") == [plan.view(child)]
    assert plan.children(plan.view(there), "machinelearningservices:Compute", "workspaceName") == []


def test_an_owner_that_may_be_either_of_two_is_unknown() -> None:
    """While the resource group is unknown, two owners of one name can't be told apart."""
    here, there = workspace(), workspace(resourceGroupName="rg-other")
    there = Resource(urn=there.urn + "2", type=there.type, name="there", id=there.id + "2", inputs=there.inputs)
    child = cluster(resourceGroupName=UNKNOWN)
    plan = PlanView(plan_of(here, there, child))
    with pytest.raises(UnknownValue, match="resourceGroupName"):
        plan.owner(plan.view(child), "machinelearningservices:Workspace", "workspaceName")


def test_dependents_are_what_took_an_input_from_a_resource() -> None:
    """Dependents are found in one pass, of one type or of any."""
    account = storage_account()
    plan = PlanView(plan_of(account, workspace(), cluster()))
    assert [view.name for view in plan.dependents(plan.view(account))] == ["workspace"]
    assert plan.dependents(plan.view(account), "machinelearningservices:Compute") == []


def test_the_subscription_of_a_resource_comes_from_its_id_or_its_provider() -> None:
    """While the ID is unknown the provider tells, if it knows itself."""
    known = make("pulumi", "known", "", {"subscriptionId": "SUB-1"})
    unknown = make("pulumi", "unknown", "", {"subscriptionId": UNKNOWN})
    of_known, of_unknown = (
        Resource(urn=f"of-{provider.name}", type="t", name="n", options=Options(provider=provider.urn))
        for provider in (known, unknown)
    )
    plan = PlanView(plan_of(known, unknown, of_known, of_unknown, storage_account()))
    assert [plan.subscription(plan.view(each)) for each in (of_known, of_unknown)] == ["sub-1", ""]
    assert plan.subscription(plan.view(storage_account())) == "00000000-0000-0000-0000-000000000001"


def test_a_plan_shows_each_resource_as_one_view() -> None:
    """Rules share views, so that what one of them reads from a secret is masked for all."""
    plan = PlanView(plan_of(workspace()))
    assert plan.of_type("machinelearningservices:Workspace") == [plan.view(workspace())]
    assert plan.of_type("machinelearningservices:Workspace")[0].get("primaryUserAssignedIdentity") == IDENTITY


def test_the_text_of_a_resource_has_every_value_and_key() -> None:
    """In lower case, a line each, secrets too; unknown values are marked, and their places can be listed."""
    account = storage_account(
        tags={"Owner": "ME"}, identity={"ids": {"/Sub/X": {}}}, key=Secret("S3cret"), rules=[UNKNOWN]
    )
    view = PlanView(plan_of(account)).view(account)
    assert {"owner", "me", "/sub/x", "s3cret"} <= set(view.text.split("\n"))
    assert view.has_unknowns and not PlanView(plan_of(storage_account())).view(storage_account()).has_unknowns
    assert [path for path, value in view.places() if value is UNKNOWN] == ["rules[0]"]


def test_what_is_derived_from_a_plan_is_worked_out_once() -> None:
    """Rules keep indexes of their own, so that none looks through the plan for each resource."""
    asked = []

    def count(plan: PlanView) -> int:
        asked.append(plan)
        return len(plan.plan.resources)

    view = PlanView(plan_of(storage_account()))
    assert [view.derived(count), view.derived(count)] == [1, 1] and asked == [view]


def test_a_child_whose_owners_name_is_unknown_is_found_by_where_it_came_from() -> None:
    """At a preview, a name may be known only once its owner is made."""
    owner = workspace()
    named_later = depending(cluster(workspaceName=UNKNOWN), workspaceName=owner)
    plan = PlanView(plan_of(owner, named_later, cluster("other", workspaceName="elsewhere")))
    found = plan.children(plan.view(owner), "machinelearningservices:Compute", "workspaceName")
    assert [view.name for view in found] == ["cluster"]
