"""The offline engine: what a program registers is what its Plan holds."""

from __future__ import annotations

import json

import pulumi
import pulumi_azure_native as azure
import pytest

from seawall.plan.engine import plan_program
from seawall.plan.errors import PlanErrors
from seawall.plan.files import to_json
from seawall.plan.values import OPAQUE, UNKNOWN, Secret

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
CONFIG = {"azure-native:subscriptionId": SUBSCRIPTION}


def account(name: str, opts: pulumi.ResourceOptions | None = None, **inputs) -> azure.storage.StorageAccount:
    settings = {
        "account_name": f"st{name}",
        "resource_group_name": "rg",
        "location": "westeurope",
        "kind": "StorageV2",
        "sku": azure.storage.SkuArgs(name="Standard_ZRS"),
    }
    return azure.storage.StorageAccount(name, opts=opts, **{**settings, **inputs})


def errors_of(program, **kwargs) -> tuple[str, ...]:
    with pytest.raises(PlanErrors) as caught:
        plan_program(program, stack="test", config=CONFIG, **kwargs)
    return caught.value.errors


def only(plan, name):
    return next(r for r in plan.resources if r.name == name)


class Group(pulumi.ComponentResource):
    """A component with one account."""

    def __init__(self, name, opts=None):
        super().__init__("test:index:Group", name, None, opts)
        self.account = account(f"{name}a", pulumi.ResourceOptions(parent=self))
        self.register_outputs({"account": self.account.name})


def test_ids_outputs_and_dependencies_are_known(plan):
    """A resource's ID follows from its names, and what flows from another resource is a dependency."""

    def program():
        group = azure.resources.ResourceGroup("rg", resource_group_name="rg-one", location="westeurope")
        account("one", resource_group_name=group.name, location=group.location)

    planned = plan(program)
    made = only(planned, "one")
    assert made.id == (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-one/providers/Microsoft.Storage/storageAccounts/stone"
    )
    assert made.dependencies == (only(planned, "rg").urn,)
    assert made.property_dependencies == {key: made.dependencies for key in ("location", "resourceGroupName")}
    assert made.outputs["primaryEndpoints"]["blob"] == "https://stone.blob.core.windows.net/"
    assert [r.name for r in planned.managed] == ["rg", "one"]


def test_a_plan_is_the_same_in_every_run(plan):
    """Two runs of one program give byte-identical plans."""

    def program():
        for number in range(20):
            Group(f"g{number}")

    assert to_json(plan(program)) == to_json(plan(program))


def test_numbers_come_back_whole(plan):
    """An integer that crossed the wire as a float is an integer in the plan."""

    def program():
        azure.operationalinsights.Workspace(
            "logs", workspace_name="logs", resource_group_name="rg", location="westeurope", retention_in_days=90
        )

    assert json.dumps(only(plan(program), "logs").inputs["retentionInDays"]) == "90"


def test_children_of_a_component_are_dependencies(plan):
    """Who depends on a component depends on its children, as under Pulumi's engine."""

    def program():
        group = Group("g")
        account("later", pulumi.ResourceOptions(depends_on=[group]))

    planned = plan(program)
    assert only(planned, "later").dependencies == (only(planned, "ga").urn,)
    assert (
        only(planned, "ga").urn == "urn:pulumi:test::seawall::test:index:Group$azure-native:storage:StorageAccount::ga"
    )
    assert only(planned, "g").outputs == {"account": "stga"}


def test_options_that_outlive_the_program_are_kept(plan):
    """Protect, ignoreChanges, deleteBeforeReplace and the like stand in the plan under Pulumi's names."""

    def program():
        account(
            "one",
            pulumi.ResourceOptions(
                protect=True,
                ignore_changes=["tags"],
                replace_on_changes=["accessTier"],
                delete_before_replace=True,
                retain_on_delete=True,
                import_="/subscriptions/x",
                custom_timeouts=pulumi.CustomTimeouts(create="30m"),
            ),
        )

    made = only(plan(program), "one").options
    assert (made.protect, made.retain_on_delete, made.delete_before_replace) == (True, True, True)
    assert (made.ignore_changes, made.replace_on_changes) == (("tags",), ("accessTier",))
    assert (made.import_id, made.custom_timeouts) == ("/subscriptions/x", {"create": "30m"})


