"""Which of Azure's built-in policies a stack's resource groups have: the settings' side of `PolicyAssignments`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from components.builtin_policies import builtin_policies
from policies import Exemption, Level, check
from policies.context import Context
from policies.packs import RULES
from stacks.composition.ground import CONCERNS, ground
from stacks.composition.policy import azure_policies
from stacks.composition.policy_effects import AUDITED, LEFT_OUT, choice
from stacks.settings import Settings, load
from stacks.settings.azure_policy import AzurePolicy
from tests.components.judged import judge

STACKS = Path(__file__).parent.parent.parent / "stacks"
REFERENCES = {guid: rule for rule in RULES for guid in rule.references.azure_policy}
TODAY = date(2026, 12, 1)


def settings(stack: str, **changes: Any) -> Settings:
    return load(STACKS / f"Pulumi.{stack}.yaml").model_copy(update=changes)


def planned(plan: Any, of: Settings, *exemptions: Exemption) -> Any:
    return plan(lambda: azure_policies(ground(of), exemptions))


def effects(planned: Any) -> dict[str, str]:
    """What each policy does, by its reference in the initiative."""
    return {name: given.get("effect", given.get("audit_effect", "")) for name, given in values(planned).items()}


def values(planned: Any) -> dict[str, dict[str, Any]]:
    """The parameters of each policy, by its reference in the initiative."""
    (initiative,) = planned.of_type("azure-native:authorization:PolicySetDefinition")
    return {
        entry["policyDefinitionReferenceId"]: {name: value["value"] for name, value in entry["parameters"].items()}
        for entry in initiative.inputs["policyDefinitions"]
    }


def exemption(resource: str, rule: str = "storage-shared-key-off", stack: str = "*") -> Exemption:
    return Exemption(
        rule=rule,
        resource=resource,
        stack=stack,
        reason="The vendor's scanner signs with a key until its move in March.",
        owner="ml-platform@larkspur.example",
        approval="https://dev.azure.com/larkspur/mlp/_workitems/edit/1234",
        expires=date(2027, 2, 1),
    )


def waivers(planned: Any) -> dict[str, dict[str, Any]]:
    """The exemptions by the resource group that they stand in."""
    made = planned.of_type("azure-native:authorization:PolicyExemption")
    return {one.inputs["scope"].rpartition("/")[2]: one.inputs for one in made}


@pytest.mark.parametrize("stack", ["shared", "dev", "test", "prod"])
def test_every_group_of_each_stack_has_the_initiative(plan, azure_types, stack):
    """Each body is one that Azure takes, and each resource group has one assignment."""
    made = planned(plan, settings(stack))
    judge(made, azure_types)
    scopes = {one.inputs["scope"] for one in made.of_type("azure-native:authorization:PolicyAssignment")}
    assert scopes == {one.id for one in made.of_type("azure-native:resources:ResourceGroup")}
    assert len(scopes) == len(CONCERNS)


def test_what_is_mandatory_is_refused_and_what_is_advice_is_reported(plan):
    """Production refuses account keys, preproduction reports them; admin users of a registry are refused in both."""
    production, preproduction = effects(planned(plan, settings("prod"))), effects(planned(plan, settings("dev")))
    keys, admin = "storage-shared-key-off-8c6a50c6", "acr-admin-anonymous-off-dc921057"
    assert (production[keys], preproduction[keys]) == ("Deny", "Audit")
    assert (production[admin], preproduction[admin]) == ("Deny", "Deny")


def test_what_would_break_the_platform_is_only_reported(plan):
    """Storage that lets the ML registry in stays possible, and so do the credentials that a workspace keeps."""
    production = effects(planned(plan, settings("prod")))
    assert production["storage-network-b2982f36"] == "Audit"
    assert production["keyvault-item-expiry-98728c90"] == "Audit"
    assert production["storage-network-34c877ad"] == "Deny"


def test_a_rule_that_does_not_ask_a_stack_brings_no_policy(plan):
    """Own keys are asked of confidential data alone, and a subnet of computes outside of a managed network alone."""
    open_data, confidential = planned(plan, settings("test")), planned(plan, settings("prod"))
    assert not [name for name in effects(open_data) if name.startswith("cmk-when-confidential")]
    assert effects(confidential)["cmk-when-confidential-ba769a63"] == "Deny"
    assert "ml-compute-isolated-7804b5c7" not in effects(planned(plan, settings("dev")))
    assert "ml-compute-isolated-7804b5c7" in effects(confidential)


def test_values_come_from_the_stack_file(plan):
    """Regions, tags and the owner of repositories are the stack's own."""
    made = planned(plan, settings("prod"))
    assert values(made)["allowed-locations-e56962a6"]["listOfAllowedLocations"] == ["westeurope"]
    assert values(made)["federated-credential-pinned-fd1a8e20"]["allowedRepoOwners"] == ["larkspur-insurance"]
    assert {name.rpartition("-")[2] for name in effects(made) if name.startswith("required-tags")} == {
        "owner",
        "costCenter",
        "env",
        "dataClassification",
    }