def test_protection_is_inherited(plan):
    """A child of a protected component is protected."""
    planned = plan(lambda: Group("g", pulumi.ResourceOptions(protect=True)))
    assert only(planned, "ga").options.protect


def test_version_aliases_are_dropped_and_a_users_own_stay(plan):
    """Of a resource's aliases only those remain that a person gave."""

    def program():
        account("one")
        account("two", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="before")]))

    planned = plan(program)
    assert only(planned, "one").options.aliases == ()
    assert only(planned, "two").options.aliases == (
        "urn:pulumi:test::seawall::azure-native:storage:StorageAccount::before",
    )


def test_version_aliases_stay_on_request(plan):
    """A stack that was built with versioned modules keeps the aliases that prevent its replacement."""
    planned = plan(lambda: account("one"), seawall__keepVersionAliases="true")
    assert "urn:pulumi:test::seawall::azure-native:storage/v20230101:StorageAccount::one" in (
        only(planned, "one").options.aliases
    )


def test_children_inherit_the_aliases_of_their_parent(plan):
    """A renamed component's children are known by the names that they had under it."""
    planned = plan(lambda: Group("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])))
    assert only(planned, "newa").options.aliases == (
        "urn:pulumi:test::seawall::test:index:Group$azure-native:storage:StorageAccount::olda",
    )


def test_explicit_providers_decide_the_subscription(plan):
    """A resource goes to the subscription of its provider, inherited through its parent."""
    other = "00000000-0000-0000-0000-000000000002"

    def program():
        provider = azure.Provider("other", subscription_id=other)
        Group("g", pulumi.ResourceOptions(providers=[provider]))

    planned = plan(program)
    assert only(planned, "ga").id.startswith(f"/subscriptions/{other}/")
    assert only(planned, "ga").options.provider == only(planned, "other").urn


def test_transforms_change_what_is_planned(plan):
    """Stack transforms and a resource's own run, and their changes to properties and options count."""

    def tag(args: pulumi.ResourceTransformArgs):
        return pulumi.ResourceTransformResult(
            props={**args.props, "tags": {"by": "transform"}},
            opts=pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True)),
        )

    def program():
        account("own", pulumi.ResourceOptions(transforms=[tag]))
        account("plain")

    def for_all():
        pulumi.runtime.register_resource_transform(tag)
        account("stack")

    planned = plan(program)
    assert only(planned, "own").inputs["tags"] == {"by": "transform"}
    assert only(planned, "own").options.protect
    assert "tags" not in only(planned, "plain").inputs
    assert only(plan(for_all), "stack").inputs["tags"] == {"by": "transform"}


def test_secrets_are_sealed_wherever_they_flow(plan):
    """A secret input is sealed in inputs and outputs, and its value stands in no file."""

    def program():
        pulumi.export(
            "twice", pulumi.Output.concat("x", account("one", tags={"key": pulumi.Output.secret("hunter2")}).id)
        )
        account("two", tags={"pin": pulumi.Config("app").require_secret("pin")})

    planned = plan_program(program, stack="test", config={**CONFIG, "app:pin": "4711-0815"}, secret_keys=["app:pin"])
    assert only(planned, "one").inputs["tags"] == Secret({"key": "hunter2"}) or isinstance(
        only(planned, "one").inputs["tags"]["key"], Secret
    )
    text = to_json(planned).decode()
    assert "hunter2" not in text and "4711-0815" not in text
    assert repr(OPAQUE) == "[secret]"


def test_stack_references_read_what_other_stacks_export(plan):
    """A stack reference gives the outputs that the caller hands in."""

    def program():
        shared = pulumi.StackReference("organization/seawall/shared")
        account("one", tags={"registry": shared.require_output("registry")})

    planned = plan_program(program, stack="test", config=CONFIG, stack_outputs={"shared": {"registry": "mlr"}})
    assert only(planned, "one").inputs["tags"] == {"registry": "mlr"}


def test_functions_read_this_plans_resources(plan):
    """Who is calling is known, and a look-up of a resource of this plan gives its outputs."""

    def program():
        made = account("one")
        seen = azure.storage.get_storage_account_output(account_name=made.name, resource_group_name="rg")
        pulumi.export("blob", seen.primary_endpoints.blob)
        pulumi.export("subscription", azure.authorization.get_client_config_output().subscription_id)

    planned = plan(program)
    assert planned.outputs == {"blob": "https://stone.blob.core.windows.net/", "subscription": SUBSCRIPTION}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (lambda: account("a", sku={"name": "Standard_LRS", "teir": "x"}), "sku.teir is not a property of Sku"),
        (lambda: account("a", bypass="None"), "unexpected keyword argument 'bypass'"),
        (lambda: account("a", access_tier="Lukewarm"), "accessTier is 'Lukewarm'; expected one of Hot, Cool, Premium"),
        (
            lambda: account("a", enable_https_traffic_only="yes"),
            "enableHttpsTrafficOnly is 'yes'; expected true or false",
        ),
        (lambda: account("a", account_name=None), "accountName is missing"),
        (lambda: account("a", network_rule_set={"bypass": "None"}), "networkRuleSet.defaultAction is missing"),
        (lambda: account("a", network_rule_set={"default_action": "Deny", "ipRules": {}}), "ipRules is an object"),
        (
            lambda: pulumi.CustomResource("random:index/randomPet:RandomPet", "pet"),
            "package 'random' are not supported",
        ),
        (lambda: [account("a"), account("a")], "two resources are named 'a'"),
        (lambda: [account("a"), account("b", account_name="sta")], "the same Azure resource as StorageAccount 'a'"),
        (lambda: pulumi.StackReference("elsewhere"), "outputs of stack 'elsewhere' are not known offline"),
        (lambda: account("a", pulumi.ResourceOptions(replacement_trigger="x")), "the option replacementTrigger"),
        (lambda: account("a", pulumi.ResourceOptions(replace_with=[account("b")])), "the option replaceWith"),
        (lambda: 1 / 0, "ZeroDivisionError: division by zero (test_engine.py"),
        (
            lambda: azure.storage.list_storage_account_keys_output(account_name="x", resource_group_name="rg"),
            "azure-native:storage:listStorageAccountKeys: this function asks the cloud",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name(program, expected):
    """Whatever the engine can't know or the SDK's types forbid is an error that names it."""
    assert expected in "\n".join(errors_of(program))


def test_every_fault_is_reported_at_once_and_each_once(capfd):
    """Two faulty resources give two messages; who depends on a faulty one gives none; nothing is printed."""

    def program():
        first = account("a", access_tier="Lukewarm")
        account("b", kind=7)
        account("c", tags={"from": first.primary_location})

    errors = errors_of(program)
    assert len(errors) == 2
    assert "StorageAccount 'a'" in errors[0] and "StorageAccount 'b'" in errors[1]
    assert capfd.readouterr() == ("", "")


def test_an_unknown_that_reaches_an_input_names_its_source():
    """An output that nobody simulates may not silently drop the property it was meant for."""

    def program():
        account("b", tags={"from": account("a").key_creation_time.key1})

    (error,) = errors_of(program)
    assert "StorageAccount 'b': tags.from is unknown: it comes from StorageAccount 'a'" in error


def test_an_unknown_output_that_nobody_needs_is_allowed(plan):
    """A stack may export what only Azure will know."""
    planned = plan(lambda: pulumi.export("time", account("a").key_creation_time.key1))
    assert planned.outputs == {"time": UNKNOWN}


def test_a_value_outside_an_open_enumeration_is_accepted(plan):
    """Where Microsoft leaves an enumeration open, a new value plans."""
    assert only(plan(lambda: account("a", minimum_tls_version="TLS1_4")), "a").inputs["minimumTlsVersion"] == "TLS1_4"