def test_turned_off_nothing_is_assigned(plan):
    """A landing zone that assigns policies of its own needs none of ours."""
    made = planned(plan, settings("prod", azure_policy=AzurePolicy(enabled=False)))
    assert not [resource for resource in made.resources if "Policy" in resource.type]


def test_an_exemption_of_a_name_holds_in_every_group(plan, azure_types):
    """Azure can't exempt what is yet to be made by its name: the groups are exempted, from that rule's policy alone."""
    made = planned(plan, settings("prod"), exemption("legacy-*"))
    judge(made, azure_types)
    found = waivers(made)
    assert len(found) == len(CONCERNS)
    for one in found.values():
        assert one["policyDefinitionReferenceIds"] == ["storage-shared-key-off-8c6a50c6"]
        assert one["metadata"]["approval"].endswith("/1234") and one["metadata"]["resource"] == "legacy-*"
    report = check(made, Context(), TODAY, exemptions=())
    assert [violation for violation in report.violations if violation.rule == "exemption-expiry"] == []


def test_an_exemption_of_an_id_holds_in_its_group(plan):
    """The ID names the resource group, with or without a pattern behind it."""
    group = f"/subscriptions/{settings('prod').subscription}/resourceGroups/rg-larkspur-mlp-prod-weu-data"
    for resource in (f"{group}/providers/Microsoft.Storage/storageAccounts/stlegacy", f"{group}/*".upper()):
        assert set(waivers(planned(plan, settings("prod"), exemption(resource)))) == {"rg-larkspur-mlp-prod-weu-data"}


@pytest.mark.parametrize(
    "other",
    [
        exemption("legacy-*", stack="dev"),
        exemption("legacy-*", rule="role-groups-only"),
        exemption("/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/rg/providers/x"),
    ],
    ids=["another stack's", "of a rule without policies", "in another subscription"],
)
def test_an_exemption_that_is_not_ours_makes_none(plan, other):
    """Only what is exempted here, from what is assigned here, becomes an exemption in Azure."""
    assert waivers(planned(plan, settings("prod"), other)) == {}


def test_every_policy_that_a_rule_names_is_known():
    """Whatever a rule refers to stands in the table, and so does whatever was decided."""
    assert {guid for guid in REFERENCES if guid not in builtin_policies()} == set()
    assert {*LEFT_OUT, *AUDITED} <= set(builtin_policies())
    assert not set(LEFT_OUT) & set(AUDITED)
    assert all("Deny" in builtin_policies()[guid].effects for guid in AUDITED)


def test_what_stands_above_a_resource_group_is_left_out():
    """A policy that looks at subscriptions, resource groups or role definitions would find nothing in a group."""
    above = ("Microsoft.Resources/subscriptions", "Microsoft.Authorization/roleDefinitions")
    found = {guid for guid, policy in builtin_policies().items() if policy.types and policy.types[0].startswith(above)}
    assert found and found <= set(LEFT_OUT)


@pytest.mark.parametrize("guid", sorted(REFERENCES))
def test_a_preview_never_refuses_and_every_other_choice_has_a_reason(guid):
    """Under a mandatory rule a policy refuses where it can, or the choice says why it doesn't."""
    made = choice(guid, Level.MANDATORY)
    policy = builtin_policies()[guid]
    assert not (policy.preview and made.effect == "Deny")
    assert made.effect == "Deny" or made.reason or "Deny" not in policy.effects
